//! A verification: how far it is, and what it found; of a release, or of the hall.

use std::path::PathBuf;

use ratatui::layout::Rect;

use crate::hall::Verified;
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::{Prose, Shown};
use crate::tui::theme::Role;

/// See the module's first line.
#[derive(Debug)]
pub struct Verification {
    dir: PathBuf,
    found: Option<Verified>,
}

impl Verification {
    /// Of the release in this directory.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, found: None }
    }
}

/// What a verification found, in words.
pub fn found(verified: &Verified) -> Shown {
    let mut text = match &verified.fault {
        None => Shown::new(Role::Good, "✓ verified: nothing is wrong\n\n"),
        Some(fault) => {
            let mut text = Shown::new(Role::Bad, &format!("a fault in {} at {}\n", fault.file, fault.at));
            text.push(Role::Text, &format!("{}\n\n", fault.what));
            text.and(Role::Quiet, &format!("see for yourself: {}\n\n", fault.check))
        }
    };
    let mut line = |n: u64, words: &str| {
        if n > 0 {
            text.push(Role::Text, &format!("{n} {words}\n"));
        }
    };
    line(verified.entries, "entries");
    line(verified.signatures, "signatures");
    line(verified.not_derivable, "consequences that rest on answers which aren't disclosed");
    line(verified.erased, "parts erased by right");
    text
}

impl Scene for Verification {
    fn place(&self) -> Place {
        Place::Release(self.dir.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Reading]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        Vec::new()
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "verify").and(Role::Quiet, &format!(" · {}", self.dir.display()))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        self.found = None;
        cx.ask(Request::VerifyRelease(self.dir.clone()));
    }

    fn act(&mut self, _action: Action, _key: char, _cx: &mut Cx<'_>) {}

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        if let Reply::Verified(verified) = reply {
            self.found = Some(verified);
        }
    }

    fn failed(&mut self, _trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        cx.want(Want::Back);
        false
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let text = self.found.as_ref().map_or_else(|| Shown::new(Role::Warning, "verifying …"), found);
        let body = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(4),
            height: area.height.saturating_sub(1),
        };
        ink.prose(body, &Prose::of(&text, body.width), 0);
    }
}

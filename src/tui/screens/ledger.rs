//! The ledger: its entries, its head, its verification.

use ratatui::layout::Rect;

use crate::hall::{LogLine, Verified};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Layer, Told};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::verification::found;
use super::wording::{column, short, when};

/// Entries of a page.
const PAGE: usize = 200;

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Newest first.
    lines: Vec<LogLine>,
    size: u64,
    head: String,
    list: List,
    verifying: Option<(u64, u64)>,
    verified: Option<Verified>,
}

impl Ledger {
    fn line(line: &LogLine, look: &Look<'_>) -> Shown {
        let mut shown = Shown::new(Role::Key, &format!("{:>7}  ", line.seq));
        shown.append(&column(&Shown::new(Role::Quiet, &when(line.at, look.now)), 11));
        shown.append(&column(&Shown::plain(&line.kind), 22));
        shown.append(&column(&Shown::new(Role::Quiet, &line.item.as_ref().map(short).unwrap_or_default()), 11));
        let actor: String = line.actor.chars().take(24).collect();
        shown.and(Role::Quiet, &format!(" {actor}"))
    }
}

impl Scene for Ledger {
    fn place(&self) -> Place {
        Place::Ledger
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let moves = [Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last];
        [Action::Open, Action::Verify].into_iter().chain(moves).collect()
    }

    fn is_waiting(&self) -> bool {
        self.lines.is_empty()
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "ledger").and(Role::Quiet, &format!(" · {} entries", self.size))
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        match (&self.verifying, &self.verified) {
            (Some((done, of)), _) => Shown::new(Role::Warning, &format!("verifying: {done} of {of} entries")),
            (None, Some(verified)) if verified.ok => {
                Shown::new(Role::Good, &format!("✓ {} entries verified", verified.entries))
            }
            (None, Some(_)) => Shown::new(Role::Bad, "a fault was found"),
            (None, None) => Shown::default(),
        }
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        self.lines.clear();
        cx.ask(Request::Log { before: None, limit: PAGE });
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let last = self.list.chosen() + 1 >= self.lines.len();
        let oldest = self.lines.last().map(|line| line.seq).filter(|seq| *seq > 0);
        match action {
            Action::Open => {
                self.lines.get(self.list.chosen()).into_iter().for_each(|line| cx.open(Place::Entry(line.seq)))
            }
            Action::Verify if self.verifying.is_none() => {
                self.verifying = Some((0, self.size));
                self.verified = None;
                cx.ask(Request::Verify);
            }
            Action::Down | Action::PageDown | Action::Last if last && oldest.is_some() => {
                cx.ask(Request::Log { before: oldest, limit: PAGE });
            }
            action => {
                self.list.moved(action, self.lines.len());
            }
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Log(lines, size, head) => {
                (self.size, self.head) = (size, head);
                let oldest = self.lines.last().map_or(u64::MAX, |line| line.seq);
                self.lines.extend(lines.into_iter().rev().filter(|line| line.seq < oldest));
            }
            Reply::Verifying(done, of) => self.verifying = Some((done, of)),
            Reply::Verified(verified) => {
                self.verifying = None;
                cx.layer(Layer::Told(Told::new("Verification of the hall", found(&verified))));
                self.verified = Some(verified);
            }
            _ => {}
        }
    }

    fn failed(&mut self, _trouble: &Trouble, _cx: &mut Cx<'_>) -> bool {
        self.verifying = None;
        false
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Head"), &Shown::default());
        let lines: Vec<&str> = self.head.lines().take(3).collect();
        for (n, line) in (1..).zip(&lines) {
            ink.put(Rect { x: area.x + 2, y: area.y + n, height: 1, ..area }, &Shown::new(Role::Quiet, line));
        }
        let y = area.y + 1 + u16::try_from(lines.len()).unwrap_or(3);
        ink.heading(Rect { y, ..row }, &Shown::new(Role::Heading, "Entries, newest first"), &Shown::default());
        let body = Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area };
        let line = |n: usize| self.lines.get(n).map(|line| Self::line(line, look)).unwrap_or_default();
        self.list.draw(ink, body, self.lines.len(), &line);
    }
}

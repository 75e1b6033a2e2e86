//! Something to read and close: a refusal, an error, guidelines.

use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::parts::Pane;
use crate::tui::request::Trouble;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::frame::framed;
use super::step::Step;

/// See the module's first line.
#[derive(Debug)]
pub struct Told {
    title: Shown,
    body: Pane,
}

impl Told {
    /// A text with its title.
    pub fn new(title: impl Into<Shown>, body: Shown) -> Self {
        Self { title: title.into(), body: Pane::own(body) }
    }

    /// Markdown with its title.
    pub fn markdown(title: impl Into<Shown>, text: &str) -> Self {
        Self { title: title.into(), body: Pane::outside(text) }
    }

    /// Why something wasn't done: the rule, the article, what one can do.
    pub fn trouble(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Refused(refusal) => {
                let mut body = Shown::new(Role::Text, &refusal.reason);
                body.push(Role::Quiet, &format!("\n\n{}\nrule {}", refusal.article, refusal.rule));
                body.push(Role::Quiet, "\n\nNothing was signed; what you typed is kept.");
                Self::new(Shown::new(Role::Bad, "Refused"), body)
            }
            Trouble::Failed(text) => {
                let body = Shown::plain(text).and(Role::Quiet, "\n\nWhat you typed is kept.");
                Self::new(Shown::new(Role::Bad, "Not done"), body)
            }
        }
    }

    pub(super) fn act(&mut self, action: Action) -> Step {
        match action {
            Action::Back | Action::Open | Action::Help => Step::Close,
            action => {
                self.body.scrolled(action);
                Step::Stay
            }
        }
    }

    pub(super) fn draw(&self, ink: &mut Ink<'_>, area: Rect) {
        let width = area.width.saturating_sub(6).min(100);
        let lines = u16::try_from(self.body.lines(width.saturating_sub(4))).unwrap_or(u16::MAX);
        let inner = framed(ink, area, (width, lines.saturating_add(1)), &self.title);
        let body = Rect { height: inner.height.saturating_sub(1), ..inner };
        let below = self.body.draw(ink, body);
        let row = Rect { y: body.bottom(), height: 1, ..inner };
        let mut foot = Shown::new(Role::Key, "Esc").and(Role::Quiet, " closes");
        if below > 0 {
            foot.push(Role::Quiet, " · ");
            foot.push(Role::Key, "↓");
            foot.push(Role::Quiet, &format!(" {below} more lines"));
        }
        ink.put(row, &foot);
    }
}

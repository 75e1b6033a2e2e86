//! Items on which nobody can act: who is missing, and the article that asks for them.

use ratatui::layout::Rect;

use crate::hall::StuckItem;
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::{Prose, Shown};
use crate::tui::theme::Role;

use super::wording::{column, short, state};

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Stuck {
    rows: Option<Vec<StuckItem>>,
    list: List,
}

impl Stuck {
    fn rows(&self) -> &[StuckItem] {
        self.rows.as_deref().unwrap_or_default()
    }

    fn line(row: &StuckItem) -> Shown {
        let mut line = column(&Shown::new(Role::Key, &short(&row.id)), 11);
        line.append(&column(&Shown::plain(row.guild.as_str()), 22));
        line.append(&column(&state(row.state), 13));
        line.and(Role::Warning, &format!("a {} is missing", row.missing))
    }
}

impl Scene for Stuck {
    fn place(&self) -> Place {
        Place::Stuck
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        vec![Action::Open, Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last]
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "items on which nobody can act").and(Role::Quiet, &format!(" · {}", self.rows().len()))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Stuck);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        if !self.list.moved(action, self.rows().len())
            && let Some(row) = self.rows().get(self.list.chosen())
        {
            cx.open(Place::Item(row.id.clone()));
        }
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        if let Reply::Stuck(rows) = reply {
            self.rows = Some(rows);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Stuck"), &Shown::default());
        let words = match &self.rows {
            None => "looking …",
            Some(rows) if rows.is_empty() => "none: on every item somebody can act",
            Some(_) => "",
        };
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(6), ..area };
        ink.put(Rect { x: area.x + 2, height: 1, ..body }, &Shown::new(Role::Quiet, words));
        self.list.draw(ink, body, self.rows().len(), &|n| self.rows().get(n).map(Self::line).unwrap_or_default());
        if let Some(chosen) = self.rows().get(self.list.chosen()) {
            let why = Shown::plain(&chosen.because.reason).and(Role::Quiet, &format!(" ({})", chosen.because.article));
            let at = Rect { x: area.x + 2, y: body.bottom() + 1, width: area.width.saturating_sub(4), height: 4 };
            ink.heading(Rect { y: body.bottom(), ..row }, &Shown::new(Role::Heading, "Why"), &Shown::default());
            ink.prose(at, &Prose::of(&why, at.width), 0);
        }
    }
}

//! Open disputes, and which of them one may rule on.

use ratatui::layout::Rect;

use crate::domain::{DisputeCause, GuildId};
use crate::hall::{DisputePage, DisputeRow, QueueFrom};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{column, short, when};

/// Rows of a page.
const PAGE: usize = 100;

/// See the module's first line.
#[derive(Debug)]
pub struct Disputes {
    guild: Option<GuildId>,
    page: Option<DisputePage>,
    list: List,
    from: QueueFrom,
}

impl Disputes {
    /// Of a guild, or of all.
    pub fn new(guild: Option<GuildId>) -> Self {
        Self { guild, page: None, list: List::default(), from: QueueFrom::Start }
    }

    fn rows(&self) -> &[DisputeRow] {
        self.page.as_ref().map_or(&[], |page| &page.rows)
    }

    fn line(row: &DisputeRow, now: crate::domain::Timestamp) -> Shown {
        let mut line = column(&Shown::new(Role::Key, &short(&row.id)), 11);
        let (role, mine) = if row.mine { (Role::Good, "you may rule") } else { (Role::Quiet, "not yours") };
        line.append(&column(&Shown::new(role, mine), 13));
        let cause = match row.cause {
            DisputeCause::Disagreement => "split",
            DisputeCause::Return => "returned",
            DisputeCause::Challenge => "challenged",
        };
        line.append(&column(&Shown::new(Role::Warning, cause), 11));
        line.append(&column(&Shown::new(Role::Quiet, &when(row.opened, now)), 11));
        let labels: Vec<String> = row.labels.iter().map(ToString::to_string).collect();
        line.append(&column(&Shown::plain(&labels.join(" ")), 28));
        line.push(Role::Text, &format!(" {}", row.opening));
        line.one_line()
    }
}

impl Scene for Disputes {
    fn place(&self) -> Place {
        Place::Disputes(self.guild.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        vec![Action::Open, Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last]
    }

    fn is_waiting(&self) -> bool {
        self.page.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.guild.as_ref().map_or("all guilds", |guild| guild.as_str());
        Shown::new(Role::Title, &format!("{guild} ▸ disputes"))
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        let mine = self.rows().iter().filter(|row| row.mine).count();
        let more = self.page.as_ref().is_some_and(|page| page.after.is_some());
        let more = if more { ", more below" } else { "" };
        Shown::new(Role::Quiet, &format!("{} open, {mine} of them yours to rule on{more}", self.rows().len()))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Disputes { guild: self.guild.clone(), from: self.from, limit: PAGE });
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let last = self.list.chosen() + 1 >= self.rows().len();
        let after = self.page.as_ref().and_then(|page| page.after);
        if let (Action::Down | Action::PageDown, true, Some(after)) = (action, last, after) {
            self.from = QueueFrom::After(after);
            self.list.choose(0);
            self.load(cx);
        } else if action == Action::Up && self.list.chosen() == 0 && self.from != QueueFrom::Start {
            self.from = QueueFrom::Start;
            self.load(cx);
        } else if !self.list.moved(action, self.rows().len())
            && let Some(row) = self.rows().get(self.list.chosen())
        {
            cx.open(if row.mine { Place::Adjudicate(row.id.clone()) } else { Place::Item(row.id.clone()) });
        }
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        if let Reply::Disputes(page) = reply {
            self.list.choose(self.list.chosen().min(page.rows.len().saturating_sub(1)));
            self.page = Some(page);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Disputes"), &Shown::default());
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if self.page.is_some() && self.rows().is_empty() {
            ink.put(Rect { x: area.x + 2, height: 1, ..body }, &Shown::new(Role::Quiet, "no dispute is open"));
        }
        let line = |n: usize| self.rows().get(n).map(|row| Self::line(row, look.now)).unwrap_or_default();
        self.list.draw(ink, body, self.rows().len(), &line);
    }
}

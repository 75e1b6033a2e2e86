//! Where two raters part on a question, the newest first.

use ratatui::layout::Rect;

use crate::domain::GuildId;
use crate::hall::{Parting as Row, QuestionAgreement};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{column, short};

/// See the module's first line.
#[derive(Debug)]
pub struct Parting {
    guild: GuildId,
    question: String,
    pair: (String, String),
    title: String,
    rows: Option<Vec<Row>>,
    list: List,
}

impl Parting {
    /// Of two letters, on a question of a guild.
    pub fn new(guild: GuildId, question: String, pair: (String, String)) -> Self {
        Self { guild, question, pair, title: String::new(), rows: None, list: List::default() }
    }

    fn rows(&self) -> &[Row] {
        self.rows.as_deref().unwrap_or_default()
    }

    fn line(&self, row: &Row) -> Shown {
        let output = row.output.map(|output| format!("output {output}")).unwrap_or_default();
        let mut line = column(&Shown::new(Role::Key, &short(&row.item)), 12);
        line.append(&column(&Shown::new(Role::Quiet, &output), 12));
        line.append(&column(&Shown::plain(&format!("{} says {}", self.pair.0, row.first)), 26));
        line.and(Role::Text, &format!("{} says {}", self.pair.1, row.second))
    }

    fn found(&mut self, question: &QuestionAgreement) {
        let of = question.pairs.iter().find(|pair| (&pair.first, &pair.second) == (&self.pair.0, &self.pair.1));
        self.rows = Some(of.map(|pair| pair.partings.clone()).unwrap_or_default());
        self.title.clone_from(&question.title);
    }
}

impl Scene for Parting {
    fn place(&self) -> Place {
        Place::Parting { guild: self.guild.clone(), question: self.question.clone(), pair: self.pair.clone() }
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        vec![Action::Open, Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last]
    }

    fn is_waiting(&self) -> bool {
        self.rows.is_none()
    }

    fn title(&self) -> Shown {
        let (first, second) = &self.pair;
        Shown::new(Role::Title, &format!("{} ▸ agreement ▸ {first} and {second}", self.guild))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Agreement(Some(self.guild.clone())));
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        if !self.list.moved(action, self.rows().len())
            && let Some(row) = self.rows().get(self.list.chosen())
        {
            cx.open(Place::Item(row.item.clone()));
        }
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        if let Reply::Agreement(view, _) = reply {
            match view.questions.iter().find(|question| question.key == self.question) {
                Some(question) => self.found(question),
                None => self.rows = Some(Vec::new()),
            }
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        let count = Shown::new(Role::Quiet, &format!("{} disagreements", self.rows().len()));
        ink.heading(row, &Shown::new(Role::Heading, &self.title), &count);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if self.rows().is_empty() {
            let words = if self.rows.is_none() { "looking …" } else { "they never part" };
            ink.put(Rect { x: area.x + 2, height: 1, ..body }, &Shown::new(Role::Quiet, words));
        }
        let line = |n: usize| self.rows().get(n).map(|row| self.line(row)).unwrap_or_default();
        self.list.draw(ink, body, self.rows().len(), &line);
    }
}

//! Items by page: filtered, searched, sorted.

use ratatui::layout::Rect;

use crate::domain::{GuildId, ItemState, Mark, Role as Doer, Timestamp};
use crate::hall::{QueueFilter, QueueFrom, QueuePage, QueueRow, QueueSort};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Fields, Layer};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{column, mark, short, state, when};

/// Rows of a page.
const PAGE: usize = 50;
/// What the filter's pop-up offers, and what it means.
const FILTERS: [(&str, Filter); 13] = [
    ("all", Filter::All),
    ("open", Filter::State(ItemState::Open)),
    ("agreed", Filter::State(ItemState::Agreed)),
    ("disputed", Filter::State(ItemState::Disputed)),
    ("ruled on", Filter::State(ItemState::Adjudicated)),
    ("gold", Filter::State(ItemState::Gold)),
    ("withdrawn", Filter::State(ItemState::Withdrawn)),
    ("I could judge", Filter::Role(Doer::Rater)),
    ("I could rule on", Filter::Role(Doer::Adjudicator)),
    ("I could review", Filter::Role(Doer::Reviewer)),
    ("paused by a flag", Filter::Mark(Mark::Paused)),
    ("nobody can act on", Filter::Mark(Mark::Stuck)),
    ("challenged", Filter::Mark(Mark::Challenged)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    All,
    State(ItemState),
    Role(Doer),
    Mark(Mark),
}

/// See the module's first line.
#[derive(Debug)]
pub struct Queue {
    filter: QueueFilter,
    sort: QueueSort,
    from: QueueFrom,
    page: Option<QueuePage>,
    guilds: Vec<GuildId>,
    list: List,
    /// The page that comes lies beyond an edge, so the choice goes to its other end.
    turning: bool,
}

impl Queue {
    /// With a filter to start from.
    pub fn new(filter: QueueFilter) -> Self {
        Self {
            filter,
            sort: QueueSort::Oldest,
            from: QueueFrom::Start,
            page: None,
            guilds: Vec::new(),
            list: List::default(),
            turning: false,
        }
    }

    fn named(&self) -> Filter {
        match (self.filter.state, self.filter.role, self.filter.mark) {
            (Some(state), ..) => Filter::State(state),
            (_, Some(role), _) => Filter::Role(role),
            (.., Some(mark)) => Filter::Mark(mark),
            _ => Filter::All,
        }
    }

    fn anew(&mut self, cx: &mut Cx<'_>) {
        self.from = QueueFrom::Start;
        self.list.choose(0);
        self.ask(cx);
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        let (filter, sort, from) = (self.filter.clone(), self.sort, self.from);
        cx.ask(Request::Queue { filter, sort, from, limit: PAGE });
    }

    /// Moves over the edge of the page, if there is more on that side.
    fn turn(&mut self, action: Action, cx: &mut Cx<'_>) -> bool {
        let Some(page) = &self.page else { return false };
        let last = self.list.chosen() + 1 >= page.rows.len();
        let turned = match action {
            Action::Down | Action::PageDown if last => page.after.map(QueueFrom::After),
            Action::Up | Action::PageUp if self.list.chosen() == 0 => page.before.map(QueueFrom::Before),
            _ => None,
        };
        let Some(from) = turned else { return false };
        self.from = from;
        self.turning = true;
        self.ask(cx);
        true
    }

    fn line(row: &QueueRow, now: Timestamp) -> Shown {
        let mut line = column(&Shown::new(Role::Key, &short(&row.id)), 11);
        line.append(&column(&state(row.state), 12));
        let roles: Vec<&str> = row
            .mine
            .iter()
            .map(|role| match role {
                Doer::Rater => "judge",
                Doer::Adjudicator => "rule",
                Doer::Reviewer => "review",
                Doer::Steward => "",
            })
            .collect();
        line.append(&column(&Shown::new(Role::Good, &roles.join(" ")), 8));
        for marked in &row.marks {
            line.push(Role::Warning, &format!("{} ", mark(*marked)));
        }
        if row.at_work > 0 {
            line.push(Role::Quiet, &format!("{} at work ", row.at_work));
        }
        let at = row.touched.map(|(_, at)| when(at, now)).unwrap_or_default();
        line.append(&column(&Shown::new(Role::Quiet, &at), 11));
        line.push(Role::Text, &row.opening);
        line.one_line()
    }
}

impl Scene for Queue {
    fn place(&self) -> Place {
        let QueueFilter { guild, state, role, search, .. } = self.filter.clone();
        Place::Queue { guild, state, role, search }
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let keys = [Action::Open, Action::Filter, Action::Search, Action::Sort, Action::Guild];
        let moves = [Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last];
        keys.into_iter().chain(moves).collect()
    }

    fn is_waiting(&self) -> bool {
        self.page.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.filter.guild.as_ref().map_or("all guilds", |guild| guild.as_str());
        let wanted = self.named();
        let name = FILTERS.iter().find(|(_, filter)| *filter == wanted).map_or("", |(name, _)| name);
        let mut title = Shown::new(Role::Title, &format!("{guild} ▸ queue")).and(Role::Quiet, &format!(" · {name}"));
        if let Some(words) = &self.filter.search {
            title.push(Role::Quiet, &format!(" · with “{words}”"));
        }
        title
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        let Some(page) = &self.page else { return Shown::default() };
        let order = match self.sort {
            QueueSort::Oldest => "oldest first",
            QueueSort::Newest => "newest first",
            QueueSort::Touched => "last acted on first",
        };
        let mut status = Shown::default();
        if let Some((done, total)) = page.searched {
            status.push(Role::Warning, &format!("{done} of {total} searched, R goes on · "));
        }
        if let Some(total) = page.total {
            status.push(Role::Quiet, &format!("{total} items · "));
        }
        status.and(Role::Quiet, order)
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Releases);
        self.ask(cx);
    }

    fn shown_again(&mut self, cx: &mut Cx<'_>) {
        self.ask(cx);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let rows = self.page.as_ref().map_or(0, |page| page.rows.len());
        if self.turn(action, cx) || self.list.moved(action, rows) {
            return;
        }
        match action {
            Action::Open => {
                let row = self.page.as_ref().and_then(|page| page.rows.get(self.list.chosen()));
                if let Some(row) = row {
                    cx.open(match (self.filter.role, row.mine.first()) {
                        (Some(Doer::Rater), Some(Doer::Rater)) => {
                            Place::Judge { guild: row.guild.clone(), first: Some(row.id.clone()) }
                        }
                        _ => Place::Item(row.id.clone()),
                    });
                }
            }
            Action::Sort => {
                self.sort = match self.sort {
                    QueueSort::Oldest => QueueSort::Newest,
                    QueueSort::Newest => QueueSort::Touched,
                    QueueSort::Touched => QueueSort::Oldest,
                };
                self.anew(cx);
            }
            Action::Filter => {
                let options = FILTERS.iter().map(|(name, _)| (*name).to_owned()).collect();
                cx.layer(Layer::Fields(Fields::new(action, "Which items", None).one_of("Show", options)));
            }
            Action::Guild => {
                let guilds = self.guilds.iter().map(ToString::to_string);
                let options = std::iter::once("all guilds".to_owned()).chain(guilds).collect();
                cx.layer(Layer::Fields(Fields::new(action, "Whose items", None).one_of("Guild", options)));
            }
            Action::Search => {
                let known = self.filter.search.clone().unwrap_or_default();
                let fields = Fields::new(action, "Search prompts and outputs", None);
                cx.layer(Layer::Fields(fields.line("Words, or the start of an id; nothing: all", &known)));
            }
            _ => {}
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        let value = values.first().map(|value| value.trim().to_owned()).unwrap_or_default();
        match action {
            Action::Filter => {
                let filter = FILTERS.iter().find(|(name, _)| *name == value).map_or(Filter::All, |(_, filter)| *filter);
                (self.filter.state, self.filter.role, self.filter.mark) = match filter {
                    Filter::All => (None, None, None),
                    Filter::State(state) => (Some(state), None, None),
                    Filter::Role(role) => (None, Some(role), None),
                    Filter::Mark(mark) => (None, None, Some(mark)),
                };
            }
            Action::Guild => self.filter.guild = self.guilds.iter().find(|guild| guild.as_str() == value).cloned(),
            Action::Search => self.filter.search = (!value.is_empty()).then_some(value),
            _ => return,
        }
        self.anew(cx);
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        match reply {
            Reply::Queue(page) => {
                let last = page.rows.len().saturating_sub(1);
                self.list.choose(match (std::mem::take(&mut self.turning), self.from) {
                    (true, QueueFrom::Before(_)) => last,
                    (true, _) => 0,
                    (false, _) => self.list.chosen().min(last),
                });
                self.page = Some(page);
            }
            Reply::Releases(_, guilds) => self.guilds = guilds.into_iter().map(|guild| guild.id).collect(),
            _ => {}
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Items"), &Shown::default());
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let Some(page) = &self.page else { return };
        if page.rows.is_empty() {
            let words =
                if page.after.is_some() { "none in the first 2,000; f for another filter" } else { "no such items" };
            ink.put(Rect { x: area.x + 2, height: 1, ..body }, &Shown::new(Role::Quiet, words));
        }
        self.list.draw(ink, body, page.rows.len(), &|n| {
            page.rows.get(n).map(|r| Self::line(r, look.now)).unwrap_or_default()
        });
    }
}

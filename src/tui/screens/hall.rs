//! The first screen: what waits for one, the guilds' counts, news.

use ratatui::layout::Rect;

use crate::domain::{GuildId, ItemId, ItemState, Role as Doer};
use crate::hall::GuildStatus;
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Layer, Told};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Home, Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::news;
use super::wording::{column, short};

/// A row that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    /// A draft to go on with.
    Resume(ItemId, GuildId, String),
    /// Something that waits in a guild: how many, and whether there may be more.
    Waits(Doer, GuildId, usize, bool),
    /// Petitions that wait for one's word.
    Petitions(usize),
    /// A guild.
    Guild(GuildId),
}

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Hall {
    home: Option<Home>,
    rows: Vec<Row>,
    list: List,
}

impl Hall {
    fn rows_of(home: &Home) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for (item, guild, draft) in home.drafts.iter().take(3) {
            rows.push(Row::Resume(item.clone(), guild.clone(), draft.field.clone()));
        }
        for role in [Doer::Rater, Doer::Adjudicator, Doer::Reviewer] {
            for guild in &home.status.guilds {
                let waits = match role {
                    Doer::Rater => guild.waiting_for_me.judge,
                    Doer::Adjudicator => guild.waiting_for_me.adjudicate,
                    _ => guild.waiting_for_me.review,
                };
                if waits > 0 {
                    rows.push(Row::Waits(role, guild.id.clone(), waits, guild.waiting_for_me.more));
                }
            }
        }
        rows.extend(Some(home.status.petitions).filter(|n| *n > 0).map(Row::Petitions));
        rows.extend(home.status.guilds.iter().map(|guild| Row::Guild(guild.id.clone())));
        rows
    }

    /// Shows what one signature would cover, draft by draft.
    fn review_drafts(&self, cx: &mut Cx<'_>) {
        let mut body = Shown::plain("Whole judgements go in together, or none of them; the others stay drafts.\n");
        for (item, guild, draft) in self.home.iter().flat_map(|home| &home.drafts) {
            body.push(Role::Strong, &format!("\n{guild} {item}\n"));
            for (key, answer) in &draft.answers {
                body.push(Role::Text, &format!("  {key} = {answer}\n"));
            }
            if !draft.rationale.is_empty() {
                body.push(Role::Quiet, &format!("  {}\n", draft.rationale));
            }
        }
        let title = Shown::new(Role::HeadingFocused, "You sign these judgements as one");
        cx.layer(Layer::Card(Card::new(Action::SubmitDrafts, title, body)));
    }

    fn waiting(&self) -> usize {
        self.rows.iter().filter(|row| !matches!(row, Row::Guild(_))).count()
    }

    fn line(row: &Row) -> Shown {
        let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        match row {
            Row::Resume(item, guild, field) => {
                let doing = field.split(' ').next().unwrap_or_default();
                Shown::new(Role::Warning, &format!("{:<12}", "go on"))
                    .and(Role::Text, &format!("{:<24}", guild.as_str()))
                    .and(Role::Quiet, &format!("{doing}, draft on {}", short(item)))
            }
            Row::Waits(role, guild, n, more) => {
                let (verb, count) = match role {
                    Doer::Rater => ("judge", format!("{n} open")),
                    Doer::Adjudicator => ("adjudicate", plural(*n, "dispute", "disputes")),
                    _ => ("review", plural(*n, "item", "items")),
                };
                let least = if *more { "at least " } else { "" };
                Shown::new(Role::Strong, &format!("{verb:<12}"))
                    .and(Role::Text, &format!("{:<24}", guild.as_str()))
                    .and(Role::Quiet, &format!("{least}{count}"))
            }
            Row::Petitions(n) => Shown::new(Role::Strong, &format!("{:<12}", "attest"))
                .and(Role::Text, &format!("{:<24}", "newcomers"))
                .and(Role::Quiet, &plural(*n, "petition", "petitions")),
            Row::Guild(guild) => Shown::plain(guild.as_str()),
        }
    }

    fn guild_line(guild: &GuildStatus) -> Shown {
        let mut line = column(&Shown::plain(guild.id.as_str()), 20);
        for state in [ItemState::Open, ItemState::Agreed, ItemState::Disputed, ItemState::Adjudicated, ItemState::Gold]
        {
            let n = guild.items.get(&state.to_string()).copied().unwrap_or(0);
            let role = match state {
                _ if n == 0 => Role::Quiet,
                ItemState::Gold => Role::Gold,
                ItemState::Disputed => Role::Warning,
                _ => Role::Text,
            };
            line.push(role, &format!("{n:>9}"));
        }
        if let Some(version) = guild.releases.last() {
            line.push(Role::Quiet, &format!("   {version}"));
        }
        line
    }
}

impl Scene for Hall {
    fn place(&self) -> Place {
        Place::Hall
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let drafts = self.home.as_ref().is_some_and(|home| home.drafts.len() > 1).then_some(Action::SubmitDrafts);
        let moves = [Action::Down, Action::Up, Action::Open, Action::First, Action::Last];
        drafts.into_iter().chain(moves).collect()
    }

    fn is_waiting(&self) -> bool {
        self.home.is_none()
    }

    fn title(&self) -> Shown {
        let name = self.home.as_ref().map(|home| home.status.name.clone()).unwrap_or_default();
        Shown::new(Role::Title, "guildhall").and(Role::Quiet, " · ").and(Role::Text, &name)
    }

    fn status(&self, look: &Look<'_>) -> Shown {
        let session = look.session;
        let mut who = session.handle.clone();
        if session.steward {
            who.push_str(", steward");
        }
        who.push_str(" · ");
        who.push_str(&session.signed_by.words());
        if session.demo {
            who.push_str(" · demo");
        }
        Shown::new(Role::Quiet, &who)
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Hall);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        if action == Action::SubmitDrafts {
            self.review_drafts(cx);
            return;
        }
        if self.list.moved(action, self.rows.len()) || action != Action::Open {
            return;
        }
        match self.rows.get(self.list.chosen()) {
            Some(Row::Resume(item, guild, field)) => cx.open(super::resume::place(item, guild, field)),
            Some(Row::Waits(Doer::Rater, guild, ..)) => cx.open(Place::Judge { guild: guild.clone(), first: None }),
            Some(Row::Waits(Doer::Adjudicator, guild, ..)) => cx.open(Place::Disputes(Some(guild.clone()))),
            Some(Row::Waits(role, guild, ..)) => cx.open(Place::queue(Some(guild.clone()), None, Some(*role))),
            Some(Row::Petitions(_)) => cx.open(Place::Members),
            Some(Row::Guild(guild)) => cx.open(Place::Charter(guild.clone())),
            None => {}
        }
    }

    fn confirmed(&mut self, action: Action, _values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        if action == Action::SubmitDrafts {
            cx.ask(Request::SubmitDrafts);
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        if let Reply::DraftsJudged(judged) = &reply {
            let mut body = Shown::new(Role::Good, &format!("{} signed and submitted as one\n", judged.done.len()));
            for (item, refusal) in &judged.left {
                body.push(Role::Warning, &format!("\n{} is still a draft: {}\n", short(item), refusal.reason));
            }
            cx.layer(Layer::Told(Told::new(Shown::new(Role::HeadingFocused, "Drafts"), body)));
            self.load(cx);
        }
        if let Reply::Hall(home) = reply {
            // a session that was cut off goes on where it stood
            let last = home.drafts.iter().find(|(.., draft)| draft.open).filter(|_| self.home.is_none());
            if let Some((item, guild, draft)) = last {
                cx.open(super::resume::place(item, guild, &draft.field));
            }
            self.rows = Self::rows_of(&home);
            self.list.choose(self.list.chosen().min(self.rows.len().saturating_sub(1)));
            self.home = Some(*home);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let Some(home) = &self.home else {
            ink.put(Rect { x: area.x + 2, ..area }, &Shown::new(Role::Quiet, "…"));
            return;
        };
        let heading = |ink: &mut Ink<'_>, y: u16, text: &str, right: &str| {
            let row = Rect { x: area.x + 1, y, width: area.width.saturating_sub(1), height: 1 };
            ink.heading(row, &Shown::new(Role::Heading, text), &Shown::new(Role::Quiet, right));
        };
        let waiting = self.waiting();
        let shown = u16::try_from(waiting.max(1)).unwrap_or(u16::MAX).min(area.height / 2);
        heading(ink, area.y, "Waiting for you", "");
        let chosen = self.list.chosen();
        let first = (chosen + 1).saturating_sub(usize::from(shown)).min(waiting.saturating_sub(usize::from(shown)));
        let upper = Rect { y: area.y + 1, height: shown, ..area };
        if waiting == 0 {
            ink.put(
                Rect { x: area.x + 2, height: 1, ..upper },
                &Shown::new(Role::Quiet, "nothing; g q shows the queue"),
            );
        }
        for (n, row) in upper.rows().enumerate().map(|(n, row)| (n + first, row)).filter(|(n, _)| *n < waiting) {
            self.put_row(ink, row, n, &self.rows.get(n).map(Self::line).unwrap_or_default());
        }
        let y = upper.bottom();
        heading(ink, y, "Guilds", "");
        let names: String =
            ["open", "agreed", "disputed", "ruled on", "gold"].iter().map(|name| format!("{name:>9}")).collect();
        ink.put(
            Rect { x: area.x + 22, y: y + 1, width: area.width.saturating_sub(22), height: 1 },
            &Shown::new(Role::Quiet, &format!("{names}   release")),
        );
        let mut y = y + 2;
        for (n, guild) in home
            .status
            .guilds
            .iter()
            .enumerate()
            .take_while(|(n, _)| y + u16::try_from(*n).unwrap_or(0) < area.bottom())
        {
            let row = Rect { y: y + u16::try_from(n).unwrap_or(0), height: 1, ..area };
            self.put_row(ink, row, waiting + n, &Self::guild_line(guild));
        }
        y += u16::try_from(home.status.guilds.len()).unwrap_or(u16::MAX);
        if y + 1 < area.bottom() {
            let others = home.present.iter().filter(|handle| **handle != look.session.handle).cloned();
            let others: Vec<String> = others.collect();
            let here = if others.is_empty() { String::new() } else { format!("here: {} · ", others.join(", ")) };
            heading(ink, y, "News", &format!("{here}{} entries", home.status.entries));
            let rest =
                Rect { x: area.x + 2, y: y + 1, width: area.width.saturating_sub(2), height: area.bottom() - y - 1 };
            for (item, row) in home.news.iter().zip(rest.rows()) {
                ink.put(row, &news::line(item, home.now));
            }
        }
    }
}

impl Hall {
    fn put_row(&self, ink: &mut Ink<'_>, row: Rect, n: usize, text: &Shown) {
        ink.put(Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row }, text);
        if n == self.list.chosen() {
            ink.choose(row);
            ink.bar(Rect { width: 1, ..row });
        }
    }
}

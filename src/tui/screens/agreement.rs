//! How far a guild's raters agree: a question's coefficients, its raters two by two, its trend.

use ratatui::layout::Rect;

use crate::domain::GuildId;
use crate::hall::{AgreementView, PairAgreement, QuestionAgreement, interval, share};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Layer, Told};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::agreement_questions::draw_questions;
use super::wording::column;

/// Columns of a cell of the matrix, and of its row heads.
const CELL: usize = 6;
const HEAD: usize = 4;
/// Lines that the matrix of raters keeps beside that table.
const MATRIX: u16 = 7;
/// Columns of the trend.
const TREND: u16 = 34;

/// See the module's first line.
#[derive(Debug)]
pub struct Agreement {
    guild: Option<GuildId>,
    view: Option<Box<AgreementView>>,
    guilds: Vec<GuildId>,
    question: usize,
    /// Among the question's pairs.
    pairs: List,
}

impl Agreement {
    /// Of a guild, or of the first.
    pub fn new(guild: Option<GuildId>) -> Self {
        Self { guild, view: None, guilds: Vec::new(), question: 0, pairs: List::default() }
    }

    fn shown(&self) -> Option<&QuestionAgreement> {
        self.view.as_ref()?.questions.get(self.question)
    }

    fn pair(&self) -> Option<&PairAgreement> {
        self.shown()?.pairs.get(self.pairs.chosen())
    }

    fn turn(&mut self, back: bool) {
        let count = self.view.as_ref().map_or(0, |view| view.questions.len());
        if count > 0 {
            self.question = (self.question + if back { count - 1 } else { 1 }) % count;
            self.pairs = List::default();
        }
    }

    /// The guild after this one.
    fn next_guild(&self) -> Option<GuildId> {
        let at = self.guilds.iter().position(|known| Some(known) == self.guild.as_ref())?;
        self.guilds.get((at + 1) % self.guilds.len()).cloned()
    }

    /// What the last seven days changed, in words.
    fn changes(question: &QuestionAgreement) -> Shown {
        let name = question.leading().map_or("", |leading| leading.name.as_str());
        let now = question.leading().map(|leading| interval(&leading.found)).unwrap_or_default();
        let mut text = Shown::plain(&format!("{} judged anew in the last seven days.\n\n", question.new_units));
        text.push(
            Role::Text,
            &format!("{name}\n  a week ago  {}\n  now         {now}\n", interval(&question.a_week_ago)),
        );
        let then = question.a_week_ago.value();
        if let Some((now, then)) = question.leading().and_then(|leading| leading.found.value()).zip(then) {
            let sign = if now >= then { "+" } else { "-" };
            text.push(Role::Text, &format!("  change      {sign}{}", share((now - then).abs())));
        }
        text
    }

    fn coefficients(question: &QuestionAgreement) -> Vec<Shown> {
        let mut lines: Vec<Shown> = question
            .coefficients
            .iter()
            .map(|one| {
                let role = if one.found.value().is_some() { Role::Text } else { Role::Quiet };
                let mut line = column(&Shown::new(Role::Quiet, &one.name), 28);
                line.append(&column(&Shown::new(role, &interval(&one.found)), 20));
                line.and(Role::Quiet, one.reading.unwrap_or_default())
            })
            .collect();
        if question.judgements == 0 {
            lines.push(Shown::new(Role::Quiet, "nobody has answered it yet"));
        }
        if question.off_scale > 0 {
            let words = format!("{} answers stand on no scale and aren't counted", question.off_scale);
            lines.push(Shown::new(Role::Quiet, &words));
        }
        lines.extend(question.remarks.iter().map(|remark| Shown::new(Role::Warning, remark)));
        lines
    }

    /// The upper half of rater by rater, as many as there is room for.
    fn matrix(&self, question: &QuestionAgreement, (width, height): (usize, usize)) -> Vec<Shown> {
        let known = |letter: &&str| question.pairs.iter().any(|pair| pair.first == *letter || pair.second == *letter);
        let letters = self.view.iter().flat_map(|view| &view.raters).map(|rater| rater.letter.as_str()).filter(known);
        let room = (width.saturating_sub(HEAD) / CELL).min(height).max(2);
        let letters: Vec<&str> = letters.take(room).collect();
        let mut head = column(&Shown::default(), HEAD);
        for letter in letters.iter().skip(1) {
            head.append(&column(&Shown::new(Role::Heading, &format!("{letter:>4}")), CELL));
        }
        let mut lines = vec![head];
        for (place, row) in letters.iter().enumerate().take(letters.len().saturating_sub(1)) {
            let mut line = column(&Shown::new(Role::Heading, row), HEAD);
            for (at, other) in letters.iter().enumerate().skip(1) {
                let pair = question.pairs.iter().enumerate().find(|(_, pair)| at > place && is_of(pair, row, other));
                let cell = pair.map(|(n, pair)| cell(pair, n == self.pairs.chosen())).unwrap_or_default();
                line.append(&column(&cell, CELL));
            }
            lines.push(line);
        }
        lines
    }

    fn trend(question: &QuestionAgreement, room: usize) -> Vec<Shown> {
        let late = question.trend.len().saturating_sub(room);
        let week = |week: &crate::hall::Week| {
            let line = Shown::new(Role::Quiet, week.monday.get(5..).unwrap_or_default());
            match week.found.value() {
                Some(value) => line.and(Role::Text, &format!(" {:>5} {} ", share(value), bar(value))),
                None => line.and(Role::Quiet, "     - undefined  "),
            }
            .and(Role::Quiet, &format!("{:>4}", week.units))
        };
        question.trend[late..].iter().map(week).collect()
    }

    fn draw_pairs(&self, ink: &mut Ink<'_>, area: Rect, question: &QuestionAgreement) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        let heading = format!("Rater × rater (Cohen's kappa, pairs that share {} or more)", question.shared_at_least);
        let heading =
            Shown::new(Role::HeadingFocused, if question.pairs.is_empty() { "Rater × rater" } else { &heading });
        ink.heading(row, &heading, &Shown::default());
        let body = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height.saturating_sub(1),
        };
        let Some(pair) = self.pair() else {
            ink.put(Rect { height: 1, ..body }, &Shown::new(Role::Quiet, "no two raters can be compared by classes"));
            return;
        };
        let height = usize::from(body.height.saturating_sub(2));
        let lines = self.matrix(question, (usize::from(body.width), height));
        for (at, line) in body.rows().zip(&lines) {
            ink.put(at, line);
        }
        let mostly = pair.mostly.as_ref().map(|mostly| format!(", {mostly}")).unwrap_or_default();
        let kappa = pair.kappa.value().map_or_else(|| "undefined".to_owned(), share);
        let words = format!("{} and {}: {kappa} over {}{mostly}", pair.first, pair.second, pair.shared);
        let below = Rect { y: body.y + u16::try_from(lines.len()).unwrap_or(0), height: 1, ..body };
        if below.y < body.bottom() {
            ink.put(below, &Shown::plain(&words));
            ink.bar(Rect { x: area.x, width: 1, ..below });
        }
    }
}

fn is_of(pair: &PairAgreement, one: &str, other: &str) -> bool {
    (pair.first == one && pair.second == other) || (pair.first == other && pair.second == one)
}

/// A kappa with a shade for the eye; the chosen one in brackets.
fn cell(pair: &PairAgreement, is_chosen: bool) -> Shown {
    let (shade, role) = match pair.kappa.value() {
        Some(value) if value > 0.6 => ("▓", Role::Good),
        Some(value) if value > 0.4 => ("▒", Role::Text),
        Some(_) => ("░", Role::Warning),
        None => ("", Role::Quiet),
    };
    let number = pair.kappa.value().map_or_else(|| "-".to_owned(), share);
    if is_chosen {
        return Shown::new(Role::Key, &format!("{:>6}", format!("[{number}]")));
    }
    Shown::new(role, &format!("{number:>4}{shade}"))
}

/// A value between 0 and 1 as ten places.
fn bar(value: f64) -> String {
    let full = (1..=10).filter(|place| value * 10.0 >= f64::from(*place) - 0.5).count();
    format!("{}{}", "▮".repeat(full), "▯".repeat(10 - full))
}

impl Scene for Agreement {
    fn place(&self) -> Place {
        Place::Agreement(self.guild.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let mut actions = vec![Action::NextPart, Action::PreviousPart, Action::Changes];
        if self.pair().is_some() {
            actions.extend([Action::Open, Action::Down, Action::Up, Action::First, Action::Last]);
        }
        if self.guilds.len() > 1 {
            actions.push(Action::Guild);
        }
        actions
    }

    fn is_waiting(&self) -> bool {
        self.view.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.guild.as_ref().map_or("", GuildId::as_str);
        Shown::new(Role::Title, &format!("{guild} ▸ agreement"))
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        let Some(view) = &self.view else { return Shown::default() };
        let raters = view.raters.len();
        Shown::new(Role::Quiet, &format!("{} items, {} judgements, {raters} raters", view.items, view.judgements))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Agreement(self.guild.clone()));
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        match action {
            Action::NextPart => self.turn(false),
            Action::PreviousPart => self.turn(true),
            Action::Guild => {
                if let Some(guild) = self.next_guild() {
                    cx.want(Want::Replace(Place::Agreement(Some(guild))));
                }
            }
            Action::Changes => {
                if let Some(question) = self.shown() {
                    cx.layer(Layer::Told(Told::new("The last seven days", Self::changes(question))));
                }
            }
            Action::Open => {
                let Some((guild, question)) = self.guild.clone().zip(self.shown()) else { return };
                if let Some(pair) = question.pairs.get(self.pairs.chosen()) {
                    let pair = (pair.first.clone(), pair.second.clone());
                    cx.open(Place::Parting { guild, question: question.key.clone(), pair });
                }
            }
            action => {
                let count = self.shown().map_or(0, |question| question.pairs.len());
                self.pairs.moved(action, count);
            }
        }
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        if let Reply::Agreement(view, guilds) = reply {
            self.guild = Some(view.guild.clone());
            self.question = self.question.min(view.questions.len().saturating_sub(1));
            (self.view, self.guilds) = (Some(view), guilds);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        let (Some(view), Some(question)) = (&self.view, self.shown()) else {
            let words =
                if self.view.is_none() { "counting …" } else { "the charter asks nothing that can be compared" };
            ink.put(Rect { x: area.x + 2, ..row }, &Shown::new(Role::Quiet, words));
            return;
        };
        let heading = Shown::new(Role::Heading, &question.title);
        let count = format!(
            "{} judged by {} · question {} of {}",
            question.units,
            question.raters,
            self.question + 1,
            view.questions.len()
        );
        ink.heading(row, &heading, &Shown::new(Role::Quiet, &count));
        let lines = Self::coefficients(question);
        let most = area.height.saturating_sub(9).max(3);
        let shown = u16::try_from(lines.len()).unwrap_or(most).min(most);
        for (n, line) in (1..=shown).zip(&lines) {
            ink.put(Rect { x: area.x + 2, y: area.y + n, width: area.width.saturating_sub(3), height: 1 }, line);
        }
        let top = area.y + shown + 2;
        let left = area.bottom().saturating_sub(top);
        let rows = u16::try_from(view.questions.len()).unwrap_or(u16::MAX).saturating_add(2);
        let table = if view.questions.len() > 1 && left >= rows.saturating_add(MATRIX) { rows } else { 0 };
        let below = Rect { y: top, height: left - table, ..area };
        draw_questions(ink, Rect { y: below.bottom(), height: table, ..area }, view, self.question);
        let beside = question.trend.len() > 1 && below.width > 2 * TREND;
        let width = if beside { below.width - TREND } else { below.width };
        self.draw_pairs(ink, Rect { width, ..below }, question);
        if beside {
            let at = Rect { x: below.x + width, width: TREND, ..below };
            ink.heading(Rect { height: 1, ..at }, &Shown::new(Role::Heading, "By week"), &Shown::default());
            let rows = Rect { y: at.y + 1, height: at.height.saturating_sub(1), ..at };
            for (at, line) in rows.rows().zip(Self::trend(question, usize::from(rows.height))) {
                ink.put(at, &line);
            }
        }
    }
}

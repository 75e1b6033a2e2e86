//! Judging what waits in a guild, one item after the other; also revising one's own judgement.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::domain::{GuildId, ItemId, ItemState, Role as Doer, Timestamp};
use crate::hall::{Answered, QueueFilter, QueueFrom, QueueSort};
use crate::tui::form::{Form, Prose};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Layer};
use crate::tui::place::Place;
use crate::tui::request::{Claim, Desk, Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::acts;
use super::guide;
use super::sheet::Sheet;
use super::texts::Texts;
use super::wording::{draft_state, short};

/// Items asked for at once.
const PAGE: usize = 200;
/// Longer pauses don't count as work.
const PAUSE_MS: i64 = 60_000;

/// Who presses no key for so long isn't at work, and their lease runs out.
const AWAY_MS: i64 = 5 * 60_000;

/// What is on the screen.
#[derive(Debug)]
enum Shows {
    /// Waiting for the hall.
    Loading,
    /// Nothing to judge; why.
    Nothing(String),
    /// An item.
    Item(Box<(Desk, Texts, Sheet)>),
}

/// What is done with the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    /// Judging the items of a guild.
    Judge(GuildId),
    /// Replacing one's judgement.
    Revise,
}

/// See the module's first line.
#[derive(Debug)]
pub struct Judge {
    purpose: Purpose,
    queue: Vec<ItemId>,
    at: usize,
    shows: Shows,
    sending: bool,
    worked_ms: i64,
    seen: Option<Timestamp>,
}

impl Judge {
    /// Judging in a guild, starting with an item if one is named.
    pub fn new(guild: GuildId, first: Option<ItemId>) -> Self {
        Self::of(Purpose::Judge(guild), first)
    }

    /// Revising one's judgement of an item.
    pub fn revise(item: ItemId) -> Self {
        Self::of(Purpose::Revise, Some(item))
    }

    fn of(purpose: Purpose, first: Option<ItemId>) -> Self {
        let queue = first.into_iter().collect();
        Self { purpose, queue, at: 0, shows: Shows::Loading, sending: false, worked_ms: 0, seen: None }
    }

    fn current(&self) -> Option<&ItemId> {
        self.queue.get(self.at)
    }

    /// Asks for the item at the place in the queue.
    fn show(&mut self, cx: &mut Cx<'_>) {
        self.sending = false;
        self.worked_ms = 0;
        let claim = if self.purpose == Purpose::Revise { Claim::No } else { Claim::Take };
        match self.current().cloned() {
            Some(item) => {
                self.shows = Shows::Loading;
                cx.ask(Request::Desk { item, claim });
            }
            None => self.shows = Shows::Nothing("Nothing waits for you to judge here.".to_owned()),
        }
    }

    /// Leaves the item: a started draft keeps its lease until it runs out, else the place is free at once.
    fn leave(&mut self, cx: &mut Cx<'_>) {
        let item = match &self.shows {
            Shows::Item(shown) => shown.2.item().clone(),
            // claimed, and left before it came
            Shows::Loading => match self.current() {
                Some(item) => item.clone(),
                None => return,
            },
            Shows::Nothing(_) => return,
        };
        match cx.drafts.get(&item) {
            Some(_) => cx.drafts.change(&item, |draft| draft.open = false),
            None if self.purpose != Purpose::Revise => cx.ask(Request::Unclaim(item)),
            None => {}
        }
    }

    fn go(&mut self, step: isize, cx: &mut Cx<'_>) {
        let next = self.at.checked_add_signed(step).filter(|next| *next < self.queue.len());
        match next {
            Some(next) => {
                self.leave(cx);
                self.at = next;
                self.show(cx);
            }
            None => cx.notice(if step > 0 { "this is the last item" } else { "this is the first item" }),
        }
    }

    /// The item is done with: the next one, or the one before if it was the last.
    fn drop_current(&mut self, cx: &mut Cx<'_>) {
        if self.at < self.queue.len() {
            self.queue.remove(self.at);
        }
        self.at = self.at.min(self.queue.len().saturating_sub(1));
        self.show(cx);
    }

    fn arrived(&mut self, desk: Desk, cx: &mut Cx<'_>) {
        if self.current() != Some(&desk.view.id) {
            return;
        }
        let mut texts = Texts::new(&desk.view);
        let asked = (texts.letters().clone(), desk.view.asked.as_slice());
        let form = Form::new(desk.charter.clone(), desk.view.shape.clone(), asked, Prose::Rationale);
        let screen = if self.purpose == Purpose::Revise { "revise" } else { "judge" };
        let mut sheet = Sheet::new(desk.view.id.clone(), screen, form);
        cx.drafts.found(&desk.view.id, desk.draft.clone());
        let own = desk.view.judgements.iter().find(|judgement| judgement.own);
        if let Some(draft) = cx.drafts.get(&desk.view.id) {
            self.worked_ms = i64::from(draft.seconds) * 1000;
            let draft = draft.clone();
            sheet.resume(&draft, &mut texts);
            cx.notice("your draft is back as you left it");
        } else {
            if let Some(own) = own {
                sheet
                    .start_from(&own.answers.clone().unwrap_or_default(), own.rationale.as_deref().unwrap_or_default());
            }
            sheet.begin(&mut texts);
        }
        let reopen = acts::resumed(&desk.view, cx);
        self.shows = Shows::Item(Box::new((desk, texts, sheet)));
        if let Some(layer) = reopen {
            cx.layer(layer);
        }
    }

    /// The review card, or what is still missing.
    fn review(&mut self, cx: &mut Cx<'_>) {
        let Shows::Item(shown) = &mut self.shows else { return };
        let (desk, texts, sheet) = shown.as_mut();
        let (given, of) = sheet.form().progress();
        let prose = sheet.prose().to_owned();
        if given < of {
            sheet.seek_open(texts);
            cx.notice(Shown::new(Role::Warning, &format!("{} of {of} questions are still open", of - given)));
        } else if let (true, Some(why)) = (prose.trim().is_empty(), sheet.form().asks_for_prose()) {
            sheet.seek_open(texts);
            cx.notice(Shown::new(Role::Warning, &format!("a rationale is asked for: {why}")));
        } else {
            let mut body = sheet.in_words();
            body.push(Role::Quiet, &format!("\nitem {}", desk.view.id));
            if let Some(shown) = &desk.view.shown {
                body.push(Role::Quiet, &format!("\nas shown to you {shown}"));
            }
            let title = match self.purpose {
                Purpose::Judge(_) => "You sign this judgement",
                Purpose::Revise => "You sign this in place of your judgement",
            };
            let confidence = cx.drafts.get(sheet.item()).and_then(|draft| draft.confidence);
            let card = Card::new(Action::Open, Shown::new(Role::HeadingFocused, title), body);
            cx.layer(Layer::Card(card.with_confidence(confidence)));
        }
    }

    fn submit(&mut self, confidence: Option<u8>, cx: &mut Cx<'_>) {
        let Shows::Item(shown) = &self.shows else { return };
        if self.sending {
            return;
        }
        self.sending = true;
        let sheet = &shown.2;
        let prose = sheet.prose().trim();
        let said = Answered {
            answers: sheet.form().answers(),
            rationale: (!prose.is_empty()).then(|| prose.to_owned()),
            confidence,
            seconds: u32::try_from(self.worked_ms / 1000).ok().filter(|seconds| *seconds > 0),
        };
        let item = sheet.item().clone();
        cx.ask(match self.purpose {
            Purpose::Judge(_) => Request::Judge { item, said },
            Purpose::Revise => Request::Revise { item, said },
        });
    }

    /// Counts the time since the last key, unless it was a pause.
    fn work(&mut self, cx: &mut Cx<'_>) {
        let passed = self.seen.map_or(0, |seen| cx.now.ms() - seen.ms());
        self.seen = Some(cx.now);
        if (0..PAUSE_MS).contains(&passed) {
            self.worked_ms += passed;
        }
        let seconds = u32::try_from(self.worked_ms / 1000).unwrap_or(u32::MAX);
        if let Shows::Item(shown) = &self.shows
            && cx.drafts.get(shown.2.item()).is_some()
        {
            cx.drafts.change(shown.2.item(), |draft| draft.seconds = seconds);
        }
    }
}

impl Scene for Judge {
    fn place(&self) -> Place {
        match (&self.purpose, self.current()) {
            (Purpose::Judge(guild), item) => Place::Judge { guild: guild.clone(), first: item.cloned() },
            (Purpose::Revise, Some(item)) => Place::Revise(item.clone()),
            (Purpose::Revise, None) => Place::Hall,
        }
    }

    fn scopes(&self) -> Vec<Scope> {
        match &self.shows {
            Shows::Item(shown) => shown.2.scopes(Scope::Judging),
            _ => vec![Scope::Judging, Scope::Item],
        }
    }

    fn actions(&self, session: &Session) -> Vec<Action> {
        let Shows::Item(shown) = &self.shows else { return Vec::new() };
        let sheet = &shown.2;
        let mut actions = sheet.actions(session.seat);
        if !sheet.is_answering() {
            return actions;
        }
        actions.extend([Action::Skip, Action::Flag].into_iter().filter(|_| self.purpose != Purpose::Revise));
        actions.extend(acts::READING);
        if self.queue.len() > 1 {
            actions.extend([Action::NextItem, Action::PreviousItem]);
        }
        actions
    }

    fn is_waiting(&self) -> bool {
        self.sending || matches!(self.shows, Shows::Loading)
    }

    fn title(&self) -> Shown {
        let (guild, doing) = match &self.purpose {
            Purpose::Judge(guild) => (guild.to_string(), "judge"),
            Purpose::Revise => (String::new(), "revise"),
        };
        let mut title = Shown::new(Role::Title, &format!("{guild} ▸ {doing}"));
        if let Some(item) = self.current() {
            title.push(Role::Quiet, &format!(" · {} · {} of {}", short(item), self.at + 1, self.queue.len()));
        }
        title
    }

    fn status(&self, look: &Look<'_>) -> Shown {
        let Shows::Item(shown) = &self.shows else { return Shown::default() };
        if self.sending {
            return Shown::new(Role::Warning, "signing …");
        }
        draft_state(look.drafts.state(shown.2.item()))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        if let Purpose::Judge(guild) = &self.purpose {
            let filter = QueueFilter {
                guild: Some(guild.clone()),
                state: Some(ItemState::Open),
                role: Some(Doer::Rater),
                ..QueueFilter::default()
            };
            cx.ask(Request::Queue { filter, sort: QueueSort::Oldest, from: QueueFrom::Start, limit: PAGE });
        }
        if self.current().is_some() {
            self.show(cx);
        }
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, key: char, cx: &mut Cx<'_>) {
        self.work(cx);
        let Shows::Item(shown) = &mut self.shows else { return };
        let (desk, texts, sheet) = shown.as_mut();
        if self.sending {
            return;
        }
        if sheet.act(action, key, texts, cx) {
            return;
        }
        if let Some(said) = texts.act(action) {
            cx.notice(said);
            return;
        }
        match action {
            Action::Open if sheet.is_answering() => self.review(cx),
            Action::NextItem => self.go(1, cx),
            Action::PreviousItem => self.go(-1, cx),
            Action::Copy => cx.want(Want::Copy(texts.raw().to_owned())),
            Action::Guidelines => cx.layer(Layer::Told(guide::of(sheet.form()))),
            Action::Back => cx.want(Want::Back),
            action => acts::begin(action, &desk.view, cx),
        }
    }

    fn press(&mut self, key: &KeyEvent, cx: &mut Cx<'_>) -> bool {
        self.work(cx);
        match &mut self.shows {
            Shows::Item(shown) if !self.sending => shown.2.press(key, cx),
            _ => false,
        }
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        match &mut self.shows {
            Shows::Item(shown) if !self.sending => shown.2.paste(text, cx),
            _ => false,
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        let Shows::Item(shown) = &mut self.shows else { return };
        let (desk, texts, _) = shown.as_mut();
        match action {
            Action::Search => {
                let said = texts.search(values.first().map(String::as_str).unwrap_or_default());
                cx.notice(said);
            }
            action => acts::filled(action, values, &desk.view, cx),
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], percent: Option<u8>, cx: &mut Cx<'_>) {
        match (action, &self.shows) {
            (Action::Open, _) => self.submit(percent, cx),
            (action, Shows::Item(shown)) => {
                self.sending = true;
                acts::confirmed(action, values, &shown.0.view, cx);
            }
            _ => {}
        }
    }

    fn edited(&mut self, text: &str, cx: &mut Cx<'_>) {
        if let Shows::Item(shown) = &mut self.shows {
            shown.2.edited(text, cx);
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Queue(page) => {
                let current = self.current().cloned();
                let rows = page.rows.into_iter().filter(|row| !row.skipped && Some(&row.id) != current.as_ref());
                self.queue = current.iter().cloned().chain(rows.map(|row| row.id)).collect();
                self.at = 0;
                if current.is_none() {
                    self.show(cx);
                }
            }
            Reply::Desk(desk) => self.arrived(*desk, cx),
            Reply::Done(done) if done.item.as_ref() == self.current() => match self.purpose {
                Purpose::Judge(_) => self.drop_current(cx),
                Purpose::Revise => cx.want(Want::Back),
            },
            _ => {}
        }
    }

    fn failed(&mut self, trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        self.sending = false;
        if let (Shows::Loading, Trouble::Refused(refusal)) = (&self.shows, trouble) {
            // somebody else has it, or had it while the list was old: the next one
            cx.notice(Shown::new(Role::Warning, &refusal.reason));
            self.queue.remove(self.at.min(self.queue.len().saturating_sub(1)));
            self.at = self.at.min(self.queue.len().saturating_sub(1));
            if self.queue.is_empty() {
                self.shows = Shows::Nothing(refusal.reason.clone());
            } else {
                self.show(cx);
            }
            return true;
        }
        false
    }

    fn beat(&mut self, cx: &mut Cx<'_>) {
        let at_work = self.seen.is_some_and(|seen| cx.now.ms() - seen.ms() < AWAY_MS);
        if let (Shows::Item(shown), Purpose::Judge(_), true) = (&self.shows, &self.purpose, at_work) {
            cx.ask(Request::Renew(shown.2.item().clone()));
        }
    }

    fn left(&mut self, cx: &mut Cx<'_>) {
        self.leave(cx);
    }

    fn cut_off(&mut self, cx: &mut Cx<'_>) {
        if self.current().is_some_and(|item| cx.drafts.get(item).is_none()) {
            self.leave(cx);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        match &self.shows {
            Shows::Loading => {
                ink.put(Rect { x: area.x + 2, ..area }, &Shown::new(Role::Quiet, "…"));
            }
            Shows::Nothing(why) => {
                ink.put(Rect { x: area.x + 2, y: area.y + 1, ..area }, &Shown::plain(why));
            }
            Shows::Item(shown) => {
                let (_, texts, sheet) = shown.as_ref();
                sheet.draw(ink, area, (look, Scope::Judging), &|ink, upper| {
                    texts.draw(ink, upper, sheet.is_answering())
                });
            }
        }
    }
}

//! An item to read: its texts, what was said and ruled, its labels; signing off, returning, challenging, and the rest.

use ratatui::layout::Rect;

use crate::domain::{ItemId, ItemState, Mark, Role as Doer};
use crate::hall::NoteView;
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Layer, Told};
use crate::tui::parts::Pane;
use crate::tui::place::Place;
use crate::tui::request::{Claim, Desk, Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::acts;
use super::record::{record, why};
use super::texts::Texts;
use super::thread::{noted, thread};
use super::wording::{draft_state, mark, short, state};

/// Which half has the keys that scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Texts,
    Record,
}

/// See the module's first line.
#[derive(Debug)]
pub struct Item {
    id: ItemId,
    shown: Option<Box<(Desk, Texts, Pane)>>,
    half: Half,
    sending: bool,
}

impl Item {
    /// The item with this id.
    pub fn new(id: ItemId) -> Self {
        Self { id, shown: None, half: Half::Texts, sending: false }
    }

    fn record(desk: &Desk, cx: &Cx<'_>) -> Shown {
        let mut text = record(&desk.view, &desk.charter);
        text.append(&thread(&desk.view.notes, cx.now));
        text
    }

    /// The thread is this now.
    fn thread_is(&mut self, notes: Vec<NoteView>, cx: &mut Cx<'_>) {
        let Some(shown) = &mut self.shown else { return };
        let (desk, _, pane) = shown.as_mut();
        if desk.view.notes != notes {
            desk.view.notes = notes;
            pane.say(Self::record(desk, cx));
        }
    }

    /// Acts that the item's state and the member's standing allow.
    fn allowed(desk: &Desk, session: &Session) -> Vec<Action> {
        let view = &desk.view;
        let own = view.judgements.iter().any(|judgement| judgement.own);
        let closed = matches!(view.state, ItemState::Gold | ItemState::Withdrawn);
        let marked = |wanted: Mark| view.marks.contains(&wanted);
        let table = [
            (Action::SignOff, view.may.contains(&Doer::Reviewer)),
            (Action::Return, view.may.contains(&Doer::Reviewer)),
            (Action::Adjudicate, view.may.contains(&Doer::Adjudicator)),
            (Action::Judge, view.may.contains(&Doer::Rater)),
            (Action::Revise, own && view.state == ItemState::Open),
            (Action::WithdrawJudgement, own && !closed),
            (Action::Challenge, view.state == ItemState::Gold && !marked(Mark::Challenged)),
            (Action::Erase, !acts::own_words(view).is_empty()),
            (Action::Note, view.may_note),
            (Action::Evidence, view.may_note),
            (Action::Flag, view.state == ItemState::Open && !marked(Mark::Paused)),
            (Action::ResolveFlag, session.steward && marked(Mark::Paused)),
            (Action::WithdrawItem, session.steward && view.state != ItemState::Withdrawn),
            (Action::Why, !view.labels.is_empty()),
        ];
        table.into_iter().filter(|(_, allowed)| *allowed).map(|(action, _)| action).collect()
    }
}

impl Scene for Item {
    fn place(&self) -> Place {
        Place::Item(self.id.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Item]
    }

    fn actions(&self, session: &Session) -> Vec<Action> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let moves = [Action::NextPart, Action::PreviousPart, Action::Down, Action::Up];
        Self::allowed(&shown.0, session).into_iter().chain(moves).chain(acts::READING).collect()
    }

    fn is_waiting(&self) -> bool {
        self.sending || self.shown.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.shown.as_ref().map(|shown| shown.0.view.guild.to_string()).unwrap_or_default();
        Shown::new(Role::Title, &format!("{guild} ▸ item")).and(Role::Quiet, &format!(" · {}", short(&self.id)))
    }

    fn status(&self, look: &Look<'_>) -> Shown {
        let Some(shown) = &self.shown else { return Shown::default() };
        if self.sending {
            return Shown::new(Role::Warning, "signing …");
        }
        let view = &shown.0.view;
        let mut text = draft_state(look.drafts.state(&self.id));
        if !text.is_empty() {
            text.push(Role::Quiet, " · ");
        }
        text.append(&state(view.state));
        for marked in &view.marks {
            text.push(Role::Warning, &format!(", {}", mark(*marked)));
        }
        if view.at_work > 0 {
            text.push(Role::Quiet, &format!(", {} at work on it", view.at_work));
        }
        let roles: Vec<String> = view.may.iter().map(ToString::to_string).collect();
        if !roles.is_empty() {
            text.push(Role::Quiet, &format!(" · you may act as {}", roles.join(" or ")));
        }
        text
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Desk { item: self.id.clone(), claim: Claim::No });
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let Some(shown) = &mut self.shown else { return };
        let (desk, texts, pane) = shown.as_mut();
        let view = &desk.view;
        match action {
            Action::NextPart | Action::PreviousPart if self.half == Half::Texts => {
                let last = texts.letters().shown().last().copied();
                if action == Action::NextPart && texts.output() != last {
                    texts.show_next()
                } else {
                    self.half = Half::Record
                }
            }
            Action::NextPart | Action::PreviousPart => {
                self.half = Half::Texts;
                if let Some(first) = texts.letters().shown().first().copied() {
                    texts.show(first);
                }
            }
            Action::Copy => cx.want(Want::Copy(texts.raw().to_owned())),
            Action::Judge => cx.open(Place::Judge { guild: view.guild.clone(), first: Some(self.id.clone()) }),
            Action::Revise => cx.open(Place::Revise(self.id.clone())),
            Action::Adjudicate => cx.open(Place::Adjudicate(self.id.clone())),
            Action::Evidence => cx.open(Place::Evidence(self.id.clone())),
            Action::Why => cx.layer(Layer::Told(Told::new("Why these weights", why(view)))),
            Action::Down | Action::Up => {
                let page = if action == Action::Down { Action::PageDown } else { Action::PageUp };
                if self.half == Half::Record {
                    pane.scrolled(action);
                } else if let Some(said) = texts.act(page) {
                    cx.notice(said);
                }
            }
            action if self.half == Half::Record && pane.scrolled(action) => {}
            action => match texts.act(action) {
                Some(said) => cx.notice(said),
                None => acts::begin(action, view, cx),
            },
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        let Some(shown) = &mut self.shown else { return };
        let (desk, texts, _) = shown.as_mut();
        if action == Action::Search {
            let said = texts.search(values.first().map(String::as_str).unwrap_or_default());
            cx.notice(said);
        } else {
            acts::filled(action, values, &desk.view, cx);
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        if let Some(shown) = &self.shown {
            acts::confirmed(action, values, &shown.0.view, cx);
            self.sending = true;
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Desk(desk) => {
                self.sending = false;
                cx.drafts.found(&self.id, desk.draft.clone());
                let first = self.shown.is_none();
                let texts = Texts::new(&desk.view);
                let pane = Pane::own(Self::record(&desk, cx));
                if let Some(layer) = acts::resumed(&desk.view, cx).filter(|_| first) {
                    cx.layer(layer);
                }
                self.shown = Some(Box::new((*desk, texts, pane)));
            }
            Reply::Done(_) => {
                self.sending = false;
                self.load(cx);
            }
            Reply::Notes(notes) => self.thread_is(notes, cx),
            Reply::Noted(receipt, notes) => {
                self.sending = false;
                noted(&self.id, &receipt, cx);
                self.thread_is(notes, cx);
            }
            _ => {}
        }
    }

    fn failed(&mut self, _trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        self.sending = false;
        if self.shown.is_none() {
            cx.want(Want::Back);
        }
        false
    }

    fn said(&mut self, item: &ItemId, cx: &mut Cx<'_>) {
        if self.id == *item {
            cx.ask(Request::Notes(item.clone()));
        }
    }

    fn left(&mut self, cx: &mut Cx<'_>) {
        if cx.drafts.get(&self.id).is_some() {
            cx.drafts.change(&self.id, |draft| draft.open = false);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let Some(shown) = &self.shown else {
            ink.put(Rect { x: area.x + 2, ..area }, &Shown::new(Role::Quiet, "…"));
            return;
        };
        let (_, texts, pane) = shown.as_ref();
        let lines = u16::try_from(pane.lines(area.width.saturating_sub(3))).unwrap_or(u16::MAX);
        let most = if self.half == Half::Record { area.height * 2 / 3 } else { area.height / 2 };
        let height = lines.min(most);
        let upper = Rect { height: area.height.saturating_sub(height + 1), ..area };
        texts.draw(ink, upper, self.half == Half::Texts);
        let row = Rect { x: area.x + 1, y: upper.bottom(), width: area.width.saturating_sub(1), height: 1 };
        let body = Rect { x: area.x + 2, y: row.y + 1, width: area.width.saturating_sub(3), height };
        let below = pane.draw(ink, body);
        let focused = self.half == Half::Record;
        let role = if focused { Role::HeadingFocused } else { Role::Heading };
        let right = if below > 0 { format!("{below} more lines, Tab") } else { String::new() };
        ink.heading(row, &Shown::new(role, "Record"), &Shown::new(Role::Quiet, &right));
        if focused {
            ink.bar(Rect { x: area.x, width: 1, ..body });
        }
    }
}

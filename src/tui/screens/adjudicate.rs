//! A dispute to rule on: the texts, the judgements side by side under shuffled letters, the ruling with its opinion.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::domain::{DisputeCause, ItemId, Timestamp};
use crate::hall::{Answered, DisputeView, NoteView};
use crate::tui::form::{Form, Letters, Prose};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Layer, Told};
use crate::tui::parts::Pane;
use crate::tui::place::Place;
use crate::tui::request::{Claim, Desk, Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::acts;
use super::errands;
use super::grid::grid;
use super::guide;
use super::sheet::Sheet;
use super::strip::{About, Strip};
use super::texts::{Texts, WIDE};
use super::thread::{noted, thread};
use super::wording::{draft_state, short, when};

/// The page in view where there isn't room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartInView {
    Texts,
    Judgements,
    Evidence,
}

/// The item and everything on it.
#[derive(Debug)]
struct Bench {
    desk: Desk,
    texts: Texts,
    grid: Pane,
    strip: Strip,
    sheet: Sheet,
}

impl Bench {
    fn about(&self, now: Timestamp) -> About {
        About { output: self.texts.output(), now }
    }

    /// The strip says how things stand.
    fn tell(&mut self, part: PartInView, cx: &Cx<'_>) {
        let about = (part == PartInView::Evidence).then(|| self.about(cx.now));
        self.strip.tell(about, cx);
    }

    /// The part after this one, or before it: each output, the judgements, the evidence.
    fn turned(&mut self, part: PartInView, action: Action) -> PartInView {
        let outputs = self.texts.letters().shown().iter().map(|output| (PartInView::Texts, Some(*output)));
        let evidence = self.strip.is_there().then_some((PartInView::Evidence, None));
        let parts: Vec<_> = outputs.chain([(PartInView::Judgements, None)]).chain(evidence).collect();
        let here = if part == PartInView::Texts { self.texts.output() } else { None };
        let at = parts.iter().position(|known| *known == (part, here)).unwrap_or(0);
        let step = if action == Action::NextPart { 1 } else { parts.len() - 1 };
        let Some((part, output)) = parts.get((at + step) % parts.len()).copied() else { return part };
        output.into_iter().for_each(|output| self.texts.show(output));
        part
    }
}

/// See the module's first line.
#[derive(Debug)]
pub struct Adjudicate {
    id: ItemId,
    bench: Option<Box<Bench>>,
    part: PartInView,
    sending: bool,
}

impl Adjudicate {
    /// The dispute of an item.
    pub fn new(id: ItemId) -> Self {
        Self { id, bench: None, part: PartInView::Judgements, sending: false }
    }

    fn arrived(&mut self, desk: Desk, cx: &mut Cx<'_>) {
        self.sending = false;
        let Some(dispute) = &desk.dispute else {
            // it is not open to this member, or no more: the item itself says why
            cx.want(Want::Replace(Place::Item(self.id.clone())));
            return;
        };
        let mut texts = Texts::new(&desk.view);
        let asked = (texts.letters().clone(), desk.view.disputed.as_slice());
        let form = Form::new(desk.charter.clone(), desk.view.shape.clone(), asked, Prose::Opinion);
        let mut sheet = Sheet::new(self.id.clone(), "adjudicate", form);
        cx.drafts.found(&self.id, desk.draft.clone());
        match cx.drafts.get(&self.id).cloned() {
            Some(draft) => {
                sheet.resume(&draft, &mut texts);
                cx.notice("your draft is back as you left it");
            }
            None => sheet.begin(&mut texts),
        }
        let grid = Pane::own(Self::grid((&desk, dispute), texts.letters(), cx));
        if let Some(layer) = acts::resumed(&desk.view, cx) {
            cx.layer(layer);
        }
        let strip = self.bench.take().map(|bench| bench.strip).unwrap_or_default();
        self.bench = Some(Box::new(Bench { desk, texts, grid, strip, sheet }));
        cx.ask(Request::Evidence(self.id.clone()));
    }

    fn grid((desk, dispute): (&Desk, &DisputeView), letters: &Letters, cx: &Cx<'_>) -> Shown {
        let mut text = grid(&desk.view, dispute, &desk.charter, letters);
        text.append(&thread(&desk.view.notes, cx.now));
        text
    }

    /// The thread is this now.
    fn thread_is(&mut self, notes: Vec<NoteView>, cx: &mut Cx<'_>) {
        let Some(Bench { desk, texts, grid, .. }) = self.bench.as_deref_mut() else { return };
        if desk.view.notes == notes {
            return;
        }
        desk.view.notes = notes;
        if let Some(dispute) = &desk.dispute {
            grid.say(Self::grid((desk, dispute), texts.letters(), cx));
        }
    }

    fn review(&mut self, cx: &mut Cx<'_>) {
        let Some(bench) = &mut self.bench else { return };
        let (given, of) = bench.sheet.form().progress();
        if given < of || bench.sheet.prose().trim().is_empty() {
            bench.sheet.seek_open(&mut bench.texts);
            let what = if given < of { "a disputed question is still open" } else { "a ruling says why: e to write" };
            cx.notice(Shown::new(Role::Warning, what));
            return;
        }
        let mut body = bench.sheet.in_words();
        body.push(Role::Quiet, "\nDissent stays with the item; the raters keep their letters.");
        body.push(Role::Quiet, &format!("\nitem {}", self.id));
        cx.layer(Layer::Card(Card::new(Action::Open, Shown::new(Role::HeadingFocused, "You sign this ruling"), body)));
    }

    fn submit(&mut self, cx: &mut Cx<'_>) {
        let Some(bench) = self.bench.as_ref().filter(|_| !self.sending) else { return };
        self.sending = true;
        let said = Answered {
            answers: bench.sheet.form().answers(),
            rationale: Some(bench.sheet.prose().trim().to_owned()),
            ..Answered::default()
        };
        cx.ask(Request::Rule { item: self.id.clone(), said });
    }
}

impl Scene for Adjudicate {
    fn place(&self) -> Place {
        Place::Adjudicate(self.id.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        self.bench.as_ref().map_or_else(|| vec![Scope::Item], |bench| bench.sheet.scopes(Scope::Ruling))
    }

    fn actions(&self, session: &Session) -> Vec<Action> {
        let Some(bench) = &self.bench else { return Vec::new() };
        let mut actions = bench.sheet.actions(session.seat);
        if bench.sheet.is_answering() {
            let of_models = bench.strip.actions().into_iter().chain([Action::Evidence]);
            match self.part {
                PartInView::Evidence => actions = of_models.chain(actions).collect(),
                _ => actions.extend(of_models),
            }
            if bench.desk.dispute.as_ref().is_some_and(|dispute| dispute.may_ask_rater) {
                actions.push(Action::AskRater);
            }
            actions.extend([Action::Note, Action::Recuse, Action::Flag].into_iter().chain(acts::READING));
        }
        actions
    }

    fn is_waiting(&self) -> bool {
        self.sending || self.bench.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.bench.as_ref().map(|bench| bench.desk.view.guild.to_string()).unwrap_or_default();
        let title = Shown::new(Role::Title, &format!("{guild} ▸ dispute"));
        title.and(Role::Quiet, &format!(" · {}", short(&self.id)))
    }

    fn status(&self, look: &Look<'_>) -> Shown {
        let Some(bench) = &self.bench else { return Shown::default() };
        if self.sending {
            return Shown::new(Role::Warning, "signing …");
        }
        let mut status = draft_state(look.drafts.state(&self.id));
        if let Some(dispute) = &bench.desk.dispute {
            let apart = if status.is_empty() { "" } else { " · " };
            let opened = format!("{apart}{} {}", cause(dispute), when(dispute.opened, look.now));
            status.push(Role::Quiet, &opened);
        }
        status
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Desk { item: self.id.clone(), claim: Claim::No });
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, key: char, cx: &mut Cx<'_>) {
        if self.sending {
            return;
        }
        if let Some(bench) = &mut self.bench {
            self.part = act_on(bench, (action, key), self.part, cx);
            bench.tell(self.part, cx);
            if action == Action::Open && bench.sheet.is_answering() {
                self.review(cx);
            }
        }
    }

    fn press(&mut self, key: &KeyEvent, cx: &mut Cx<'_>) -> bool {
        self.bench.as_mut().filter(|_| !self.sending).is_some_and(|bench| bench.sheet.press(key, cx))
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        self.bench.as_mut().filter(|_| !self.sending).is_some_and(|bench| bench.sheet.paste(text, cx))
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        let Some(bench) = &mut self.bench else { return };
        if action == Action::Search {
            let said = bench.texts.search(values.first().map(String::as_str).unwrap_or_default());
            cx.notice(said);
        } else if let (Action::Rerun | Action::Score, Some(desk)) = (action, bench.strip.desk()) {
            errands::filled(action, values, desk, cx);
        } else {
            acts::filled(action, values, &bench.desk.view, cx);
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        let Some(bench) = &self.bench else { return };
        if action == Action::Open {
            self.submit(cx);
        } else if let (Action::Rerun | Action::Score, Some(desk)) = (action, bench.strip.desk()) {
            errands::confirmed(action, values, desk, cx);
        } else {
            acts::confirmed(action, values, &bench.desk.view, cx);
            self.sending = true;
        }
    }

    fn edited(&mut self, text: &str, cx: &mut Cx<'_>) {
        if let Some(bench) = &mut self.bench {
            bench.sheet.edited(text, cx);
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Desk(desk) => self.arrived(*desk, cx),
            Reply::Done(_) => cx.want(Want::Back),
            Reply::Evidence(found) => {
                if let Some(bench) = &mut self.bench {
                    bench.strip.arrived(found);
                    bench.tell(self.part, cx);
                }
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

    fn failed(&mut self, trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        self.sending = false;
        if self.bench.is_none() {
            cx.layer(Layer::Told(Told::trouble(trouble)));
            cx.want(Want::Replace(Place::Item(self.id.clone())));
            return true;
        }
        false
    }

    fn said(&mut self, item: &ItemId, cx: &mut Cx<'_>) {
        if self.id == *item {
            cx.ask(Request::Notes(item.clone()));
            cx.ask(Request::Evidence(item.clone()));
        }
    }

    fn heard(&mut self, cx: &mut Cx<'_>) {
        self.bench.iter_mut().for_each(|bench| bench.tell(self.part, cx));
    }

    fn left(&mut self, cx: &mut Cx<'_>) {
        if cx.drafts.get(&self.id).is_some() {
            cx.drafts.change(&self.id, |draft| draft.open = false);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let Some(bench) = &self.bench else {
            ink.put(Rect { x: area.x + 2, ..area }, &Shown::new(Role::Quiet, "…"));
            return;
        };
        let (part, about) = (self.part, bench.about(look.now));
        let Bench { texts, grid, strip, sheet, .. } = bench.as_ref();
        let after = if strip.is_there() { "Tab: evidence" } else { "Tab: texts" };
        sheet.draw(ink, area, (look, Scope::Ruling), &|ink, upper| {
            if upper.width < WIDE {
                return match part {
                    PartInView::Texts => texts.draw(ink, upper, true),
                    PartInView::Judgements => draw_grid(ink, upper, grid, (true, after)),
                    PartInView::Evidence => strip.draw_page(ink, upper),
                };
            }
            let below = strip.height(upper, part == PartInView::Evidence);
            let upper = Rect { height: upper.height - below, ..upper };
            let half = upper.width * 9 / 20;
            texts.draw(ink, Rect { width: half - 1, ..upper }, part == PartInView::Texts);
            ink.divider(Rect { x: upper.x + half - 1, width: 1, ..upper });
            let right = Rect { x: upper.x + half, width: upper.width - half, ..upper };
            draw_grid(ink, right, grid, (part == PartInView::Judgements, after));
            let row = Rect { y: upper.bottom(), height: below, ..upper };
            match part {
                _ if below == 0 => {}
                PartInView::Evidence => strip.draw_page(ink, row),
                _ => strip.draw(ink, row, (about, look.underway)),
            }
        });
    }
}

/// Does an action at the bench; the part in view after it.
fn act_on(bench: &mut Bench, (action, key): (Action, char), mut part: PartInView, cx: &mut Cx<'_>) -> PartInView {
    let answering = bench.sheet.is_answering();
    match (action, part) {
        (Action::NextPart | Action::PreviousPart, _) if answering => return bench.turned(part, action),
        (action, PartInView::Judgements) if answering && scrolls(action) => {
            bench.grid.scrolled(action);
            return part;
        }
        (action, PartInView::Evidence) if answering && scrolls(action) => {
            bench.strip.scrolled(action);
            return part;
        }
        (Action::MarkText, _) => part = PartInView::Texts,
        _ => {}
    }
    let Bench { desk, texts, strip, sheet, .. } = bench;
    if sheet.act(action, key, texts, cx) {
        return part;
    }
    if let Some(said) = texts.act(action) {
        cx.notice(said);
        return part;
    }
    match (action, strip.desk()) {
        (Action::Open, _) => {}
        (Action::Copy, _) => cx.want(Want::Copy(texts.raw().to_owned())),
        (Action::Guidelines, _) => cx.layer(Layer::Told(guide::of(sheet.form()))),
        (Action::Evidence, _) => cx.open(Place::Evidence(desk.view.id.clone())),
        (Action::Rerun | Action::Score | Action::StopRerun, Some(found)) => {
            errands::begin(action, found, texts.output(), cx);
        }
        (action, _) => acts::begin(action, &desk.view, cx),
    }
    part
}

fn draw_grid(ink: &mut Ink<'_>, area: Rect, grid: &Pane, (focused, after): (bool, &str)) {
    let body = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(1),
    };
    let below = grid.draw(ink, body);
    let role = if focused { Role::HeadingFocused } else { Role::Heading };
    let right = if below > 0 { format!("{below} more lines, Space") } else { after.to_owned() };
    let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
    ink.heading(row, &Shown::new(role, "Judgements"), &Shown::new(Role::Quiet, &right));
    if focused {
        ink.bar(Rect { x: area.x, width: 1, ..body });
    }
}

fn scrolls(action: Action) -> bool {
    matches!(action, Action::PageDown | Action::PageUp | Action::First | Action::Last)
}

fn cause(dispute: &DisputeView) -> &'static str {
    match dispute.cause {
        DisputeCause::Disagreement => "raters part, opened",
        DisputeCause::Return => "returned by a reviewer",
        DisputeCause::Challenge => "gold challenged",
    }
}

//! What models say of an item: reruns and scores, running and recorded, compared with its outputs.

use ratatui::layout::Rect;

use crate::domain::ItemId;
use crate::hall::{RerunView, Transcript};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Layer, Told};
use crate::tui::parts::{List, Pane};
use crate::tui::place::Place;
use crate::tui::request::{EvidenceDesk, Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;
use crate::tui::underway::Run;

use super::errands;
use super::transcript::{in_short, letters, nothing, running_text, told};
use super::wording::{column, short, when};

/// Rows of the list at most.
const ROWS: u16 = 7;

/// See the module's first line.
#[derive(Debug)]
pub struct Evidence {
    id: ItemId,
    desk: Option<Box<EvidenceDesk>>,
    at_work: bool,
    list: List,
    detail: Pane,
    /// The output that samples are compared with, counted in the order shown; none while they are read as they are.
    compared: Option<usize>,
}

impl Evidence {
    /// Of an item.
    pub fn new(id: ItemId) -> Self {
        let (list, detail) = (List::default(), Pane::default());
        Self { id, desk: None, at_work: false, list, detail, compared: None }
    }

    fn reruns(&self) -> &[RerunView] {
        self.desk.as_ref().map_or(&[], |desk| &desk.view.reruns)
    }

    /// The chosen one; the newest is on top.
    fn chosen(&self) -> Option<&RerunView> {
        let reruns = self.reruns();
        reruns.get(reruns.len().checked_sub(self.list.chosen() + 1)?)
    }

    /// Says what is chosen, or what a model at work says.
    fn tell(&mut self, cx: &Cx<'_>) {
        let run = cx.underway.of(&self.id);
        self.at_work = run.is_some_and(Run::is_at_work);
        let Some(desk) = &self.desk else { return };
        let mut text = match (run.filter(|run| run.is_at_work()), self.chosen()) {
            (Some(run), _) => running_text(run),
            (None, Some(rerun)) => match &rerun.transcript {
                Some(transcript) => told(desk, transcript, self.compared),
                None => Shown::new(Role::Quiet, "its transcript was erased"),
            },
            (None, None) => nothing(desk),
        };
        if let Some((run, why)) = run.and_then(|run| Some((run, run.fault.as_ref()?))) {
            let failed = Shown::new(Role::Strong, &run.errand.words).and(Role::Bad, &format!("\n{why}\n\n"));
            let rest = std::mem::replace(&mut text, failed);
            text.append(&rest);
        }
        self.detail.say(text);
    }

    /// What there is now; what was chosen stays so, unless a newer one is the viewer's own.
    fn arrived(&mut self, desk: Box<EvidenceDesk>) {
        let (before, known) = (self.chosen().map(|rerun| rerun.entry), self.reruns().len());
        self.desk = Some(desk);
        let reruns = self.reruns();
        let is_new = reruns.len() > known && reruns.last().is_some_and(|rerun| rerun.own);
        let place = reruns.iter().rev().position(|rerun| Some(rerun.entry) == before);
        self.list.choose(place.filter(|_| !is_new).unwrap_or(0));
    }

    fn row(&self, n: usize, look: &Look<'_>) -> Shown {
        let reruns = self.reruns();
        let Some(rerun) = reruns.len().checked_sub(n + 1).and_then(|at| reruns.get(at)) else {
            return Shown::default();
        };
        let mut line = column(&Shown::new(Role::Quiet, &when(rerun.at, look.now)), 11);
        let by = if rerun.own { "you" } else { &rerun.by };
        line.append(&column(&Shown::plain(by), 13));
        match &rerun.transcript {
            Some(transcript) => {
                line.append(&column(&Shown::new(Role::Key, &transcript.model().name), 26));
                line.and(Role::Text, &in_short(transcript, self.desk.as_ref().map(|desk| &desk.view)))
            }
            None => line.and(Role::Quiet, "erased"),
        }
    }
}

impl Scene for Evidence {
    fn place(&self) -> Place {
        Place::Evidence(self.id.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Evidence]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let Some(desk) = &self.desk else { return Vec::new() };
        let mut actions = errands::allowed(desk, self.at_work);
        if matches!(self.chosen().and_then(|rerun| rerun.transcript.as_ref()), Some(Transcript::Samples { .. })) {
            actions.push(Action::Compare);
        }
        actions.extend([Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last]);
        actions
    }

    fn is_waiting(&self) -> bool {
        self.desk.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.desk.as_ref().map(|desk| desk.view.guild.to_string()).unwrap_or_default();
        Shown::new(Role::Title, &format!("{guild} ▸ models")).and(Role::Quiet, &format!(" · {}", short(&self.id)))
    }

    fn status(&self, look: &Look<'_>) -> Shown {
        let run = look.underway.of(&self.id).filter(|run| run.is_at_work());
        run.map(|run| Shown::new(Role::Warning, &run.heard)).unwrap_or_default()
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Evidence(self.id.clone()));
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let Some(desk) = &self.desk else { return };
        match action {
            Action::Rerun | Action::Score | Action::StopRerun => errands::begin(action, desk, None, cx),
            Action::Compare => {
                let next = self.compared.map_or(0, |place| place + 1);
                self.compared = (next < desk.view.outputs.len()).then_some(next);
                self.tell(cx);
            }
            Action::Down | Action::Up | Action::First | Action::Last => {
                self.list.moved(action, self.reruns().len());
                self.tell(cx);
            }
            action => {
                self.detail.scrolled(action);
            }
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        if let Some(desk) = &self.desk {
            errands::filled(action, values, desk, cx);
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        if let Some(desk) = &self.desk {
            errands::confirmed(action, values, desk, cx);
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        if let Reply::Evidence(desk) = reply {
            self.arrived(desk);
            self.tell(cx);
        }
    }

    fn failed(&mut self, trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        cx.layer(Layer::Told(Told::trouble(trouble)));
        if self.desk.is_none() {
            cx.want(Want::Back);
        }
        true
    }

    fn heard(&mut self, cx: &mut Cx<'_>) {
        self.tell(cx);
    }

    fn said(&mut self, item: &ItemId, cx: &mut Cx<'_>) {
        if self.id == *item {
            self.load(cx);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        let count = self.reruns().len();
        ink.heading(row, &Shown::new(Role::Heading, "Recorded, newest first"), &Shown::default());
        let rows = u16::try_from(count).unwrap_or(ROWS).clamp(1, ROWS);
        let list = Rect { y: area.y + 1, height: rows, ..area };
        self.list.draw(ink, list, count, &|n| self.row(n, look));
        let top = list.bottom() + 1;
        let what = if self.at_work { "Running" } else { "What it says" };
        let against = self.compared.and_then(|place| Some((self.desk.as_ref()?, place)));
        let right = against.and_then(|(desk, place)| {
            let (number, _) = desk.view.outputs.get(place)?;
            Some(format!("new against output {} is marked", letters(&desk.view).of(*number)))
        });
        let right = Shown::new(Role::Quiet, &right.unwrap_or_default());
        ink.heading(Rect { y: top, ..row }, &Shown::new(Role::HeadingFocused, what), &right);
        let body = Rect {
            x: area.x + 2,
            y: top + 1,
            width: area.width.saturating_sub(3),
            height: area.bottom().saturating_sub(top + 1),
        };
        self.detail.draw(ink, body);
    }
}

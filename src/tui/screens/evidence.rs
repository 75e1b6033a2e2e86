//! What models say of an item: reruns and scores, running and recorded, compared with its outputs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::layout::Rect;

use crate::domain::ItemId;
use crate::hall::{Asked, RerunView, Sampled, Transcript};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Fields, Layer, Told};
use crate::tui::parts::{List, Pane};
use crate::tui::place::Place;
use crate::tui::request::{EvidenceDesk, Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::transcript::{Running, in_short, label, letters, nothing, running_text, told};
use super::wording::{column, short, when};

/// Rows of the list at most.
const ROWS: u16 = 7;

/// See the module's first line.
#[derive(Debug)]
pub struct Evidence {
    id: ItemId,
    desk: Option<Box<EvidenceDesk>>,
    running: Option<Running>,
    list: List,
    detail: Pane,
    /// The output that samples are compared with, counted in the order shown; none while they are read as they are.
    compared: Option<usize>,
}

impl Evidence {
    /// Of an item.
    pub fn new(id: ItemId) -> Self {
        let (list, detail) = (List::default(), Pane::default());
        Self { id, desk: None, running: None, list, detail, compared: None }
    }

    fn reruns(&self) -> &[RerunView] {
        self.desk.as_ref().map_or(&[], |desk| &desk.view.reruns)
    }

    /// The chosen one; the newest is on top.
    fn chosen(&self) -> Option<&RerunView> {
        let reruns = self.reruns();
        reruns.get(reruns.len().checked_sub(self.list.chosen() + 1)?)
    }

    /// Says what is chosen, or what runs.
    fn tell(&mut self) {
        let Some(desk) = &self.desk else { return };
        let text = match (&self.running, self.chosen()) {
            (Some(running), _) => running_text(running),
            (None, Some(rerun)) => match &rerun.transcript {
                Some(transcript) => told(desk, transcript, self.compared),
                None => Shown::new(Role::Quiet, "its transcript was erased"),
            },
            (None, None) => nothing(desk),
        };
        self.detail.say(text);
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

    fn ask(&mut self, (model, asked): (String, Asked), what: String, cx: &mut Cx<'_>) {
        let stop = Arc::new(AtomicBool::new(false));
        let texts = if let Asked::Samples(settings) = &asked { usize::from(settings.samples) } else { 0 };
        let heard = "waiting".to_owned();
        self.running =
            Some(Running { words: what, heard, texts: vec![String::new(); texts], pieces: 0, stop: Arc::clone(&stop) });
        cx.ask(Request::Rerun { item: self.id.clone(), model, asked, stop });
        self.tell();
    }

    fn stop(&self) {
        if let Some(running) = &self.running {
            running.stop.store(true, Ordering::Relaxed);
        }
    }

    /// What was filled in, as it will be asked; or what is wrong with it.
    fn wanted(&self, action: Action, values: &[String], cx: &Cx<'_>) -> Result<(String, Asked, String), String> {
        let desk = self.desk.as_ref().ok_or("the item isn't here yet")?;
        let at = |place: usize| values.get(place).map(|value| value.trim()).unwrap_or_default();
        if action == Action::Score {
            let letters = letters(&desk.view);
            let found = desk.view.outputs.iter().find(|(number, _)| label(&letters, *number) == at(1));
            let (number, _) = found.ok_or("choose an output")?;
            return Ok((at(0).to_owned(), Asked::Score(*number), format!("{} scores {}", at(0), at(1))));
        }
        let whole = |place: usize, name: &str| {
            at(place).parse::<u32>().map_err(|_| format!("{name} `{}` is no whole number", at(place)))
        };
        let temperature = at(3).parse().map_err(|_| format!("temperature `{}` is no number", at(3)))?;
        let samples = u16::try_from(whole(1, "samples")?).map_err(|_| "too many samples")?;
        let sampled = Sampled {
            samples,
            max_tokens: whole(2, "tokens")?,
            temperature,
            seed: u64::from(whole(4, "seed")?),
            ..Sampled::default()
        };
        let asked = sampled.on(&cx.now.day()).map_err(|error| error.to_string())?;
        let words = format!("{} × {samples}, temperature {}, seed {}", at(0), at(3), at(4));
        Ok((at(0).to_owned(), asked, words))
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
        let mut actions = Vec::new();
        if self.running.is_some() {
            actions.push(Action::StopRerun);
        } else if desk.view.may_note && !desk.models.is_empty() {
            actions.push(Action::Rerun);
            actions.extend((!desk.local.is_empty()).then_some(Action::Score));
        }
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

    fn status(&self, _look: &Look<'_>) -> Shown {
        self.running.as_ref().map(|running| Shown::new(Role::Warning, &running.heard)).unwrap_or_default()
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Evidence(self.id.clone()));
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let Some(desk) = &self.desk else { return };
        match action {
            Action::Rerun => {
                let usual = Sampled::default();
                let title = Shown::new(Role::HeadingFocused, "Have a model answer the prompt again");
                let fields = Fields::new(action, title, None)
                    .one_of("Model", desk.models.clone())
                    .line("Samples", &usual.samples.to_string())
                    .line("Tokens of each at most", &usual.max_tokens.to_string())
                    .line("Temperature; 0 takes the likeliest word", &usual.temperature.to_string())
                    .line("Seed; the same gives the same", &usual.seed.to_string());
                cx.layer(Layer::Fields(fields));
            }
            Action::Score => {
                let letters = letters(&desk.view);
                let outputs = desk.view.outputs.iter().map(|(number, _)| label(&letters, *number)).collect();
                let title = Shown::new(Role::HeadingFocused, "How surprising is an output to a model");
                let fields = Fields::new(action, title, None).one_of("Model", desk.local.clone());
                cx.layer(Layer::Fields(fields.one_of("Output", outputs)));
            }
            Action::StopRerun => self.stop(),
            Action::Compare => {
                let next = self.compared.map_or(0, |place| place + 1);
                self.compared = (next < desk.view.outputs.len()).then_some(next);
                self.tell();
            }
            Action::Down | Action::Up | Action::First | Action::Last => {
                self.list.moved(action, self.reruns().len());
                self.tell();
            }
            action => {
                self.detail.scrolled(action);
            }
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        match self.wanted(action, values, cx) {
            Ok((_, _, words)) => {
                let mut body = Shown::plain(&words);
                body.push(Role::Quiet, "\n\nWhen it is done, what it said is recorded over your signature.");
                body.push(Role::Quiet, &format!("\nitem {}", self.id));
                let title = Shown::new(Role::HeadingFocused, "Run it and record it");
                cx.layer(Layer::Card(Card::new(action, title, body).with_values(values)));
            }
            Err(why) => cx.notice(Shown::new(Role::Warning, &why)),
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        if self.running.is_none()
            && let Ok((model, asked, words)) = self.wanted(action, values, cx)
        {
            self.ask((model, asked), words, cx);
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Evidence(desk) => self.desk = Some(desk),
            Reply::Heard(heard) => {
                if let Some(running) = &mut self.running {
                    running.hears(heard);
                }
            }
            Reply::Rerun(done) => {
                self.running = None;
                match (done, &mut self.desk) {
                    (Some((receipt, reruns)), Some(desk)) => {
                        desk.view.reruns = reruns;
                        self.list.choose(0);
                        cx.notice(Shown::new(Role::Good, &format!("✓ recorded, entry {}", receipt.event)));
                    }
                    _ => cx.notice("stopped; nothing is recorded"),
                }
            }
            _ => {}
        }
        self.tell();
    }

    fn failed(&mut self, trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        self.running = None;
        self.tell();
        cx.layer(Layer::Told(Told::trouble(trouble)));
        if self.desk.is_none() {
            cx.want(Want::Back);
        }
        true
    }

    fn left(&mut self, _cx: &mut Cx<'_>) {
        self.stop();
    }

    fn cut_off(&mut self, _cx: &mut Cx<'_>) {
        self.stop();
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        let count = self.reruns().len();
        ink.heading(row, &Shown::new(Role::Heading, "Recorded, newest first"), &Shown::default());
        let rows = u16::try_from(count).unwrap_or(ROWS).clamp(1, ROWS);
        let list = Rect { y: area.y + 1, height: rows, ..area };
        self.list.draw(ink, list, count, &|n| self.row(n, look));
        let top = list.bottom() + 1;
        let what = if self.running.is_some() { "Running" } else { "What it says" };
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

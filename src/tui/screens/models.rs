//! The hall's models: what they are and where from, those on their way, and what their keepers do with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::layout::Rect;

use crate::hall::{FetchView, ModelPlace, ModelView};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Fields, Layer, Told};
use crate::tui::parts::{List, Pane};
use crate::tui::place::Place;
use crate::tui::request::{ModelAct, ModelsDesk, Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::column;

/// Cells of a progress bar.
const BAR: u64 = 20;
/// Rows that what is chosen has at most.
const DETAIL: u16 = 12;

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Models {
    desk: Option<Box<ModelsDesk>>,
    list: List,
    detail: Pane,
    /// Set once nobody looks any more.
    left: Arc<AtomicBool>,
    is_watching: bool,
    /// What was found out last.
    verified: Option<(String, Vec<String>)>,
}

/// A row: first come those on their way.
enum Row<'d> {
    Fetch(&'d FetchView),
    Model(&'d ModelView),
}

impl Models {
    fn count(&self) -> usize {
        self.desk.as_ref().map_or(0, |desk| desk.fetches.len() + desk.rows.len())
    }

    fn row(&self, n: usize) -> Option<Row<'_>> {
        let desk = self.desk.as_ref()?;
        match desk.fetches.get(n) {
            Some(fetch) => Some(Row::Fetch(fetch)),
            None => desk.rows.get(n - desk.fetches.len()).map(Row::Model),
        }
    }

    fn chosen(&self) -> Option<Row<'_>> {
        self.row(self.list.chosen())
    }

    fn tell(&mut self) {
        let text = match self.chosen() {
            None => {
                Shown::new(Role::Quiet, "A model answers an item's prompt again, or says how surprising an output is.")
            }
            Some(Row::Fetch(fetch)) => told_fetch(fetch),
            Some(Row::Model(model)) => {
                let mut text = told(model);
                let of_it = self.verified.as_ref().filter(|(name, _)| *name == model.name);
                match of_it.map(|(_, faults)| faults.as_slice()) {
                    None => {}
                    Some([]) => text.push(Role::Good, "\n✓ its files are what was added"),
                    Some(faults) => {
                        text.push(Role::Bad, "\nNOT WHAT WAS ADDED");
                        faults.iter().for_each(|fault| text.push(Role::Text, &format!("\n{fault}")));
                    }
                }
                text
            }
        };
        self.detail.say(text);
    }

    /// Goes on hearing of downloads while there are any.
    fn watch(&mut self, cx: &mut Cx<'_>) {
        let runs = self.desk.iter().flat_map(|desk| &desk.fetches).any(|fetch| fetch.fault.is_none());
        if runs && !self.is_watching {
            self.is_watching = true;
            self.left = Arc::default();
            cx.ask(Request::WatchModels(Arc::clone(&self.left)));
        } else if !runs {
            self.is_watching = false;
        }
    }
}

impl Scene for Models {
    fn place(&self) -> Place {
        Place::Models
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Models, Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.desk.as_ref().is_some_and(|desk| desk.may_keep) {
            actions.push(Action::AddModel);
            match self.chosen() {
                Some(Row::Fetch(_)) => actions.push(Action::StopFetch),
                Some(Row::Model(_)) => actions.extend([Action::Verify, Action::RemoveModel]),
                None => {}
            }
        }
        actions.extend([Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last]);
        actions
    }

    fn is_waiting(&self) -> bool {
        self.desk.is_none()
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "models of the hall")
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        let bytes: u64 = self.desk.iter().flat_map(|desk| &desk.rows).map(|model| model.bytes).sum();
        Shown::new(Role::Quiet, &megabytes(bytes))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Models);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        match (action, self.chosen()) {
            (Action::AddModel, _) => {
                let title = Shown::new(Role::HeadingFocused, "Fetch a model");
                let fields = Fields::new(action, title, None)
                    .line("From: hf:ORG/REPO, hf:ORG/REPO/FILE, or https:// of a GGUF file", "")
                    .line("Its name here; by its file if empty", "");
                cx.layer(Layer::Fields(fields));
            }
            (Action::RemoveModel, Some(Row::Model(model))) => {
                let body = match &model.place {
                    ModelPlace::Here => format!("{} of {} are deleted.", megabytes(model.bytes), model.name),
                    ModelPlace::Linked(path) => format!("{} stays where it is.", path.display()),
                    ModelPlace::Endpoint(address, _) => format!("Nobody asks {address} any more."),
                };
                let body = Shown::plain(&body).and(Role::Quiet, "\nWhat it said of items stays in the ledger.");
                let title = Shown::new(Role::HeadingFocused, "Take the model out");
                cx.layer(Layer::Card(Card::new(action, title, body).with_values(std::slice::from_ref(&model.name))));
            }
            (Action::StopFetch, Some(Row::Fetch(fetch))) => {
                cx.ask(Request::Model(ModelAct::Stop(fetch.source.clone())));
            }
            (Action::Verify, Some(Row::Model(model))) => {
                cx.notice(Shown::new(Role::Quiet, &format!("computing the hashes of {} …", model.name)));
                cx.ask(Request::VerifyModel(model.name.clone()));
            }
            _ => {
                self.list.moved(action, self.count());
                self.tell();
            }
        }
    }

    fn filled(&mut self, _action: Action, values: &[String], cx: &mut Cx<'_>) {
        let given = |at: usize| values.get(at).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        match given(0) {
            Some(source) => cx.ask(Request::Model(ModelAct::Fetch { source, name: given(1) })),
            None => cx.notice(Shown::new(Role::Warning, "say where it is fetched from")),
        }
    }

    fn confirmed(&mut self, _action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        if let [name] = values {
            cx.ask(Request::Model(ModelAct::Remove(name.clone())));
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Models(desk) => {
                self.desk = Some(desk);
                self.list.choose(self.list.chosen().min(self.count().saturating_sub(1)));
                self.watch(cx);
            }
            Reply::ModelDone(what) => {
                cx.notice(Shown::new(Role::Good, &what));
                self.load(cx);
            }
            Reply::ModelVerified(name, faults) => {
                let words = match faults.len() {
                    0 => Shown::new(Role::Good, &format!("✓ {name} is what was added")),
                    _ => Shown::new(Role::Bad, &format!("{name} is not what was added")),
                };
                cx.notice(words);
                self.verified = Some((name, faults));
            }
            _ => {}
        }
        self.tell();
    }

    fn failed(&mut self, trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        cx.layer(Layer::Told(Told::trouble(trouble)));
        true
    }

    fn left(&mut self, _cx: &mut Cx<'_>) {
        self.left.store(true, Ordering::Relaxed);
    }

    fn cut_off(&mut self, _cx: &mut Cx<'_>) {
        self.left.store(true, Ordering::Relaxed);
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Models"), &Shown::default());
        let detail = DETAIL.min(area.height / 2);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(detail + 2), ..area };
        if self.desk.is_some() && self.count() == 0 {
            let words = "none yet; whoever keeps the hall adds one: guildhall model add FILE, or model connect URL";
            ink.put(Rect { x: area.x + 2, height: 1, ..body }, &Shown::new(Role::Quiet, words));
        }
        let line = |n: usize| match self.row(n) {
            Some(Row::Fetch(fetch)) => fetch_line(fetch),
            Some(Row::Model(model)) => model_line(model),
            None => Shown::default(),
        };
        self.list.draw(ink, body, self.count(), &line);
        ink.heading(Rect { y: body.bottom(), ..row }, &Shown::new(Role::Heading, "What it is"), &Shown::default());
        let told = Rect { x: area.x + 2, y: body.bottom() + 1, width: area.width.saturating_sub(3), height: detail };
        self.detail.draw(ink, told);
    }
}

fn model_line(model: &ModelView) -> Shown {
    let mut line = column(&Shown::new(Role::Key, &model.name), 33);
    if let ModelPlace::Endpoint(address, name) = &model.place {
        return line.and(Role::Text, &format!("{name} ")).and(Role::Quiet, &format!("at {address}")).one_line();
    }
    line.append(&column(&Shown::plain(&model.family), 14));
    line.append(&column(&Shown::plain(&model.quantization), 8));
    line.append(&column(&Shown::plain(&megabytes(model.bytes)), 11));
    line.and(Role::Quiet, model.licence.as_deref().unwrap_or("licence not stated")).one_line()
}

fn fetch_line(fetch: &FetchView) -> Shown {
    let mut line = column(&Shown::new(Role::Key, &fetch.source), 33);
    if fetch.fault.is_some() {
        return line.and(Role::Bad, "not fetched");
    }
    line.append(&Shown::plain(&bar(fetch.here, fetch.all)));
    line.and(Role::Quiet, &format!(" {} of {}", megabytes(fetch.here), megabytes(fetch.all)))
}

/// How far, in cells.
fn bar(here: u64, all: u64) -> String {
    let full = here.saturating_mul(BAR).checked_div(all).unwrap_or(0).min(BAR);
    (0..BAR).map(|cell| if cell < full { '▮' } else { '▯' }).collect()
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1 << 20))
}

fn told(model: &ModelView) -> Shown {
    let mut text = Shown::new(Role::Heading, &model.name);
    let mut line = |name: &str, value: &str| {
        text.push(Role::Quiet, &format!("\n{name:<9}"));
        text.push(Role::Text, value);
    };
    line("digest", &model.digest);
    line("from", &model.source);
    if let Some(revision) = &model.revision {
        line("commit", revision);
    }
    line("added", &model.added);
    match &model.place {
        ModelPlace::Here => {}
        ModelPlace::Linked(path) => line("lies at", &path.display().to_string()),
        ModelPlace::Endpoint(address, name) => line("asked at", &format!("{address}, as {name}")),
    }
    if !model.template {
        line("template", "none: prompts are given as they are");
    }
    for (name, bytes) in &model.files {
        line("file", &format!("{name}, {}", megabytes(*bytes)));
    }
    text
}

fn told_fetch(fetch: &FetchView) -> Shown {
    let text = Shown::new(Role::Heading, &fetch.source);
    match &fetch.fault {
        None => {
            text.and(Role::Quiet, "\non its way; it goes on when you leave, and what came is kept if it is stopped")
        }
        Some(why) => {
            text.and(Role::Bad, &format!("\n{why}")).and(Role::Quiet, "\na adds it again, from where it ended")
        }
    }
}

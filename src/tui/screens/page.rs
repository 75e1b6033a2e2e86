//! A text to read: the constitution, a charter, an entry's three lines.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use crate::domain::Charter;
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Fields, Layer};
use crate::tui::parts::Pane;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::guide::question;

/// See the module's first line.
#[derive(Debug)]
pub struct Page {
    place: Place,
    title: String,
    /// The text's headings, in order.
    headings: Vec<String>,
    pane: Option<Pane>,
    /// What the working copy changes is shown, in place of the text.
    compared: bool,
}

impl Page {
    /// The text at a place: a constitution, a charter, an entry.
    pub fn new(place: Place) -> Self {
        let title = match &place {
            Place::Charter(guild) => format!("{guild} ▸ charter"),
            Place::Entry(seq) => format!("ledger ▸ entry {seq}"),
            _ => "constitution".to_owned(),
        };
        Self { place, title, headings: Vec::new(), pane: None, compared: false }
    }
}

/// What the constitution's working copy changes, in colours and signs.
fn compared(words: &str) -> Shown {
    let mut text = Shown::default();
    for line in words.lines() {
        let role = match line.chars().next() {
            Some('+') => Role::Added,
            Some('-') => Role::Removed,
            Some('@') => Role::Quiet,
            _ => Role::Text,
        };
        text.push(role, &format!("{line}\n"));
    }
    text
}

fn charter_text(digest: &str, charter: &Charter) -> String {
    let mut text = format!("# {}\n\n{}\n\nin force as `{digest}`\n\n", charter.title, charter.summary);
    let _ = writeln!(
        text,
        "{} to {} raters an item, {} sign-offs make gold, separation {:?}\n",
        charter.overlap.min, charter.overlap.max, charter.sign_offs, charter.separation
    );
    charter.questions.iter().for_each(|asked| question(&mut text, asked));
    let _ = write!(text, "---\n\n{}", charter.guidelines);
    text
}

impl Scene for Page {
    fn place(&self) -> Place {
        self.place.clone()
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Reading]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let contents = (!self.headings.is_empty()).then_some(Action::Contents);
        let compare = (self.place == Place::Constitution).then_some(Action::Compare);
        let found = [Action::Search, Action::NextFound, Action::PreviousFound];
        let moves = [Action::PageDown, Action::PageUp, Action::Down, Action::Up, Action::First, Action::Last];
        contents.into_iter().chain(compare).chain(found).chain(moves).collect()
    }

    fn is_waiting(&self) -> bool {
        self.pane.is_none()
    }

    fn title(&self) -> Shown {
        let compared = if self.compared { " · what the working copy changes" } else { "" };
        Shown::new(Role::Title, &self.title).and(Role::Quiet, compared)
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(match &self.place {
            Place::Charter(guild) => Request::Charter(guild.clone()),
            Place::Entry(seq) => Request::Entry(*seq),
            _ => Request::Constitution,
        });
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        let Some(pane) = &mut self.pane else { return };
        match action {
            Action::Search => {
                cx.layer(Layer::Fields(Fields::new(action, "Search in this text", None).line("Words", "")));
            }
            Action::Contents => {
                let fields = Fields::new(action, "Contents", None).one_of("Go to", self.headings.clone());
                cx.layer(Layer::Fields(fields));
            }
            Action::Compare => cx.ask(if self.compared { Request::Constitution } else { Request::Amendment }),
            Action::NextFound | Action::PreviousFound => {
                if let Some((n, of)) = pane.step_found(if action == Action::NextFound { 1 } else { -1 }) {
                    cx.notice(format!("{n} of {of}"));
                }
            }
            action => {
                pane.scrolled(action);
            }
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        let words = values.first().map(String::as_str).unwrap_or_default();
        let found = self.pane.as_mut().and_then(|pane| pane.search(words));
        if action == Action::Contents {
            return;
        }
        cx.notice(match found {
            Some((n, of)) => format!("“{words}”: {n} of {of}, n for the next"),
            None => format!("“{words}” isn't in this text"),
        });
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        self.compared = matches!(reply, Reply::Amendment(_));
        let text = match reply {
            Reply::Constitution(text) => text,
            Reply::Amendment(words) => {
                self.headings.clear();
                self.pane = Some(Pane::own(compared(&words)));
                return;
            }
            Reply::Charter(_, digest, charter) => charter_text(&digest, &charter),
            Reply::Entry(_, text) => {
                self.pane = Some(Pane::own(Shown::plain(&text)));
                return;
            }
            _ => return,
        };
        let headings = text
            .lines()
            .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
        self.headings = headings.map(|heading| heading.trim().to_owned()).collect();
        self.pane = Some(Pane::outside(&text));
    }

    fn failed(&mut self, _trouble: &Trouble, cx: &mut Cx<'_>) -> bool {
        if self.pane.is_none() {
            cx.want(Want::Back);
        }
        false
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let Some(pane) = &self.pane else { return };
        let width = area.width.saturating_sub(4).min(100);
        let body = Rect { x: area.x + 2, y: area.y + 1, width, height: area.height.saturating_sub(1) };
        let below = pane.draw(ink, body);
        pane.draw_found(ink, body);
        let right = if below > 0 { format!("{below} more lines, Space") } else { String::new() };
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::default(), &Shown::new(Role::Quiet, &right));
    }
}

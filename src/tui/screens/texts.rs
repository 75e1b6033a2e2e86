//! The texts of an item: the prompt above, the outputs below, side by side where there is room.

use ratatui::layout::Rect;

use crate::domain::Turn;
use crate::hall::ItemView;
use crate::tui::form::Letters;
use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::parts::Pane;
use crate::tui::text::{Shown, View, words};
use crate::tui::theme::Role;

/// From this width on two outputs stand side by side.
pub const WIDE: u16 = 110;

/// Which text has the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// The outputs, the prompt in a few lines.
    Outputs,
    /// The prompt alone.
    Prompt,
    /// The outputs, the prompt in one line.
    Folded,
}

/// See the module's first line.
#[derive(Debug)]
pub struct Texts {
    letters: Letters,
    prompt: Pane,
    outputs: Vec<Pane>,
    /// The first two outputs with their differences, while they are compared.
    compared: Option<(Pane, Pane)>,
    cautions: Vec<String>,
    view: View,
    room: Room,
    current: usize,
}

impl Texts {
    /// The texts of an item, outputs in the order this viewer is shown them.
    pub fn new(view: &ItemView) -> Self {
        Self {
            letters: Letters::new(view.outputs.iter().map(|(number, _)| *number).collect()),
            prompt: Pane::outside(&conversation(&view.prompt)),
            outputs: view.outputs.iter().map(|(_, turns)| Pane::outside(&flat(turns))).collect(),
            compared: None,
            cautions: view.cautions.clone(),
            view: View::Original,
            room: Room::Outputs,
            current: 0,
        }
    }

    /// The outputs' letters.
    pub fn letters(&self) -> &Letters {
        &self.letters
    }

    /// The number of the output in view.
    pub fn output(&self) -> Option<u32> {
        self.letters.shown().get(self.current).copied()
    }

    /// Brings an output into view.
    pub fn show(&mut self, output: u32) {
        if let Some(place) = self.letters.shown().iter().position(|number| *number == output) {
            self.current = place;
        }
    }

    /// Brings the next output into view.
    pub fn show_next(&mut self) {
        self.current = (self.current + 1) % self.outputs.len().max(1);
    }

    /// The text of the output in view, as it came.
    pub fn raw(&self) -> &str {
        self.outputs.get(self.current).map(Pane::raw).unwrap_or_default()
    }

    /// Searches the text that has the room; says what was found.
    pub fn search(&mut self, needle: &str) -> Shown {
        match self.reading().and_then(|pane| pane.search(needle)) {
            Some((n, of)) => Shown::plain(&format!("“{needle}”: {n} of {of}, n for the next")),
            None => Shown::new(Role::Warning, &format!("“{needle}” isn't in this text")),
        }
    }

    fn reading(&mut self) -> Option<&mut Pane> {
        match self.room {
            Room::Prompt => Some(&mut self.prompt),
            _ => self.outputs.get_mut(self.current),
        }
    }

    /// Does an action of reading; what to say of it, if it was one.
    pub fn act(&mut self, action: Action) -> Option<Shown> {
        match action {
            Action::Fold => {
                self.room = match self.room {
                    Room::Outputs => Room::Prompt,
                    Room::Prompt => Room::Folded,
                    Room::Folded => Room::Outputs,
                };
            }
            Action::ShowHidden => return Some(self.turn_view()),
            Action::Compare => return Some(self.compare()),
            Action::NextFound | Action::PreviousFound => {
                let step = if action == Action::NextFound { 1 } else { -1 };
                let found = self.reading().and_then(|pane| pane.step_found(step));
                return Some(found.map_or_else(Shown::default, |(n, of)| Shown::plain(&format!("{n} of {of}"))));
            }
            Action::PageDown | Action::PageUp | Action::First | Action::Last => {
                if let Some((left, right)) = &mut self.compared {
                    left.scrolled(action);
                    right.scrolled(action);
                } else if let Some(pane) = self.reading() {
                    pane.scrolled(action);
                }
            }
            _ => return None,
        }
        Some(Shown::default())
    }

    fn turn_view(&mut self) -> Shown {
        let (view, words) = match self.view {
            View::Original => (View::Clean, "cleaned: hidden characters left out"),
            View::Clean => (View::Escaped, "escaped: everything but plain ASCII as \\u{...}"),
            View::Escaped => (View::Original, "as it is: hidden characters as chips"),
        };
        self.view = view;
        self.prompt.set_view(view);
        self.outputs.iter_mut().for_each(|pane| pane.set_view(view));
        words.into()
    }

    fn compare(&mut self) -> Shown {
        match (&self.compared, self.outputs.as_slice()) {
            (Some(_), _) => self.compared = None,
            (None, [left, right, ..]) => {
                let (left, right) = words(left.raw(), right.raw());
                self.compared = Some((Pane::own(left), Pane::own(right)));
                return "words that only one output has are marked; d for the text again".into();
            }
            (None, _) => return "there is one output only".into(),
        }
        Shown::default()
    }

    /// Draws the texts; `focused` lays the bar on the output in view.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect, focused: bool) {
        let rest = self.draw_prompt(ink, area);
        if self.room == Room::Prompt || rest.height < 2 {
            return;
        }
        if rest.width >= WIDE && self.outputs.len() > 1 {
            let half = rest.width / 2 - 1;
            let from = self.current - self.current % 2;
            for (n, x) in [(from, rest.x), (from + 1, rest.x + half + 2)] {
                self.draw_output(ink, (Rect { x, width: half, ..rest }, n), focused);
            }
            ink.divider(Rect { x: rest.x + half, y: rest.y + 1, width: 1, height: rest.height - 1 });
        } else {
            self.draw_output(ink, (rest, self.current), focused);
        }
    }

    /// Draws the prompt; returns the room below it.
    fn draw_prompt(&self, ink: &mut Ink<'_>, area: Rect) -> Rect {
        let width = area.width.saturating_sub(3);
        let lines = u16::try_from(self.prompt.lines(width)).unwrap_or(u16::MAX);
        let height = match self.room {
            Room::Prompt => area.height.saturating_sub(1),
            Room::Outputs => lines.min((area.height / 4).max(2)),
            Room::Folded => 0,
        };
        let mut right = hidden(&self.prompt);
        if lines > height && self.room == Room::Outputs {
            right.push(Role::Quiet, &format!("{} more lines, z", lines - height));
        }
        let title = if self.room == Room::Folded {
            Shown::new(Role::Heading, "Prompt ")
                .and(Role::Quiet, self.prompt.raw())
                .one_line()
                .cut(usize::from(area.width / 2))
        } else {
            Shown::new(Role::Heading, "Prompt")
        };
        ink.heading(Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area }, &title, &right);
        let body = Rect { x: area.x + 2, y: area.y + 1, width, height };
        self.prompt.draw(ink, body);
        self.prompt.draw_found(ink, body);
        Rect { y: body.bottom(), height: area.bottom().saturating_sub(body.bottom()), ..area }
    }

    fn draw_output(&self, ink: &mut Ink<'_>, (area, n): (Rect, usize), focused: bool) {
        let Some(own) = self.outputs.get(n) else { return };
        let pane = match (&self.compared, n) {
            (Some((left, _)), 0) => left,
            (Some((_, right)), 1) => right,
            _ => own,
        };
        let current = focused && n == self.current;
        let body = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height.saturating_sub(1),
        };
        let below = pane.draw(ink, body);
        pane.draw_found(ink, body);
        let letter = self.letters.shown().get(n).map_or('?', |output| self.letters.of(*output));
        let role = if current { Role::HeadingFocused } else { Role::Heading };
        let title = Shown::new(role, &format!("Output {letter} of {}", self.outputs.len()));
        let mut right = hidden(own);
        let number = self.letters.shown().get(n).copied().unwrap_or(0);
        if self.cautions.iter().any(|caution| caution.starts_with(&format!("output {number} "))) {
            right.push(Role::Warning, "⚠ names a model ");
        }
        if below > 0 {
            right.push(Role::Quiet, &format!("{below} more lines, Space"));
        }
        ink.heading(Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area }, &title, &right);
        if current {
            ink.bar(Rect { width: 1, ..body_bar(area, body) });
        }
    }
}

fn body_bar(area: Rect, body: Rect) -> Rect {
    Rect { x: area.x, y: body.y, width: 1, height: body.height }
}

fn hidden(pane: &Pane) -> Shown {
    match pane.hidden() {
        0 => Shown::default(),
        1 => Shown::new(Role::Warning, "⚠ 1 hidden character "),
        n => Shown::new(Role::Warning, &format!("⚠ {n} hidden characters ")),
    }
}

/// An output's turns as the text that marks count in.
pub fn flat(turns: &[Turn]) -> String {
    turns.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n")
}

/// A prompt: its one turn, or each turn under who said it.
fn conversation(turns: &[Turn]) -> String {
    match turns {
        [one] => one.content.clone(),
        all => all.iter().map(|turn| format!("**{}**\n\n{}", turn.role, turn.content)).collect::<Vec<_>>().join("\n\n"),
    }
}

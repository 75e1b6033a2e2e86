//! A few things to fill in for an action: a line, a reason, one of several.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use crate::domain::ItemId;
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::parts::{Editor, List};
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::frame::framed;
use super::step::Step;

/// Rows that a reason has.
const REASON: u16 = 5;
/// Rows of options shown at once, and where nothing else is asked.
const OPTIONS: [usize; 2] = [6, 16];

/// How a field is filled in.
#[derive(Debug)]
enum Kind {
    /// Text of one line.
    Line(Editor),
    /// Text of a few lines.
    Reason(Editor),
    /// One of several.
    OneOf(Vec<String>, List),
}

#[derive(Debug)]
struct Field {
    label: String,
    kind: Kind,
}

/// See the module's first line.
#[derive(Debug)]
pub struct Fields {
    action: Action,
    title: Shown,
    item: Option<ItemId>,
    fields: Vec<Field>,
    focus: usize,
}

impl Fields {
    /// For an action; on an item, so that what is typed is kept with its draft.
    pub fn new(action: Action, title: impl Into<Shown>, item: Option<ItemId>) -> Self {
        Self { action, title: title.into(), item, fields: Vec::new(), focus: 0 }
    }

    /// With a line to write.
    #[must_use]
    pub fn line(self, label: &str, text: &str) -> Self {
        self.with(label, Kind::Line(Editor::line(text)))
    }

    /// With a reason to write.
    #[must_use]
    pub fn reason(self, label: &str, text: &str) -> Self {
        self.with(label, Kind::Reason(Editor::line(text)))
    }

    /// With one to choose.
    #[must_use]
    pub fn one_of(self, label: &str, options: Vec<String>) -> Self {
        self.with(label, Kind::OneOf(options, List::default()))
    }

    fn with(mut self, label: &str, kind: Kind) -> Self {
        self.fields.push(Field { label: label.to_owned(), kind });
        self
    }

    /// For which action.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The item it is about, the text to be kept with its draft, and where the caret stands in it.
    pub fn on_item(&self) -> Option<(&ItemId, &str, usize)> {
        let editor = self.fields.iter().rev().find_map(|field| match &field.kind {
            Kind::Line(editor) | Kind::Reason(editor) => Some(editor),
            Kind::OneOf(..) => None,
        });
        self.item.as_ref().zip(editor).map(|(item, editor)| (item, editor.text(), editor.caret()))
    }

    /// With the caret of that text there.
    #[must_use]
    pub fn with_caret(mut self, caret: usize) -> Self {
        let last = self.fields.iter_mut().rev().find_map(|field| match &mut field.kind {
            Kind::Line(editor) | Kind::Reason(editor) => Some(editor),
            Kind::OneOf(..) => None,
        });
        if let Some(editor) = last {
            editor.go_to(caret);
        }
        self
    }

    /// What is filled in so far.
    pub fn values(&self) -> Vec<String> {
        let value = |field: &Field| match &field.kind {
            Kind::Line(editor) | Kind::Reason(editor) => editor.text().to_owned(),
            Kind::OneOf(options, list) => options.get(list.chosen()).cloned().unwrap_or_default(),
        };
        self.fields.iter().map(value).collect()
    }

    /// Puts values back that were filled in before.
    pub fn set_values(&mut self, values: &[String]) {
        for (field, value) in self.fields.iter_mut().zip(values) {
            match &mut field.kind {
                Kind::Line(editor) | Kind::Reason(editor) => *editor = Editor::line(value),
                Kind::OneOf(options, list) => {
                    list.choose(options.iter().position(|option| option == value).unwrap_or(0));
                }
            }
        }
    }

    pub(super) fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Choosing]
    }

    pub(super) fn act(&mut self, action: Action) -> Step {
        let last = self.fields.len().saturating_sub(1);
        match action {
            Action::Back => Step::Close,
            Action::Open if self.focus == last => Step::Filled(self.action, self.values()),
            Action::Open | Action::NextPart => {
                self.focus = if self.focus == last { 0 } else { self.focus + 1 };
                Step::Stay
            }
            Action::PreviousPart => {
                self.focus = self.focus.checked_sub(1).unwrap_or(last);
                Step::Stay
            }
            action => {
                if let Some(Kind::OneOf(options, list)) = self.fields.get_mut(self.focus).map(|field| &mut field.kind) {
                    list.moved(action, options.len());
                }
                Step::Stay
            }
        }
    }

    pub(super) fn press(&mut self, key: &KeyEvent) {
        match self.fields.get_mut(self.focus).map(|field| &mut field.kind) {
            Some(Kind::Line(editor) | Kind::Reason(editor)) => {
                editor.press(key);
            }
            Some(Kind::OneOf(options, list)) => {
                let moves = [
                    (KeyCode::Home, Action::First),
                    (KeyCode::End, Action::Last),
                    (KeyCode::PageDown, Action::PageDown),
                    (KeyCode::PageUp, Action::PageUp),
                ];
                for (_, action) in moves.into_iter().filter(|(code, _)| *code == key.code) {
                    list.moved(action, options.len());
                }
                let digit = key.code.as_char().and_then(|c| c.to_digit(10)).and_then(|d| usize::try_from(d).ok());
                if let Some(row) = digit.and_then(|digit| digit.checked_sub(1)).filter(|row| *row < options.len()) {
                    list.choose(row);
                }
            }
            None => {}
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(Kind::Line(editor) | Kind::Reason(editor)) = self.fields.get_mut(self.focus).map(|f| &mut f.kind) {
            editor.paste(text);
        }
    }

    fn rows(&self, field: &Field) -> u16 {
        let [most, alone] = OPTIONS;
        let most = if self.fields.len() == 1 { alone } else { most };
        match &field.kind {
            Kind::Line(_) => 1,
            Kind::Reason(_) => REASON,
            Kind::OneOf(options, _) => u16::try_from(options.len().min(most)).unwrap_or(1),
        }
    }

    pub(super) fn draw(&self, ink: &mut Ink<'_>, area: Rect) {
        let width = area.width.saturating_sub(6).min(90);
        let height: u16 = self.fields.iter().map(|field| self.rows(field) + 1).sum();
        let inner = framed(ink, area, (width, height + 1), &self.title);
        let mut y = inner.y;
        for (n, field) in self.fields.iter().enumerate() {
            let role = if n == self.focus { Role::HeadingFocused } else { Role::Quiet };
            let rows = self.rows(field);
            if y + rows + 1 > inner.bottom() {
                break;
            }
            ink.put(Rect { y, height: 1, ..inner }, &Shown::new(role, &field.label));
            let at = Rect { x: inner.x + 2, y: y + 1, width: inner.width.saturating_sub(2), height: rows };
            match &field.kind {
                Kind::Line(editor) | Kind::Reason(editor) if n == self.focus => editor.draw(ink, at),
                Kind::Line(editor) | Kind::Reason(editor) => {
                    ink.put(at, &Shown::plain(editor.text()));
                }
                Kind::OneOf(options, list) => list.draw(ink, at, options.len(), &|row| {
                    let option = options.get(row).map(String::as_str).unwrap_or_default();
                    Shown::new(Role::Key, &format!("{} ", row + 1)).and(Role::Text, option)
                }),
            }
            if n == self.focus {
                ink.bar(Rect { x: inner.x.saturating_sub(1), y, width: 1, height: rows + 1 });
            }
            y += rows + 1;
        }
        let next = if self.focus + 1 == self.fields.len() { " goes on · " } else { " next field · " };
        let foot = Shown::new(Role::Key, "Enter")
            .and(Role::Quiet, next)
            .and(Role::Key, "Esc")
            .and(Role::Quiet, " back, what is typed is kept");
        ink.put(Rect { y: inner.bottom() - 1, height: 1, ..inner }, &foot);
    }
}

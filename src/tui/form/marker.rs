//! Marking a passage by keyboard: from where, to where, which category, how grave.

use std::cell::RefCell;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use crate::domain::{Choice, Span};
use crate::tui::ink::Ink;
use crate::tui::text::{Prose, Reading, Shown};
use crate::tui::theme::Role;

/// Where marking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Looking for the first character.
    From,
    /// Looking for the last character.
    To(u32),
    /// Choosing a category.
    Category(u32, u32),
    /// Choosing a severity, after the category with this place.
    Severity(u32, u32, usize),
}

/// See the module's first line.
#[derive(Debug)]
pub struct Marker {
    reading: Reading,
    characters: Vec<char>,
    at: u32,
    step: Step,
    given: Vec<(u32, u32)>,
    wrapped: RefCell<Option<(u16, Prose)>>,
}

impl Marker {
    /// Over an output's text that has these marks.
    pub fn new(raw: &str, given: Vec<(u32, u32)>) -> Self {
        Self {
            reading: Reading::new(raw),
            characters: raw.chars().collect(),
            at: given.last().map_or(0, |mark| mark.0),
            step: Step::From,
            given,
            wrapped: RefCell::new(None),
        }
    }

    fn last(&self) -> u32 {
        u32::try_from(self.characters.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Moves; whether the key was one that does.
    pub fn press(&mut self, key: &KeyEvent) -> bool {
        if matches!(self.step, Step::Category(..) | Step::Severity(..)) {
            return false;
        }
        self.at = match key.code {
            KeyCode::Left | KeyCode::Char('h') => self.at.saturating_sub(1),
            KeyCode::Right | KeyCode::Char('l') => (self.at + 1).min(self.last()),
            KeyCode::Char('w') => self.word(1),
            KeyCode::Char('b') => self.word(-1),
            KeyCode::Char('e') => self.word_end(),
            KeyCode::Down | KeyCode::Char('j') => self.row(1),
            KeyCode::Up | KeyCode::Char('k') => self.row(-1),
            KeyCode::Home | KeyCode::Char('0') => 0,
            KeyCode::End | KeyCode::Char('$') => self.last(),
            _ => return false,
        };
        true
    }

    fn is_word(&self, at: u32) -> bool {
        usize::try_from(at).ok().and_then(|at| self.characters.get(at)).is_some_and(|c| c.is_alphanumeric())
    }

    /// The start of the next or previous word.
    fn word(&self, step: i32) -> u32 {
        let mut at = self.at;
        while let Some(next) = at.checked_add_signed(step).filter(|next| *next <= self.last()) {
            at = next;
            if self.is_word(at) && (at == 0 || !self.is_word(at - 1)) {
                return at;
            }
        }
        at
    }

    fn word_end(&self) -> u32 {
        let after = (self.at.saturating_add(1)..=self.last()).find(|at| self.is_word(*at) && !self.is_word(at + 1));
        after.unwrap_or_else(|| self.last())
    }

    fn row(&self, step: isize) -> u32 {
        let wrapped = self.wrapped.borrow();
        let Some((_, prose)) = &*wrapped else { return self.at };
        let Some((line, column)) = prose.place_of(self.at) else { return self.at };
        let wanted = line.checked_add_signed(step).filter(|line| *line < prose.height());
        wanted.and_then(|line| prose.offset_at(line, column)).unwrap_or(self.at)
    }

    /// Sets the first or the last character.
    pub fn set(&mut self) {
        self.step = match self.step {
            Step::From => Step::To(self.at),
            Step::To(from) => Step::Category(from.min(self.at), from.max(self.at) + 1),
            other => other,
        };
    }

    /// Goes back a step; whether there was one.
    pub fn back(&mut self) -> bool {
        self.step = match self.step {
            Step::From => return false,
            Step::To(_) => Step::From,
            Step::Category(from, _) => Step::To(from),
            Step::Severity(from, to, _) => Step::Category(from, to),
        };
        true
    }

    /// Chooses the category or severity with a digit; the mark, once it is complete.
    pub fn choose(&mut self, digit: u32, (categories, severities): (&[Choice], &[String])) -> Option<Span> {
        let place = usize::try_from(digit).ok()?.checked_sub(1)?;
        match self.step {
            Step::Category(from, to) if place < categories.len() => {
                self.step = Step::Severity(from, to, place);
                None
            }
            Step::Severity(start, end, category) => {
                let span = Span {
                    start,
                    end,
                    category: categories.get(category)?.key.clone(),
                    severity: severities.get(place)?.clone(),
                };
                self.given.push((start, end));
                *self.wrapped.borrow_mut() = None;
                self.step = Step::From;
                Some(span)
            }
            _ => None,
        }
    }

    /// What to do now, for the line above the text.
    pub fn say(&self, (categories, severities): (&[Choice], &[String])) -> Shown {
        let numbered = |names: Vec<&str>| {
            let mut line = Shown::default();
            for (n, name) in names.into_iter().enumerate() {
                line.push(Role::Key, &format!("{}", n + 1));
                line.push(Role::Text, &format!(" {name}  "));
            }
            line
        };
        match self.step {
            Step::From => Shown::plain("to the first character: arrows or hjkl, w and b by words; ")
                .and(Role::Key, "Enter")
                .and(Role::Text, " sets it"),
            Step::To(_) => Shown::plain("to the last character (e: end of the word); ")
                .and(Role::Key, "Enter")
                .and(Role::Text, " sets it"),
            Step::Category(..) => numbered(categories.iter().map(|choice| choice.title.as_str()).collect()),
            Step::Severity(..) => numbered(severities.iter().map(String::as_str).collect()),
        }
    }

    /// Draws the text as it is written, with its marks and where marking stands.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect) {
        let mut wrapped = self.wrapped.borrow_mut();
        if wrapped.as_ref().is_none_or(|(width, _)| *width != area.width) {
            *wrapped = Some((area.width, self.reading.written(area.width).with_marks(&self.given)));
        }
        let Some((_, prose)) = &*wrapped else { return };
        let line = prose.place_of(self.at).map_or(0, |(line, _)| line);
        let top = (line + 2).saturating_sub(usize::from(area.height)).min(prose.height().saturating_sub(1));
        ink.prose(area, prose, top);
        let range = match self.step {
            Step::From => (self.at, self.at + 1),
            Step::To(from) => (from.min(self.at), from.max(self.at) + 1),
            Step::Category(from, to) | Step::Severity(from, to, _) => (from, to),
        };
        let first = prose.offset_at(top, 0).unwrap_or(0).max(range.0);
        for offset in first..range.1 {
            let Some((line, column)) = prose.place_of(offset) else { continue };
            let Some(row) = line.checked_sub(top).and_then(|row| u16::try_from(row).ok()) else { continue };
            if row >= area.height {
                break;
            }
            let role = if offset == self.at { Role::Cursor } else { Role::Marked };
            ink.lay(Rect { x: area.x + column, y: area.y + row, width: 1, height: 1 }, role);
        }
    }
}

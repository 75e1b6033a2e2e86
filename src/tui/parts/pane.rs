//! Text that is longer than its place: wrapped once for each width, scrolled, searched.

use std::cell::{Cell, RefCell};

use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::text::{Found, Prose, Reading, Shown, View};

/// What a pane shows.
#[derive(Debug)]
enum Source {
    Own(Shown),
    Outside(Reading),
}

/// See the module's first line.
#[derive(Debug)]
pub struct Pane {
    source: Source,
    view: View,
    top: Cell<usize>,
    height: Cell<u16>,
    wrapped: RefCell<Option<(u16, View, Prose)>>,
    needle: String,
    found: usize,
}

impl Default for Pane {
    fn default() -> Self {
        Self::own(Shown::default())
    }
}

impl Pane {
    /// The program's own words.
    pub fn own(text: Shown) -> Self {
        Self::of(Source::Own(text))
    }

    /// Says something else in the program's own words, where it is scrolled to.
    pub fn say(&mut self, text: Shown) {
        self.source = Source::Own(text);
        self.wrapped = RefCell::new(None);
    }

    /// Markdown from outside.
    pub fn outside(text: &str) -> Self {
        Self::of(Source::Outside(Reading::new(text)))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            view: View::Original,
            top: Cell::new(0),
            height: Cell::new(0),
            wrapped: RefCell::new(None),
            needle: String::new(),
            found: 0,
        }
    }

    /// How many hidden characters the text has.
    pub fn hidden(&self) -> usize {
        match &self.source {
            Source::Own(text) => text.hidden(),
            Source::Outside(reading) => reading.hidden(),
        }
    }

    /// The text as it came, if it came from outside.
    pub fn raw(&self) -> &str {
        match &self.source {
            Source::Own(text) => text.as_str(),
            Source::Outside(reading) => reading.raw(),
        }
    }

    /// Shows it another way.
    pub fn set_view(&mut self, view: View) {
        self.view = view;
    }

    /// The wrapped text, made if it isn't there for this width and view.
    fn with<T>(&self, width: u16, then: impl FnOnce(&Prose) -> T) -> T {
        let mut wrapped = self.wrapped.borrow_mut();
        match &*wrapped {
            Some((known, view, prose)) if *known == width && *view == self.view => then(prose),
            _ => {
                let prose = match &self.source {
                    Source::Own(text) => Prose::of(text, width),
                    Source::Outside(reading) => reading.rendered(self.view, width),
                };
                let result = then(&prose);
                *wrapped = Some((width, self.view, prose));
                result
            }
        }
    }

    /// How many lines it takes at this width.
    pub fn lines(&self, width: u16) -> usize {
        self.with(width, Prose::height)
    }

    /// Draws what is in view; says how much lies below.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect) -> usize {
        self.height.set(area.height);
        self.with(area.width, |prose| {
            let last = prose.height().saturating_sub(usize::from(area.height));
            self.top.set(self.top.get().min(last));
            ink.prose(area, prose, self.top.get());
            last - self.top.get()
        })
    }

    /// Scrolls; whether `action` was one that scrolls.
    pub fn scrolled(&mut self, action: Action) -> bool {
        let page = usize::from(self.height.get().max(2)) - 1;
        let top = self.top.get();
        self.top.set(match action {
            Action::Down => top.saturating_add(1),
            Action::Up => top.saturating_sub(1),
            Action::PageDown => top.saturating_add(page),
            Action::PageUp => top.saturating_sub(page),
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return false,
        });
        true
    }

    /// Scrolls to this line.
    pub fn show_line(&self, line: usize) {
        let (top, height) = (self.top.get(), usize::from(self.height.get().max(1)));
        if line < top || line >= top + height {
            self.top.set(line.saturating_sub(height / 3));
        }
    }

    /// Searches; says which of how many places is shown.
    pub fn search(&mut self, needle: &str) -> Option<(usize, usize)> {
        self.needle = needle.to_owned();
        self.found = 0;
        self.step_found(0)
    }

    /// The next or previous place found.
    pub fn step_found(&mut self, step: isize) -> Option<(usize, usize)> {
        let found = self.places();
        if found.is_empty() {
            return None;
        }
        let count = isize::try_from(found.len()).ok()?;
        let at = (isize::try_from(self.found).ok()? + step).rem_euclid(count);
        self.found = usize::try_from(at).ok()?;
        self.show_line(found.get(self.found)?.line);
        Some((self.found + 1, found.len()))
    }

    fn places(&self) -> Vec<Found> {
        let wrapped = self.wrapped.borrow();
        match &*wrapped {
            Some((_, _, prose)) if !self.needle.is_empty() => prose.find(&self.needle),
            _ => Vec::new(),
        }
    }

    /// Lays the found places in view over what was drawn.
    pub fn draw_found(&self, ink: &mut Ink<'_>, area: Rect) {
        let top = self.top.get();
        for found in self.places() {
            let Some(row) = found.line.checked_sub(top).filter(|row| *row < usize::from(area.height)) else { continue };
            let y = area.y + u16::try_from(row).unwrap_or(0);
            let width = found.width.min(area.width.saturating_sub(found.column));
            ink.lay(Rect { x: area.x + found.column, y, width, height: 1 }, crate::tui::theme::Role::Found);
        }
    }
}

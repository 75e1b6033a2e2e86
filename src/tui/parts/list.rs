//! A list with a chosen row; it draws the rows in view only.

use std::cell::Cell;

use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::text::Shown;

/// Which row is chosen, and which is on top.
#[derive(Debug, Default)]
pub struct List {
    chosen: usize,
    top: Cell<usize>,
    height: Cell<u16>,
}

impl List {
    /// The chosen row.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// Chooses a row.
    pub fn choose(&mut self, row: usize) {
        self.chosen = row;
    }

    /// Moves the choice among `count` rows; whether `action` was one that moves.
    pub fn moved(&mut self, action: Action, count: usize) -> bool {
        let last = count.saturating_sub(1);
        let page = usize::from(self.height.get().max(2)) - 1;
        self.chosen = match action {
            Action::Down => self.chosen.saturating_add(1).min(last),
            Action::Up => self.chosen.saturating_sub(1),
            Action::PageDown => self.chosen.saturating_add(page).min(last),
            Action::PageUp => self.chosen.saturating_sub(page),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        true
    }

    /// Draws `count` rows; `row` writes one.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect, count: usize, row: &dyn Fn(usize) -> Shown) {
        self.height.set(area.height);
        let height = usize::from(area.height);
        let chosen = self.chosen.min(count.saturating_sub(1));
        let top = self.top.get().min(count.saturating_sub(height)).clamp((chosen + 1).saturating_sub(height), chosen);
        self.top.set(top);
        for (n, at) in area.rows().enumerate().take_while(|(n, _)| top + n < count) {
            let text = Rect { x: at.x + 2, width: at.width.saturating_sub(2), ..at };
            ink.put(text, &row(top + n));
            if top + n == chosen {
                ink.choose(at);
                ink.bar(Rect { width: 1, ..at });
            }
        }
    }
}

//! Drawing: the one place that writes cells, and only from [`Shown`] and [`Prose`], which can't carry control characters.
#![allow(clippy::disallowed_methods)] // the methods are banned everywhere else so that this stays the one place

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::text::{Prose, Shown, cells};
use super::theme::{Role, Theme};

/// Which characters the terminal can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// All of Unicode.
    #[default]
    Unicode,
    /// ASCII alone: borders become `-` and `|`, other characters `?`.
    Ascii,
}

impl Glyphs {
    /// By the locale of an environment.
    pub fn detect(look: &dyn Fn(&str) -> Option<String>) -> Self {
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| look(name).filter(|set| !set.is_empty()));
        match locale {
            Some(locale) if !locale.to_lowercase().replace('-', "").contains("utf8") => Self::Ascii,
            _ => Self::Unicode,
        }
    }
}

/// See the module's first line.
pub struct Ink<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    glyphs: Glyphs,
    caret: Option<Position>,
}

impl<'a> Ink<'a> {
    /// Draws into a buffer.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: Glyphs) -> Self {
        Self { buffer, theme, glyphs, caret: None }
    }

    /// The whole screen.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// Where the terminal's cursor is to stand, if anywhere.
    pub fn caret(&self) -> Option<Position> {
        self.caret
    }

    /// Puts the terminal's cursor here.
    pub fn set_caret(&mut self, x: u16, y: u16) {
        self.caret = Some(Position { x, y });
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let style = self.theme.style(Role::Text);
        for y in area.intersection(self.area()).rows() {
            for position in y.positions() {
                if let Some(cell) = self.buffer.cell_mut(position) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// Writes text into a row, cut at its end; returns the columns used.
    pub fn put(&mut self, row: Rect, text: &Shown) -> u16 {
        self.pieces(row, text.one_line().runs())
    }

    /// Writes text at the right end of a row; returns the columns used.
    pub fn put_right(&mut self, row: Rect, text: &Shown) -> u16 {
        let width = u16::try_from(text.width()).unwrap_or(u16::MAX).min(row.width);
        self.put(Rect { x: row.right() - width, width, ..row }, text)
    }

    /// Draws the slice of `prose` from line `top` that fits.
    pub fn prose(&mut self, area: Rect, prose: &Prose, top: usize) {
        for (n, row) in area.rows().enumerate() {
            self.pieces(row, prose.line(top + n));
        }
    }

    /// A heading with a rule to the end of the row; `right` stands in the rule's end.
    pub fn heading(&mut self, row: Rect, left: &Shown, right: &Shown) {
        let mut x = self.put(row, left);
        if !left.is_empty() && x < row.width {
            x += 1;
        }
        let end = if right.is_empty() { 0 } else { u16::try_from(right.width()).unwrap_or(0) + 3 };
        let rest = row.width.saturating_sub(x);
        let line = "─".repeat(usize::from(rest));
        let at = Rect { x: row.x + x, width: rest, ..row };
        self.pieces(at, [(line.as_str(), Role::Rule)].into_iter());
        if end > 0 && end < rest {
            let at = Rect { x: row.right() - end, width: end, ..row };
            self.pieces(at, [(" ", Role::Rule)].into_iter());
            self.put(Rect { x: at.x + 1, width: end - 2, ..at }, right);
            let space = Rect { x: at.right() - 2, width: 1, ..at };
            self.pieces(space, [(" ", Role::Rule)].into_iter());
        }
    }

    /// The bar at the left of what has the focus.
    pub fn bar(&mut self, area: Rect) {
        for row in area.rows() {
            self.pieces(Rect { width: 1, ..row }, [("▌", Role::Bar)].into_iter());
        }
    }

    /// A line from top to bottom.
    pub fn divider(&mut self, area: Rect) {
        for row in area.rows() {
            self.pieces(Rect { width: 1, ..row }, [("│", Role::Rule)].into_iter());
        }
    }

    /// Draws what is there in another role: marked, found, under the cursor.
    pub fn lay(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area.intersection(self.area()), self.theme.style(role));
    }

    /// Lays the chosen row's background under what is drawn; what has a background of its own, such as a chip, keeps it.
    pub fn choose(&mut self, area: Rect) {
        let under = Style { fg: None, ..self.theme.style(Role::Chosen) };
        let plain = self.theme.style(Role::Text).bg.unwrap_or_default();
        for position in area.intersection(self.area()).positions() {
            if let Some(cell) = self.buffer.cell_mut(position).filter(|cell| cell.bg == plain) {
                cell.set_style(under);
            }
        }
    }

    fn pieces<'t>(&mut self, row: Rect, pieces: impl Iterator<Item = (&'t str, Role)>) -> u16 {
        let row = row.intersection(self.area());
        if row.height == 0 {
            return 0;
        }
        let mut x = row.x;
        for (text, role) in pieces {
            if x >= row.right() {
                break;
            }
            let style = self.theme.style(role);
            let room = |x: u16| usize::from(row.right().saturating_sub(x));
            x = match self.glyphs {
                _ if text.is_ascii() => self.buffer.set_stringn(x, row.y, text, room(x), style).0,
                Glyphs::Unicode => {
                    cells(text).fold(x, |x, (_, cell)| self.buffer.set_stringn(x, row.y, cell, room(x), style).0)
                }
                Glyphs::Ascii => self.buffer.set_stringn(x, row.y, ascii(text), room(x), style).0,
            };
        }
        x - row.x
    }
}

/// The nearest ASCII to our own signs; one for one, so that nothing moves.
fn ascii(text: &str) -> String {
    let near = |c: char| match c {
        c if c.is_ascii() => c,
        '─' | '–' | '—' => '-',
        '│' | '▌' | '┃' => '|',
        '▸' | '›' | '→' => '>',
        '‹' | '←' => '<',
        '•' | '·' | '…' => '.',
        '✓' => 'v',
        '×' => 'x',
        '▓' => '#',
        '▒' => '=',
        '░' => '-',
        '█' => '@',
        '▮' => '#',
        '▯' => '.',
        '≠' => '!',
        '⚠' => '!',
        '↑' => '^',
        '↓' => 'v',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        _ => '?',
    };
    text.chars().map(near).collect()
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::tui::theme::{Depth, contrast};

    #[test]
    fn what_is_laid_over_text_can_be_read_and_chips_stay_seen_in_a_chosen_row() {
        let kinds = [
            ("dark", Depth::True),
            ("light", Depth::True),
            ("high-contrast", Depth::Palette256),
            ("sixteen", Depth::Sixteen),
        ];
        for (name, depth) in kinds {
            let theme = Theme::named(name, depth).unwrap();
            let area = Rect::new(0, 0, 20, 1);
            for role in [Role::Cursor, Role::Marked, Role::Found] {
                let mut buffer = Buffer::empty(area);
                let mut ink = Ink::new(&mut buffer, &theme, Glyphs::Unicode);
                ink.put(area, &Shown::plain("text"));
                ink.lay(area, role);
                let seen = contrast(buffer[(0, 0)].fg, buffer[(0, 0)].bg);
                assert!(seen >= 4.5, "{name} {role:?}: {seen:.2}");
            }
            let mut buffer = Buffer::empty(area);
            let mut ink = Ink::new(&mut buffer, &theme, Glyphs::Unicode);
            ink.clear(area);
            ink.put(area, &Shown::plain("a\u{202e}b"));
            ink.choose(area);
            let chip = theme.style(Role::Chip);
            assert_eq!((Some(buffer[(1, 0)].fg), Some(buffer[(1, 0)].bg)), (chip.fg, chip.bg), "{name}");
            let plain = theme.style(Role::Text).bg.unwrap_or(Color::Reset);
            let changed = buffer[(0, 0)].bg != plain || !buffer[(0, 0)].modifier.is_empty();
            assert!(changed, "{name}: the chosen row is seen");
        }
    }
}

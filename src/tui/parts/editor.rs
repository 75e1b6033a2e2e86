//! A text being written: caret, words, lines; wrapped to its place. Hidden characters don't get in.
//!
//! Limitations: no selection and no undo of single keys; a long text is better written in `$EDITOR`.

use std::cell::Cell;
use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::tui::ink::Ink;
use crate::tui::text::{Shown, cell_columns, cells, columns, visible};
use crate::tui::theme::Role;

/// See the module's first line.
#[derive(Debug, Clone, Default)]
pub struct Editor {
    text: String,
    /// Byte at which the caret stands, always between graphemes.
    caret: usize,
    /// Columns of the last drawing, by which up and down move.
    width: Cell<u16>,
    one_line: bool,
}

impl Editor {
    /// An editor of several lines over this text, the caret at its end.
    pub fn new(text: &str) -> Self {
        let text = visible(text);
        Self { caret: text.len(), text, width: Cell::new(80), one_line: false }
    }

    /// An editor of one line.
    pub fn line(text: &str) -> Self {
        Self { one_line: true, ..Self::new(text) }
    }

    /// Where the caret stands, in bytes.
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Puts the caret at a byte, or the end of the grapheme that it would stand in.
    pub fn go_to(&mut self, byte: usize) {
        self.caret = byte.min(self.text.len());
        while !self.text.is_char_boundary(self.caret) {
            self.caret += 1;
        }
        self.settle();
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Handles a key; whether it was one of writing or moving.
    pub fn press(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('a') if ctrl => self.caret = self.line_range().start,
            KeyCode::Char('e') if ctrl => self.caret = self.line_range().end,
            KeyCode::Char('u') if ctrl => self.erase(self.line_range().start..self.caret),
            KeyCode::Char('k') if ctrl => self.erase(self.caret..self.line_range().end),
            KeyCode::Char('w') if ctrl => self.erase(self.word_before()..self.caret),
            KeyCode::Backspace if alt || ctrl => self.erase(self.word_before()..self.caret),
            KeyCode::Left if ctrl || alt => self.caret = self.word_before(),
            KeyCode::Right if ctrl || alt => self.caret = self.word_after(),
            KeyCode::Char(c) if !ctrl && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Enter if !self.one_line => self.insert("\n"),
            KeyCode::Backspace => self.erase(self.before()..self.caret),
            KeyCode::Delete => self.erase(self.caret..self.after()),
            KeyCode::Left => self.caret = self.before(),
            KeyCode::Right => self.caret = self.after(),
            KeyCode::Home => self.caret = self.line_range().start,
            KeyCode::End => self.caret = self.line_range().end,
            KeyCode::Up if !self.one_line => self.move_row(-1),
            KeyCode::Down if !self.one_line => self.move_row(1),
            _ => return false,
        }
        true
    }

    /// Inserts text at the caret; how many hidden characters were left out.
    pub fn paste(&mut self, text: &str) -> usize {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let kept = visible(&text);
        let left_out = text.chars().count() - kept.chars().count();
        self.insert(&if self.one_line { kept.replace('\n', " ") } else { kept });
        left_out
    }

    fn insert(&mut self, text: &str) {
        let text = visible(text);
        self.text.insert_str(self.caret, &text);
        self.caret += text.len();
        self.settle();
    }

    fn erase(&mut self, range: Range<usize>) {
        self.text.replace_range(range.clone(), "");
        self.caret = range.start;
        self.settle();
    }

    /// Moves the caret on to the end of the grapheme it may have come to stand in.
    fn settle(&mut self) {
        let mut cursor = GraphemeCursor::new(self.caret, self.text.len(), true);
        if cursor.is_boundary(&self.text, 0) != Ok(true) {
            self.caret = self.after();
        }
    }

    fn before(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.caret, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    fn after(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.caret, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        let words = self.text.unicode_word_indices().map(|(at, _)| at);
        words.take_while(|at| *at < self.caret).last().unwrap_or(0)
    }

    fn word_after(&self) -> usize {
        let mut words = self.text.unicode_word_indices().map(|(at, word)| at + word.len());
        words.find(|end| *end > self.caret).unwrap_or(self.text.len())
    }

    fn line_range(&self) -> Range<usize> {
        let (before, after) = self.text.split_at(self.caret);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        start..self.caret + after.find('\n').unwrap_or(after.len())
    }

    fn move_row(&mut self, step: isize) {
        let rows = rows(&self.text, usize::from(self.width.get()));
        let row = self.row_of(&rows);
        let column = self.column_in(&rows, row);
        let Some(wanted) = row.checked_add_signed(step).and_then(|row| rows.get(row)) else { return };
        let mut at = wanted.start;
        let mut taken = 0;
        for grapheme in self.text.get(wanted.clone()).unwrap_or_default().graphemes(true) {
            if taken >= column || grapheme == "\n" {
                break;
            }
            taken += columns(grapheme);
            at += grapheme.len();
        }
        self.caret = at;
    }

    fn row_of(&self, rows: &[Range<usize>]) -> usize {
        rows.iter().rposition(|row| row.start <= self.caret).unwrap_or(0)
    }

    fn column_in(&self, rows: &[Range<usize>], row: usize) -> usize {
        let start = rows.get(row).map_or(0, |row| row.start);
        columns(self.text.get(start..self.caret).unwrap_or_default())
    }

    /// How many rows it takes.
    pub fn height(&self, width: u16) -> usize {
        rows(&self.text, usize::from(width.max(2)) - 1).len()
    }

    /// Draws it with the terminal's cursor, keeping the caret in view.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect) {
        // a column is left for the caret behind the last character
        let width = area.width.max(2) - 1;
        self.width.set(width);
        let rows = rows(&self.text, usize::from(width));
        let row = self.row_of(&rows);
        let top = (row + 1).saturating_sub(usize::from(area.height));
        for (range, at) in rows.iter().skip(top).zip(area.rows()) {
            let text = self.text.get(range.clone()).unwrap_or_default();
            ink.put(at, &Shown::new(Role::Text, text.trim_end_matches('\n')));
        }
        let column = u16::try_from(self.column_in(&rows, row)).unwrap_or(0).min(width);
        let y = area.y + u16::try_from(row - top).unwrap_or(0);
        ink.set_caret(area.x + column, y);
        ink.lay(Rect { x: area.x + column, y, width: 1, height: 1 }, Role::Cursor);
    }
}

/// Byte ranges of the rows that `text` takes in `width` columns; broken after spaces where there are some.
fn rows(text: &str, width: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut taken, mut space) = (0, 0, None);
    for (at, cell) in cells(text) {
        if cell == "\n" {
            rows.push(start..at + 1);
            (start, taken, space) = (at + 1, 0, None);
            continue;
        }
        if taken + cell_columns(cell) > width && taken > 0 {
            let end = space.unwrap_or(at);
            rows.push(start..end);
            taken = columns(text.get(end..at).unwrap_or_default());
            (start, space) = (end, None);
        }
        taken += cell_columns(cell);
        if cell == " " {
            space = Some(at + 1);
        }
    }
    rows.push(start..text.len());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(editor: &mut Editor, keys: &str) {
        for c in keys.chars() {
            editor.press(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
    }

    fn key(editor: &mut Editor, code: KeyCode, modifiers: KeyModifiers) {
        editor.press(&KeyEvent::new(code, modifiers));
    }

    #[test]
    fn words_lines_and_graphemes_are_moved_over_and_erased() {
        let mut editor = Editor::new("");
        typed(&mut editor, "stop the drug");
        key(&mut editor, KeyCode::Char('w'), KeyModifiers::CONTROL);
        typed(&mut editor, "warfarin");
        key(&mut editor, KeyCode::Home, KeyModifiers::NONE);
        typed(&mut editor, "e\u{301}");
        key(&mut editor, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(editor.text(), "stop the warfarin");
        key(&mut editor, KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(editor.text(), "\nstop the warfarin");
        key(&mut editor, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(editor.text(), "\n");
    }

    #[test]
    fn hidden_characters_are_left_out_of_what_is_pasted() {
        let mut editor = Editor::new("");
        assert_eq!(editor.paste("do\u{202e}se\u{200b} 5 mg\r\nonce\u{1b}[31m"), 1 + 1 + 5);
        assert_eq!(editor.text(), "dose 5 mg\nonce");
    }

    #[test]
    fn rows_break_after_spaces_and_cover_the_text() {
        let text = "one two three\nfourfourfour five";
        let rows = rows(text, 8);
        let lines: Vec<&str> = rows.iter().map(|row| &text[row.clone()]).collect();
        assert_eq!(lines, ["one two ", "three\n", "fourfour", "four ", "five"]);
        let mut editor = Editor::new(text);
        editor.width.set(8);
        key(&mut editor, KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(&text[editor.caret..], " five");
    }
}

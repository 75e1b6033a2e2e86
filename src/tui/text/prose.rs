//! Text wrapped to a width, once; lines are found without going through the text again.

use crate::tui::theme::Role;

use super::chips::{Piece, pieces};
use super::columns::{cell_columns, cells, columns};
use super::shown::Shown;

/// How a block is broken into lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// After spaces and hyphens where there are some.
    Words,
    /// Wherever the width ends: code.
    Anywhere,
}

/// Bytes of a line, and what stands before it.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    prefix: usize,
}

/// From this byte on: the characters from this one of the text as it came, one for one or all for that one.
#[derive(Debug, Clone, Copy)]
struct Origin {
    byte: usize,
    offset: u32,
    one_for_one: bool,
}

/// A place that a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The line it starts in.
    pub line: usize,
    /// The column.
    pub column: u16,
    /// Columns.
    pub width: u16,
}

/// See the module's first line.
///
/// Complexity: a line costs its own length; memory is the text and some words a line.
#[derive(Debug, Clone, Default)]
pub struct Prose {
    shown: Shown,
    lines: Vec<Line>,
    prefixes: Vec<Shown>,
    origins: Vec<Origin>,
    length: u32,
}

impl Prose {
    /// Wraps a text.
    pub fn of(shown: &Shown, width: u16) -> Self {
        let mut prose = Self::default();
        prose.block(shown, (&Shown::default(), &Shown::default()), (width, Breaks::Words));
        prose
    }

    /// Wraps a text as it came, keeping where each character came from.
    pub(super) fn written(raw: &str, width: u16) -> Self {
        let (mut shown, mut origins, mut offset) = (Shown::default(), Vec::new(), 0u32);
        for piece in pieces(raw) {
            let (one_for_one, count) = match &piece {
                Piece::Plain(text) => (true, text.chars().count()),
                Piece::Tab => (false, 1),
                Piece::Break(count) | Piece::Chip(_, count) => (false, *count),
            };
            origins.push(Origin { byte: shown.as_str().len(), offset, one_for_one });
            shown.push_piece(Role::Text, &piece);
            offset = offset.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        }
        Self { origins, length: offset, ..Self::of(&shown, width) }
    }

    /// Adds a block: what stands before its first line and before the others, its width.
    pub(super) fn block(&mut self, text: &Shown, (first, rest): (&Shown, &Shown), (width, breaks): (u16, Breaks)) {
        // however deep lists and quotations go, the text keeps half of the line
        let most = usize::from(width / 2);
        let (first, rest) = (&first.cut(most), &rest.cut(most));
        let before = first.width().max(rest.width());
        let room = usize::from(width).saturating_sub(before).max(2);
        let base = self.shown.as_str().len();
        let (first, rest) = (self.prefix(first), self.prefix(rest));
        self.shown.append(text);
        for (start, end) in wrapped(text.as_str(), room, breaks) {
            let prefix = if start == 0 { first } else { rest };
            self.lines.push(Line { start: base + start, end: base + end, prefix });
        }
    }

    fn prefix(&mut self, prefix: &Shown) -> usize {
        let known = self.prefixes.iter().rev().take(8).position(|known| known == prefix);
        known.map(|back| self.prefixes.len() - 1 - back).unwrap_or_else(|| {
            self.prefixes.push(prefix.clone());
            self.prefixes.len() - 1
        })
    }

    /// How many lines.
    pub fn height(&self) -> usize {
        self.lines.len()
    }

    /// A line, in its roles.
    pub fn line(&self, n: usize) -> impl Iterator<Item = (&str, Role)> {
        let line = self.lines.get(n);
        let prefix = line.and_then(|line| self.prefixes.get(line.prefix)).into_iter().flat_map(Shown::runs);
        prefix.chain(line.into_iter().flat_map(|line| self.shown.slice(line.start, line.end)))
    }

    fn before(&self, line: &Line) -> usize {
        self.prefixes.get(line.prefix).map_or(0, Shown::width)
    }

    fn text(&self, start: usize, end: usize) -> &str {
        self.shown.as_str().get(start..end).unwrap_or_default()
    }

    /// Every place of `needle`, upper and lower case alike.
    pub fn find(&self, needle: &str) -> Vec<Found> {
        let folded = |c: char| c.to_lowercase().next().unwrap_or(c);
        let needle: Vec<char> = needle.chars().map(folded).collect();
        let Some(first) = needle.first() else { return Vec::new() };
        let text = self.shown.as_str();
        let mut found = Vec::new();
        for (at, _) in text.char_indices().filter(|(_, c)| folded(*c) == *first) {
            let rest = text.get(at..).unwrap_or_default();
            let matches = rest
                .chars()
                .map(|c| if c == '\n' { ' ' } else { folded(c) })
                .take(needle.len())
                .eq(needle.iter().copied());
            if matches {
                let end = at + rest.chars().take(needle.len()).map(char::len_utf8).sum::<usize>();
                found.extend(self.found(at, end));
            }
        }
        found
    }

    fn found(&self, start: usize, end: usize) -> Option<Found> {
        let n = self.line_of(start)?;
        let line = self.lines.get(n)?;
        let column = self.before(line) + columns(self.text(line.start, start));
        let width = columns(self.text(start, end.min(line.end)));
        Some(Found { line: n, column: u16::try_from(column).ok()?, width: u16::try_from(width).ok()? })
    }

    fn line_of(&self, byte: usize) -> Option<usize> {
        self.lines.partition_point(|line| line.start <= byte).checked_sub(1)
    }

    /// The offset in the text as it came of what is drawn at a place; past the end, of the line's last character.
    pub fn offset_at(&self, line: usize, column: u16) -> Option<u32> {
        let line = self.lines.get(line)?;
        let wanted = usize::from(column).saturating_sub(self.before(line));
        let (mut byte, mut width) = (line.start, 0);
        for (_, cell) in cells(self.text(line.start, line.end)) {
            if width + cell_columns(cell).max(1) > wanted || byte + cell.len() >= line.end {
                break;
            }
            width += cell_columns(cell);
            byte += cell.len();
        }
        let place = self.origins.partition_point(|origin| origin.byte <= byte).checked_sub(1)?;
        let origin = self.origins.get(place)?;
        let within = if origin.one_for_one { self.text(origin.byte, byte).chars().count() } else { 0 };
        origin.offset.checked_add(u32::try_from(within).ok()?)
    }

    /// Where the character with this offset in the text as it came is drawn.
    pub fn place_of(&self, offset: u32) -> Option<(usize, u16)> {
        let byte = self.byte_of(offset)?;
        let n = self.line_of(byte)?;
        let line = self.lines.get(n)?;
        let column = self.before(line) + columns(self.text(line.start, byte.min(line.end)));
        Some((n, u16::try_from(column).ok()?))
    }

    fn byte_of(&self, offset: u32) -> Option<usize> {
        let place = self.origins.partition_point(|origin| origin.offset <= offset).checked_sub(1)?;
        let origin = self.origins.get(place)?;
        if !origin.one_for_one {
            return Some(origin.byte);
        }
        let within = usize::try_from(offset - origin.offset).ok()?;
        let end = self.origins.get(place + 1).map_or(self.shown.as_str().len(), |next| next.byte);
        let text = self.text(origin.byte, end);
        Some(origin.byte + text.char_indices().nth(within).map_or(text.len(), |(at, _)| at))
    }

    /// With marks laid on it, from one offset to before another.
    #[must_use]
    pub fn with_marks(mut self, marks: &[(u32, u32)]) -> Self {
        for (start, end) in marks {
            let end = if *end >= self.length { Some(self.shown.as_str().len()) } else { self.byte_of(*end) };
            if let (Some(start), Some(end)) = (self.byte_of(*start), end) {
                self.shown.set_role(start, end, Role::Marked);
            }
        }
        self
    }
}

/// Byte ranges of the lines a text takes; spaces at which a line was broken belong to none.
fn wrapped(text: &str, width: usize, breaks: Breaks) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for paragraph in text.split('\n') {
        let (mut from, mut taken, mut word) = (start, 0, None);
        let base = start;
        for (at, cell) in cells(paragraph) {
            let (at, wide) = (base + at, cell_columns(cell));
            // twice where a wide cell follows a word that fills the line
            while taken + wide > width && from < at && !(cell == " " && breaks == Breaks::Words) {
                let next = word.filter(|_| breaks == Breaks::Words).unwrap_or(at);
                lines.push((from, trimmed(text, from, next)));
                taken = text.get(next..at).map_or(0, columns);
                (from, word) = (next, None);
            }
            taken += wide;
            if matches!(cell, " " | "-" | "–" | "/") || wide == 2 {
                word = Some(at + cell.len());
            }
        }
        start += paragraph.len();
        lines.push((from, trimmed(text, from, start)));
        start += 1;
    }
    lines
}

/// The end of a line without the spaces before it.
fn trimmed(text: &str, start: usize, end: usize) -> usize {
    start + text.get(start..end).map_or(0, |line| line.trim_end_matches(' ').len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(prose: &Prose) -> Vec<String> {
        (0..prose.height()).map(|n| prose.line(n).map(|(text, _)| text).collect()).collect()
    }

    #[test]
    fn lines_break_at_words_and_long_words_anywhere() {
        let prose = Prose::of(&"one two three\n\nabcdefghijkl x".into(), 8);
        assert_eq!(lines(&prose), ["one two", "three", "", "abcdefgh", "ijkl x"]);
        let wide = Prose::of(&"漢字漢字 ab".into(), 5);
        assert_eq!(lines(&wide), ["漢字", "漢字", "ab"]);
        assert_eq!(lines(&Prose::of(&"-abcde漢".into(), 6)), ["-", "abcde", "漢"]);
    }

    #[test]
    fn offsets_lead_to_places_and_back() {
        let raw = "ab\tcd \u{202e}ef gh\nij";
        let prose = Prose::written(raw, 10);
        for offset in 0..u32::try_from(raw.chars().count()).unwrap() {
            let (line, column) = prose.place_of(offset).unwrap();
            let back = prose.offset_at(line, column).unwrap();
            assert!(back <= offset, "{offset} at {line},{column} leads back to {back}");
        }
        assert_eq!(prose.offset_at(0, 0), Some(0));
        let last = prose.place_of(13).unwrap();
        assert_eq!(prose.offset_at(last.0, last.1), Some(13));
    }

    #[test]
    fn a_line_of_ten_megabytes_is_wrapped_and_its_middle_drawn() {
        let text = "word ".repeat(2_000_000);
        let prose = Prose::of(&text.as_str().into(), 80);
        assert_eq!(prose.height(), 125_000);
        let middle: String = prose.line(62_500).map(|(text, _)| text).collect();
        assert_eq!(middle, "word ".repeat(16).trim_end());
    }

    #[test]
    fn a_search_finds_places_in_any_case() {
        let prose = Prose::of(&"Hold Warfarin; give\nwarfarin later".into(), 12);
        let found = prose.find("WARFARIN");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].column, found[0].width), (1, 0, 8));
    }
}

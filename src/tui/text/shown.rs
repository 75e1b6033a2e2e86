//! Text that may be drawn: nothing in it moves a cursor, hides, or turns round; it can be made in no other way.

use crate::tui::theme::Role;

use super::chips::{Piece, pieces};
use super::columns::{cell_columns, cells, columns};

/// One or several lines of safe text, in roles.
///
/// Shape: `runs` are the bytes at which a role starts, ascending; `hidden` counts the chips.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    text: String,
    runs: Vec<(usize, Role)>,
    hidden: usize,
}

impl Shown {
    /// Nothing to draw.
    pub(super) const EMPTY: Self = Self { text: String::new(), runs: Vec::new(), hidden: 0 };

    /// This text in a role, what it hides as chips.
    pub fn new(role: Role, text: &str) -> Self {
        Self::default().and(role, text)
    }

    /// This text as it is read.
    pub fn plain(text: &str) -> Self {
        Self::new(Role::Text, text)
    }

    /// With more text behind it.
    #[must_use]
    pub fn and(mut self, role: Role, text: &str) -> Self {
        self.push(role, text);
        self
    }

    /// Puts more text behind it.
    pub fn push(&mut self, role: Role, text: &str) {
        for piece in pieces(text) {
            self.push_piece(role, &piece);
        }
    }

    pub(super) fn push_piece(&mut self, role: Role, piece: &Piece<'_>) {
        let (role, text) = match piece {
            Piece::Plain(text) => (role, *text),
            Piece::Tab => (role, "    "),
            Piece::Break(_) => (role, "\n"),
            Piece::Chip(label, _) => {
                self.hidden += 1;
                (Role::Chip, label.as_str())
            }
        };
        if !text.is_empty() {
            if self.runs.last().map(|(_, last)| *last) != Some(role) {
                self.runs.push((self.text.len(), role));
            }
            self.text.push_str(text);
        }
    }

    /// Puts another text behind it.
    pub fn append(&mut self, other: &Self) {
        let start = self.text.len();
        self.runs.extend(other.runs.iter().map(|(at, role)| (start + at, *role)));
        self.text.push_str(&other.text);
        self.hidden += other.hidden;
    }

    /// How many things were hidden in it.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text in its roles.
    pub fn runs(&self) -> impl Iterator<Item = (&str, Role)> {
        self.slice(0, self.text.len())
    }

    /// The part between two bytes, in its roles.
    pub(super) fn slice(&self, start: usize, end: usize) -> impl Iterator<Item = (&str, Role)> {
        let first = self.runs.partition_point(|(at, _)| *at <= start).saturating_sub(1);
        let ends = self.runs.iter().skip(first + 1).map(|(at, _)| *at).chain([self.text.len()]);
        let parts = self.runs.iter().skip(first).zip(ends).take_while(move |((at, _), _)| *at < end);
        parts.filter_map(move |((at, role), next)| {
            let part = self.text.get((*at).max(start)..next.min(end))?;
            (!part.is_empty()).then_some((part, *role))
        })
    }

    /// Gives the part between two bytes another role.
    pub(super) fn set_role(&mut self, start: usize, end: usize, role: Role) {
        if start >= end {
            return;
        }
        let after = self.role_at(end);
        self.runs.retain(|(at, _)| *at < start || *at >= end);
        if !self.runs.iter().any(|(at, _)| *at == end) && end < self.text.len() {
            self.runs.extend(after.map(|after| (end, after)));
        }
        self.runs.push((start, role));
        self.runs.sort_by_key(|(at, _)| *at);
    }

    fn role_at(&self, byte: usize) -> Option<Role> {
        let place = self.runs.partition_point(|(at, _)| *at <= byte).checked_sub(1)?;
        self.runs.get(place).map(|(_, role)| *role)
    }

    /// Columns of its longest line.
    pub fn width(&self) -> usize {
        self.text.split('\n').map(columns).max().unwrap_or(0)
    }

    /// The start that fits, with `…` at its end if something was cut.
    #[must_use]
    pub fn cut(&self, room: usize) -> Self {
        if self.width() <= room {
            return self.clone();
        }
        let (mut end, mut width) = (0, 0);
        for (at, cell) in cells(&self.text) {
            if width + cell_columns(cell) > room.saturating_sub(1) {
                break;
            }
            width += cell_columns(cell);
            end = at + cell.len();
        }
        let mut cut = Self { hidden: self.hidden, ..Self::default() };
        self.slice(0, end).for_each(|(text, role)| cut.put(role, text));
        cut.put(Role::Quiet, if room == 0 { "" } else { "…" });
        cut
    }

    /// With spaces for line feeds.
    #[must_use]
    pub fn one_line(&self) -> Self {
        Self { text: self.text.replace('\n', " "), ..self.clone() }
    }

    /// Puts text behind it that is safe already.
    pub(super) fn put(&mut self, role: Role, safe: &str) {
        self.push_piece(role, &Piece::Plain(safe));
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::plain(&text)
    }
}

/// The text without what it hides: for what a person types or pastes.
pub fn visible(text: &str) -> String {
    let kept = pieces(text).into_iter().map(|piece| match piece {
        Piece::Plain(text) => text.to_owned(),
        Piece::Tab => "    ".to_owned(),
        Piece::Break(_) => "\n".to_owned(),
        Piece::Chip(..) => String::new(),
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_have_their_role_and_are_counted() {
        let shown = Shown::new(Role::Good, "a\u{202e}b");
        let runs: Vec<_> = shown.runs().collect();
        assert_eq!(runs, [("a", Role::Good), ("‹U+202E RLO›", Role::Chip), ("b", Role::Good)]);
        assert_eq!(shown.hidden(), 1);
    }

    #[test]
    fn cutting_keeps_graphemes_and_roles() {
        let shown = Shown::new(Role::Good, "漢字").and(Role::Bad, "abc");
        assert_eq!(shown.cut(4).as_str(), "漢…");
        assert_eq!(shown.cut(6).as_str(), "漢字a…");
        assert_eq!(shown.cut(7), shown);
        assert_eq!(shown.cut(0).as_str(), "");
    }

    #[test]
    fn a_part_gets_another_role() {
        let mut shown = Shown::plain("one two three");
        shown.set_role(4, 7, Role::Marked);
        let runs: Vec<_> = shown.runs().collect();
        assert_eq!(runs, [("one ", Role::Text), ("two", Role::Marked), (" three", Role::Text)]);
    }
}

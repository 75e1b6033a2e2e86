//! How many columns text takes, as the buffer it is drawn into counts them.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// A cluster may take two columns; what takes more (a pile of conjuncts or jamo) is drawn character by character, so that
/// it is never left out for want of room.
const WIDEST: u16 = 2;

/// What is drawn as one: the byte it starts at, and the text.
pub(in crate::tui) fn cells(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.grapheme_indices(true).flat_map(|(at, cluster)| {
        let whole = cluster == "\n" || cluster.cell_width() <= WIDEST;
        let parts = cluster.char_indices().filter(move |_| !whole);
        let parts = parts.filter_map(move |(n, c)| Some((at + n, cluster.get(n..n + c.len_utf8())?)));
        whole.then_some((at, cluster)).into_iter().chain(parts)
    })
}

/// Columns of one of [`cells`].
pub(in crate::tui) fn cell_columns(cell: &str) -> usize {
    if cell == "\n" { 0 } else { usize::from(cell.cell_width()) }
}

/// Columns of a text of one line.
pub(in crate::tui) fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len() - text.matches('\n').count();
    }
    cells(text).map(|(_, cell)| cell_columns(cell)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_buffer() {
        assert_eq!((columns("abc"), columns("漢字"), columns("e\u{301}")), (3, 4, 1));
        assert_eq!(cells(&"\u{1100}".repeat(30)).count(), 30, "a pile of jamo is drawn one by one");
    }
}

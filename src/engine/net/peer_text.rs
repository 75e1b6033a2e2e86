//! A peer's words as they may be shown: shortened, on one line, with what can't be seen made visible.

/// The most characters that are kept of a peer's words.
const LONGEST: usize = 300;

/// The words, shortened and visible: `a\u{1b}[2J` becomes `a‹U+001B›[2J`, a line break a space.
///
/// Complexity: O(what is kept), however long the words are.
pub fn visible(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.trim().chars();
    for c in characters.by_ref().take(LONGEST) {
        match c {
            '\n' | '\r' | '\t' => shown.push(' '),
            c if is_unseen(c) => shown.push_str(&format!("‹U+{:04X}›", u32::from(c))),
            c => shown.push(c),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Controls, and what has no width or turns the direction of writing.
fn is_unseen(c: char) -> bool {
    let unseen = [
        '\u{ad}'..='\u{ad}',
        '\u{34f}'..='\u{34f}',
        '\u{61c}'..='\u{61c}',
        '\u{115f}'..='\u{1160}',
        '\u{17b4}'..='\u{17b5}',
        '\u{180b}'..='\u{180f}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{3164}'..='\u{3164}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{feff}'..='\u{feff}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{fff0}'..='\u{fffb}',
        '\u{e0000}'..='\u{e0fff}',
    ];
    c.is_control() || unseen.iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        assert_eq!(
            visible(" no\u{1b}[2J\r\nkey \u{202e}gm\u{200b}\u{e0041} "),
            "no‹U+001B›[2J  key ‹U+202E›gm‹U+200B›‹U+E0041›"
        );
        assert_eq!(visible("Schlüssel fehlt — 鍵"), "Schlüssel fehlt — 鍵");
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(visible(&"é".repeat(300)), "é".repeat(300));
        assert_eq!(visible(&"é".repeat(100_000)), "é".repeat(300) + "…");
    }
}

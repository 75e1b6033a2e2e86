//! Two texts compared word by word.

use similar::{ChangeTag, TextDiff};

use crate::tui::theme::Role;

use super::shown::Shown;

/// Longer texts are compared line by line, which stays fast.
const BY_WORDS: usize = 200_000;

/// The left text with the words that only it has marked, and the right one likewise.
pub fn words(left: &str, right: &str) -> (Shown, Shown) {
    let diff = match left.len() + right.len() {
        ..BY_WORDS => TextDiff::from_unicode_words(left, right),
        _ => TextDiff::from_lines(left, right),
    };
    let (mut old, mut new) = (Shown::default(), Shown::default());
    for change in diff.iter_all_changes() {
        let text = change.value();
        match change.tag() {
            ChangeTag::Equal => {
                old.push(Role::Text, text);
                new.push(Role::Text, text);
            }
            ChangeTag::Delete => old.push(Role::Removed, text),
            ChangeTag::Insert => new.push(Role::Added, text),
        }
    }
    (old, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_one_side_alone_has_are_marked() {
        let (left, right) = words("give 5 mg now", "give 10 mg\u{200b} now");
        assert!(left.runs().any(|run| run == ("5", Role::Removed)));
        assert!(right.runs().any(|run| run == ("10", Role::Added)));
        assert_eq!(right.hidden(), 1);
        assert_eq!(left.as_str(), "give 5 mg now");
    }
}

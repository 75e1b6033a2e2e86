//! Surprisal as shades: how unexpected each token of an output was to a model, by colour and by signs.

use crate::hall::ScoredToken;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

/// From so many nats on (millionths): the sign before such words, and how they are drawn.
const LEVELS: [(u64, &str, Role); 4] = [
    (1_500_000, "░", Role::Emphasis),
    (3_000_000, "▒", Role::Warning),
    (6_000_000, "▓", Role::Bad),
    (9_000_000, "█", Role::Removed),
];

/// What a token counts for at most where stretches are compared, millionths.
const MOST: u64 = 20_000_000;

/// The level of a surprisal; 0 is expected.
fn level(surprisal: Option<u64>) -> usize {
    // what was ruled out surprises most
    let surprisal = surprisal.unwrap_or(u64::MAX);
    LEVELS.iter().filter(|(from, ..)| surprisal >= *from).count()
}

/// The text with its shades; a sign stands where the level changes, so that it reads without colours too.
pub fn heat(tokens: &[ScoredToken]) -> Shown {
    let mut text = Shown::default();
    let mut before = 0;
    for token in tokens {
        let level = level(token.surprisal);
        let (sign, role) = level.checked_sub(1).map_or(("·", Role::Text), |at| (LEVELS[at].1, LEVELS[at].2));
        if level != before {
            // the sign goes behind the space that the token begins with
            let bare = token.text.trim_start();
            let space = &token.text[..token.text.len() - bare.len()];
            text.push(Role::Text, space);
            text.push(Role::Quiet, sign);
            text.push(role, bare);
        } else {
            text.push(role, &token.text);
        }
        before = level;
    }
    text
}

/// The stretch that surprises most, in a line of so many columns.
pub fn heat_line(tokens: &[ScoredToken], room: usize) -> Shown {
    let whole = heat(tokens).one_line();
    if whole.width() <= room {
        return whole;
    }
    let (from, to) = most_surprising(tokens, room.saturating_sub(2));
    let mut text = Shown::new(Role::Quiet, if from > 0 { "…" } else { "" });
    text.append(&heat(&tokens[from..to]).one_line());
    text.push(Role::Quiet, if to < tokens.len() { "…" } else { "" });
    text.cut(room)
}

/// The tokens of at most so many columns that together surprise most; the first of several such stretches.
fn most_surprising(tokens: &[ScoredToken], room: usize) -> (usize, usize) {
    let columns = |at: usize| {
        let before = at.checked_sub(1).map_or(0, |before| level(tokens[before].surprisal));
        let sign = usize::from(level(tokens[at].surprisal) != before);
        Shown::plain(&tokens[at].text).one_line().width() + sign
    };
    let weight = |at: usize| tokens[at].surprisal.unwrap_or(MOST).min(MOST);
    let (mut from, mut wide, mut sum, mut most) = (0, 0, 0, (0, 0, 0));
    for at in 0..tokens.len() {
        wide += columns(at);
        sum += weight(at);
        while wide > room && from <= at {
            wide -= columns(from);
            sum -= weight(from);
            from += 1;
        }
        if sum > most.2 {
            most = (from, at + 1, sum);
        }
    }
    (most.0, most.1)
}

/// The shades by their signs alone.
pub fn scale() -> String {
    let levels =
        LEVELS.iter().map(|(from, sign, _)| format!("{sign} {}.{}", from / 1_000_000, from % 1_000_000 / 100_000));
    format!("{} nats", levels.collect::<Vec<_>>().join("  "))
}

/// What the shades mean.
pub fn legend() -> Shown {
    let mut text = Shown::new(Role::Quiet, "surprisal in nats: · expected");
    for (from, sign, role) in LEVELS {
        text.push(Role::Quiet, &format!("  {sign} "));
        text.push(role, &format!("from {}.{}", from / 1_000_000, from % 1_000_000 / 100_000));
    }
    text
}

/// The mean over tokens, and the share above the first level, in words.
pub fn measure(tokens: &[ScoredToken]) -> String {
    let known: Vec<u64> = tokens.iter().filter_map(|token| token.surprisal).collect();
    let count = u64::try_from(known.len().max(1)).unwrap_or(1);
    let mean = known.iter().sum::<u64>() / count / 10_000;
    let guessed = tokens.iter().filter(|token| level(token.surprisal) > 1).count();
    format!("{} tokens, {}.{:02} nats in the mean, {guessed} from 3 nats on", tokens.len(), mean / 100, mean % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, surprisal: Option<u64>) -> ScoredToken {
        ScoredToken { id: 1, surprisal, text: text.to_owned() }
    }

    #[test]
    fn levels_are_told_without_colours() {
        let tokens = [
            token("Give", Some(10)),
            token(" two", Some(4_000_000)),
            token(" mg", Some(3_000_000)),
            token(" now", None),
        ];
        assert_eq!(heat(&tokens).as_str(), "Give ▒two mg █now");
        let back = [token("a", Some(9_000_000)), token(" b", Some(0))];
        assert_eq!(heat(&back).as_str(), "█a ·b");
        assert_eq!(scale(), "░ 1.5  ▒ 3.0  ▓ 6.0  █ 9.0 nats");
        assert_eq!(measure(&tokens), "4 tokens, 2.33 nats in the mean, 3 from 3 nats on");
    }
    #[test]
    fn a_line_holds_the_stretch_that_surprises_most() {
        let words = ["Give", " warfarin", " until", " they", " begin", " bleeding", " and", " then", " stop", "."];
        let tokens: Vec<ScoredToken> = (0..)
            .zip(words)
            .map(|(at, word)| token(word, Some(if (4..6).contains(&at) { 7_000_000 } else { 100_000 })))
            .collect();
        assert_eq!(heat_line(&tokens, 80), heat(&tokens));
        let line = heat_line(&tokens, 24);
        assert_eq!(line.as_str(), "… they ▓begin bleeding…");
        assert!(line.runs().any(|run| run == ("begin bleeding", Role::Bad)));
        for room in 0..60 {
            assert!(heat_line(&tokens, room).width() <= room, "{room}");
        }
        assert_eq!(heat_line(&[token("a\nb", None)], 9).as_str(), "█a b");
    }
}

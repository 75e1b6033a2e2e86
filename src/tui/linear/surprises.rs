//! A heat map in words: which words of a scored output surprised the model most, and what stood before them.

use crate::hall::ScoredToken;

/// Words that are told at most.
const TOLD: usize = 8;
/// From so many nats on (millionths) a word is worth telling.
const FROM: u64 = 1_500_000;
/// Words that are told before each, so that it is found.
const BEFORE: usize = 4;

/// The words that surprised most, that one first.
pub fn surprises(tokens: &[ScoredToken]) -> String {
    let words = words(tokens);
    let mut places: Vec<usize> = (0..words.len()).filter(|place| words[*place].1 >= FROM).collect();
    places.sort_by_key(|place| std::cmp::Reverse(words[*place].1));
    let told = places.iter().take(TOLD).map(|place| {
        let (word, surprisal) = &words[*place];
        let before: Vec<&str> =
            words[place.saturating_sub(BEFORE)..*place].iter().map(|(word, _)| word.as_str()).collect();
        let after =
            if before.is_empty() { "at its start".to_owned() } else { format!("after “{}”", before.join(" ")) };
        format!("“{word}”, {}, {after}", nats(*surprisal))
    });
    let told: Vec<String> = told.collect();
    match told.len() {
        0 => "No word of it surprised the model.".to_owned(),
        _ => format!("The words that surprised it most, that one first: {}.", told.join("; ")),
    }
}

/// Words with the greatest surprisal of their tokens; what was ruled out surprises most.
fn words(tokens: &[ScoredToken]) -> Vec<(String, u64)> {
    let (mut words, mut word) = (Vec::new(), (String::new(), 0));
    for token in tokens {
        let surprisal = token.surprisal.unwrap_or(u64::MAX);
        for c in token.text.chars() {
            if !c.is_whitespace() {
                word = (word.0 + c.encode_utf8(&mut [0; 4]), surprisal.max(word.1));
            } else if !word.0.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        }
    }
    if !word.0.is_empty() {
        words.push(word);
    }
    words
}

fn nats(millionths: u64) -> String {
    if millionths == u64::MAX {
        return "which it had ruled out".to_owned();
    }
    let tenths = millionths.saturating_add(50_000) / 100_000;
    format!("{}.{} nats", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, surprisal: Option<u64>) -> ScoredToken {
        ScoredToken { id: 1, surprisal, text: text.to_owned() }
    }

    #[test]
    fn words_are_told_by_how_much_they_surprise() {
        let tokens = [
            token("Wait", Some(1_600_000)),
            token(" until", Some(100_000)),
            token(" ble", Some(9_360_000)),
            token("eding", Some(50_000)),
            token("\nbegins", None),
        ];
        assert_eq!(
            surprises(&tokens),
            "The words that surprised it most, that one first: “begins”, which it had ruled out, after “Wait until \
             bleeding”; “bleeding”, 9.4 nats, after “Wait until”; “Wait”, 1.6 nats, at its start."
        );
        assert_eq!(surprises(&tokens[1..2]), "No word of it surprised the model.");
        assert_eq!(surprises(&[]), "No word of it surprised the model.");
    }
}

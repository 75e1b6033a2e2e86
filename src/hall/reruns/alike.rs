//! Whether samples say the same: the answer they open with where the charter's options name it, else how much of their
//! words they share.

use std::collections::BTreeMap;

use similar::{Algorithm, capture_diff_slices, diff_ratio};

use crate::domain::{Charter, QuestionKind};

/// Words of a sample that are compared; the rest of a long one tells little more.
const COMPARED: usize = 600;

/// What samples have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// How many open with each option of a question, most first; empty unless half of them do.
    pub answers: Vec<(String, usize)>,
    /// Those that open with none.
    pub unclear: usize,
    /// The largest number that say the same word for word.
    pub identical: usize,
    /// Mean share of words that two of them have in common, in order; none of fewer than two.
    pub similarity: Option<f64>,
}

impl Alike {
    /// What texts that are still growing open with, which is quick to tell.
    pub fn begun(texts: &[&str], charter: &Charter) -> Self {
        let (answers, unclear) = opened(&texts.iter().map(|text| words(text)).collect::<Vec<_>>(), charter);
        Self { answers, unclear, identical: 0, similarity: None }
    }

    /// Of these texts, under a charter.
    pub fn of(texts: &[&str], charter: &Charter) -> Self {
        let words: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
        let (answers, unclear) = opened(&words, charter);
        let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
        words.iter().for_each(|words| *counts.entry(words).or_default() += 1);
        let mut shares = Vec::new();
        for (place, one) in words.iter().enumerate() {
            shares.extend(words[place + 1..].iter().map(|other| shared(one, other)));
        }
        let count = u32::try_from(shares.len()).map_or(f64::NAN, f64::from);
        let similarity = (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / count);
        Self { answers, unclear, identical: counts.into_values().max().unwrap_or(0), similarity }
    }
}

/// The share of words that two texts have in common, in order.
pub fn similarity(one: &str, other: &str) -> f64 {
    shared(&words(one), &words(other))
}

fn shared(one: &[String], other: &[String]) -> f64 {
    let diff = capture_diff_slices(Algorithm::Myers, one, other);
    f64::from(diff_ratio(&diff, one.len(), other.len()))
}

/// Lower-case words without the signs around them.
fn words(text: &str) -> Vec<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split_whitespace().map(bare).filter(|word| !word.is_empty()).take(COMPARED).collect()
}

/// How many open with each option of the question that most of them answer so.
fn opened(samples: &[Vec<String>], charter: &Charter) -> (Vec<(String, usize)>, usize) {
    let labels = charter.questions.iter().filter(|question| question.kind == QuestionKind::Label);
    let counted = labels.map(|question| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for sample in samples {
            let begins = |text: &str| {
                let option = words(text);
                !option.is_empty() && sample.starts_with(&option)
            };
            if let Some(option) = question.options.iter().find(|option| begins(&option.key) || begins(&option.title)) {
                *counts.entry(&option.key).or_default() += 1;
            }
        }
        counts
    });
    let Some(most) = counted.max_by_key(|counts| counts.values().sum::<usize>()) else { return (Vec::new(), 0) };
    let clear: usize = most.values().sum();
    if 2 * clear < samples.len() || clear == 0 {
        return (Vec::new(), 0);
    }
    let mut answers: Vec<(String, usize)> = most.into_iter().map(|(key, count)| (key.to_owned(), count)).collect();
    answers.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    (answers, samples.len() - clear)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charter() -> Charter {
        let text = include_str!("../../../guilds/cardiology.toml");
        Charter::read(text).unwrap()
    }

    #[test]
    fn samples_that_open_with_an_option_are_counted_by_it() {
        let texts = ["Yes, hold it.", "No. Continue.", "**Yes** – hold", "It depends"];
        let alike = Alike::of(&texts, &charter());
        assert_eq!(alike.answers, [("yes".to_owned(), 2), ("no".to_owned(), 1)]);
        assert_eq!((alike.unclear, alike.identical), (1, 1));
        let begun = Alike::begun(&texts, &charter());
        assert_eq!((begun.answers, begun.unclear, begun.similarity), (alike.answers, 1, None));
    }

    #[test]
    fn others_are_compared_by_their_words() {
        let alike = Alike::of(&["Hold the dose today", "hold the dose, today!", "something else"], &charter());
        assert!(alike.answers.is_empty());
        assert_eq!(alike.identical, 2);
        assert!((alike.similarity.unwrap() - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(Alike::of(&["one"], &charter()).similarity, None);
    }
}

//! Answers of every deciding kind as votes on parts with K categories (step 4), and a part's categories as a value.

use std::collections::BTreeSet;

use crate::domain::{Answer, Preference, Question, QuestionKind};

use super::evidence::weighted_median;
use super::spans;

/// A question's answers as votes: one part for label, rating and preference, several with two categories otherwise.
pub(super) struct Reduction {
    /// Categories of each part, K.
    pub categories: usize,
    /// For each part, the category that each answer votes for.
    pub parts: Vec<Vec<usize>>,
    kind: Parts,
}

enum Parts {
    Options(Vec<String>),
    Points,
    Preferences,
    Chosen(Vec<String>),
    Pairs(usize),
    Marks(spans::Groups),
}

impl Reduction {
    /// Reduces `answers` to `question`; `span_overlap` is the share, in millionths, at which two marks are the same.
    pub fn of(question: &Question, answers: &[&Answer], span_overlap: u32) -> Self {
        let keys = || question.options.iter().map(|option| option.key.clone()).collect::<Vec<_>>();
        match question.kind {
            QuestionKind::Label | QuestionKind::Text => {
                let options = keys();
                let category = |answer: &&Answer| match answer {
                    Answer::Label(key) => options.iter().position(|option| option == key).unwrap_or(0),
                    _ => 0,
                };
                let votes = answers.iter().map(category).collect();
                Self { categories: options.len(), parts: vec![votes], kind: Parts::Options(options) }
            }
            QuestionKind::Rating => {
                let category = |answer: &&Answer| match answer {
                    Answer::Rating(point) => usize::from(*point).saturating_sub(1),
                    _ => 0,
                };
                let votes = answers.iter().map(category).collect();
                Self { categories: question.anchors.len(), parts: vec![votes], kind: Parts::Points }
            }
            QuestionKind::Preference => {
                let votes = answers.iter().map(|answer| preferred(answer)).collect();
                Self { categories: 4, parts: vec![votes], kind: Parts::Preferences }
            }
            QuestionKind::Labels => {
                let options = keys();
                let part = |option: &String| answers.iter().map(|answer| usize::from(has(answer, option))).collect();
                let parts = options.iter().map(part).collect();
                Self { categories: 2, parts, kind: Parts::Chosen(options) }
            }
            QuestionKind::Ranking => Self::of_rankings(answers),
            QuestionKind::Span => {
                let groups = spans::Groups::of(answers, span_overlap);
                let part = |group: usize| (0..answers.len()).map(|a| usize::from(groups.marks(a, group))).collect();
                let parts = (0..groups.len()).map(part).collect();
                Self { categories: 2, parts, kind: Parts::Marks(groups) }
            }
        }
    }

    fn of_rankings(answers: &[&Answer]) -> Self {
        let outputs = answers.iter().map(|answer| places(answer).len()).max().unwrap_or(0);
        let mut parts = Vec::new();
        for (above, below) in pairs(outputs) {
            let part = answers.iter().map(|answer| {
                let places = places(answer);
                usize::from(places.get(above) < places.get(below))
            });
            parts.push(part.collect());
        }
        Self { categories: 2, parts, kind: Parts::Pairs(outputs) }
    }

    /// Whether a neighbouring category gets a quarter of the evidence.
    pub fn is_ordinal(&self) -> bool {
        matches!(self.kind, Parts::Points)
    }

    /// The answer that these categories of the parts spell; none if they contradict each other.
    ///
    /// `amounts` is the evidence behind each answer, for what is kept apart: preference strength, span categories.
    pub fn answer(&self, chosen: &[usize], answers: &[&Answer], amounts: &[i64]) -> Option<Answer> {
        let first = chosen.first().copied().unwrap_or(0);
        match &self.kind {
            Parts::Options(options) => options.get(first).cloned().map(Answer::Label),
            Parts::Points => u8::try_from(first + 1).ok().map(Answer::Rating),
            Parts::Preferences => Some(Answer::Preference(strength(first, answers, amounts))),
            Parts::Chosen(options) => {
                let keys: BTreeSet<String> = options
                    .iter()
                    .zip(chosen)
                    .filter(|(_, category)| **category == 1)
                    .map(|(key, _)| key.clone())
                    .collect();
                Some(Answer::Labels(keys))
            }
            Parts::Pairs(outputs) => order(*outputs, chosen).map(Answer::Ranking),
            Parts::Marks(groups) => Some(Answer::Spans(groups.spell(chosen, amounts))),
        }
    }

    /// Whether answer `index` votes for exactly these categories, and for the same words where parts leave some apart.
    pub fn gives(&self, index: usize, chosen: &[usize], value: &Answer) -> bool {
        let same = self.parts.iter().zip(chosen).all(|(votes, category)| votes.get(index) == Some(category));
        match (&self.kind, value) {
            (Parts::Marks(groups), Answer::Spans(marks)) => same && groups.same_words(index, chosen, marks),
            _ => same,
        }
    }
}

fn has(answer: &Answer, option: &str) -> bool {
    matches!(answer, Answer::Labels(keys) if keys.contains(option))
}

fn preferred(answer: &Answer) -> usize {
    match answer {
        Answer::Preference(Preference::Strength(strength)) if *strength < 0 => 0,
        Answer::Preference(Preference::Strength(_)) => 1,
        Answer::Preference(Preference::Tie) => 2,
        _ => 3,
    }
}

/// The median strength among the answers that prefer this side, weighted by evidence, the weaker at a tie.
fn strength(category: usize, answers: &[&Answer], amounts: &[i64]) -> Preference {
    let strengths = answers.iter().enumerate().filter(|(_, answer)| preferred(answer) == category);
    let strengths = strengths.filter_map(|(index, answer)| match answer {
        Answer::Preference(Preference::Strength(strength)) => {
            Some((strength.abs(), amounts.get(index).copied().unwrap_or(0)))
        }
        _ => None,
    });
    let median = weighted_median(strengths.collect()).unwrap_or(1);
    match category {
        0 => Preference::Strength(-median),
        1 => Preference::Strength(median),
        2 => Preference::Tie,
        _ => Preference::Neither,
    }
}

/// For each output in turn, its place in the ranking.
fn places(answer: &Answer) -> Vec<usize> {
    let Answer::Ranking(groups) = answer else { return Vec::new() };
    let mut placed: Vec<(u32, usize)> =
        groups.iter().enumerate().flat_map(|(place, group)| group.iter().map(move |output| (*output, place))).collect();
    placed.sort_unstable();
    placed.into_iter().map(|(_, place)| place).collect()
}

/// All ordered pairs of different outputs.
fn pairs(outputs: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..outputs)
        .flat_map(move |above| (0..outputs).filter(move |below| *below != above).map(move |below| (above, below)))
}

/// The ranking whose pairs are exactly those chosen; none if there is none (a cycle, or ties that don't chain).
fn order(outputs: usize, chosen: &[usize]) -> Option<Vec<Vec<u32>>> {
    let wins = |output: usize| {
        let won = pairs(outputs).zip(chosen).filter(|((above, _), category)| *above == output && **category == 1);
        won.count()
    };
    let mut by_wins: Vec<(usize, u32)> =
        (0..outputs).map(|output| (wins(output), u32::try_from(output + 1).unwrap_or(u32::MAX))).collect();
    by_wins.sort_unstable_by_key(|(wins, output)| (std::cmp::Reverse(*wins), *output));
    let mut groups: Vec<(usize, Vec<u32>)> = Vec::new();
    for (wins, output) in by_wins {
        match groups.last_mut() {
            Some((same, group)) if *same == wins => group.push(output),
            _ => groups.push((wins, vec![output])),
        }
    }
    let ranking: Vec<Vec<u32>> = groups.into_iter().map(|(_, group)| group).collect();
    let spelled = places(&Answer::Ranking(ranking.clone()));
    let exact = pairs(outputs)
        .zip(chosen)
        .all(|((above, below), category)| (spelled.get(above) < spelled.get(below)) == (*category == 1));
    exact.then_some(ranking)
}

//! Marked passages of several raters as groups of the same mark; what a group's agreed mark is.

use std::collections::BTreeMap;

use crate::domain::{Answer, Span};

use super::evidence::weighted_median;

/// Groups of marks that overlap, over all answers.
pub(super) struct Groups {
    /// For each group, the answer and mark it holds.
    members: Vec<Vec<(usize, Span)>>,
}

impl Groups {
    /// Groups marks whose shared characters are at least `threshold` millionths of all they cover, chained.
    ///
    /// Complexity: O(m^2) for m marks on one output.
    pub fn of(answers: &[&Answer], threshold: u32) -> Self {
        let mut marks: Vec<(usize, Span)> = answers
            .iter()
            .enumerate()
            .flat_map(|(index, answer)| match answer {
                Answer::Spans(spans) => spans.iter().map(|span| (index, span.clone())).collect(),
                _ => Vec::new(),
            })
            .collect();
        marks.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
        let mut members: Vec<Vec<(usize, Span)>> = Vec::new();
        for mark in marks {
            let (mut joined, apart): (Vec<_>, Vec<_>) = members
                .into_iter()
                .partition(|group| group.iter().any(|(_, other)| is_same(&mark.1, other, threshold)));
            members = apart;
            let mut group: Vec<(usize, Span)> = joined.drain(..).flatten().collect();
            group.push(mark);
            members.push(group);
        }
        members.sort_by(|a, b| a.first().map(|mark| &mark.1).cmp(&b.first().map(|mark| &mark.1)));
        Self { members }
    }

    /// How many groups.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether answer `answer` has a mark in `group`.
    pub fn marks(&self, answer: usize, group: usize) -> bool {
        self.members.get(group).is_some_and(|marks| marks.iter().any(|(index, _)| *index == answer))
    }

    /// The agreed marks: for each chosen group the median bounds, and category and severity with most evidence.
    pub fn spell(&self, chosen: &[usize], amounts: &[i64]) -> Vec<Span> {
        let groups = self.members.iter().zip(chosen).filter(|(_, category)| **category == 1);
        let mut marks: Vec<Span> = groups.filter_map(|(group, _)| agreed(group, amounts)).collect();
        marks.sort();
        marks
    }

    /// Whether the answer's marks in the chosen groups have the agreed categories.
    pub fn same_words(&self, answer: usize, chosen: &[usize], agreed: &[Span]) -> bool {
        let groups = self.members.iter().zip(chosen).filter(|(_, category)| **category == 1);
        groups.flat_map(|(group, _)| group).filter(|(index, _)| *index == answer).all(|(_, mark)| {
            agreed.iter().any(|span| span.category == mark.category && span.start < mark.end && mark.start < span.end)
        })
    }
}

fn is_same(a: &Span, b: &Span, threshold: u32) -> bool {
    let shared = u64::from(a.end.min(b.end).saturating_sub(a.start.max(b.start)));
    let covered = u64::from(a.end.max(b.end) - a.start.min(b.start));
    shared > 0 && shared * 1_000_000 >= u64::from(threshold) * covered
}

fn agreed(group: &[(usize, Span)], amounts: &[i64]) -> Option<Span> {
    let most = |word: fn(&Span) -> &String| {
        let mut totals: BTreeMap<&String, i64> = BTreeMap::new();
        for (index, mark) in group {
            *totals.entry(word(mark)).or_default() += amounts.get(*index).copied().unwrap_or(0);
        }
        // the first in order among those with most evidence
        totals.into_iter().rev().max_by_key(|(_, total)| *total).map(|(word, _)| word.clone())
    };
    let median = |bound: fn(&Span) -> u32| {
        let bounds = group.iter().map(|(index, mark)| (bound(mark), amounts.get(*index).copied().unwrap_or(0)));
        weighted_median(bounds.collect())
    };
    Some(Span {
        start: median(|mark| mark.start)?,
        end: median(|mark| mark.end)?,
        category: most(|mark| &mark.category)?,
        severity: most(|mark| &mark.severity)?,
    })
}

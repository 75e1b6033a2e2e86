//! The anchor of `auto`: Wawa with split ties, pulled a little to an even distribution.
//!
//! A judgement's credit is `[class in the top set of its item] / size of the set`; `skill(r) = sum v credit / sum v`;
//! `W(i, k)` is proportional to `sum v skill`; `A(i, k) = (n(i) W(i, k) + 1 / K) / (n(i) + 1)`, `n(i) = sum v`.

use crate::stats::aggregation::posterior::Posterior;
use crate::stats::aggregation::result::top_set;
use crate::stats::aggregation::rows::{Rows, to_float};
use crate::stats::aggregation::shares::Shares;

/// The vote `W`, by item and class; even votes where every skill is 0.
pub(crate) fn vote(rows: &Rows) -> Posterior {
    let mut credits = vec![0.0; rows.raters()];
    let mut totals = vec![0.0; rows.raters()];
    let mut votes = vec![0.0; rows.classes()];
    for item in 0..rows.items() {
        Shares::weigh(rows, item, &mut votes);
        let (bar, size) = top_set(&votes);
        for (row, weight) in rows.weighted(item) {
            let rater = row.rater as usize;
            totals[rater] += weight;
            if votes[row.class as usize] >= bar {
                credits[rater] += weight / to_float(size);
            }
        }
    }
    for (credit, total) in credits.iter_mut().zip(&totals) {
        *credit = if *total > 0.0 { *credit / total } else { 0.0 };
    }
    Shares::of(rows, Some(&credits))
}

/// The smoothed vote `A`, in the place of `W`.
pub(crate) fn smooth(rows: &Rows, mut vote: Posterior) -> Posterior {
    let even = 1.0 / to_float(rows.classes());
    for item in 0..rows.items() {
        if rows.range(item).is_empty() {
            continue;
        }
        let judgements: f64 = rows.weighted(item).map(|(_, weight)| weight).sum();
        for share in vote.of_mut(item) {
            *share = (judgements * *share + even) / (judgements + 1.0);
        }
    }
    vote
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn ties_split_the_credit() {
        // rater 0 agrees on item 0 and ties on item 1: skill 3/4; rater 1 the same; rater 2 misses once: 0
        let given = judgements(&[(0, 0, 0), (0, 1, 0), (0, 2, 1), (1, 0, 0), (1, 1, 1)]);
        let rows = Rows::of_judgements(&given);
        let vote = vote(&rows);
        assert_eq!((vote.of(0), vote.of(1)), (&[1.0, 0.0][..], &[0.5, 0.5][..]));
        let anchor = smooth(&rows, vote);
        assert_eq!(anchor.of(0), [3.5 / 4.0, 0.5 / 4.0]);
    }

    #[test]
    fn copies_that_share_a_weight_count_as_one() {
        let mut given: Vec<_> =
            (0..40_u32).flat_map(|i| [(i, 0, i % 2), (i, 1, i % 3 % 2), (i, 2, i % 5 % 2)]).collect();
        let one = Rows::of_judgements(&judgements(&given));
        // rater 2 three times, as raters 2, 3 and 4
        let copies: Vec<_> =
            given.iter().filter(|row| row.1 == 2).flat_map(|row| [(row.0, 3, row.2), (row.0, 4, row.2)]).collect();
        given.extend(copies);
        let shared = judgements(&given).weighted(|row| if row.rater >= 2 { 1.0 / 3.0 } else { 1.0 });
        let shared = Rows::of_judgements(&shared);
        let (left, right) = (smooth(&one, vote(&one)), smooth(&shared, vote(&shared)));
        let apart = left.values().iter().zip(right.values()).map(|(left, right)| (left - right).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-12);
    }
}

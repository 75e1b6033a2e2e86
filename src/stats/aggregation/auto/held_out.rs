//! How well each model predicts judgements that it was not shown.
//!
//! `L(m)` is the mean, by weight, of `log sum over k of P(i, k) T(r)[l | k]` over held-out judgements of items that keep
//! one. Five folds up to [`ALL_FOLDS`] judgements; beyond, one fold of a hashed subset of the items with about as many.

use super::anchor;
use super::fold::{FOLDS, fold, place};
use super::members::{Fitted, Member, Task, fit_each};
use crate::stats::aggregation::climb::Stop;
use crate::stats::aggregation::rows::{Row, Rows, to_float};

/// Most judgements for all folds.
pub(crate) const ALL_FOLDS: usize = 50_000;

const STOP: Stop = Stop { tolerance: 1e-4, iterations: 100 };

/// Mean log score of each member; none if nothing could be held out.
pub(crate) fn scores(rows: &Rows, members: &[Member], threads: usize) -> Option<Vec<f64>> {
    if rows.len() <= ALL_FOLDS {
        return score_folds(rows, members, (FOLDS, threads));
    }
    let share = to_float(ALL_FOLDS) / to_float(rows.len());
    #[allow(clippy::cast_precision_loss)]
    let kept = |item: usize| place(item) as f64 <= share * u64::MAX as f64;
    score_folds(&rows.filtered(|item, _| kept(item)), members, (1, threads))
}

fn score_folds(rows: &Rows, members: &[Member], (folds, threads): (u64, usize)) -> Option<Vec<f64>> {
    let mut sums = vec![0.0; members.len()];
    let mut total = 0.0;
    for held in 0..folds {
        let train = rows.filtered(|item, index| fold(item, rows.row(index).rater) != held);
        let vote = anchor::vote(&train);
        let task = Task { rows: &train, vote: &vote, known: &[], stop: STOP, threads };
        let held: Vec<Held> = (0..rows.items())
            .filter(|item| !train.range(*item).is_empty())
            .flat_map(|item| rows.weighted(item).map(move |(row, weight)| Held { item, row, weight }))
            .filter(|one| fold(one.item, one.row.rater) == held)
            .collect();
        total += held.iter().map(|one| one.weight).sum::<f64>();
        fit_each(task, members, |member, fitted| {
            sums[member] += held.iter().map(|one| one.weight * log_score(fitted, one)).sum::<f64>();
        });
    }
    (total > 0.0).then(|| sums.iter().map(|sum| sum / total).collect())
}

/// A judgement that the models were not shown.
struct Held {
    item: usize,
    row: Row,
    weight: f64,
}

fn log_score(fitted: &Fitted, held: &Held) -> f64 {
    let (rater, label) = (held.row.rater as usize, held.row.class as usize);
    let expected = fitted.posterior.of(held.item).iter().enumerate();
    libm::log(expected.map(|(truth, share)| share * fitted.likelihood(rater, label, truth)).sum())
}

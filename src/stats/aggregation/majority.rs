//! Majority: the class with most votes, or with the largest sum of the raters' weights.
//!
//! `score(i, k) = sum over judgements of i for k of v * weight(rater)`; confidence is the share of the score.

use super::Judgements;
use super::climb::Climb;
use super::limits::{AggregationError, check};
use super::result::Aggregation;
use super::rows::Rows;
use super::shares::Shares;

/// One vote a judgement.
///
/// # Errors
/// No judgements, or too many classes for the items' posterior.
///
/// **Complexity**: O(judgements + items × classes).
pub fn majority(judgements: &Judgements) -> Result<Aggregation, AggregationError> {
    of_scores(&Rows::of_judgements(judgements), None)
}

/// A vote counts as much as its rater's weight (at least 0).
///
/// # Errors
/// As [`majority`]; a missing weight counts 0.
pub fn weighted_majority(judgements: &Judgements, weights: &[f64]) -> Result<Aggregation, AggregationError> {
    let rows = Rows::of_judgements(judgements);
    let of_rater: Vec<f64> =
        (0..rows.raters()).map(|rater| weights.get(rater).copied().unwrap_or(0.0).max(0.0)).collect();
    of_scores(&rows, Some(&of_rater))
}

/// The result of a vote.
pub(crate) fn of_scores(rows: &Rows, skills: Option<&[f64]>) -> Result<Aggregation, AggregationError> {
    check(rows)?;
    let climb = Climb { log_posterior: Vec::new(), converged: true };
    Ok(Aggregation::new(rows, Shares::of(rows, skills), climb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn most_votes_win_and_ties_go_to_the_smallest_class() {
        let given = judgements(&[(0, 0, 2), (0, 1, 1), (0, 2, 2), (2, 0, 1), (2, 1, 0)]);
        let result = majority(&given).unwrap();
        assert_eq!(result.labels, [Some(2), None, Some(0)]);
        assert_eq!(result.guards.tied_items, [2]);
        assert_eq!(result.posterior.of(0), [0.0, 1.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(result.posterior.of(1), [0.0; 3]);
        assert_eq!(result.guards.moved_from_majority, 0.0);
        assert_eq!((result.iterations, result.converged), (0, true));
    }

    #[test]
    fn a_weight_outvotes_and_is_reported_as_moved() {
        let given = judgements(&[(0, 0, 2), (0, 1, 1), (0, 2, 2), (1, 0, 0)]);
        let result = weighted_majority(&given, &[0.1, 1.0, 0.1]).unwrap();
        assert_eq!(result.labels, [Some(1), Some(0)]);
        assert_eq!(result.guards.moved_from_majority, 0.5);
        // no weight at all: even votes
        assert_eq!(weighted_majority(&given, &[]).unwrap().labels, [Some(2), Some(0)]);
    }

    #[test]
    fn nothing_to_aggregate_is_said() {
        assert_eq!(majority(&judgements(&[])), Err(AggregationError::NoJudgements));
    }
}

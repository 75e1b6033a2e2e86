//! Zero-based skill: skills start near zero and walk, step by step, to the rater's agreement with the weighted majority.
//!
//! `skill <- skill + rate (agreement - skill)`, from 1/K + .00001; the rate starts at 1 and halves every 20 of 100 steps.
//!
//! Source: Toloka; as implemented in crowd-kit, Ustalov et al. 2024, <https://doi.org/10.21105/joss.06227>.

use super::Judgements;
use super::limits::{AggregationError, check};
use super::majority::of_scores;
use super::result::{Aggregation, top};
use super::rows::{Rows, to_float};
use super::wawa::accuracy;

const STEPS: usize = 100;
const STEPS_OF_A_RATE: usize = 20;
const HEAD_START: f64 = 1e-5;

/// Labels by zero-based skill.
///
/// # Errors
/// As [`super::majority()`].
///
/// **Complexity**: O(100 (judgements + items × classes)).
pub fn zero_based_skill(judgements: &Judgements) -> Result<Aggregation, AggregationError> {
    let rows = Rows::of_judgements(judgements);
    check(&rows)?;
    let mut skills = vec![1.0 / to_float(seen_classes(&rows)) + HEAD_START; rows.raters()];
    let mut labels = vec![0_u32; rows.items()];
    let mut scores = vec![0.0; rows.classes()];
    let mut rate = 1.0;
    for step in 1..=STEPS {
        if step % STEPS_OF_A_RATE == 0 {
            rate *= 0.5;
        }
        for (item, label) in labels.iter_mut().enumerate() {
            scores.fill(0.0);
            for (row, weight) in rows.weighted(item) {
                scores[row.class as usize] += weight * skills[row.rater as usize];
            }
            *label = top(&scores).0;
        }
        for (skill, agreement) in skills.iter_mut().zip(accuracy(&rows, &labels)) {
            *skill += rate * (agreement - *skill);
        }
    }
    let mut result = of_scores(&rows, Some(&skills))?;
    result.iterations = STEPS;
    Ok(result)
}

fn seen_classes(rows: &Rows) -> usize {
    let mut seen = vec![false; rows.classes()];
    (0..rows.len()).for_each(|index| seen[rows.row(index).class as usize] = true);
    seen.iter().filter(|seen| **seen).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn skills_walk_to_agreement() {
        let given =
            judgements(&[(0, 0, 0), (0, 1, 0), (0, 2, 1), (1, 0, 1), (1, 1, 1), (1, 2, 0), (2, 0, 1), (2, 2, 0)]);
        let result = zero_based_skill(&given).unwrap();
        assert_eq!(result.labels, [Some(0), Some(1), Some(1)]);
        // at the end rater 0 agrees always, rater 2 never
        assert!(result.posterior.of(2)[1] > 0.99);
        assert_eq!(result.iterations, 100);
    }
}

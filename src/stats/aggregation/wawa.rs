//! Wawa, worker agreement with the aggregate: a majority vote weighed by how often each rater agrees with the majority.
//!
//! `skill(r) = sum v [class = majority(i)] / sum v`, then the weighted majority. Ties of the first vote go to the smallest
//! class.
//!
//! Source: Appen (CrowdFlower); as implemented in crowd-kit, Ustalov et al. 2024, <https://doi.org/10.21105/joss.06227>.

use super::Judgements;
use super::limits::{AggregationError, check};
use super::majority::of_scores;
use super::result::{Aggregation, top};
use super::rows::Rows;
use super::shares::Shares;

/// Labels by Wawa.
///
/// # Errors
/// As [`super::majority()`].
///
/// **Complexity**: O(judgements + items × classes).
pub fn wawa(judgements: &Judgements) -> Result<Aggregation, AggregationError> {
    let rows = Rows::of_judgements(judgements);
    check(&rows)?;
    let mut votes = vec![0.0; rows.classes()];
    let labels: Vec<u32> = (0..rows.items())
        .map(|item| {
            Shares::weigh(&rows, item, &mut votes);
            top(&votes).0
        })
        .collect();
    of_scores(&rows, Some(&accuracy(&rows, &labels)))
}

/// Share of each rater's judgements, by weight, that have the item's label; 0 for one without judgements.
pub(crate) fn accuracy(rows: &Rows, labels: &[u32]) -> Vec<f64> {
    let mut hits = vec![0.0; rows.raters()];
    let mut totals = vec![0.0; rows.raters()];
    for (item, label) in labels.iter().enumerate() {
        for (row, weight) in rows.weighted(item) {
            totals[row.rater as usize] += weight;
            if row.class == *label {
                hits[row.rater as usize] += weight;
            }
        }
    }
    hits.iter().zip(&totals).map(|(hit, total)| if *total > 0.0 { hit / total } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn a_rater_who_parts_from_the_majority_counts_less() {
        // rater 2 is alone on items 0 and 1; on item 2 raters 0 and 2 part: 0 is believed
        let given =
            judgements(&[(0, 0, 0), (0, 1, 0), (0, 2, 1), (1, 0, 1), (1, 1, 1), (1, 2, 0), (2, 0, 1), (2, 2, 0)]);
        let result = wawa(&given).unwrap();
        assert_eq!(result.labels, [Some(0), Some(1), Some(1)]);
        // skills: rater 0 has 2 of 3, rater 2 has 1 of 3 (the tie of item 2 went to class 0)
        assert!((result.posterior.of(2)[1] - 2.0 / 3.0).abs() < 1e-12);
    }
}

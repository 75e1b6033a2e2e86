//! Votes of an item as scores and as shares, plain or by the raters' skills.

use super::posterior::Posterior;
use super::rows::Rows;

/// Shares of the votes.
pub(crate) struct Shares;

impl Shares {
    /// Sums the votes of an item into `scores`, by class.
    pub fn weigh(rows: &Rows, item: usize, scores: &mut [f64]) {
        scores.fill(0.0);
        for (row, weight) in rows.weighted(item) {
            scores[row.class as usize] += weight;
        }
    }

    /// Each item's scores as shares; the even votes where all scores are 0.
    pub fn of(rows: &Rows, skills: Option<&[f64]>) -> Posterior {
        let mut shares = Posterior::zeros(rows.items(), rows.classes());
        for item in 0..rows.items() {
            let scores = shares.of_mut(item);
            match skills {
                Some(skills) => {
                    for (row, weight) in rows.weighted(item) {
                        scores[row.class as usize] += weight * skills[row.rater as usize];
                    }
                    if scores.iter().all(|score| *score == 0.0) {
                        Self::weigh(rows, item, scores);
                    }
                }
                None => Self::weigh(rows, item, scores),
            }
            normalise(scores);
        }
        shares
    }
}

/// Divides by the sum, if there is any.
pub(crate) fn normalise(values: &mut [f64]) {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
}

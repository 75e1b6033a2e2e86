//! What `auto` expects of a rater before looking at the single errors: a table between the pooled one and the marginal.
//!
//! From the vote `W`: pooled `T[l | k]` from counts (+4 on the diagonal, +1 off it), `q = norm(sum over i of W + 1)`,
//! marginal `m(l) = sum over k of T[l | k] q(k)`; soft hits `h(r) = sum v W(i, l)`, `a0 = sum h / sum n`,
//! `a(r) = (h(r) + 6 a0) / (n(r) + 6)`, chance `c = sum over k of share(k) q(k)`,
//! `b(r) = clip((a(r) - c) / max(a0 - c, .01), 0, 1.3)`, and
//! `M(r)[. | k] = max(b T[. | k] + (1 - b) m, .01)`, normalised: a weak rater is drawn to the marginal, a strong one beyond
//! the pool.

use crate::stats::aggregation::confusion::Errors;
use crate::stats::aggregation::posterior::Posterior;
use crate::stats::aggregation::result::class_shares;
use crate::stats::aggregation::rows::Rows;
use crate::stats::aggregation::shares::normalise;

const DIAGONAL: f64 = 4.0;
const OFF_DIAGONAL: f64 = 1.0;
/// Judgements that the mean accuracy weighs.
const ACCURACY_STRENGTH: f64 = 6.0;
const LEAST_RANGE: f64 = 0.01;
const BEST: f64 = 1.3;
const LEAST_CELL: f64 = 0.01;
/// Judgements a class that the prior weighs.
const STRENGTH: f64 = 10.0;

/// The prior of all raters.
#[derive(Debug, Clone)]
pub(crate) struct RaterPrior {
    classes: usize,
    /// Label × truth.
    pooled: Vec<f64>,
    marginal: Vec<f64>,
    /// `b`, by rater.
    strength: Vec<f64>,
}

impl RaterPrior {
    /// From a vote.
    pub fn new(rows: &Rows, vote: &Posterior) -> Self {
        let (raters, classes) = (rows.raters(), rows.classes());
        let mut pooled = vec![OFF_DIAGONAL; classes * classes];
        (0..classes).for_each(|class| pooled[class * classes + class] = DIAGONAL);
        let mut prior = vec![1.0; classes];
        let (mut hits, mut totals) = (vec![0.0; raters], vec![0.0; raters]);
        for item in 0..rows.items() {
            let expected = vote.of(item);
            prior.iter_mut().zip(expected).for_each(|(sum, share)| *sum += share);
            for (row, weight) in rows.weighted(item) {
                let label = row.class as usize;
                let cells = &mut pooled[label * classes..(label + 1) * classes];
                cells.iter_mut().zip(expected).for_each(|(cell, share)| *cell += weight * share);
                hits[row.rater as usize] += weight * expected[label];
                totals[row.rater as usize] += weight;
            }
        }
        normalise(&mut prior);
        for truth in 0..classes {
            let total: f64 = (0..classes).map(|label| pooled[label * classes + truth]).sum();
            (0..classes).for_each(|label| pooled[label * classes + truth] /= total);
        }
        let row = |label: usize| &pooled[label * classes..(label + 1) * classes];
        let dot = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(left, right)| left * right).sum::<f64>();
        let marginal = (0..classes).map(|label| dot(row(label), &prior)).collect();
        let chance = dot(&class_shares(rows), &prior);
        let mean = hits.iter().sum::<f64>() / totals.iter().sum::<f64>();
        let strength = |(hits, total): (&f64, &f64)| {
            let accuracy = (hits + ACCURACY_STRENGTH * mean) / (total + ACCURACY_STRENGTH);
            ((accuracy - chance) / (mean - chance).max(LEAST_RANGE)).clamp(0.0, BEST)
        };
        let strength = hits.iter().zip(&totals).map(strength).collect();
        Self { classes, pooled, marginal, strength }
    }

    /// A cell before normalising.
    #[inline]
    fn raw(&self, strength: f64, label: usize, truth: usize) -> f64 {
        let pooled = self.pooled[label * self.classes + truth];
        (strength * pooled + (1.0 - strength) * self.marginal[label]).max(LEAST_CELL)
    }
}

/// `T(r)[l | k]` is proportional to `E(r)[l, k] + 10 M(r)[l | k]`.
impl Errors for RaterPrior {
    fn maximise(&self, rater: usize, counts: &[f64], table: &mut [f64]) -> f64 {
        let (classes, strength) = (self.classes, self.strength[rater]);
        let mut log_prior = 0.0;
        for truth in 0..classes {
            let (mut raw, mut seen) = (0.0, 0.0);
            for label in 0..classes {
                raw += self.raw(strength, label, truth);
                seen += counts[label * classes + truth];
            }
            for label in 0..classes {
                let at = label * classes + truth;
                let pseudo = STRENGTH * self.raw(strength, label, truth) / raw;
                table[at] = (counts[at] + pseudo) / (seen + STRENGTH);
                log_prior += pseudo * libm::log(table[at]);
            }
        }
        log_prior
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Judgements;
    use crate::stats::aggregation::sample::{Crowd, crowd};

    #[test]
    fn a_weak_rater_is_drawn_to_the_marginal() {
        let (_, given) = crowd(Crowd { items: 300, raters: 10, classes: 3, each: 5, seed: 5 });
        let rows = Rows::of_judgements(&Judgements::new(given));
        let mut prior = RaterPrior::new(&rows, &super::super::anchor::vote(&rows));
        prior.strength[0] = 0.0;
        let (counts, mut table) = ([0.0; 9], [0.0; 9]);
        prior.maximise(0, &counts, &mut table);
        // no count, no strength: every column is the marginal
        for label in 0..3 {
            (0..3).for_each(|truth| assert!((table[label * 3 + truth] - prior.marginal[label]).abs() < 1e-12));
        }
        prior.strength[0] = 1.0;
        prior.maximise(0, &counts, &mut table);
        assert!((0..9).all(|at| (table[at] - prior.pooled[at]).abs() < 1e-12));
        assert!((0..3).all(|truth| ((0..3).map(|label| table[label * 3 + truth]).sum::<f64>() - 1.0).abs() < 1e-12));
    }
}

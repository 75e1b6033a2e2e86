//! MACE: with some probability a rater spams, and then draws from a distribution of their own, whatever the item is.
//!
//! `P(l | k) = (1 - s(r)) [l = k] + s(r) x(r)[l]`; classes are equally likely before any judgement. Maximum a posteriori
//! with [`SPAM`] pseudo-counts on spamming and on knowing, and [`STRATEGY`] on each label drawn. The first start is from
//! the shares of the votes, the others from seeded tables; the highest log posterior is kept.
//!
//! Source: Hovy, Berg-Kirkpatrick, Vaswani and Hovy 2013, <https://aclanthology.org/N13-1132>; the paper's variational
//! form is not here, as its bound is another objective.

use super::Judgements;
use super::climb::{Climb, Stop, climb};
use super::confusion::{ClassPrior, Confusion, Errors, Start};
use super::limits::{AggregationError, check_tables};
use super::posterior::Posterior;
use super::result::Aggregation;
use super::rows::{Rows, to_float};
use super::shares::{Shares, normalise};
use crate::stats::splitmix64::splitmix64;

/// Pseudo-counts of spamming and of knowing.
const SPAM: f64 = 0.5;
/// Pseudo-count of each label that a spammer draws.
const STRATEGY: f64 = 0.1;
/// Probability of spamming that a table starts with.
const FIRST_SPAM: f64 = 0.5;

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mace {
    /// Starts besides the one from the votes.
    pub restarts: u32,
    /// Of the other starts.
    pub seed: u64,
    /// When to stop, for each start.
    pub stop: Stop,
    /// How many threads; changes no bit of the result.
    pub threads: usize,
}

impl Mace {
    /// Nine restarts.
    pub fn new(seed: u64, threads: usize) -> Self {
        Self { restarts: 9, seed, stop: Stop { tolerance: 1e-8, iterations: 200 }, threads }
    }

    /// Labels, and each rater's probability of spamming.
    ///
    /// # Errors
    /// No judgements; posterior or tables over the limit.
    ///
    /// **Complexity**: that of [`super::DawidSkene`], for each start.
    pub fn fit(&self, judgements: &Judgements) -> Result<(Aggregation, Vec<f64>), AggregationError> {
        let rows = Rows::of_judgements(judgements);
        check_tables(&rows)?;
        let mut best: Option<(Climb, Posterior, Vec<f64>)> = None;
        for start in 0..=self.restarts {
            let found = self.climb_from(&rows, start);
            let height = |climb: &Climb| climb.log_posterior.last().copied().unwrap_or(f64::NEG_INFINITY);
            if best.as_ref().is_none_or(|best| height(&found.0) > height(&best.0)) {
                best = Some(found);
            }
        }
        let Some((climb, posterior, table)) = best else { return Err(AggregationError::NoJudgements) };
        let classes = rows.classes();
        let spam = table.chunks_exact(classes * classes).map(|table| Spammer::of(table, classes).spam).collect();
        Ok((Aggregation::new(&rows, posterior, climb), spam))
    }

    fn climb_from(&self, rows: &Rows, start: u32) -> (Climb, Posterior, Vec<f64>) {
        let classes = rows.classes();
        let mut posterior = Shares::of(rows, None);
        if start > 0 {
            // a vote by raters whose trust is drawn
            let trust = |rater: u64| splitmix64(self.seed ^ (u64::from(start) << 32) ^ rater) >> 11;
            #[allow(clippy::cast_precision_loss)]
            let trust: Vec<f64> =
                (0..rows.raters() as u64).map(|rater| trust(rater) as f64 / (1_u64 << 53) as f64).collect();
            posterior = Shares::of(rows, Some(&trust));
        }
        let class_prior = ClassPrior::Fixed(vec![1.0 / to_float(classes); classes]);
        let start = Start { rows, class_prior, known: &[], posterior, threads: self.threads };
        let mut model = Confusion::new(Strategies { classes }, start);
        let climb = climb(&mut model, self.stop);
        let Confusion { posterior, table, .. } = model;
        (climb, posterior, table)
    }
}

/// What a table says of spamming.
struct Spammer {
    spam: f64,
    /// Probability of each label when spamming.
    strategy: Vec<f64>,
}

impl Spammer {
    /// `T[l | k]` off the diagonal is `s x[l]`; on it the rest is knowing.
    fn of(table: &[f64], classes: usize) -> Self {
        if classes < 2 || table.iter().all(|cell| *cell == 0.0) {
            return Self { spam: FIRST_SPAM, strategy: vec![1.0 / to_float(classes); classes] };
        }
        let mut strategy: Vec<f64> = (0..classes).map(|label| table[label * classes + (label + 1) % classes]).collect();
        let spam = strategy.iter().sum();
        normalise(&mut strategy);
        Self { spam, strategy }
    }
}

/// Tables from the expected numbers of spammed labels.
struct Strategies {
    classes: usize,
}

impl Errors for Strategies {
    fn maximise(&self, _: usize, counts: &[f64], table: &mut [f64]) -> f64 {
        let classes = self.classes;
        let last = Spammer::of(table, classes);
        let mut drawn = vec![STRATEGY; classes];
        let mut known = SPAM;
        for label in 0..classes {
            let spammed = last.spam * last.strategy[label];
            for truth in 0..classes {
                let count = counts[label * classes + truth];
                // a wrong label was drawn; a right one may have been known
                let share = if label == truth { spammed / (1.0 - last.spam + spammed) } else { 1.0 };
                drawn[label] += count * share;
                known += count * (1.0 - share);
            }
        }
        let spammed = drawn.iter().sum::<f64>() - STRATEGY * to_float(classes) + SPAM;
        let spam = spammed / (spammed + known);
        normalise(&mut drawn);
        for label in 0..classes {
            for truth in 0..classes {
                let right = if label == truth { 1.0 - spam } else { 0.0 };
                table[label * classes + truth] = right + spam * drawn[label];
            }
        }
        SPAM * (libm::log(spam) + libm::log(1.0 - spam))
            + STRATEGY * drawn.iter().map(|share| libm::log(*share)).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn a_rater_who_always_says_the_same_spams() {
        let honest = |item: u32| item % 3;
        let given: Vec<_> =
            (0..60).flat_map(|i| [(i, 0, honest(i)), (i, 1, honest(i)), (i, 2, 0), (i, 3, honest(i))]).collect();
        let (result, spam) = Mace::new(7, 1).fit(&judgements(&given)).unwrap();
        assert!(spam[2] > 0.9 && spam[0] < 0.1, "{spam:?}");
        assert!((0..60).zip(&result.labels).all(|(item, label)| *label == Some(honest(item))));
        assert!(result.log_posterior.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

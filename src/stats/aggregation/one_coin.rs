//! One-coin Dawid-Skene: each rater has one accuracy, errors are even over the other classes.
//!
//! `a(r) = (hits + 4) / (judgements + 6)`, hits expected: a Beta(5, 3) prior, whose mode is 2/3. Class prior with one
//! pseudo-count a class. Starts from the shares of the votes. Needs no tables, so it serves many classes.
//!
//! Source: Zhang, Chen, Zhou and Jordan 2016, <https://jmlr.org/papers/v17/14-511.html>.

use super::Judgements;
use super::climb::{Stop, climb};
use super::coin::{Accuracy, Coin};
use super::confusion::{ClassPrior, Start};
use super::limits::{AggregationError, check};
use super::result::Aggregation;
use super::rows::Rows;
use super::shares::Shares;

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneCoin {
    /// When to stop.
    pub stop: Stop,
    /// How many threads; changes no bit of the result.
    pub threads: usize,
}

impl OneCoin {
    /// With the usual stop.
    pub fn new(threads: usize) -> Self {
        Self { stop: Stop { tolerance: 1e-7, iterations: 300 }, threads }
    }

    /// Labels, and each rater's accuracy.
    ///
    /// # Errors
    /// As [`super::majority()`].
    ///
    /// **Complexity**: O(judgements + items × classes) an iteration.
    pub fn fit(&self, judgements: &Judgements) -> Result<(Aggregation, Vec<f64>), AggregationError> {
        let rows = Rows::of_judgements(judgements);
        check(&rows)?;
        let start = Start {
            rows: &rows,
            class_prior: ClassPrior::Learned { pseudo: 1.0 },
            known: &[],
            posterior: Shares::of(&rows, None),
            threads: self.threads,
        };
        let mut model = Coin::new(Accuracy::Own, start);
        let climbed = climb(&mut model, self.stop);
        let Coin { posterior, accuracy, .. } = model;
        Ok((Aggregation::new(&rows, posterior, climbed), accuracy))
    }
}

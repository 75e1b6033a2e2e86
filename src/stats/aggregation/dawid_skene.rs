//! Dawid-Skene: every rater has a confusion matrix; it and the items' classes are estimated together.
//!
//! `q(k) = (sum over i of P(i, k) + c) / (I + K c)`, `T(r)[l | k] = (E(r)[l, k] + a(l, k)) / sum over l of the same`, with
//! pseudo-counts `a` of 4 on the diagonal and 1 off it, `c` = 0 (maximum a posteriori), or all 0 (maximum likelihood, as
//! in the paper). Starts from the shares of the votes.
//!
//! Limitations: raters who copy each other are taken for evidence; tables grow with raters × classes².
//!
//! Source: Dawid and Skene 1979, <https://doi.org/10.2307/2346806>; for the prior Kim and Ghahramani 2012,
//! <https://proceedings.mlr.press/v22/kim12.html>.

use super::climb::{Stop, climb};
use super::confusion::{ClassPrior, Confusion, Errors, Start};
use super::limits::{AggregationError, check_tables};
use super::log_product::LogProduct;
use super::result::Aggregation;
use super::rows::{Row, Rows, RowsBuilder};
use super::shares::Shares;
use super::{Judgement, Judgements};

/// Tight, as labels still move when the log posterior has all but stopped.
const STOP: Stop = Stop { tolerance: 1e-12, iterations: 300 };

/// Pseudo-counts of a Dirichlet prior: its parameters less one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfusionPrior {
    /// Added where label and truth are the same.
    pub diagonal: f64,
    /// Added where they differ.
    pub off_diagonal: f64,
    /// Added to each class's mass.
    pub class: f64,
}

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DawidSkene {
    /// See [`ConfusionPrior`].
    pub prior: ConfusionPrior,
    /// When to stop.
    pub stop: Stop,
    /// How many threads; changes no bit of the result.
    pub threads: usize,
}

/// What was estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct DawidSkeneFit {
    /// Labels and guards.
    pub aggregation: Aggregation,
    /// Prior of each class.
    pub prevalence: Vec<f64>,
    classes: usize,
    table: Vec<f64>,
}

impl DawidSkeneFit {
    /// Probability that `rater` says `label` of an item of class `truth`.
    pub fn confusion(&self, rater: usize, label: usize, truth: usize) -> f64 {
        self.table[(rater * self.classes + label) * self.classes + truth]
    }
}

impl DawidSkene {
    /// Maximum a posteriori.
    pub fn maximum_a_posteriori(threads: usize) -> Self {
        let prior = ConfusionPrior { diagonal: 4.0, off_diagonal: 1.0, class: 0.0 };
        Self { prior, stop: STOP, threads }
    }

    /// Maximum likelihood, as in the paper.
    pub fn maximum_likelihood(threads: usize) -> Self {
        let prior = ConfusionPrior { diagonal: 0.0, off_diagonal: 0.0, class: 0.0 };
        Self { prior, stop: STOP, threads }
    }

    /// Fits.
    ///
    /// # Errors
    /// No judgements; posterior or tables over the limit.
    ///
    /// **Complexity**: O(judgements × classes + raters × classes²) an iteration, no allocation that grows with either.
    pub fn fit(&self, judgements: &Judgements) -> Result<DawidSkeneFit, AggregationError> {
        self.fit_rows(&Rows::of_judgements(judgements))
    }

    /// Fits with every row counted, also where a rater judged an item several times, as in the paper's data.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_replicates(&self, mut rows: Vec<Judgement>) -> Result<DawidSkeneFit, AggregationError> {
        rows.sort();
        let one_more = |index: Option<u32>| index.map_or(0, |index| index as usize + 1);
        let raters = one_more(rows.iter().map(|row| row.rater).max());
        let classes = one_more(rows.iter().map(|row| row.class).max());
        let mut builder = RowsBuilder::new(raters, classes, rows.len());
        let mut open = 0;
        for row in &rows {
            (open..row.item).for_each(|_| builder.end_item());
            open = row.item;
            builder.push(Row { rater: row.rater, class: row.class }, 1.0);
        }
        builder.end_item();
        self.fit_rows(&builder.finish())
    }

    fn fit_rows(&self, rows: &Rows) -> Result<DawidSkeneFit, AggregationError> {
        check_tables(rows)?;
        let classes = rows.classes();
        let errors = Dirichlet { classes, prior: self.prior };
        let start = Start {
            rows,
            class_prior: ClassPrior::Learned { pseudo: self.prior.class },
            known: &[],
            posterior: Shares::of(rows, None),
            threads: self.threads,
        };
        let mut model = Confusion::new(errors, start);
        let climbed = climb(&mut model, self.stop);
        let Confusion { posterior, prior, table, .. } = model;
        let aggregation = Aggregation::new(rows, posterior, climbed);
        Ok(DawidSkeneFit { aggregation, prevalence: prior, classes, table })
    }
}

/// Tables from counts and pseudo-counts.
struct Dirichlet {
    classes: usize,
    prior: ConfusionPrior,
}

impl Errors for Dirichlet {
    fn maximise(&self, _: usize, counts: &[f64], table: &mut [f64]) -> f64 {
        let ConfusionPrior { diagonal, off_diagonal, .. } = self.prior;
        let (mut right, mut wrong) = (LogProduct::new(), LogProduct::new());
        for truth in 0..self.classes {
            let pseudo = |label: usize| if label == truth { diagonal } else { off_diagonal };
            let total: f64 = (0..self.classes).map(|label| counts[label * self.classes + truth] + pseudo(label)).sum();
            for label in 0..self.classes {
                let at = label * self.classes + truth;
                // a class without any mass says nothing of its errors
                let even = 1.0 / super::rows::to_float(self.classes);
                table[at] = if total > 0.0 { (counts[at] + pseudo(label)) / total } else { even };
                if label == truth {
                    right.multiply(if diagonal > 0.0 { table[at] } else { 1.0 });
                } else {
                    wrong.multiply(if off_diagonal > 0.0 { table[at] } else { 1.0 });
                }
            }
        }
        diagonal * right.log() + off_diagonal * wrong.log()
    }
}

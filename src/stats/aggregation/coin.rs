//! A model in which a rater is right with one probability, whatever the class, and errs evenly: no tables.
//!
//! `P(i, k)` is proportional to `q(k) product of (a if l = k else (1 - a) / (K - 1))^v`; one pass is expectation and
//! counting of hits. Parts as in [`super::confusion`].

use std::ops::Range;

use super::chunks::{self, PARTS, SMALLEST_PART};
use super::climb::Model;
use super::confusion::{ClassPrior, Start};
use super::confusion_pass::soften;
use super::posterior::Posterior;
use super::rows::{Rows, to_float};

/// Pseudo-counts of the Beta prior of an accuracy: its parameters less one.
const HITS: f64 = 4.0;
const MISSES: f64 = 2.0;

/// Who shares an accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accuracy {
    /// One for all raters.
    Shared,
    /// One for each.
    Own,
}

/// A range of items and what was counted over it.
struct Part {
    items: Range<usize>,
    /// By rater, weight times the probability of being right.
    hits: Vec<f64>,
    mass: Vec<f64>,
    log_likelihood: f64,
}

/// The model's state.
pub(crate) struct Coin<'a> {
    rows: &'a Rows,
    whose: Accuracy,
    class_prior: ClassPrior,
    known: &'a [Option<u32>],
    threads: usize,
    /// By rater, sum of weights.
    totals: Vec<f64>,
    /// Probability of being right, by rater.
    pub accuracy: Vec<f64>,
    /// By rater: log of a right label's probability over a wrong one's, and log of a wrong one's.
    odds: Vec<(f64, f64)>,
    pub prior: Vec<f64>,
    log_class_prior: Vec<f64>,
    parts: Vec<Part>,
    /// Expected classes of each item.
    pub posterior: Posterior,
    log_prior: f64,
}

impl<'a> Coin<'a> {
    /// Counts the first expectation.
    pub fn new(whose: Accuracy, start: Start<'a>) -> Self {
        let Start { rows, class_prior, known, mut posterior, threads } = start;
        let (raters, classes) = (rows.raters(), rows.classes());
        let mut totals = vec![0.0; raters];
        for item in 0..rows.items() {
            rows.weighted(item).for_each(|(row, weight)| totals[row.rater as usize] += weight);
        }
        for (item, known) in known.iter().enumerate() {
            if let Some(class) = known {
                posterior.of_mut(item).fill(0.0);
                posterior.of_mut(item)[*class as usize] = 1.0;
            }
        }
        let parts = (rows.len() / raters.max(SMALLEST_PART)).clamp(1, PARTS);
        let parts = chunks::by_rows(rows.starts(), parts)
            .into_iter()
            .map(|items| Part { items, hits: vec![0.0; raters], mass: vec![0.0; classes], log_likelihood: 0.0 })
            .collect();
        let (accuracy, odds) = (vec![0.0; raters], vec![(0.0, 0.0); raters]);
        let (prior, log_class_prior) = (vec![0.0; classes], vec![0.0; classes]);
        let mut model = Self {
            rows,
            whose,
            class_prior,
            known,
            threads,
            totals,
            accuracy,
            odds,
            prior,
            log_class_prior,
            parts,
            posterior,
            log_prior: 0.0,
        };
        model.each_part(|part, rows, _, expected| {
            part.items.clone().zip(expected.chunks_exact(classes.max(1))).for_each(|(item, expected)| {
                tally(&mut part.hits, &mut part.mass, rows, (item, expected));
            });
        });
        model
    }

    fn each_part(&mut self, work: impl Fn(&mut Part, &Rows, &Scores, &mut [f64]) + Sync) {
        let classes = self.rows.classes();
        let mut rest = self.posterior.values_mut();
        let mut tasks = Vec::with_capacity(self.parts.len());
        for part in &mut self.parts {
            let (mine, others) = rest.split_at_mut(part.items.len() * classes);
            rest = others;
            part.hits.fill(0.0);
            part.mass.fill(0.0);
            part.log_likelihood = 0.0;
            tasks.push((part, mine));
        }
        let scores = Scores { odds: &self.odds, log_class_prior: &self.log_class_prior, known: self.known };
        let rows = self.rows;
        chunks::run(self.threads, &mut tasks, |(part, expected)| work(part, rows, &scores, expected));
        if let Some((first, others)) = self.parts.split_first_mut() {
            for other in others {
                first.hits.iter_mut().zip(&other.hits).for_each(|(sum, hits)| *sum += hits);
                first.mass.iter_mut().zip(&other.mass).for_each(|(sum, mass)| *sum += mass);
                first.log_likelihood += other.log_likelihood;
            }
        }
    }
}

fn wrong_classes(rows: &Rows) -> f64 {
    to_float(rows.classes().saturating_sub(1).max(1))
}

/// Logarithms that the expectation sums.
struct Scores<'a> {
    odds: &'a [(f64, f64)],
    log_class_prior: &'a [f64],
    known: &'a [Option<u32>],
}

fn tally(hits: &mut [f64], mass: &mut [f64], rows: &Rows, (item, expected): (usize, &[f64])) {
    if rows.range(item).is_empty() {
        return;
    }
    mass.iter_mut().zip(expected).for_each(|(mass, share)| *mass += share);
    for (row, weight) in rows.weighted(item) {
        hits[row.rater as usize] += weight * expected[row.class as usize];
    }
}

fn expect(part: &mut Part, rows: &Rows, scores: &Scores, posterior: &mut [f64]) {
    let classes = rows.classes();
    for (item, expected) in part.items.clone().zip(posterior.chunks_exact_mut(classes.max(1))) {
        if rows.range(item).is_empty() {
            continue;
        }
        expected.copy_from_slice(scores.log_class_prior);
        let mut wrong = 0.0;
        for (row, weight) in rows.weighted(item) {
            let (odds, miss) = scores.odds[row.rater as usize];
            expected[row.class as usize] += weight * odds;
            wrong += weight * miss;
        }
        part.log_likelihood += wrong
            + match scores.known.get(item).copied().flatten() {
                Some(known) => {
                    let log = expected[known as usize];
                    expected.fill(0.0);
                    expected[known as usize] = 1.0;
                    log
                }
                None => soften(expected),
            };
        tally(&mut part.hits, &mut part.mass, rows, (item, expected));
    }
}

impl Model for Coin<'_> {
    fn maximise(&mut self) {
        self.log_prior = self.class_prior.maximise(&self.parts[0].mass, &mut self.prior);
        for (log, prior) in self.log_class_prior.iter_mut().zip(&self.prior) {
            *log = libm::log(*prior);
        }
        let hits = &self.parts[0].hits;
        let share = |hits: f64, total: f64| (hits + HITS) / (total + HITS + MISSES);
        let beta = |accuracy: f64| HITS * libm::log(accuracy) + MISSES * libm::log(1.0 - accuracy);
        match self.whose {
            Accuracy::Shared => {
                let accuracy = share(hits.iter().sum(), self.totals.iter().sum());
                self.accuracy.fill(accuracy);
                self.log_prior += beta(accuracy);
            }
            Accuracy::Own => {
                for (accuracy, (hits, total)) in self.accuracy.iter_mut().zip(hits.iter().zip(&self.totals)) {
                    *accuracy = share(*hits, *total);
                    self.log_prior += beta(*accuracy);
                }
            }
        }
        let wrong = wrong_classes(self.rows);
        for (odds, accuracy) in self.odds.iter_mut().zip(&self.accuracy) {
            let miss = libm::log((1.0 - accuracy) / wrong);
            *odds = (libm::log(*accuracy) - miss, miss);
        }
    }

    fn expect(&mut self) -> f64 {
        self.each_part(expect);
        self.parts[0].log_likelihood + self.log_prior
    }
}

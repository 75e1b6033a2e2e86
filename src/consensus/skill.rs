//! A rater's accuracy from the skill snapshot in force (step 1): class-balanced, shrunk to the credential's prior.
//! How a snapshot comes from gold is not here; an empty one leaves every accuracy at its prior mean.

use std::collections::BTreeMap;

use crate::domain::MemberId;

use super::evidence::{MILLION, accuracy_of_prior, categories_as_float, micro, units};

/// Weight of the prior, in judgements, over all categories together.
const PRIOR_STRENGTH: f64 = 8.0;
/// Eligible gold from which the cautious bound counts in full.
const FULL_CAUTION: f64 = 10.0;
/// Probability below the cautious bound.
const LOWER_TAIL: f64 = 0.1;

/// A member's record on one deciding question: for each category of gold, hits and misses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// One pair for each category; absent ones count as (0, 0).
    pub by_category: Vec<(u32, u32)>,
}

/// Records by member and question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// See [`Record`].
    pub records: BTreeMap<(MemberId, String), Record>,
}

impl Snapshot {
    /// Accuracy among `categories`, millionths, of a member whose class has this prior.
    pub fn accuracy(&self, member: &MemberId, question: &str, categories: usize, prior: u32) -> i64 {
        match self.records.get(&(member.clone(), question.to_owned())) {
            Some(record) => record.accuracy(categories, prior),
            None => accuracy_of_prior(prior, categories),
        }
    }
}

impl Record {
    /// `mean - min(1, g / 10) (mean - lower)` of a Beta matched to mean and variance of the balanced accuracy.
    ///
    /// Of each category's variance the largest over fewer misses counts: in a category that is mostly missed one more
    /// miss narrows it, which could lift the bound further than the mean falls. So a miss never raises the accuracy.
    ///
    /// Complexity: O(misses).
    pub fn accuracy(&self, categories: usize, prior: u32) -> i64 {
        let prior_mean = units(accuracy_of_prior(prior, categories));
        let count = categories_as_float(categories);
        let strength = PRIOR_STRENGTH / count;
        let (mut mean, mut variance, mut gold) = (0.0, 0.0, 0.0);
        for category in 0..categories {
            let (hits, misses) = self.by_category.get(category).copied().unwrap_or_default();
            let right = strength * prior_mean + f64::from(hits);
            let wrong = |misses: u32| strength * (1.0 - prior_mean) + f64::from(misses);
            mean += right / (right + wrong(misses)) / count;
            let widest = (0..=misses).map(|misses| beta_variance(right, wrong(misses))).fold(0.0, f64::max);
            variance += widest / (count * count);
            gold += f64::from(hits) + f64::from(misses);
        }
        let caution = (gold / FULL_CAUTION).min(1.0);
        if caution == 0.0 {
            return micro(prior_mean);
        }
        let concentration = mean * (1.0 - mean) / variance - 1.0;
        let lower = if concentration > 0.0 {
            beta_quantile(LOWER_TAIL, mean * concentration, (1.0 - mean) * concentration)
        } else {
            0.0 // the limit, for a mean near 0
        };
        micro(mean - caution * (mean - lower).max(0.0)).clamp(0, MILLION)
    }
}

fn beta_variance(a: f64, b: f64) -> f64 {
    a * b / ((a + b) * (a + b) * (a + b + 1.0))
}

/// The quantile of Beta(a, b) by bisection of its distribution function, to 2^-50.
fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(middle, a, b) < probability { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function by Lentz's continued fraction.
///
/// Source: DLMF 8.17.22, <https://dlmf.nist.gov/8.17>.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let log_front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log(1.0 - x);
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / guard(1.0 + term * d);
            c = guard(1.0 + term / c);
            change = d * c;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    libm::exp(log_front) * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_closed_forms() {
        // Beta(1, 1) is uniform; Beta(a, 1) has quantile p^(1/a)
        assert!((beta_quantile(0.1, 1.0, 1.0) - 0.1).abs() < 1e-12);
        assert!((beta_quantile(0.1, 7.0, 1.0) - libm::pow(0.1, 1.0 / 7.0)).abs() < 1e-12);
        assert!((incomplete_beta(0.5, 20.0, 20.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_record_moves_from_the_prior_to_what_was_seen() {
        assert_eq!(Record::default().accuracy(3, 700_000), accuracy_of_prior(700_000, 3));
        let good = Record { by_category: vec![(40, 0), (40, 0), (40, 0)] }.accuracy(3, 550_000);
        let poor = Record { by_category: vec![(14, 26), (13, 27), (13, 27)] }.accuracy(3, 750_000);
        assert!(good > 930_000, "{good}");
        assert!(poor < 380_000, "{poor}");
    }
}

//! The inner loop of `confusion`: one part of the items, expectation and counts together.
//!
//! An item's likelihoods are products; one logarithm an item is taken of their sum. Products that grow small are scaled by
//! a power of two, which is exact. Where a weight differs from 1, and where a product vanishes all the same, logarithms
//! are summed.

use std::ops::Range;

use super::rows::{Row, Rows};

/// Rows between two looks at the size of a product.
const BATCH: usize = 8;
/// 2^-512: products below it are scaled up by its inverse.
const SMALL: f64 = f64::from_bits((1023 - 512) << 52);
/// 2^512.
const SCALE: f64 = f64::from_bits((1023 + 512) << 52);
/// log 2^512.
const LOG_SCALE: f64 = 512.0 * std::f64::consts::LN_2;
/// Numbers of classes up to this are worked on in registers.
const FEW: usize = 8;

/// The parameters.
pub(crate) struct Tables<'a> {
    pub prior: &'a [f64],
    /// (rater, label, truth).
    pub table: &'a [f64],
    /// The same in logarithms, if there are weights; else empty.
    pub log_table: &'a [f64],
    /// Known classes by item; may be empty.
    pub known: &'a [Option<u32>],
}

/// A range of items and what was counted over it.
pub(crate) struct Part {
    pub items: Range<usize>,
    /// (rater, label, truth).
    pub counts: Vec<f64>,
    /// By class.
    pub mass: Vec<f64>,
    pub log_likelihood: f64,
}

impl Part {
    pub fn new(items: Range<usize>, cells: usize, classes: usize) -> Self {
        Self { items, counts: vec![0.0; cells], mass: vec![0.0; classes], log_likelihood: 0.0 }
    }

    /// Adds another part's counts.
    pub fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        self.mass.iter_mut().zip(&other.mass).for_each(|(sum, mass)| *sum += mass);
        self.log_likelihood += other.log_likelihood;
    }

    fn clear(&mut self) {
        self.counts.fill(0.0);
        self.mass.fill(0.0);
        self.log_likelihood = 0.0;
    }

    /// Counts a given expectation.
    pub fn count(&mut self, rows: &Rows, posterior: &[f64]) {
        self.clear();
        let classes = self.mass.len();
        for (item, expected) in self.items.clone().zip(posterior.chunks_exact(classes.max(1))) {
            self.tally(rows, item, expected);
        }
    }

    /// Expectation under the tables, and its counts.
    pub fn expect(&mut self, tables: &Tables, rows: &Rows, posterior: &mut [f64]) {
        self.clear();
        // a constant number of classes lets the compiler keep an item's products in registers
        match self.mass.len() {
            2 => self.walk(2, tables, rows, posterior),
            3 => self.walk(3, tables, rows, posterior),
            4 => self.walk(4, tables, rows, posterior),
            5 => self.walk(5, tables, rows, posterior),
            6 => self.walk(6, tables, rows, posterior),
            7 => self.walk(7, tables, rows, posterior),
            8 => self.walk(8, tables, rows, posterior),
            classes => self.walk(classes, tables, rows, posterior),
        }
    }

    #[inline(always)]
    fn walk(&mut self, classes: usize, tables: &Tables, rows: &Rows, posterior: &mut [f64]) {
        let mut few = [0.0; FEW];
        let mut many = vec![0.0; if classes > FEW { classes } else { 0 }];
        for (item, expected) in self.items.clone().zip(posterior.chunks_exact_mut(classes)) {
            let of_item = rows.of(item);
            if of_item.is_empty() {
                continue;
            }
            let products = if classes > FEW { &mut many[..classes] } else { &mut few[..classes] };
            let known = tables.known.get(item).copied().flatten();
            let simple = known.is_none() && !rows.has_weights();
            let log = if simple { multiply(classes, of_item, tables, products) } else { None };
            self.log_likelihood += log.unwrap_or_else(|| in_logarithms(rows, item, tables, products));
            expected.copy_from_slice(products);
            if simple {
                for (mass, share) in self.mass.iter_mut().zip(products.iter()) {
                    *mass += share;
                }
                for row in of_item {
                    let at = place(row, classes);
                    for (count, share) in self.counts[at..at + classes].iter_mut().zip(products.iter()) {
                        *count += share;
                    }
                }
            } else {
                self.tally(rows, item, products);
            }
        }
    }

    fn tally(&mut self, rows: &Rows, item: usize, expected: &[f64]) {
        let classes = self.mass.len();
        if rows.range(item).is_empty() {
            return;
        }
        for (mass, share) in self.mass.iter_mut().zip(expected) {
            *mass += share;
        }
        for (row, weight) in rows.weighted(item) {
            let at = place(&row, classes);
            for (count, share) in self.counts[at..at + classes].iter_mut().zip(expected) {
                *count += weight * share;
            }
        }
    }
}

/// Where a judgement's cells start. Tables were checked to be far smaller than an address, so this cannot wrap.
#[inline(always)]
fn place(row: &Row, classes: usize) -> usize {
    (row.rater as usize).wrapping_mul(classes).wrapping_add(row.class as usize).wrapping_mul(classes)
}

/// An item's posterior by products, and its log likelihood; none if it is too small to say.
#[inline(always)]
fn multiply(classes: usize, rows: &[Row], tables: &Tables, products: &mut [f64]) -> Option<f64> {
    products.copy_from_slice(&tables.prior[..classes]);
    let mut scaled = 0.0;
    for batch in rows.chunks(BATCH) {
        for row in batch {
            let at = place(row, classes);
            for (product, factor) in products.iter_mut().zip(&tables.table[at..at + classes]) {
                *product *= factor;
            }
        }
        if products.iter().all(|product| *product < SMALL) {
            products.iter_mut().for_each(|product| *product *= SCALE);
            scaled += LOG_SCALE;
        }
    }
    let sum: f64 = products.iter().sum();
    if sum < SMALL {
        return None;
    }
    let inverse = 1.0 / sum;
    products.iter_mut().for_each(|product| *product *= inverse);
    Some(libm::log(sum) - scaled)
}

/// An item's posterior by sums of logarithms, and its log likelihood. A known class takes all.
#[cold]
fn in_logarithms(rows: &Rows, item: usize, tables: &Tables, scores: &mut [f64]) -> f64 {
    let classes = scores.len();
    for (score, prior) in scores.iter_mut().zip(tables.prior) {
        *score = libm::log(*prior);
    }
    for (row, weight) in rows.weighted(item) {
        let at = place(&row, classes);
        for (class, score) in scores.iter_mut().enumerate() {
            let log = tables.log_table.get(at + class).copied();
            *score += weight * log.unwrap_or_else(|| libm::log(tables.table[at + class]));
        }
    }
    match tables.known.get(item).copied().flatten() {
        Some(known) => {
            let log = scores[known as usize];
            scores.fill(0.0);
            scores[known as usize] = 1.0;
            log
        }
        None => soften(scores),
    }
}

/// Turns logarithms into shares, and gives the logarithm of their sum.
pub(crate) fn soften(scores: &mut [f64]) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        let even = 1.0 / super::rows::to_float(scores.len());
        scores.fill(even);
        return largest;
    }
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = libm::exp(*score - largest);
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    largest + libm::log(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn products_and_logarithms_agree_on_long_items() {
        // 3,000 raters on one item: the plain product would be far below the smallest number
        let given: Vec<_> = (0..3000).map(|rater| (0, rater, u32::from(rater % 3 == 0))).collect();
        let rows = Rows::of_judgements(&judgements(&given));
        let table: Vec<f64> = (0..3000_i32)
            .flat_map(|r| {
                let right = 0.1 + f64::from(r % 5) * 1e-4;
                [right, 0.9 * right, 1.0 - right, 1.0 - 0.9 * right]
            })
            .collect();
        let tables = Tables { prior: &[0.5, 0.5], table: &table, log_table: &[], known: &[] };
        let (mut fast, mut slow) = ([0.0; 2], [0.0; 2]);
        let log = multiply(2, rows.of(0), &tables, &mut fast).unwrap();
        let exact = in_logarithms(&rows, 0, &tables, &mut slow);
        assert!((log - exact).abs() < 1e-9 * exact.abs(), "{log} {exact}");
        assert!((fast[0] - slow[0]).abs() < 1e-9 && exact < -4000.0);
    }

    #[test]
    fn impossible_evidence_is_even() {
        let mut scores = [f64::NEG_INFINITY; 2];
        assert_eq!((soften(&mut scores), scores), (f64::NEG_INFINITY, [0.5, 0.5]));
    }
}

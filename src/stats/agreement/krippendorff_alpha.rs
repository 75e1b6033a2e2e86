//! Krippendorff's alpha: one less the ratio of observed to expected disagreement, for any number of raters, missing
//! judgements, and four levels of measurement.

use super::bootstrap::percentile;
use super::counts::Pattern;
use super::krippendorff_distance::Differences;
use super::numbers::real;
use super::{Bootstrap, Coefficient, Counts, Metric, Undefined};

/// alpha = 1 - D_o / D_e over the n pairable values: with o_ck the coincidences of classes c and k (each ordered pair
/// of an item's m judgements counts 1 / (m - 1)) and n_c its sums, D_o = sum o_ck d_ck / n and
/// D_e = sum n_c n_k d_ck / (n (n - 1)).
///
/// `values` are the numbers that the classes stand for, if they are numbers. The interval is a bootstrap over the items
/// that can be paired; replicates that are unanimous are left out of it.
///
/// Errors: nothing to compare, or unanimous; `Interval` or `Ratio` without numbers, `Ratio` below zero.
///
/// Complexity: O(patterns x their classes) for the value, where patterns are the distinct sets of class counts; for
/// each replicate that and O(items).
///
/// Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability,
/// <https://repository.upenn.edu/asc_papers/43>; Hayes and Krippendorff 2007, doi:10.1080/19312450709336664.
pub fn krippendorff_alpha(
    counts: &Counts,
    metric: Metric,
    values: Option<&[f64]>,
    bootstrap: &Bootstrap,
) -> Coefficient {
    let [alpha] = krippendorff_alphas(counts, [metric], values, bootstrap);
    alpha
}

/// Several levels at once, from the same redrawn items: each as [`krippendorff_alpha`] gives it, in less time.
pub fn krippendorff_alphas<const LEVELS: usize>(
    counts: &Counts,
    metrics: [Metric; LEVELS],
    values: Option<&[f64]>,
    bootstrap: &Bootstrap,
) -> [Coefficient; LEVELS] {
    if let Err(reason) = counts.varied() {
        return metrics.map(|_| Err(reason));
    }
    let mut levels = metrics.map(|metric| Level::new(counts, metric, values));
    let sizes: Vec<u32> =
        counts.patterns().map(|pattern| if pattern.is_pairable() { pattern.items } else { 0 }).collect();
    let mut totals = vec![0; counts.classes()];
    sum_classes(counts, &sizes, &mut totals);
    let whole = levels.each_mut().map(|level| match level {
        Ok(level) => level.alpha(counts, &sizes, &totals).ok_or(Undefined::NoVariation),
        Err(reason) => Err(*reason),
    });
    let mut replicates = metrics.map(|_| Vec::new());
    bootstrap.redraw(&sizes, |drawn| {
        sum_classes(counts, drawn, &mut totals);
        for (level, alphas) in levels.iter_mut().zip(&mut replicates) {
            if let Ok(level) = level {
                alphas.extend(level.alpha(counts, drawn, &totals));
            }
        }
    });
    let mut replicates = replicates.into_iter();
    whole.map(|value| percentile(value, replicates.next().unwrap_or_default()))
}

/// One level of measurement, with the disagreement within each pattern if that is fixed.
struct Level {
    differences: Differences,
    within: Vec<f64>,
}

impl Level {
    fn new(counts: &Counts, metric: Metric, values: Option<&[f64]>) -> Result<Self, Undefined> {
        let differences = Differences::new(metric, counts, values)?;
        let mut within = Vec::new();
        if differences.are_fixed() {
            let one = |pattern: Pattern<'_>| if pattern.is_pairable() { differences.within(&pattern) } else { 0.0 };
            within.extend(counts.patterns().map(one));
        }
        Ok(Self { differences, within })
    }

    /// Of so many items of each pattern, with these sums for each class; none if nothing could have differed.
    fn alpha(&mut self, counts: &Counts, items: &[u32], totals: &[u64]) -> Option<f64> {
        let observed: f64 = if self.differences.are_fixed() {
            self.within.iter().zip(items).map(|(within, &items)| within * f64::from(items)).sum()
        } else {
            self.differences.settle(totals);
            let drawn = counts.patterns().zip(items).filter(|&(_, &items)| items > 0);
            drawn.map(|(pattern, &items)| self.differences.within(&pattern) * f64::from(items)).sum()
        };
        let expected = self.differences.among(totals);
        let all: u64 = totals.iter().sum();
        (expected > 0.0).then(|| 1.0 - (real(all) - 1.0) * observed / expected)
    }
}

fn sum_classes(counts: &Counts, items: &[u32], totals: &mut [u64]) {
    totals.fill(0);
    for (pattern, &items) in counts.patterns().zip(items).filter(|&(_, &items)| items > 0) {
        for &(class, count) in pattern.counts {
            totals[class as usize] += u64::from(items) * u64::from(count);
        }
    }
}

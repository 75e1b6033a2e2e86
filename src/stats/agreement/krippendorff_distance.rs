//! Disagreement of classes at four levels of measurement: within an item, and among all values together.

use super::counts::Pattern;
use super::numbers::{real, wide};
use super::{Counts, Undefined};

/// Most classes of a ratio scale.
const LIMIT: usize = 1_024;

/// Values above it, or all below its inverse, are scaled, so that squares stay numbers; alpha doesn't change by that.
const LARGE: f64 = 1e100;

/// Level of measurement: which squared difference tells classes c and k apart.
///
/// Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability,
/// <https://repository.upenn.edu/asc_papers/43>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// 0 if the same, else 1.
    Nominal,
    /// (sum of n_g for g from c to k - (n_c + n_k) / 2)^2: by how many values lie between. Classes are numbered in
    /// their order.
    Ordinal,
    /// (c - k)^2.
    Interval,
    /// ((c - k) / (c + k))^2.
    Ratio,
}

/// A level with what it needs of the classes: for `Interval` and `Ratio` their values, for `Ordinal` their mid-ranks,
/// which depend on how often each class was given.
///
/// The ordinal difference of c and k is the difference of their mid-ranks (values below, and half of its own), so it
/// is an interval difference once the totals are known.
pub(super) struct Differences {
    metric: Metric,
    positions: Vec<f64>,
}

impl Differences {
    /// Errors: no values for a level that needs them, or values it can't take.
    pub(super) fn new(metric: Metric, counts: &Counts, values: Option<&[f64]>) -> Result<Self, Undefined> {
        let classes = counts.classes();
        let mut positions = match metric {
            Metric::Nominal | Metric::Ordinal => vec![0.0; classes],
            Metric::Interval | Metric::Ratio => {
                values.and_then(|values| values.get(..classes)).ok_or(Undefined::NotNumeric)?.to_vec()
            }
        };
        if positions.iter().any(|value| !value.is_finite()) {
            return Err(Undefined::NotNumeric);
        }
        if metric == Metric::Ratio && positions.iter().any(|&value| value < 0.0) {
            return Err(Undefined::Negative);
        }
        if metric == Metric::Ratio && classes > LIMIT {
            return Err(Undefined::TooManyClasses { limit: LIMIT });
        }
        let largest = positions.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        if largest > LARGE || largest < 1.0 / LARGE && largest > 0.0 {
            positions.iter_mut().for_each(|value| *value /= largest);
        }
        Ok(Self { metric, positions })
    }

    /// Takes note of how often each class was given. Only an ordinal level cares.
    pub(super) fn settle(&mut self, totals: &[u64]) {
        if self.metric == Metric::Ordinal {
            let mut below = 0;
            for (position, &total) in self.positions.iter_mut().zip(totals) {
                *position = real(below) + real(total) / 2.0;
                below += total;
            }
        }
    }

    /// Do differences within an item stay as they are whatever the totals?
    pub(super) fn are_fixed(&self) -> bool {
        self.metric != Metric::Ordinal
    }

    /// Sum of differences over ordered pairs of one item's judgements, over their number less one.
    pub(super) fn within(&self, pattern: &Pattern<'_>) -> f64 {
        let sum = match self.metric {
            Metric::Nominal => real(pattern.pairs() - pattern.agreeing_pairs()),
            Metric::Ordinal | Metric::Interval => {
                let amounts = pattern.counts.iter().map(|&(class, count)| (class as usize, u64::from(count)));
                // from its first class: a unanimous item differs by exactly nothing
                let origin = pattern.counts.first().map_or(0.0, |&(class, _)| self.positions[class as usize]);
                self.spread(amounts, pattern.judgements, origin)
            }
            Metric::Ratio => self.by_pair(pattern.counts.iter().map(|&(class, count)| (class, u64::from(count)))),
        };
        sum / real(pattern.judgements - 1)
    }

    /// Sum of differences over ordered pairs of all values.
    pub(super) fn among(&self, totals: &[u64]) -> f64 {
        let all: u64 = totals.iter().sum();
        match self.metric {
            Metric::Nominal => {
                let square = |count: u64| u128::from(count) * u128::from(count);
                wide(square(all) - totals.iter().map(|&count| square(count)).sum::<u128>())
            }
            Metric::Ordinal | Metric::Interval => {
                let amounts = || totals.iter().copied().enumerate().filter(|&(_, count)| count > 0);
                let sum: f64 = amounts().map(|(class, count)| real(count) * self.positions[class]).sum();
                self.spread(amounts(), all, sum / real(all))
            }
            Metric::Ratio => {
                let given = totals.iter().zip(0_u32..).filter(|&(&count, _)| count > 0);
                self.by_pair(given.map(|(&count, class)| (class, count)))
            }
        }
    }

    /// Sum over ordered pairs of (x - y)^2 = 2 (n sum x^2 - (sum x)^2), x from an origin near them.
    fn spread(&self, amounts: impl Iterator<Item = (usize, u64)>, all: u64, origin: f64) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (class, count) in amounts {
            let apart = self.positions[class] - origin;
            sum += real(count) * apart;
            squares += real(count) * apart * apart;
        }
        2.0 * (real(all) * squares - sum * sum)
    }

    fn by_pair(&self, amounts: impl Iterator<Item = (u32, u64)> + Clone) -> f64 {
        let mut rest = amounts;
        let mut sum = 0.0;
        while let Some((one, count)) = rest.next() {
            let own = self.positions[one as usize];
            for (other, times) in rest.clone() {
                let value = self.positions[other as usize];
                let both = own + value;
                let ratio = if both > 0.0 { (own - value) / both } else { 0.0 };
                sum += 2.0 * real(count) * real(times) * ratio * ratio;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Judgement, Judgements};

    fn counts() -> Counts {
        let row = |(row, class): (u32, &u32)| Judgement { item: row / 2, rater: row % 2, class: *class };
        Counts::of(&Judgements::new((0..).zip(&[0, 0, 1, 2, 2, 2, 1, 0]).map(row).collect()))
    }

    #[test]
    fn ordinal_differences_are_those_of_the_formula() {
        let totals = [3, 2, 3];
        let mut differences = Differences::new(Metric::Ordinal, &counts(), None).unwrap();
        differences.settle(&totals);
        // (sum of n_g from c to k less half of both ends)^2, over ordered pairs of values
        let apart = |from: usize, to: usize| {
            let between: u64 = totals[from..=to].iter().sum();
            real(between) - real(totals[from] + totals[to]) / 2.0
        };
        let pair = |from: usize, to: usize| 2.0 * real(totals[from] * totals[to]) * apart(from, to) * apart(from, to);
        assert_eq!(differences.among(&totals), pair(0, 1) + pair(0, 2) + pair(1, 2));
    }

    #[test]
    fn extreme_values_stay_numbers() {
        for values in [[1e-300, 2e-300, 3e-300], [1e300, 2e300, 3e300], [0.0, 1e308, 1.7e308]] {
            for metric in [Metric::Interval, Metric::Ratio] {
                let among = Differences::new(metric, &counts(), Some(&values)).unwrap().among(&[3, 2, 3]);
                assert!(among.is_finite() && among > 0.0, "{metric:?} {values:?}: {among}");
            }
        }
        let refused = |metric, values: Option<&[f64]>| Differences::new(metric, &counts(), values).err();
        assert_eq!(refused(Metric::Interval, None), Some(Undefined::NotNumeric));
        assert_eq!(refused(Metric::Interval, Some(&[1.0, 2.0])), Some(Undefined::NotNumeric));
        assert_eq!(refused(Metric::Interval, Some(&[1.0, 2.0, f64::INFINITY])), Some(Undefined::NotNumeric));
        assert_eq!(refused(Metric::Ratio, Some(&[-1.0, 2.0, 3.0])), Some(Undefined::Negative));
    }
}

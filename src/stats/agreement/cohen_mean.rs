//! Cohen's kappa of every two raters, and its mean.

use super::cohen_kappa::{Table, classes_of};
use super::numbers::{index, real, rounded, size, truncated};
use super::rater_pairs::for_each_pair;
use super::student::NORMAL;
use super::{Coefficient, Distance, Estimate, Judgements, Undefined, cohen_kappa};

/// Pairs of raters that are listed at most, 48 bytes each.
const MOST_PAIRS: u64 = 1 << 22;
/// Pairs of judgements of one item that are compared at most: seconds of work.
const MOST_COMPARED: u64 = 1 << 28;
/// Fractions of an influence are kept to 2^-40.
const UNIT: f64 = 1_099_511_627_776.0;

/// Two raters' kappa.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairKappa {
    /// One rater.
    pub first: u32,
    /// Another, with a larger index.
    pub second: u32,
    /// Items that both judged.
    pub shared: u32,
    /// Those to which both gave one class.
    pub agreed: u32,
    /// Kappa, or why there is none.
    pub kappa: Coefficient,
}

/// All pairs and their means.
#[derive(Debug, Clone, PartialEq)]
pub struct CohenKappas {
    /// Each pair with enough shared items, in order of raters.
    pub pairs: Vec<PairKappa>,
    /// The plain mean of those that are defined.
    pub mean: Coefficient,
    /// Their mean weighted by shared items.
    pub weighted_mean: Result<f64, Undefined>,
    /// Their median.
    pub median: Result<f64, Undefined>,
}

/// Kappa of each two raters who share at least `shared_at_least` items.
///
/// The mean's interval adds up, for each item, what it adds to every pair's kappa (influence functions), and takes
/// items as independent: so raters who take part in many pairs are not counted as so many independent ones. For a
/// single pair it is the interval of [`cohen_kappa()`]. It is too narrow where most pairs share only a few items.
///
/// Errors: of the mean, no judgements, one rater, no overlap, no pair whose kappa is defined, or too many pairs to
/// compare; then none is listed.
///
/// Complexity: O(pairs of judgements of an item, over all items, x log raters).
///
/// Source: Light 1971, doi:10.1037/h0031643 (mean over pairs); Efron 1982, The Jackknife, the Bootstrap and Other
/// Resampling Plans, chapter 6 (variance from influence functions).
pub fn cohen_kappas(judgements: &Judgements, distance: Distance, shared_at_least: u32) -> CohenKappas {
    if is_too_much(judgements) {
        let reason = Undefined::TooManyPairs { limit: MOST_PAIRS };
        return CohenKappas { pairs: Vec::new(), mean: Err(reason), weighted_mean: Err(reason), median: Err(reason) };
    }
    let mut pairs = Vec::new();
    let mut influence = vec![0_i128; judgements.items()];
    for_each_pair(judgements, |first, second, shared| {
        if shared.len() < shared_at_least as usize {
            return;
        }
        let classes = classes_of(shared);
        let agreed = classes.iter().filter(|(one, other)| one == other).count();
        let kappa = cohen_kappa(&classes, distance);
        pairs.push(PairKappa { first, second, shared: index(shared.len()), agreed: index(agreed), kappa });
        if let Ok(table) = Table::new(&classes, distance) {
            for one in shared {
                let part = table.influence(one.first_class, one.second_class) / size(shared.len());
                // whole numbers: the sum is the same in any order
                influence[one.item as usize] += truncated(part * UNIT);
            }
        }
    });
    let mut defined: Vec<(f64, u32)> =
        pairs.iter().filter_map(|pair| pair.kappa.ok().map(|kappa| (kappa.value, pair.shared))).collect();
    defined.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let reason = reason(judgements, &pairs);
    let given = |value: fn(&[(f64, u32)]) -> f64| if defined.is_empty() { Err(reason) } else { Ok(value(&defined)) };
    CohenKappas {
        mean: given(mean).map(|value| with_interval(value, defined.len(), influence)),
        weighted_mean: given(weighted_mean),
        median: given(median),
        pairs,
    }
}

/// Whether there may be more pairs than are compared.
fn is_too_much(judgements: &Judgements) -> bool {
    let pairs = |of: usize| {
        let of = u64::try_from(of).unwrap_or(u64::MAX);
        of.saturating_mul(of.saturating_sub(1)) / 2
    };
    let compared = (0..judgements.items()).map(|item| pairs(judgements.range(item).len())).fold(0, u64::saturating_add);
    let raters = judgements.rows().iter().map(|row| row.rater as usize + 1).max().unwrap_or(0);
    compared > MOST_COMPARED || compared.min(pairs(raters)) > MOST_PAIRS
}

/// Why no pair has a kappa.
fn reason(judgements: &Judgements, pairs: &[PairKappa]) -> Undefined {
    let rows = judgements.rows();
    if rows.is_empty() {
        return Undefined::NoJudgements;
    }
    if rows.iter().all(|row| row.rater == rows[0].rater) {
        return Undefined::OneRater;
    }
    pairs.iter().find_map(|pair| pair.kappa.err()).unwrap_or(Undefined::NoOverlap)
}

fn mean(kappas: &[(f64, u32)]) -> f64 {
    kappas.iter().map(|&(kappa, _)| kappa).sum::<f64>() / size(kappas.len())
}

fn weighted_mean(kappas: &[(f64, u32)]) -> f64 {
    let shared: u64 = kappas.iter().map(|&(_, shared)| u64::from(shared)).sum();
    kappas.iter().map(|&(kappa, shared)| kappa * f64::from(shared)).sum::<f64>() / real(shared)
}

fn median(kappas: &[(f64, u32)]) -> f64 {
    let middle = kappas.len() / 2;
    if kappas.len() % 2 == 1 { kappas[middle].0 } else { 0.5 * (kappas[middle - 1].0 + kappas[middle].0) }
}

fn with_interval(value: f64, pairs: usize, mut influence: Vec<i128>) -> Estimate {
    if value < 1.0 && influence.iter().all(|&sum| sum == 0) {
        return Estimate::unbounded(value); // raters of one class, or of one item: nothing is known of the spread
    }
    influence.sort_unstable();
    let moved = influence.iter().map(|&sum| rounded(sum) / UNIT / size(pairs));
    let error = moved.map(|part| part * part).sum::<f64>().sqrt();
    Estimate::symmetric(value, NORMAL * error, -1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Judgement;

    fn of(rows: &[(u32, u32, u32)]) -> Judgements {
        Judgements::new(rows.iter().map(|&(item, rater, class)| Judgement { item, rater, class }).collect())
    }

    #[test]
    fn the_mean_of_one_pair_has_its_interval() {
        let rows: Vec<_> = (0..60_u32).map(|row| (row / 2, 3 * (row % 2), row * row * 13 % 31 % 3)).collect();
        let kappas = cohen_kappas(&of(&rows), Distance::Quadratic, 1);
        let (mean, pair) = (kappas.mean.unwrap(), kappas.pairs[0].kappa.unwrap());
        assert_eq!((kappas.pairs.len(), kappas.pairs[0].first, kappas.pairs[0].second), (1, 0, 3));
        assert_eq!(mean.value, pair.value);
        assert!((mean.low - pair.low).abs() < 1e-9 && (mean.high - pair.high).abs() < 1e-9, "{mean:?} {pair:?}");
        assert_eq!((kappas.weighted_mean, kappas.median), (Ok(pair.value), Ok(pair.value)));
    }

    #[test]
    fn reasons_are_told() {
        let mean = |rows| cohen_kappas(&of(rows), Distance::Plain, 1).mean.unwrap_err();
        assert_eq!(mean(&[]), Undefined::NoJudgements);
        assert_eq!(mean(&[(0, 2, 0), (1, 2, 1)]), Undefined::OneRater);
        assert_eq!(mean(&[(0, 0, 0), (1, 1, 1)]), Undefined::NoOverlap);
        assert_eq!(mean(&[(0, 0, 1), (0, 1, 1)]), Undefined::Unanimous { class: 1 });
    }

    #[test]
    fn one_item_with_a_crowd_is_not_compared_two_by_two() {
        let rows: Vec<_> = (0..9_000).map(|rater| (0, rater, rater % 3)).collect();
        let kappas = cohen_kappas(&of(&rows), Distance::Plain, 1);
        assert_eq!(kappas.mean, Err(Undefined::TooManyPairs { limit: MOST_PAIRS }));
        assert!(kappas.pairs.is_empty());
    }

    #[test]
    fn pairs_that_share_too_little_are_left_out() {
        let rows = [(0, 0, 0), (0, 1, 1), (0, 2, 0), (1, 0, 1), (1, 1, 1)];
        assert_eq!(cohen_kappas(&of(&rows), Distance::Plain, 1).pairs.len(), 3);
        assert_eq!(cohen_kappas(&of(&rows), Distance::Plain, 2).pairs.len(), 1);
    }
}

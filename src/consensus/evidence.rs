//! How much a judgement, a ruling and a sign-off count: log-odds evidence and its cap by institution (steps 2 and 3).
//!
//! Source: reference rule `consensus/1`; log-odds as in Nitzan and Paroush 1982, doi:10.2307/2526438.

use std::collections::BTreeMap;

/// One, in the unit of every amount here.
pub const MILLION: i64 = 1_000_000;

/// A float in units as integer millionths, ties away from zero.
pub(super) fn micro(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "evidence and shares are far below 2^53")]
    let rounded = libm::round(value * 1e6) as i64;
    rounded
}

/// Integer millionths as a float in units.
#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53")]
pub(super) fn units(value: i64) -> f64 {
    value as f64 / 1e6
}

/// The prior mean accuracy among `categories` of a class whose prior is `prior` of the way from chance to 1.
pub fn accuracy_of_prior(prior: u32, categories: usize) -> i64 {
    let chance = 1.0 / categories_as_float(categories);
    micro(chance + units(i64::from(prior)) * (1.0 - chance))
}

/// `ln(A (K - 1) / (1 - A))` clamped to 0 and the largest evidence: below chance counts nothing, never inverted.
pub fn evidence(accuracy: i64, categories: usize, accuracy_cap: u32) -> i64 {
    log_odds(accuracy.min(i64::from(accuracy_cap)), categories).max(0)
}

/// The largest evidence of one judgement among `categories`.
pub fn evidence_cap(categories: usize, accuracy_cap: u32) -> i64 {
    log_odds(i64::from(accuracy_cap), categories)
}

fn log_odds(accuracy: i64, categories: usize) -> i64 {
    let accuracy = units(accuracy);
    if accuracy <= 0.0 {
        return 0;
    }
    micro(libm::log(accuracy * (categories_as_float(categories) - 1.0) / (1.0 - accuracy)))
}

#[expect(clippy::cast_precision_loss, reason = "a question has few categories")]
pub(super) fn categories_as_float(categories: usize) -> f64 {
    categories as f64
}

/// Scales evidence so that each institution's sum is at most its largest single one; same order as given.
///
/// Complexity: O(n log n). Rounds down, so a sum of these may be some millionths short; the verdict sums first.
pub fn cap_by_institution(evidence: &[(&str, i64)]) -> Vec<i64> {
    let mut totals: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (institution, amount) in evidence {
        let (largest, sum) = totals.entry(institution).or_default();
        *largest = (*largest).max(*amount);
        *sum += amount;
    }
    evidence
        .iter()
        .map(|(institution, amount)| match totals.get(institution) {
            Some((largest, sum)) if *sum > 0 => amount * largest / sum,
            _ => 0,
        })
        .collect()
}

/// The smallest value at which half of all the weight is reached; none if there are no values.
pub(super) fn weighted_median<T: Ord + Copy>(mut values: Vec<(T, i64)>) -> Option<T> {
    values.sort_unstable();
    let half = values.iter().map(|(_, weight)| weight).sum::<i64>();
    let mut reached = 0;
    let enough = values.iter().find(|(_, weight)| {
        reached += 2 * weight;
        reached >= half
    });
    enough.map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_of_the_default_classes_among_three() {
        let of = |prior| evidence(accuracy_of_prior(prior, 3), 3, 950_000);
        // exact to the reference's three decimals
        assert_eq!([of(550_000), of(700_000), of(750_000)].map(|v| (v + 500) / 1000), [1540, 2079, 2303]);
        assert_eq!((evidence_cap(3, 950_000) + 500) / 1000, 3638);
        assert_eq!(evidence(100_000, 3, 950_000), 0, "below chance counts nothing");
        assert_eq!(evidence(999_999, 3, 950_000), evidence_cap(3, 950_000));
    }

    #[test]
    fn an_institution_counts_once() {
        assert_eq!(cap_by_institution(&[("a", 200), ("a", 200), ("b", 150)]), [100, 100, 150]);
        assert_eq!(cap_by_institution(&[("a", 300), ("a", 100)]), [225, 75]);
        assert_eq!(cap_by_institution(&[("a", 0), ("a", 0)]), [0, 0]);
    }
}

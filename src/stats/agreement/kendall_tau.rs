//! Kendall's tau-b: how far two rankings of the same things agree, with ties.

use super::numbers::{real, rounded, size};
use super::student::NORMAL;
use super::{Coefficient, Estimate, Undefined};

/// (concordant - discordant pairs) / sqrt((pairs untied in one) (pairs untied in the other)).
///
/// Shape: for each thing its rank or score in both, same direction. The interval is Fisher's z with standard error
/// sqrt(.437 / (things - 4)); of fewer than 5 things, or of tau 1 or -1, the whole range.
///
/// Errors: unequal lengths, fewer than two things, a rank that is not a number, one ranking all tied.
///
/// Complexity: O(things^2).
///
/// Source: Kendall 1945, doi:10.1093/biomet/33.3.239; interval Fieller, Hartley, Pearson 1957,
/// doi:10.1093/biomet/44.3-4.470 (found for tau without ties).
pub fn kendall_tau(one: &[f64], other: &[f64]) -> Coefficient {
    if one.len() != other.len() {
        return Err(Undefined::UnequalRankings);
    }
    if one.len() < 2 {
        return Err(Undefined::NothingToRank);
    }
    if one.iter().chain(other).any(|rank| rank.is_nan()) {
        return Err(Undefined::NotNumeric);
    }
    let (mut balance, mut untied_one, mut untied_other) = (0_i128, 0_u64, 0_u64);
    for place in 0..one.len() {
        for later in place + 1..one.len() {
            let (first, second) = (step(one[place], one[later]), step(other[place], other[later]));
            balance += first * second;
            untied_one += u64::from(first != 0);
            untied_other += u64::from(second != 0);
        }
    }
    if untied_one == 0 || untied_other == 0 {
        return Err(Undefined::AllTied);
    }
    let value = if untied_one == untied_other {
        rounded(balance) / real(untied_one) // exactly 1 for equal rankings
    } else {
        rounded(balance) / (real(untied_one).sqrt() * real(untied_other).sqrt())
    };
    if one.len() < 5 || value.abs() >= 1.0 {
        return Ok(Estimate::unbounded(value));
    }
    let reach = NORMAL * (0.437 / size(one.len() - 4)).sqrt();
    let z = libm::atanh(value);
    Ok(Estimate { value, low: libm::tanh(z - reach), high: libm::tanh(z + reach) })
}

/// -1, 0 or 1.
fn step(from: f64, to: f64) -> i128 {
    i128::from(to > from) - i128::from(to < from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told() {
        assert_eq!(kendall_tau(&[1.0, 2.0], &[1.0]), Err(Undefined::UnequalRankings));
        assert_eq!(kendall_tau(&[1.0], &[1.0]), Err(Undefined::NothingToRank));
        assert_eq!(kendall_tau(&[1.0, f64::NAN], &[1.0, 2.0]), Err(Undefined::NotNumeric));
        assert_eq!(kendall_tau(&[1.0, 1.0], &[1.0, 2.0]), Err(Undefined::AllTied));
    }

    #[test]
    fn ties_lessen_what_is_possible() {
        // 3 pairs in order, none against; 5 untied in one ranking, 4 in the other
        let tau = kendall_tau(&[1.0, 2.0, 2.0, 3.0], &[1.0, 1.0, 2.0, 2.0]).unwrap();
        assert!((tau.value - 3.0 / 20.0_f64.sqrt()).abs() < 1e-15, "{tau:?}");
        assert_eq!((tau.low, tau.high), (-1.0, 1.0));
    }
}

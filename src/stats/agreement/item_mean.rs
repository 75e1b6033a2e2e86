//! The mean over items of a coefficient that each item has alone, as an F1 of spans or a W of rankings.

use super::numbers::size;
use super::student::student;
use super::{Coefficient, Estimate, Undefined};

/// Mean with Student's t over items. Items without a value are left out by the caller. The floor of the interval is -1,
/// or 0 if no item is below it.
///
/// Errors: no item ([`Undefined::NoOverlap`]), one item.
pub fn item_mean(values: &[f64]) -> Coefficient {
    match values.len() {
        0 => return Err(Undefined::NoOverlap),
        1 => return Err(Undefined::OneItem),
        _ => {}
    }
    // sorted, so that the order of items changes no bit
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let items = size(sorted.len());
    let value = sorted.iter().sum::<f64>() / items;
    let squares: f64 = sorted.iter().map(|one| (one - value) * (one - value)).sum();
    let error = (squares / (items * (items - 1.0))).sqrt();
    let floor = if sorted[0] < 0.0 { -1.0 } else { 0.0 };
    Ok(Estimate::symmetric(value, student(sorted.len() as u64 - 1) * error, floor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_students() {
        let estimate = item_mean(&[0.2, 0.4, 0.6]).unwrap();
        assert!((estimate.value - 0.4).abs() < 1e-15);
        // 4.302 652 73 standard errors of 0.2 / sqrt(3), cut at 0
        assert!((estimate.high - 0.896_827_543).abs() < 1e-8, "{estimate:?}");
        assert_eq!(estimate.low, 0.0);
        assert_eq!(item_mean(&[0.5]), Err(Undefined::OneItem));
    }
}

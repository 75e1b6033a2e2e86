//! Ratings to one value: the median and the trimmed mean.
//!
//! Source: Tukey 1977, *Exploratory Data Analysis*; Huber 1964, <https://doi.org/10.1214/aoms/1177703732>.

use super::rows::to_float;

/// The middle value, or the mean of the two middle ones; none of nothing or if a value is NaN.
///
/// **Complexity**: O(values log values). Order changes no bit.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values)?;
    let middle = sorted.len() / 2;
    Some(if sorted.len() % 2 == 1 { sorted[middle] } else { 0.5 * sorted[middle - 1] + 0.5 * sorted[middle] })
}

/// The least value at which half the weight is reached; the mean of it and the next if exactly half is. None of nothing, of
/// lengths that differ, and of a NaN or a weight that is not above 0.
pub fn weighted_median(values: &[f64], weights: &[f64]) -> Option<f64> {
    if values.len() != weights.len() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    if weights.iter().any(|weight| !weight.is_finite() || *weight <= 0.0) {
        return None;
    }
    let mut pairs: Vec<(f64, f64)> = values.iter().copied().zip(weights.iter().copied()).collect();
    pairs.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    let half = 0.5 * pairs.iter().map(|pair| pair.1).sum::<f64>();
    let mut below = 0.0;
    for (at, (value, weight)) in pairs.iter().enumerate() {
        below += weight;
        if below == half {
            return pairs.get(at + 1).map(|next| 0.5 * value + 0.5 * next.0);
        }
        if below > half {
            return Some(*value);
        }
    }
    pairs.last().map(|pair| pair.0)
}

/// The mean without the `share` lowest and the `share` highest values, rounded down to whole values; `share` in [0, .5).
/// None of nothing, of a NaN, or of a share out of range.
pub fn trimmed_mean(values: &[f64], share: f64) -> Option<f64> {
    if !(0.0..0.5).contains(&share) {
        return None;
    }
    let sorted = sorted(values)?;
    // so that a tenth of ten is one
    let cut = (0..sorted.len()).take_while(|cut| to_float(cut + 1) <= share * to_float(sorted.len()) + 1e-9).count();
    let kept = &sorted[cut..sorted.len() - cut];
    Some(kept.iter().sum::<f64>() / to_float(kept.len()))
}

fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles() {
        assert_eq!(median(&[5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!((median(&[]), median(&[f64::NAN])), (None, None));
        assert_eq!(weighted_median(&[1.0, 2.0, 3.0], &[1.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(weighted_median(&[3.0, 1.0], &[1.0, 1.0]), Some(2.0));
        assert_eq!(weighted_median(&[3.0], &[0.0]), None);
    }

    #[test]
    fn ends_are_cut() {
        let values: Vec<f64> = (1..=9).map(f64::from).chain([1000.0]).collect();
        assert_eq!(trimmed_mean(&values, 0.1), Some(5.5));
        assert_eq!(trimmed_mean(&values, 0.0), Some(104.5));
        assert_eq!(trimmed_mean(&[1.0, 2.0, 9.0], 0.4), Some(2.0));
        assert_eq!((trimmed_mean(&values, 0.5), trimmed_mean(&[], 0.1)), (None, None));
    }
}

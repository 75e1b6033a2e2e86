//! How much two classes agree, from 1 (the same) to 0 (the ends of the scale), for weighted coefficients.

use super::Undefined;
use super::numbers::size;

/// Most classes that weights are computed for.
const LIMIT: usize = 1_024;

/// How agreement falls with distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// Only the same class agrees.
    Identity,
    /// 1 - |x - y| / (max - min).
    Linear,
    /// 1 - (x - y)^2 / (max - min)^2.
    Quadratic,
    /// 1 - C(steps + 1, 2) / C(classes, 2): by order alone, for k and l that are `steps` places apart.
    Ordinal,
}

/// Weights of each pair of classes.
///
/// Source: Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., chapter 3; Cohen 1968, doi:10.1037/h0026256
/// (linear and quadratic).
#[derive(Debug, Clone, PartialEq)]
pub struct WeightTable {
    classes: usize,
    /// Row by row; empty for identity.
    weights: Vec<f64>,
}

impl WeightTable {
    /// For classes numbered in their order. Linear and quadratic weights go by `values` if there are some, else by
    /// place.
    ///
    /// Errors: too many classes; values that are fewer than the classes, not finite, or all the same.
    ///
    /// Complexity: O(classes^2); O(1) for identity.
    pub fn new(weights: Weights, classes: usize, values: Option<&[f64]>) -> Result<Self, Undefined> {
        if weights == Weights::Identity {
            return Ok(Self { classes, weights: Vec::new() });
        }
        if classes > LIMIT {
            return Err(Undefined::TooManyClasses { limit: LIMIT });
        }
        let places: Vec<f64> = (0..classes).map(size).collect();
        let positions = match values {
            Some(values) if weights != Weights::Ordinal => values.get(..classes).ok_or(Undefined::NotNumeric)?,
            _ => &places,
        };
        let low = positions.iter().copied().fold(f64::INFINITY, f64::min);
        let span = positions.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
        if classes > 1 && !(span > 0.0 && span.is_finite() && positions.iter().all(|value| value.is_finite())) {
            return Err(Undefined::NotNumeric);
        }
        let weight = |one: usize, other: usize| {
            let apart = (positions[one] - positions[other]).abs();
            match weights {
                _ if one == other => 1.0,
                Weights::Linear => 1.0 - apart / span,
                Weights::Quadratic => 1.0 - (apart / span) * (apart / span),
                _ => 1.0 - apart * (apart + 1.0) / (span * (span + 1.0)),
            }
        };
        let weights = (0..classes * classes).map(|cell| weight(cell / classes, cell % classes)).collect();
        Ok(Self { classes, weights })
    }

    /// Of one pair.
    #[inline]
    pub(super) fn of(&self, one: usize, other: usize) -> f64 {
        if self.weights.is_empty() {
            return if one == other { 1.0 } else { 0.0 };
        }
        self.weights[one * self.classes + other]
    }

    /// All of them together.
    pub(super) fn sum(&self) -> f64 {
        if self.weights.is_empty() { size(self.classes) } else { self.weights.iter().sum() }
    }

    /// For each class its agreement with a class drawn by these shares.
    pub(super) fn expected(&self, shares: &[f64]) -> Vec<f64> {
        if self.weights.is_empty() {
            return shares.to_vec();
        }
        let dot = |row: &[f64]| row.iter().zip(shares).map(|(weight, share)| weight * share).sum();
        self.weights.chunks(self.classes).map(dot).collect()
    }

    /// How many classes.
    pub(super) fn classes(&self) -> usize {
        self.classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_with_distance() {
        let row = |weights| {
            let table = WeightTable::new(weights, 4, None).unwrap();
            [table.of(0, 0), table.of(0, 1), table.of(0, 2), table.of(0, 3)]
        };
        assert_eq!(row(Weights::Identity), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(row(Weights::Linear), [1.0, 1.0 - 1.0 / 3.0, 1.0 - 2.0 / 3.0, 0.0]);
        assert_eq!(row(Weights::Quadratic)[3], 0.0);
        assert_eq!(row(Weights::Ordinal), [1.0, 1.0 - 1.0 / 6.0, 0.5, 0.0]);
        let by_value = WeightTable::new(Weights::Linear, 3, Some(&[1.0, 2.0, 5.0])).unwrap();
        assert_eq!(by_value.of(0, 1), 0.75);
        assert_eq!(WeightTable::new(Weights::Linear, 2, Some(&[1.0, f64::NAN])), Err(Undefined::NotNumeric));
    }
}

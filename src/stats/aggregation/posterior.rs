//! A distribution over classes for each item, in one piece of memory.

use super::rows::to_float;

/// A distribution over classes for each item.
///
/// **Shape**: items × classes, by item. An item without a judgement has only zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    classes: usize,
    values: Vec<f64>,
}

impl Posterior {
    pub(crate) fn zeros(items: usize, classes: usize) -> Self {
        Self { classes, values: vec![0.0; items * classes] }
    }

    /// Of one item, by class.
    pub fn of(&self, item: usize) -> &[f64] {
        &self.values[item * self.classes..(item + 1) * self.classes]
    }

    pub(crate) fn of_mut(&mut self, item: usize) -> &mut [f64] {
        &mut self.values[item * self.classes..(item + 1) * self.classes]
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// How many items.
    pub fn items(&self) -> usize {
        self.values.len().checked_div(self.classes).unwrap_or(0)
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }
}

/// Mean posterior of the judged items, by class.
pub(crate) fn mean(posterior: &Posterior, judged: usize) -> Vec<f64> {
    let mut mass = vec![0.0; posterior.classes()];
    for item in 0..posterior.items() {
        for (sum, value) in mass.iter_mut().zip(posterior.of(item)) {
            *sum += value;
        }
    }
    mass.iter_mut().for_each(|sum| *sum /= to_float(judged.max(1)));
    mass
}

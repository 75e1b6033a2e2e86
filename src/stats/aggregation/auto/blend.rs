//! A weighted mean of posteriors that arrive one after another, so that only one has to be held beside the mean.

use crate::stats::aggregation::posterior::Posterior;

/// The mean so far. Weights come as logarithms and are held relative to the largest.
pub(crate) struct Blend {
    sum: Posterior,
    total: f64,
    largest: f64,
}

impl Blend {
    /// Of nothing.
    pub fn new(items: usize, classes: usize) -> Self {
        Self { sum: Posterior::zeros(items, classes), total: 0.0, largest: f64::NEG_INFINITY }
    }

    /// Adds a posterior.
    pub fn add(&mut self, log_weight: f64, posterior: &Posterior) {
        if log_weight > self.largest {
            let smaller = libm::exp(self.largest - log_weight);
            self.sum.values_mut().iter_mut().for_each(|value| *value *= smaller);
            self.total *= smaller;
            self.largest = log_weight;
        }
        let weight = libm::exp(log_weight - self.largest);
        self.total += weight;
        for (value, share) in self.sum.values_mut().iter_mut().zip(posterior.values()) {
            *value += weight * share;
        }
    }

    /// What part a posterior of this weight has.
    pub fn part(&self, log_weight: f64) -> f64 {
        libm::exp(log_weight - self.largest) / self.total
    }

    /// The mean, in the place of the sum.
    pub fn finish(mut self) -> Posterior {
        let total = self.total;
        self.sum.values_mut().iter_mut().for_each(|value| *value /= total);
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_weights_does_not_matter() {
        let of = |left: f64| {
            let mut posterior = Posterior::zeros(1, 2);
            posterior.values_mut().copy_from_slice(&[left, 1.0 - left]);
            posterior
        };
        let given = [(-900.0, of(0.1)), (0.0, of(0.5)), (libm::log(3.0), of(1.0))];
        let blend = |order: [usize; 3]| {
            let mut blend = Blend::new(1, 2);
            order.iter().for_each(|at| blend.add(given[*at].0, &given[*at].1));
            assert!((blend.part(0.0) - 0.25).abs() < 1e-15);
            blend.finish()
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            assert!((blend(order).of(0)[0] - 0.875).abs() < 1e-15);
        }
    }
}

//! A sum of logarithms as the logarithm of a product: one logarithm for many factors.

/// Below it the product is folded into the sum.
const SMALL: f64 = 1e-200;

/// Factors in (1e-100, 1].
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogProduct {
    log: f64,
    product: f64,
}

impl LogProduct {
    pub fn new() -> Self {
        Self { log: 0.0, product: 1.0 }
    }

    #[inline]
    pub fn multiply(&mut self, factor: f64) {
        self.product *= factor;
        if self.product < SMALL {
            self.log += libm::log(self.product);
            self.product = 1.0;
        }
    }

    pub fn log(self) -> f64 {
        self.log + libm::log(self.product)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_sum_of_logarithms() {
        let mut product = LogProduct::new();
        (1..2000).for_each(|factor| product.multiply(1.0 / f64::from(factor)));
        let sum: f64 = (1..2000).map(|factor| -libm::log(f64::from(factor))).sum();
        assert!((product.log() - sum).abs() < 1e-9 * sum.abs());
    }
}

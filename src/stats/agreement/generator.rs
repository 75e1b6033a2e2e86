//! A small seeded generator: the same draws on every machine, from integers alone.

use crate::stats::splitmix64::{GAMMA, splitmix64};

use super::numbers::high_bits;

/// SplitMix64.
///
/// Source: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195.
#[derive(Debug, Clone)]
pub(super) struct Generator {
    state: u64,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        let bits = splitmix64(self.state);
        self.state = self.state.wrapping_add(GAMMA);
        bits
    }

    /// An index below `count`; uneven by at most `count` / 2^64.
    #[inline]
    pub(super) fn below(&mut self, count: usize) -> usize {
        high_bits(u128::from(self.bits()) * count as u128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_match_the_published_ones() {
        let mut generator = Generator::new(1_234_567);
        assert_eq!(generator.bits(), 6_457_827_717_110_365_317);
        assert_eq!(generator.bits(), 3_203_168_211_198_807_973);
        assert!((0..1_000).all(|_| generator.below(7) < 7));
    }
}

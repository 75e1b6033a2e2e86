//! The generator of one sample: ChaCha with 12 rounds, keyed with the seed and the sample's number.
//!
//! The key is 32 bytes: `guildhall sample`, then seed and number as 8 little-endian bytes each. Frozen by a test: a
//! transcript replays only while this stays.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the key begins with, so that no other use of a seed gives the same numbers.
const DOMAIN: [u8; 16] = *b"guildhall sample";

/// Random numbers that follow from a seed and a sample's number.
#[derive(Debug, Clone)]
pub struct SampleRandom(ChaCha12Rng);

impl SampleRandom {
    /// The generator of the `sample`-th sample.
    pub fn new(seed: u64, sample: u64) -> Self {
        let mut key = [0; 32];
        key[..16].copy_from_slice(&DOMAIN);
        key[16..24].copy_from_slice(&seed.to_le_bytes());
        key[24..].copy_from_slice(&sample.to_le_bytes());
        Self(ChaCha12Rng::from_seed(key))
    }

    /// A number from 0 up to but not including 1, with 53 random bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what it holds")]
    pub fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;
        (self.0.next_u64() >> 11) as f64 * STEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_frozen() {
        let mut random = SampleRandom::new(7, 2);
        let numbers: Vec<u64> = (0..3).map(|_| random.unit().to_bits()).collect();
        assert_eq!(numbers, FROZEN);
    }

    const FROZEN: [u64; 3] = [4603785188000224085, 4607030941025501055, 4606369556193851401];
}

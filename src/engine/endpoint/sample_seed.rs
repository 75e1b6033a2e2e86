//! The seeds that samples are asked with.

use crate::engine::net::drawn;

/// The seed that a server is given for a sample, from 0 to 2^31 - 1.
///
/// Every server takes numbers of that range, and none means chance by one of them; llama.cpp does by 2^32 - 1. Samples of
/// neighbouring seeds have nothing in common.
pub fn sample_seed(seed: u64, sample: usize) -> u32 {
    let sample = u64::try_from(sample).unwrap_or(u64::MAX);
    u32::try_from(drawn("sample", &[seed, sample]) >> 33).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_frozen_and_differ() {
        let seeds: Vec<u32> = (0..3).map(|sample| sample_seed(7, sample)).collect();
        assert_eq!(seeds, FROZEN);
        let mut all: Vec<u32> =
            (0..100).flat_map(|seed| (0..10).map(move |sample| sample_seed(seed, sample))).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 1000);
        assert!(all.iter().all(|seed| *seed < 1 << 31));
    }

    const FROZEN: [u32; 3] = [2_017_724_535, 1_103_865_999, 1_512_537_640];
}

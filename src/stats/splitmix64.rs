//! A hash of 64 bits to 64 bits: the step of a generator that needs no state beyond a count.
//!
//! Source: Steele, Lea and Flood 2014, <https://doi.org/10.1145/2660193.2660195>.

/// What a generator's state grows by for each output.
pub(crate) const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The first output of splitmix64 from this state.
pub(crate) fn splitmix64(state: u64) -> u64 {
    let mut bits = state.wrapping_add(GAMMA);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_the_published_ones() {
        // the stream from 0
        assert_eq!(splitmix64(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(splitmix64(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }
}

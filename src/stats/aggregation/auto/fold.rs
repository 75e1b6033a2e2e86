//! A hash that says which judgements and which items are held out: no seed, no names, the same on every machine.

use crate::stats::splitmix64::splitmix64;

/// How many folds.
pub(crate) const FOLDS: u64 = 5;

/// The fold of a judgement.
pub(crate) fn fold(item: usize, rater: u32) -> u64 {
    splitmix64(((item as u64) << 32) | u64::from(rater)) % FOLDS
}

/// An item's place in a hashed order.
pub(crate) fn place(item: usize) -> u64 {
    splitmix64(((item as u64) << 32) | u64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_frozen() {
        let folds: Vec<u64> = (0..4).flat_map(|item| (0..5).map(move |rater| fold(item, rater))).collect();
        assert_eq!(folds, FROZEN);
        let each = |wanted| (0..10_000).filter(|item| fold(*item, 7) == wanted).count();
        assert!((0..FOLDS).all(|wanted| (1900..2100).contains(&each(wanted))));
    }

    const FROZEN: [u64; 20] = [0, 0, 0, 3, 3, 1, 2, 4, 3, 4, 2, 4, 4, 0, 2, 0, 2, 0, 1, 0];
}

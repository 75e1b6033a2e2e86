//! Made judgements for tests.

use super::{Judgement, Judgements};
use crate::stats::splitmix64::splitmix64;

/// From (item, rater, class).
pub(crate) fn judgements(given: &[(u32, u32, u32)]) -> Judgements {
    Judgements::new(given.iter().map(|&(item, rater, class)| Judgement { item, rater, class }).collect())
}

/// The next number of a splitmix64 stream in [0, 1).
pub(crate) fn uniform(state: &mut u64) -> f64 {
    let bits = splitmix64(*state);
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    #[allow(clippy::cast_precision_loss)]
    let share = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

/// What [`crowd`] makes.
#[derive(Clone, Copy)]
pub(crate) struct Crowd {
    pub items: u32,
    pub raters: u32,
    pub classes: u32,
    /// Judgements an item.
    pub each: u32,
    pub seed: u64,
}

/// Raters of accuracy .4 to .95, errors uniform; the truth, and rows in a scattered order.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn crowd(of: Crowd) -> (Vec<u32>, Vec<Judgement>) {
    let mut state = of.seed;
    let mut below = |bound: u32| (uniform(&mut state) * f64::from(bound)) as u32;
    let accuracy: Vec<u32> = (0..of.raters).map(|_| 400 + below(550)).collect();
    let truth: Vec<u32> = (0..of.items).map(|_| below(of.classes)).collect();
    let mut rows = Vec::new();
    for item in 0..of.items {
        for _ in 0..of.each {
            let rater = below(of.raters);
            let right = below(1000) < accuracy[rater as usize];
            let class = if right { truth[item as usize] } else { below(of.classes) };
            rows.push(Judgement { item, rater, class });
        }
    }
    for last in (1..rows.len()).rev() {
        rows.swap(last, below(last as u32 + 1) as usize);
    }
    (truth, rows)
}

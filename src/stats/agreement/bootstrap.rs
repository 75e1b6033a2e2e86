//! A seeded bootstrap over items: redraws items with replacement and takes the interval from the middle 95 %.

use super::generator::Generator;
use super::numbers::{floor, index, size};
use super::{Estimate, Undefined};

/// How to redraw.
///
/// Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13 (percentile interval); for
/// agreement Zapf, Castell, Morawietz, Karch 2016, doi:10.1186/s12874-016-0200-9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// The same seed gives the same interval, on every machine.
    pub seed: u64,
    /// How often; 1,000 is usual. With none the interval is the whole range.
    pub replicates: u32,
}

impl Bootstrap {
    /// Calls `each` once a replicate with how many items were drawn from each group, of groups of these sizes.
    ///
    /// Complexity: O(replicates (items + groups)), besides `each`.
    pub(super) fn redraw(&self, sizes: &[u32], mut each: impl FnMut(&[u32])) {
        let sized = sizes.iter().enumerate();
        let group_of: Vec<u32> = sized.flat_map(|(group, &size)| (0..size).map(move |_| index(group))).collect();
        let mut generator = Generator::new(self.seed);
        let mut drawn = vec![0_u32; sizes.len()];
        for _ in 0..self.replicates {
            drawn.fill(0);
            for _ in 0..group_of.len() {
                drawn[group_of[generator.below(group_of.len())] as usize] += 1;
            }
            each(&drawn);
        }
    }
}

/// A value with the interval of its replicates. Those that were undefined are not among them; without two there is
/// nothing to tell.
pub(super) fn percentile(value: Result<f64, Undefined>, mut replicates: Vec<f64>) -> Result<Estimate, Undefined> {
    let value = value?;
    if replicates.len() < 2 {
        return Ok(Estimate::unbounded(value));
    }
    replicates.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * size(replicates.len() - 1);
        let below = replicates[floor(place)];
        let above = replicates[(floor(place) + 1).min(replicates.len() - 1)];
        below + (above - below) * place.fract()
    };
    Ok(Estimate { value, low: at(0.025), high: at(0.975) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replicate_has_as_many_items() {
        let bootstrap = Bootstrap { seed: 4, replicates: 50 };
        let (mut replicates, mut last) = (0, Vec::new());
        bootstrap.redraw(&[3, 0, 7], |drawn| {
            assert_eq!(drawn.iter().sum::<u32>(), 10);
            assert_eq!(drawn[1], 0);
            assert_ne!(drawn, [0, 0, 0]);
            replicates += 1;
            last = drawn.to_vec();
        });
        assert_eq!(replicates, 50);
        let mut again = Vec::new();
        bootstrap.redraw(&[3, 0, 7], |drawn| again = drawn.to_vec());
        assert_eq!(again, last);
    }

    #[test]
    fn the_middle_is_taken() {
        let replicates = (0..=1_000).rev().map(f64::from).collect();
        let estimate = percentile(Ok(500.0), replicates).unwrap();
        assert_eq!((estimate.low, estimate.high), (25.0, 975.0));
        assert_eq!(percentile(Ok(0.5), vec![0.5]).unwrap(), Estimate { value: 0.5, low: -1.0, high: 1.0 });
    }
}

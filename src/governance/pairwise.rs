//! How many ballots prefer one option to another.

use super::ballots::Ballots;

/// A matrix: row preferred to column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairwise {
    options: usize,
    counts: Vec<u64>,
}

impl Pairwise {
    /// Counts ballots.
    ///
    /// Complexity: O(ballots × options²).
    pub fn of(ballots: &Ballots) -> Self {
        let options = ballots.options().len();
        let mut counts = vec![0; options * options];
        for places in ballots.places() {
            for (one, place) in places.iter().enumerate() {
                for (other, below) in places.iter().enumerate() {
                    counts[one * options + other] += u64::from(place < below);
                }
            }
        }
        Self { options, counts }
    }

    /// V(one, other): the ballots that prefer `one` to `other`.
    pub fn prefer(&self, one: usize, other: usize) -> u64 {
        self.counts[one * self.options + other]
    }

    /// How many options.
    pub fn options(&self) -> usize {
        self.options
    }
}

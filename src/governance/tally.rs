//! The one rule for every decision: quorum and majority against the default, then Schwartz sequential dropping.
//!
//! Limitation: of several winners none is chosen; nobody has a casting vote.
//!
//! Source: constitution of the Debian project, version 1.9, A.5.

use std::str::FromStr;

use super::ballots::Ballots;
use super::pairwise::Pairwise;
use super::quorum::{Electorate, Quorum};
use super::schwartz::{Defeat, Round, defeats, rounds};

/// A text that is no majority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no majority such as 2:1: two whole numbers, the first at least the second, the second at least 1")]
pub struct MajorityError(String);

/// N to M over the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Majority {
    /// N.
    pub of: u32,
    /// M.
    pub to: u32,
}

impl FromStr for Majority {
    type Err = MajorityError;

    fn from_str(text: &str) -> Result<Self, MajorityError> {
        let pair = text.split_once(':').and_then(|(of, to)| Some((of.parse().ok()?, to.parse().ok()?)));
        let majority = pair.filter(|(of, to)| *to >= 1 && of >= to).map(|(of, to)| Self { of, to });
        majority.ok_or_else(|| MajorityError(text.to_owned()))
    }
}

impl Majority {
    /// Whether so many for and against reach it: N to M, and more for than against.
    pub fn is_met(self, votes: u64, against: u64) -> bool {
        let enough = u128::from(votes) * u128::from(self.to) >= u128::from(against) * u128::from(self.of);
        enough && votes > against
    }
}

/// Why an option is not considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// Too few ballots prefer it to the default.
    Quorum {
        /// Which option.
        option: usize,
        /// Ballots that prefer it.
        votes: u64,
    },
    /// It doesn't defeat the default by the majority.
    Majority {
        /// Which option.
        option: usize,
        /// Ballots that prefer it.
        votes: u64,
        /// Ballots that prefer the default.
        against: u64,
    },
}

impl Dropped {
    /// Which option.
    pub fn option(&self) -> usize {
        match self {
            Self::Quorum { option, .. } | Self::Majority { option, .. } => *option,
        }
    }
}

/// A count with each of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Who prefers what.
    pub pairwise: Pairwise,
    /// Options that are not considered, and why.
    pub dropped: Vec<Dropped>,
    /// Defeats among the others.
    pub defeats: Vec<Defeat>,
    /// The dropping, round by round.
    pub rounds: Vec<Round>,
}

impl Tally {
    /// The options that are left at the end: one, or several on a tie.
    pub fn winners(&self) -> &[usize] {
        self.rounds.last().map_or(&[], |round| &round.schwartz)
    }
}

/// Counts ballots. The default needs neither quorum nor majority.
///
/// Complexity: O(ballots × options² + options³ × rounds).
pub fn tally(ballots: &Ballots, majority: Majority, (quorum, electorate): (Quorum, Electorate)) -> Tally {
    let pairwise = Pairwise::of(ballots);
    let default = ballots.default_option();
    let mut dropped = Vec::new();
    let mut left = vec![default];
    for option in (0..pairwise.options()).filter(|option| *option != default) {
        let (votes, against) = (pairwise.prefer(option, default), pairwise.prefer(default, option));
        if !quorum.is_met(votes, electorate) {
            dropped.push(Dropped::Quorum { option, votes });
        } else if !majority.is_met(votes, against) {
            dropped.push(Dropped::Majority { option, votes, against });
        } else {
            left.push(option);
        }
    }
    left.sort_unstable();
    let defeats = defeats(&pairwise, &left);
    let rounds = rounds(defeats.clone(), &left);
    Tally { pairwise, dropped, defeats, rounds }
}

//! Schwartz sequential dropping: the weakest defeats within the Schwartz set fall until it has none.
//!
//! Source: constitution of the Debian project, version 1.9, A.5.4 to A.5.8.

use super::pairwise::Pairwise;

/// One option is preferred to another by more ballots than the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defeat {
    /// Which wins.
    pub winner: usize,
    /// Which loses.
    pub loser: usize,
    /// Ballots for the winner.
    pub votes: u64,
    /// Ballots for the loser.
    pub against: u64,
}

impl Defeat {
    /// Weaker ones first: fewer ballots for the winner, then more for the loser.
    fn strength(&self) -> (u64, std::cmp::Reverse<u64>) {
        (self.votes, std::cmp::Reverse(self.against))
    }
}

/// A round: the Schwartz set, and the defeats that fell in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The Schwartz set by the defeats that stood.
    pub schwartz: Vec<usize>,
    /// The weakest defeats within it, all equally weak; none in the last round.
    pub dropped: Vec<Defeat>,
}

/// The defeats among these options.
pub(super) fn defeats(pairwise: &Pairwise, options: &[usize]) -> Vec<Defeat> {
    let mut defeats = Vec::new();
    for &winner in options {
        for &loser in options {
            let (votes, against) = (pairwise.prefer(winner, loser), pairwise.prefer(loser, winner));
            if votes > against {
                defeats.push(Defeat { winner, loser, votes, against });
            }
        }
    }
    defeats
}

/// Rounds until the Schwartz set has no defeat within it; the last one's set has won.
///
/// Complexity: O(options³) a round, at most a round a defeat.
pub(super) fn rounds(mut defeats: Vec<Defeat>, options: &[usize]) -> Vec<Round> {
    let mut rounds = Vec::new();
    loop {
        let schwartz = schwartz_set(&defeats, options);
        let within = |defeat: &&Defeat| schwartz.contains(&defeat.winner) && schwartz.contains(&defeat.loser);
        let Some(weakest) = defeats.iter().filter(within).map(Defeat::strength).min() else {
            rounds.push(Round { schwartz, dropped: Vec::new() });
            return rounds;
        };
        let falls = |defeat: &Defeat| within(&defeat) && defeat.strength() == weakest;
        let dropped: Vec<Defeat> = defeats.iter().filter(|defeat| falls(defeat)).copied().collect();
        defeats.retain(|defeat| !dropped.contains(defeat));
        rounds.push(Round { schwartz, dropped });
    }
}

/// Options that transitively defeat all that transitively defeat them.
fn schwartz_set(defeats: &[Defeat], options: &[usize]) -> Vec<usize> {
    let size = options.iter().max().map_or(0, |largest| largest + 1);
    let mut reaches = vec![vec![false; size]; size];
    for defeat in defeats {
        reaches[defeat.winner][defeat.loser] = true;
    }
    for through in options {
        let onward = reaches[*through].clone();
        for from in options {
            if reaches[*from][*through] {
                reaches[*from].iter_mut().zip(&onward).for_each(|(reached, next)| *reached |= next);
            }
        }
    }
    let in_set = |one: &&usize| options.iter().all(|other| reaches[**one][*other] || !reaches[*other][**one]);
    options.iter().filter(in_set).copied().collect()
}

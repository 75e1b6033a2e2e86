//! Whether one institution alone turns a result: the count again without each.

use std::collections::BTreeMap;

use super::ballots::Ballots;
use super::quorum::{Electorate, Quorum};
use super::tally::{Majority, tally};

/// The count without one institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub institution: String,
    /// How many ballots it cast.
    pub ballots: usize,
    /// What would win without it.
    pub winners: Vec<usize>,
    /// Whether that is another result.
    pub flips: bool,
}

/// Who belongs to which institution.
#[derive(Debug, Clone, Copy)]
pub struct Houses<'a> {
    /// Each ballot's institution, in the order of the ballots.
    pub ballots: &'a [String],
    /// How many of each may vote, whether they did or not; of one that isn't here, those who did.
    pub electors: &'a BTreeMap<String, u64>,
}

/// Counts again without each institution, its ballots and all of its electors.
///
/// A result that one of three or more institutions flips is not robust; with fewer it is only reported.
pub fn leave_one_institution_out(
    ballots: &Ballots,
    houses: Houses<'_>,
    majority: Majority,
    (quorum, electorate): (Quorum, Electorate),
) -> Vec<LeftOut> {
    let whole = tally(ballots, majority, (quorum, electorate));
    let mut counts: BTreeMap<&String, usize> = houses.electors.keys().map(|institution| (institution, 0)).collect();
    houses.ballots.iter().for_each(|institution| *counts.entry(institution).or_default() += 1);
    let without = |(institution, count): (&String, usize)| {
        let rest = ballots.without(|ballot| houses.ballots.get(ballot) == Some(institution));
        let voted = u64::try_from(count).unwrap_or(u64::MAX);
        let electors = houses.electors.get(institution).map_or(voted, |electors| voted.max(*electors));
        let left = Electorate(electorate.0.saturating_sub(electors));
        let winners = tally(&rest, majority, (quorum, left)).winners().to_vec();
        let flips = winners != whole.winners();
        LeftOut { institution: institution.clone(), ballots: count, winners, flips }
    };
    counts.into_iter().map(without).collect()
}

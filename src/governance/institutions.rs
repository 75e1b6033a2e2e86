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

/// Counts again without each institution; `of` is each ballot's, in their order. Its ballots leave the electorate too.
///
/// A result that one of three or more institutions flips is not robust; with fewer it is only reported.
pub fn leave_one_institution_out(
    ballots: &Ballots,
    of: &[String],
    majority: Majority,
    (quorum, electorate): (Quorum, Electorate),
) -> Vec<LeftOut> {
    let whole = tally(ballots, majority, (quorum, electorate));
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    of.iter().for_each(|institution| *counts.entry(institution).or_default() += 1);
    let without = |(institution, count): (&String, usize)| {
        let rest = ballots.without(|ballot| of.get(ballot) == Some(institution));
        let electors = Electorate(electorate.0.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX)));
        let winners = tally(&rest, majority, (quorum, electors)).winners().to_vec();
        let flips = winners != whole.winners();
        LeftOut { institution: institution.clone(), ballots: count, winners, flips }
    };
    counts.into_iter().map(without).collect()
}

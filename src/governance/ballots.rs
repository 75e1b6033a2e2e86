//! Ballots over named options, one of them the default.

use std::collections::BTreeSet;

use super::ranking::{RankingError, read_ranking};

/// Most options of a vote; more can't be ranked by people, and make the count slow.
const MOST_OPTIONS: usize = 100;

/// The place of an option that a ballot doesn't rank: below all that it does, and equal to the others left out.
const UNRANKED: u32 = u32::MAX;

/// Why ballots can't be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BallotError {
    /// A ballot that is no ranking; which one, from 0.
    #[error("`{text}` is no ranking such as A>B=C: {error}")]
    Ranking {
        /// Which ballot, from 0.
        ballot: usize,
        /// What it says.
        text: String,
        /// What is wrong with it.
        error: RankingError,
    },
    /// A ballot ranks what isn't on it.
    #[error("`{option}` is no option of this vote: {known}")]
    Unknown {
        /// Which ballot, from 0.
        ballot: usize,
        /// What it ranks.
        option: String,
        /// What there is.
        known: String,
    },
    /// Too many options.
    #[error("more than {MOST_OPTIONS} options")]
    TooMany,
}

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballots {
    options: Vec<String>,
    default: usize,
    /// Each ballot's place for each option; a lower one is preferred.
    places: Vec<Vec<u32>>,
}

impl Ballots {
    /// Reads rankings. The options are those of `named`, or all that a ballot names if it is empty, and the default.
    ///
    /// Options stand in order of their names, so that nothing depends on the order of ballots.
    pub fn read(rankings: &[&str], default: &str, named: &[String]) -> Result<Self, BallotError> {
        let mut read = Vec::new();
        for (ballot, text) in rankings.iter().enumerate() {
            let groups = read_ranking(text);
            let wrong = |error| BallotError::Ranking { ballot, text: (*text).to_owned(), error };
            read.push(groups.map_err(wrong)?);
        }
        let mut options: BTreeSet<&str> = named.iter().map(String::as_str).collect();
        if named.is_empty() {
            options.extend(read.iter().flatten().flatten().copied());
        }
        options.insert(default);
        let options: Vec<String> = options.into_iter().map(str::to_owned).collect();
        if options.len() > MOST_OPTIONS {
            return Err(BallotError::TooMany);
        }
        let place = |option: &str| options.binary_search_by(|known| known.as_str().cmp(option)).ok();
        let mut places = Vec::new();
        for (ballot, groups) in read.iter().enumerate() {
            let mut own = vec![UNRANKED; options.len()];
            for (rank, option) in (0..).zip(groups).flat_map(|(rank, group)| group.iter().map(move |one| (rank, one))) {
                let unknown =
                    || BallotError::Unknown { ballot, option: (*option).to_owned(), known: options.join(", ") };
                own[place(option).ok_or_else(unknown)?] = rank;
            }
            places.push(own);
        }
        let default = place(default).unwrap_or(0);
        Ok(Self { options, default, places })
    }

    /// Without the ballots of these places.
    #[must_use]
    pub fn without(&self, left_out: impl Fn(usize) -> bool) -> Self {
        let kept = self.places.iter().enumerate().filter(|(ballot, _)| !left_out(*ballot));
        Self {
            options: self.options.clone(),
            default: self.default,
            places: kept.map(|(_, one)| one.clone()).collect(),
        }
    }

    /// Names of the options, in order.
    pub fn options(&self) -> &[String] {
        &self.options
    }

    /// Which option is the default.
    pub fn default_option(&self) -> usize {
        self.default
    }

    /// How many ballots.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Each ballot's places by option; a lower one is preferred.
    pub(super) fn places(&self) -> &[Vec<u32>] {
        &self.places
    }
}

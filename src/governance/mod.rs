//! How a guild decides: tallies over plain ballots. Pure: no file, no clock, no hall.

mod ballots;
mod institutions;
mod pairwise;
mod quorum;
mod ranking;
mod schwartz;
mod tally;

pub use ballots::{BallotError, Ballots};
pub use institutions::{LeftOut, leave_one_institution_out};
pub use pairwise::Pairwise;
pub use quorum::{Electorate, Quorum, QuorumError};
pub use ranking::{RankingError, read_ranking};
pub use schwartz::{Defeat, Round};
pub use tally::{Dropped, Majority, MajorityError, Tally, tally};

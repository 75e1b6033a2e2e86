//! How a guild decides, and who made what it publishes: tallies over plain ballots, stake over gold labels. Pure: no file, no
//! clock, no hall.

mod apportion;
mod ballots;
mod concentration;
mod contributions;
mod institutions;
mod pairwise;
mod quorum;
mod ranking;
mod recusal;
mod register;
mod schwartz;
mod split;
mod tally;
mod vesting;

pub use apportion::apportion;
pub use ballots::{BallotError, Ballots};
pub use concentration::{Alarms, Concentration, decimal, percent};
pub use contributions::{GoldLabel, contributed};
pub use institutions::{Houses, LeftOut, leave_one_institution_out};
pub use pairwise::Pairwise;
pub use quorum::{Electorate, Quorum, QuorumError};
pub use ranking::{RankingError, read_ranking};
pub use recusal::{Ground, Interest, InterestError, recused};
pub use register::{Claim, REGISTER, Register, StakeRule, register};
pub use schwartz::{Defeat, Round};
pub use split::{Contributed, Part, Units};
pub use tally::{Dropped, Majority, MajorityError, Tally, tally};
pub use vesting::{Fate, Life, vesting};

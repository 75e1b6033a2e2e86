//! A release as files: dataset, card, stake, ledger, disclosed answers, rules and sums, all made from one set of inputs, so that
//! whoever verifies makes them again and compares bytes.

mod bundle;
mod card;
mod disclosed;
mod inputs;
mod labels;
mod permitted;
mod stake;
mod sums;
mod tables;

pub use bundle::files;
pub use disclosed::{Disclosed, DisclosedError, DisclosedItem, DisclosedPart};
pub use inputs::{Release, RuleTexts, Settled};
pub use labels::{ReleasedLabel, digest_of_labels, released_labels, tier_named};
pub use permitted::{LeftOut, attribution, blocked, left_out, names, open_rationales, terms_of};
pub use stake::{gold_of, register_of, stake_csv};
pub use sums::{SumsError, read_sums};

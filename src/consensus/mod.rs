//! From judgements to verdicts: the rule `consensus/1`. Reads and writes nothing; all amounts are integer millionths.

mod evidence;
mod label;
mod reduce;
mod route;
mod skill;
mod spans;
mod verdict;

pub use evidence::{MILLION, accuracy_of_prior, cap_by_institution, evidence, evidence_cap};
pub use label::{Label, LabelRoute, Tier, labels, tier, verdicts};
pub use route::{Following, RULE, Routing, follow};
pub use skill::{Record, Snapshot};
pub use verdict::{Verdict, Vote, verdict};

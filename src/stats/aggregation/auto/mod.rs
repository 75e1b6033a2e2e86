//! `auto`, the default aggregation: half a smoothed Wawa vote, half an average of four models by how well they predict
//! judgements that were held out.

mod anchor;
mod audit;
mod blend;
mod canonical;
mod fold;
mod held_out;
mod members;
mod rater_prior;
mod rule;
mod weights;

pub use members::Member;
pub use rule::{Auto, AutoFit, MemberReport};

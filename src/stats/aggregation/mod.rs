//! From many judgements of an item to one label: votes, models of raters, and `auto`, which averages them.

mod auto;
mod borda;
mod bradley_terry;
mod chunks;
mod climb;
mod coin;
mod confusion;
mod confusion_pass;
mod dawid_skene;
mod glad;
mod kemeny;
mod limits;
mod log_product;
mod mace;
mod majority;
mod one_coin;
mod posterior;
mod ratings;
mod result;
mod rows;
#[cfg(test)]
mod sample;
mod shares;
mod wawa;
mod zero_based_skill;

use super::{Judgement, Judgements};

pub use auto::{Auto, AutoFit, Member, MemberReport};
pub use borda::{borda, borda_ranking};
pub use bradley_terry::{BradleyTerry, BradleyTerryFit, Comparison};
pub use climb::Stop;
pub use dawid_skene::{ConfusionPrior, DawidSkene, DawidSkeneFit};
pub use glad::{Glad, GladFit};
pub use kemeny::{Kemeny, MOST_EXACT, kemeny};
pub use limits::AggregationError;
pub use mace::Mace;
pub use majority::{majority, weighted_majority};
pub use one_coin::OneCoin;
pub use posterior::Posterior;
pub use ratings::{median, trimmed_mean, weighted_median};
pub use result::{Aggregation, Guards};
pub use wawa::wawa;
pub use zero_based_skill::zero_based_skill;

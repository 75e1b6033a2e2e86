//! The models of a hall: what there is, what is on its way, and who may change that.

mod fetching;
mod kept;
mod on_the_way;

pub use kept::{ModelPlace, ModelView};
pub use on_the_way::FetchView;

pub(super) use on_the_way::OnTheWay;

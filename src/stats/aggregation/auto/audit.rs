//! Which items a person should rule on to learn whether the models or the majority are right.

use super::fold::place;
use crate::stats::aggregation::result::Aggregation;

/// Share of moved labels above which an audit is advised.
const ADVISED: f64 = 0.02;

/// What an audit could look at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidates {
    /// Items whose label is not the majority's, in hashed order: any first few are a fair sample.
    moved: Vec<u32>,
    /// The other judged items without gold, least certain first.
    rest: Vec<u32>,
}

impl Candidates {
    /// `moved` and `open` by item; items of gold are in neither.
    pub fn new(mut moved: Vec<u32>, mut rest: Vec<u32>, result: &Aggregation) -> Self {
        moved.sort_by_key(|item| place(*item as usize));
        let confidence = |item: &u32| result.confidence(*item as usize).unwrap_or(1.0);
        rest.sort_by(|left, right| confidence(left).total_cmp(&confidence(right)).then(left.cmp(right)));
        Self { moved, rest }
    }

    /// The first `most`.
    pub fn first(&self, most: usize) -> Vec<u32> {
        self.moved.iter().chain(&self.rest).take(most).copied().collect()
    }

    /// Whether so many labels are moved that an audit is advised.
    pub fn advised(&self, result: &Aggregation) -> bool {
        result.guards.moved_from_majority > ADVISED
    }
}

//! Each two raters and the items that both judged.

use super::Judgements;
use super::numbers::index;

/// One item that two raters judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shared {
    /// The second rater: the pair's other end.
    second: u32,
    /// Which item.
    pub item: u32,
    /// The first rater's class.
    pub first_class: u32,
    /// The second rater's class.
    pub second_class: u32,
}

/// Calls `each` with first < second and what both judged (at least one item), pairs in order, items in order.
///
/// Complexity: O(shared log raters) time; memory for one rater's pairs at a time.
pub(super) fn for_each_pair(judgements: &Judgements, mut each: impl FnMut(u32, u32, &[Shared])) {
    let rows = judgements.rows();
    let mut by_rater: Vec<u32> = (0..index(rows.len())).collect();
    by_rater.sort_by_key(|&row| rows[row as usize].rater);
    let mut shared = Vec::new();
    for own in by_rater.chunk_by(|&one, &other| rows[one as usize].rater == rows[other as usize].rater) {
        shared.clear();
        for &place in own {
            let row = rows[place as usize];
            let end = judgements.range(row.item as usize).end;
            // within an item rows are sorted by rater: those after it are the larger ones
            shared.extend(rows[place as usize + 1..end].iter().map(|other| Shared {
                second: other.rater,
                item: row.item,
                first_class: row.class,
                second_class: other.class,
            }));
        }
        shared.sort_unstable();
        for pair in shared.chunk_by(|one, other| one.second == other.second) {
            each(rows[own[0] as usize].rater, pair[0].second, pair);
        }
    }
}

//! Judgements of items by raters, as plain indices: what every coefficient and every aggregation is computed from.

use std::ops::Range;

/// One rater's class for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    /// Which item, from 0.
    pub item: u32,
    /// Which rater, from 0.
    pub rater: u32,
    /// Which class, from 0.
    pub class: u32,
}

/// Judgements sorted by item, then rater; each pair of them once.
///
/// Limitation: at most 2^32 - 1 judgements.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgements {
    rows: Vec<Judgement>,
    /// Where each item's rows start, and the end.
    starts: Vec<u32>,
    raters: usize,
    classes: usize,
    /// A share in (0, 1] for each row; empty if each is 1.
    weights: Vec<f64>,
    repeated: usize,
}

impl Judgements {
    /// Sorts rows; of a pair of item and rater that is given again, the last counts. Counts of items, raters and classes
    /// are one more than the largest index.
    ///
    /// Complexity: O(rows log rows), in place.
    pub fn new(mut rows: Vec<Judgement>) -> Self {
        // a stable sort keeps the order within a pair
        rows.sort_by_key(|row| (row.item, row.rater));
        let given = rows.len();
        rows.reverse();
        rows.dedup_by_key(|row| (row.item, row.rater));
        rows.reverse();
        let one_more = |index: Option<u32>| index.map_or(0, |index| index as usize + 1);
        let items = one_more(rows.last().map(|row| row.item));
        let raters = one_more(rows.iter().map(|row| row.rater).max());
        let classes = one_more(rows.iter().map(|row| row.class).max());
        let mut starts = vec![0_u32; items + 1];
        for row in &rows {
            starts[row.item as usize + 1] += 1;
        }
        for item in 0..items {
            starts[item + 1] += starts[item];
        }
        let repeated = given - rows.len();
        Self { rows, starts, raters, classes, weights: Vec::new(), repeated }
    }

    /// With this weight for each row, in (0, 1].
    #[must_use]
    pub fn weighted(mut self, weight: impl FnMut(&Judgement) -> f64) -> Self {
        self.weights = self.rows.iter().map(weight).collect();
        self
    }

    /// All, by item, then rater.
    pub fn rows(&self) -> &[Judgement] {
        &self.rows
    }

    /// Where an item's rows lie.
    pub fn range(&self, item: usize) -> Range<usize> {
        self.starts[item] as usize..self.starts[item + 1] as usize
    }

    /// Those of one item.
    pub fn of(&self, item: usize) -> &[Judgement] {
        &self.rows[self.range(item)]
    }

    /// A row's weight.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// How many items.
    pub fn items(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many raters.
    pub fn raters(&self) -> usize {
        self.raters
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many rows were given for a pair that had one.
    pub fn repeated(&self) -> usize {
        self.repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_repeated_pair_counts() {
        let row = |item, rater, class| Judgement { item, rater, class };
        let judgements = Judgements::new(vec![row(1, 0, 2), row(0, 1, 0), row(1, 0, 1), row(0, 0, 0)]);
        assert_eq!(judgements.rows(), [row(0, 0, 0), row(0, 1, 0), row(1, 0, 1)]);
        assert_eq!((judgements.repeated(), judgements.classes(), judgements.items()), (1, 2, 2));
        assert_eq!(judgements.of(1), [row(1, 0, 1)]);
    }
}

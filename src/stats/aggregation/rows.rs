//! Judgements as the estimators walk them: eight bytes a row, in item order. Repeats are whatever the maker left in.

use std::ops::Range;

use super::Judgements;

/// One judgement of the item whose range it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub rater: u32,
    pub class: u32,
}

/// Rows by item. Counts of raters and classes can be larger than what occurs.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    rows: Vec<Row>,
    starts: Vec<u32>,
    /// Empty if each is 1.
    weights: Vec<f64>,
    raters: usize,
    classes: usize,
}

/// Builds [`Rows`] item by item.
pub(crate) struct RowsBuilder {
    built: Rows,
    weighted: bool,
}

impl RowsBuilder {
    /// With room for `rows`.
    pub fn new(raters: usize, classes: usize, rows: usize) -> Self {
        let rows = Vec::with_capacity(rows);
        let built = Rows { rows, starts: vec![0], weights: Vec::new(), raters, classes };
        Self { built, weighted: false }
    }

    /// Adds a row to the item that is open.
    pub fn push(&mut self, row: Row, weight: f64) {
        if weight != 1.0 && !self.weighted {
            self.weighted = true;
            self.built.weights = vec![1.0; self.built.rows.len()];
        }
        if self.weighted {
            self.built.weights.push(weight);
        }
        self.built.rows.push(row);
    }

    /// Closes the item that is open.
    pub fn end_item(&mut self) {
        self.built.starts.push(u32::try_from(self.built.rows.len()).unwrap_or(u32::MAX));
    }

    /// What was built.
    pub fn finish(self) -> Rows {
        self.built
    }
}

impl Rows {
    /// The same judgements.
    pub fn of_judgements(judgements: &Judgements) -> Self {
        Self::kept(judgements, |_| true)
    }

    /// Those judgements whose index passes; items, raters and classes keep their numbers.
    fn kept(judgements: &Judgements, mut keep: impl FnMut(usize) -> bool) -> Self {
        let mut builder = RowsBuilder::new(judgements.raters(), judgements.classes(), judgements.rows().len());
        for item in 0..judgements.items() {
            for index in judgements.range(item) {
                let row = judgements.rows()[index];
                if keep(index) {
                    builder.push(Row { rater: row.rater, class: row.class }, judgements.weight(index));
                }
            }
            builder.end_item();
        }
        builder.finish()
    }

    /// Those rows of `self` whose item and index pass; items, raters and classes keep their numbers.
    pub fn filtered(&self, mut keep: impl FnMut(usize, usize) -> bool) -> Self {
        let mut builder = RowsBuilder::new(self.raters, self.classes, self.rows.len());
        for item in 0..self.items() {
            for index in self.range(item) {
                if keep(item, index) {
                    builder.push(self.rows[index], self.weight(index));
                }
            }
            builder.end_item();
        }
        builder.finish()
    }

    /// Where an item's rows lie.
    #[inline]
    pub fn range(&self, item: usize) -> Range<usize> {
        self.starts[item] as usize..self.starts[item + 1] as usize
    }

    /// An item's rows.
    #[inline]
    pub fn of(&self, item: usize) -> &[Row] {
        &self.rows[self.range(item)]
    }

    /// An item's rows with their weights.
    pub fn weighted(&self, item: usize) -> impl Iterator<Item = (Row, f64)> + '_ {
        self.range(item).map(|index| (self.rows[index], self.weight(index)))
    }

    /// One row.
    pub fn row(&self, index: usize) -> Row {
        self.rows[index]
    }

    /// A row's weight.
    #[inline]
    pub fn weight(&self, index: usize) -> f64 {
        self.weights.get(index).copied().unwrap_or(1.0)
    }

    /// Whether a weight differs from 1.
    pub fn has_weights(&self) -> bool {
        !self.weights.is_empty()
    }

    /// Where each item's rows start, and the end.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn items(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn raters(&self) -> usize {
        self.raters
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many items have a row.
    pub fn judged(&self) -> usize {
        self.starts.windows(2).filter(|pair| pair[0] < pair[1]).count()
    }

    /// Sum of all weights.
    pub fn total_weight(&self) -> f64 {
        if self.weights.is_empty() { to_float(self.rows.len()) } else { self.weights.iter().sum() }
    }
}

/// A count as a number; exact below 2^53.
#[inline]
#[allow(clippy::cast_precision_loss)]
pub(crate) fn to_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Judgement;

    #[test]
    fn a_filtered_set_keeps_its_numbering() {
        let given = [(0, 0, 1), (2, 1, 0), (2, 0, 2)];
        let judgements = Judgements::new(given.map(|(item, rater, class)| Judgement { item, rater, class }).to_vec());
        let rows = Rows::of_judgements(&judgements);
        assert_eq!((rows.items(), rows.judged(), rows.len()), (3, 2, 3));
        let kept = rows.filtered(|item, index| item == 2 && rows.row(index).rater == 1);
        assert_eq!((kept.items(), kept.judged(), kept.raters(), kept.classes()), (3, 1, 2, 3));
        assert_eq!(kept.of(2), [Row { rater: 1, class: 0 }]);
        assert!(!kept.has_weights() && kept.total_weight() == 1.0);
    }
}

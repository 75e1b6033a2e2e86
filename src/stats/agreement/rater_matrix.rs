//! How often each two raters agree, for a heat map.

use super::Judgements;

/// Two raters' record together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Items that both judged.
    pub both: u32,
    /// Those to which both gave one class.
    pub agreed: u32,
}

impl Cell {
    /// Share of agreeing; none if they share no item.
    pub fn share(&self) -> Option<f64> {
        (self.both > 0).then(|| f64::from(self.agreed) / f64::from(self.both))
    }
}

/// Cells of chosen raters, one with another. On the diagonal a rater agrees with itself on all that it judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaterMatrix {
    raters: Vec<u32>,
    cells: Vec<Cell>,
}

impl RaterMatrix {
    /// Of these raters, in this order; each once.
    ///
    /// Complexity: O(sum over items of the square of their judgements by chosen raters); memory chosen^2.
    pub fn new(judgements: &Judgements, raters: &[u32]) -> Self {
        let mut place_of = vec![None; judgements.raters()];
        for (place, &rater) in raters.iter().enumerate() {
            if let Some(slot) = place_of.get_mut(rater as usize) {
                *slot = Some(place);
            }
        }
        let mut cells = vec![Cell::default(); raters.len() * raters.len()];
        let mut chosen = Vec::new();
        for item in 0..judgements.items() {
            chosen.clear();
            let rows = judgements.of(item).iter();
            chosen.extend(rows.filter_map(|row| place_of[row.rater as usize].map(|place| (place, row.class))));
            for &(one, class) in &chosen {
                for &(other, other_class) in &chosen {
                    let cell = &mut cells[one * raters.len() + other];
                    cell.both += 1;
                    cell.agreed += u32::from(class == other_class);
                }
            }
        }
        Self { raters: raters.to_vec(), cells }
    }

    /// Whom the rows and columns stand for.
    pub fn raters(&self) -> &[u32] {
        &self.raters
    }

    /// Of the raters in these places; `row` and `column` are below `raters().len()`.
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells[row * self.raters.len() + column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Judgement;

    #[test]
    fn pairs_are_counted_where_both_judged() {
        let row = |item, rater, class| Judgement { item, rater, class };
        let rows = vec![row(0, 0, 1), row(0, 1, 1), row(1, 0, 0), row(1, 1, 1), row(1, 2, 0), row(2, 3, 0)];
        let matrix = RaterMatrix::new(&Judgements::new(rows), &[1, 0, 3]);
        assert_eq!(matrix.cell(0, 1), Cell { both: 2, agreed: 1 });
        assert_eq!(matrix.cell(1, 0), matrix.cell(0, 1));
        assert_eq!(matrix.cell(0, 0).share(), Some(1.0));
        assert_eq!(matrix.cell(0, 2).share(), None);
    }
}

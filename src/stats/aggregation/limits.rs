//! What is refused: nothing to aggregate, and tables that would not fit.

use super::rows::Rows;

/// Why an aggregation was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AggregationError {
    /// Nothing to aggregate.
    #[error("no judgements")]
    NoJudgements,
    /// One class leaves nothing to decide.
    #[error("all judgements name one class: there is nothing to decide")]
    OneClass,
    /// Tables would not fit.
    #[error(
        "{raters} raters with tables of {classes} × {classes} classes are {cells} numbers, over the limit of {limit}: \
         use majority, wawa or one-coin"
    )]
    TooLarge {
        /// How many.
        raters: usize,
        /// How many.
        classes: usize,
        /// raters × classes × classes.
        cells: u64,
        /// Most cells.
        limit: u64,
    },
    /// A posterior would not fit.
    #[error("{items} items × {classes} classes are {cells} numbers, over the limit of {limit}")]
    TooManyClasses {
        /// How many.
        items: usize,
        /// How many.
        classes: usize,
        /// items × classes.
        cells: u64,
        /// Most cells.
        limit: u64,
    },
}

/// Most numbers in one table: half a gibibyte.
pub(crate) const MOST_CELLS: u64 = 1 << 26;

/// Refuses what has no judgement or whose posterior is too large.
pub(crate) fn check(rows: &Rows) -> Result<(), AggregationError> {
    let (items, classes) = (rows.items(), rows.classes());
    let cells = (items as u64).saturating_mul(classes as u64);
    if rows.len() == 0 {
        Err(AggregationError::NoJudgements)
    } else if cells > MOST_CELLS {
        Err(AggregationError::TooManyClasses { items, classes, cells, limit: MOST_CELLS })
    } else {
        Ok(())
    }
}

/// Refuses tables of rater × class × class that are too large as well.
pub(crate) fn check_tables(rows: &Rows) -> Result<(), AggregationError> {
    check(rows)?;
    let (raters, classes) = (rows.raters(), rows.classes());
    let cells = (raters as u64).saturating_mul(classes as u64).saturating_mul(classes as u64);
    if cells > MOST_CELLS {
        return Err(AggregationError::TooLarge { raters, classes, cells, limit: MOST_CELLS });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_with_its_figures() {
        let wide = [(0, 9_999, 9_999), (0, 0, 0)];
        let rows = Rows::of_judgements(&crate::stats::aggregation::sample::judgements(&wide));
        assert!(check(&rows).is_ok());
        let text = check_tables(&rows).err().map(|error| error.to_string());
        assert!(text.is_some_and(|text| text.contains("10000 raters with tables of 10000 × 10000")));
        let long = Rows::of_judgements(&crate::stats::aggregation::sample::judgements(&[(9_999, 0, 9_999)]));
        assert!(matches!(check(&long), Err(AggregationError::TooManyClasses { cells: 100_000_000, .. })));
    }
}

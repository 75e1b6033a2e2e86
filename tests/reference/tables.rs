//! Builders of judgements for tests.
use guildhall::stats::{Judgement, Judgements};

/// One row a rater, one column an item; a dot is no judgement, digits are classes plus `base`.
pub fn table(base: u32, rows: &[&str]) -> Judgements {
    let mut judgements = Vec::new();
    for (rater, row) in (0..).zip(rows) {
        for (item, cell) in (0..).zip(row.chars().filter(|cell| *cell != ' ')) {
            if let Some(digit) = cell.to_digit(10) {
                judgements.push(Judgement { item, rater, class: digit - base });
            }
        }
    }
    Judgements::new(judgements)
}

/// One row an item: how many raters gave each class. Who gave what is made up.
pub fn counted(rows: &[&[u32]]) -> Judgements {
    let mut judgements = Vec::new();
    for (item, row) in (0..).zip(rows) {
        let mut rater = 0;
        for (class, &count) in (0..).zip(*row) {
            for _ in 0..count {
                judgements.push(Judgement { item, rater, class });
                rater += 1;
            }
        }
    }
    Judgements::new(judgements)
}

/// Four observers and twelve units of Krippendorff 2011, section C; classes 0 to 4 are his 1 to 5.
pub fn krippendorff_2011() -> Judgements {
    table(
        1,
        &["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."],
    )
}

/// Near enough?
pub fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance, "{what}: {got} is not {want}");
}

//! Judgements in the field's plainest form: a CSV with columns `task`, `worker`, `label` and, if wanted, `weight`.
//!
//! Columns are found by name, in any order; others are ignored. Classes are ordered by value if every label is a finite
//! number, else by byte order; items and raters by byte order: so the order of rows changes nothing but which of a repeated
//! pair is the last.

use std::io::Read;

use super::csv_records::{CsvError, Records};
use super::names::Names;
use crate::stats::{Judgement, Judgements};

/// Most different labels; more are a mistaken column.
pub const MOST_CLASSES: usize = 10_000;

/// Judgements with the names of their indices.
#[derive(Debug, Clone)]
pub struct Votes {
    /// See [`Judgements`].
    pub judgements: Judgements,
    /// Tasks.
    pub items: Names,
    /// Workers.
    pub raters: Names,
    /// Labels.
    pub classes: Names,
}

/// Reads judgements, plain or gzip.
///
/// # Errors
/// See [`CsvError`]; each names its line.
///
/// **Complexity**: O(bytes + rows log rows); about 24 bytes a row and each name once.
pub fn read_votes(input: impl Read) -> Result<Votes, CsvError> {
    let mut records = Records::new(input)?;
    let task = records.column(&["task"], "task")?;
    let worker = records.column(&["worker"], "worker")?;
    let label = records.column(&["label"], "label")?;
    let weight = records.optional("weight")?;
    let (mut items, mut raters, mut classes) = (Names::default(), Names::default(), Names::default());
    let mut rows = Vec::new();
    let mut weights = Vec::new();
    while records.advance()? {
        let line = records.line;
        let too_many = || CsvError::TooManyRows { line, limit: u32::MAX as usize - 1 };
        let item = items.number(records.text(task, "task")?).ok_or_else(too_many)?;
        let rater = raters.number(records.text(worker, "worker")?).ok_or_else(too_many)?;
        let class = classes.number(records.text(label, "label")?).ok_or_else(too_many)?;
        if classes.len() > MOST_CLASSES {
            return Err(CsvError::TooManyClasses { line, limit: MOST_CLASSES });
        }
        if rows.len() >= u32::MAX as usize - 1 {
            return Err(too_many());
        }
        if let Some(column) = weight {
            weights.push((item, rater, share(records.text(column, "weight")?, line)?));
        }
        rows.push(Judgement { item, rater, class });
    }
    let of_item = items.sort();
    let of_rater = raters.sort();
    let of_class = classes.sort_by_value();
    for row in &mut rows {
        row.item = of_item[row.item as usize];
        row.rater = of_rater[row.rater as usize];
        row.class = of_class[row.class as usize];
    }
    for (item, rater, _) in &mut weights {
        *item = of_item[*item as usize];
        *rater = of_rater[*rater as usize];
    }
    let judgements = with_weights(Judgements::new(rows), weights);
    Ok(Votes { judgements, items, raters, classes })
}

/// Gives each judgement the weight of its pair's last row.
fn with_weights(judgements: Judgements, mut weights: Vec<(u32, u32, f64)>) -> Judgements {
    if weights.is_empty() {
        return judgements;
    }
    // a stable sort keeps the order within a pair
    weights.sort_by_key(|(item, rater, _)| (*item, *rater));
    weights.reverse();
    weights.dedup_by_key(|(item, rater, _)| (*item, *rater));
    let mut in_order = weights.into_iter().rev().map(|(.., weight)| weight);
    judgements.weighted(|_| in_order.next().unwrap_or(1.0))
}

fn share(text: &str, line: u64) -> Result<f64, CsvError> {
    match text.trim().parse::<f64>() {
        Ok(weight) if weight > 0.0 && weight <= 1.0 => Ok(weight),
        _ => Err(CsvError::Weight { line, value: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Votes, CsvError> {
        read_votes(text.as_bytes())
    }

    #[test]
    fn columns_go_by_name_and_rows_by_any_order() {
        let votes = read("note,label,worker,task\nx,10,ann,t2\ny,9,bob,t2\n,10,ann,t1\n").unwrap();
        let names = |names: &Names| names.iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            (names(&votes.items), names(&votes.classes)),
            (vec!["t1".into(), "t2".into()], vec!["9".into(), "10".into()])
        );
        let other = read("task,worker,label\nt1,ann,10\nt2,bob,9\nt2,ann,10\n").unwrap();
        assert_eq!(votes.judgements, other.judgements);
        assert_eq!(names(&votes.raters), ["ann", "bob"]);
    }

    #[test]
    fn the_last_of_a_pair_counts_with_its_weight() {
        let votes = read("task,worker,label,weight\nt,a,x,.5\nt,b,x,1\nt,a,y,.25\n").unwrap();
        assert_eq!((votes.judgements.repeated(), votes.judgements.rows().len()), (1, 2));
        assert_eq!((votes.judgements.weight(0), votes.judgements.weight(1)), (0.25, 1.0));
        assert_eq!(votes.classes.name(votes.judgements.rows()[0].class), "y");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(error("task,label\n1,2\n"), "line 1: no column `worker` in the header: task,label");
        assert_eq!(error("task,worker,label\n1,2,\n"), "line 2: `label` is empty");
        assert_eq!(error("task,worker,label\n1,2,3\n , ,3\n"), "line 3: `task` is empty");
        assert_eq!(
            error("task,worker,label,weight\n1,2,3,2\n"),
            "line 2: weight `2` is not a number above 0 and at most 1"
        );
        assert_eq!(
            error("task,worker,label,weight\n1,2,3,NaN\n"),
            "line 2: weight `NaN` is not a number above 0 and at most 1"
        );
        assert_eq!(error(""), "line 1: no column `task` in the header: ");
        let bytes = read_votes(&b"task,worker,label\n1,2,\xff\n"[..]).unwrap_err().to_string();
        assert_eq!(bytes, "line 2: `label` is not valid UTF-8");
        let many: String = (0..1_000_000).map(|label| format!("1,{label},{label}\n")).collect();
        assert_eq!(
            error(&format!("task,worker,label\n{many}")),
            "line 10002: more than 10000 different labels; is `label` the right column?"
        );
    }

    #[test]
    fn nan_is_a_label_and_small_files_are_read() {
        let votes = read("task,worker,label\n1,1,NaN\n1,2,3\n").unwrap();
        assert_eq!(votes.classes.iter().collect::<Vec<_>>(), ["3", "NaN"]);
        assert_eq!(read("task,worker,label\n").unwrap().judgements.rows(), []);
        assert_eq!(read("task,worker,label\n1,1,1").unwrap().judgements.items(), 1);
    }
}

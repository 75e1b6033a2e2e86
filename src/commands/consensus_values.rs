//! The methods of `consensus` that give a number or an order instead of one of the labels: medians and trimmed means of
//! ratings, Borda's and Kemeny's orders of rankings, Bradley and Terry's strengths.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::exchange::{Votes, quoted};
use crate::governance::read_ranking;
use crate::stats::{BradleyTerry, Comparison, borda_ranking, kemeny, median, trimmed_mean};

use super::context::CommandError;

/// Cut from each end by a trimmed mean.
const TRIMMED: f64 = 0.1;

/// How judgements become values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valued {
    /// The middle rating of a task.
    Median,
    /// The mean without the lowest and highest tenth.
    TrimmedMean,
    /// Each task's options by points.
    Borda,
    /// Each task's order that contradicts the fewest preferences.
    Kemeny,
    /// Strengths of options over all tasks.
    BradleyTerry,
}

/// What was found, by row.
#[derive(Debug, Serialize)]
pub struct Values {
    method: String,
    items: usize,
    raters: usize,
    judgements: usize,
    #[serde(skip)]
    columns: [&'static str; 2],
    rows: Vec<Map<String, Value>>,
    notes: Vec<String>,
}

impl Values {
    /// As a CSV.
    pub fn csv(&self) -> String {
        let mut text = format!("{}\n", self.columns.join(","));
        for row in &self.rows {
            let cells: Vec<String> = self.columns.iter().map(|column| quoted(&plain(&row[*column]))).collect();
            let _ = writeln!(text, "{}", cells.join(","));
        }
        text
    }

    /// As lines.
    pub fn in_words(&self) -> String {
        let Self { method, items, raters, judgements, .. } = self;
        let mut text = format!("{judgements} judgements of {items} items by {raters} raters, by {method}\n");
        for row in &self.rows {
            let cells: Vec<String> = self.columns.iter().map(|column| plain(&row[*column])).collect();
            let _ = writeln!(text, "{:<24} {}", cells[0], cells[1]);
        }
        self.notes.iter().for_each(|note| {
            let _ = writeln!(text, "note: {note}");
        });
        text
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Runs a method; `method` is its name.
///
/// Errors: labels that are no numbers, or no rankings such as `A>B=C`.
pub fn values(votes: &Votes, valued: Valued, method: String) -> Result<Values, CommandError> {
    let (columns, rows, notes) = match valued {
        Valued::Median => (["task", "value"], ratings(votes, median)?, Vec::new()),
        Valued::TrimmedMean => (["task", "value"], ratings(votes, |values| trimmed_mean(values, TRIMMED))?, Vec::new()),
        Valued::Borda => {
            let order = |options: usize, rankings: &[Vec<u32>]| (borda_ranking(options, rankings), true);
            orders(votes, order)?
        }
        Valued::Kemeny => orders(votes, |options, rankings| {
            let found = kemeny(options, rankings);
            (found.ranking, found.exact)
        })?,
        Valued::BradleyTerry => strengths(votes)?,
    };
    let row = |cells: [Value; 2]| columns.map(str::to_owned).into_iter().zip(cells).collect();
    Ok(Values {
        method,
        items: votes.items.len(),
        raters: votes.raters.len(),
        judgements: votes.judgements.rows().len(),
        columns,
        rows: rows.into_iter().map(row).collect(),
        notes,
    })
}

type Rows = Vec<[Value; 2]>;
type Table = ([&'static str; 2], Rows, Vec<String>);

fn ratings(votes: &Votes, of: impl Fn(&[f64]) -> Option<f64>) -> Result<Rows, CommandError> {
    let number = |name: &str| match name.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(CommandError::Usage(format!("the label `{name}` is no number, which this method needs"))),
    };
    let scale: Vec<f64> = votes.classes.iter().map(number).collect::<Result<_, _>>()?;
    let task = |(item, name): (usize, &str)| {
        let values: Vec<f64> = votes.judgements.of(item).iter().map(|row| scale[row.class as usize]).collect();
        Some([Value::from(name), Value::from(of(&values)?)])
    };
    Ok(votes.items.iter().enumerate().filter_map(task).collect())
}

/// A ranking's groups of equals, best first, by numbers of options.
type Groups = Vec<Vec<u32>>;

/// The options that labels rank, and each label read.
fn rankings(votes: &Votes) -> Result<(Vec<String>, Vec<Groups>), CommandError> {
    let wrong =
        |name: &str, why: &str| CommandError::Usage(format!("the label `{name}` is no ranking such as A>B=C: {why}"));
    let mut options: Vec<String> = Vec::new();
    let mut labels = Vec::new();
    for name in votes.classes.iter() {
        let groups = read_ranking(name).map_err(|error| wrong(name, &error.to_string()))?;
        let mut number = |option: &str| {
            let known = options.iter().position(|known| known == option).unwrap_or_else(|| {
                options.push(option.to_owned());
                options.len() - 1
            });
            u32::try_from(known).unwrap_or(u32::MAX)
        };
        labels.push(groups.iter().map(|group| group.iter().map(|option| number(option)).collect()).collect());
    }
    Ok((options, labels))
}

/// A ranking with equals as two without: equals in one order, then in the other, so that each way counts half.
fn both_ways(groups: &Groups) -> [Vec<u32>; 2] {
    let forward = groups.iter().flatten().copied().collect();
    let backward = groups.iter().flat_map(|group| group.iter().rev()).copied().collect();
    [forward, backward]
}

fn orders(votes: &Votes, order: impl Fn(usize, &[Vec<u32>]) -> (Vec<u32>, bool)) -> Result<Table, CommandError> {
    let (options, labels) = rankings(votes)?;
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for (item, task) in votes.items.iter().enumerate() {
        let given: Vec<&Groups> = votes.judgements.of(item).iter().map(|row| &labels[row.class as usize]).collect();
        let mut ranked: Vec<u32> = given.iter().flat_map(|groups| groups.iter().flatten().copied()).collect();
        ranked.sort_unstable_by_key(|option| &options[*option as usize]);
        ranked.dedup();
        // numbered within the task, by name, so that equal options keep the order of their names
        let place =
            |option: &u32| ranked.iter().position(|known| known == option).and_then(|at| u32::try_from(at).ok());
        let both = given.iter().flat_map(|groups| both_ways(groups));
        let strict: Vec<Vec<u32>> = both.map(|one| one.iter().filter_map(place).collect()).collect();
        let (found, exact) = order(ranked.len(), &strict);
        if !exact {
            notes.push(format!("{task} ranks {} options, so its order is not proven to be the best", ranked.len()));
        }
        let names: Vec<&str> = found.iter().map(|at| options[ranked[*at as usize] as usize].as_str()).collect();
        rows.push([Value::from(task), Value::from(names.join(">"))]);
    }
    Ok((["task", "ranking"], rows, notes))
}

fn strengths(votes: &Votes) -> Result<Table, CommandError> {
    let (options, labels) = rankings(votes)?;
    let mut comparisons = Vec::new();
    for row in votes.judgements.rows() {
        for strict in both_ways(&labels[row.class as usize]) {
            for (place, winner) in strict.iter().enumerate() {
                let below = strict[place + 1..].iter();
                comparisons.extend(below.map(|loser| Comparison { winner: *winner, loser: *loser, weight: 0.5 }));
            }
        }
    }
    let fit = BradleyTerry::default().fit(options.len(), &comparisons);
    let notes = if fit.converged { Vec::new() } else { vec!["the strengths hadn't stood still".to_owned()] };
    let row =
        |option: u32| [Value::from(options[option as usize].as_str()), Value::from(fit.strength[option as usize])];
    Ok((["option", "strength"], fit.ranking().into_iter().map(row).collect(), notes))
}

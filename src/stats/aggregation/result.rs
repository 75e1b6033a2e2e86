//! What every aggregation gives: a label and a posterior an item, how the fit went, and guards against a bad one.

use super::climb::Climb;
use super::posterior::{Posterior, mean};
use super::rows::{Rows, to_float};
use super::shares::Shares;

/// Values this close to the largest, as a share of it, are tied: sums of the same numbers in another order part by less.
const TIE: f64 = 1e-12;
/// A class judged less often than this share of an even split can vanish unremarked.
const RARE: f64 = 0.1;
/// A class has collapsed if its posterior mass is under this part of its share of judgements.
const VANISHED: f64 = 0.2;

/// What a person should look at before believing a result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guards {
    /// Share of the judged items whose label is not the majority's (ties there to the smallest class).
    pub moved_from_majority: f64,
    /// Items whose largest posterior is shared by several classes; the smallest of these is the label.
    pub tied_items: Vec<u32>,
    /// Classes that are judged often, yet have hardly any posterior mass.
    pub collapsed: Vec<u32>,
}

/// Labels and how they were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregation {
    /// A class for each item; none where it has no judgement.
    pub labels: Vec<Option<u32>>,
    /// See [`Posterior`]; for votes their shares.
    pub posterior: Posterior,
    /// After each iteration: log likelihood and log priors of the parameters, up to a constant. Never falls. Empty for
    /// methods that climb nothing.
    pub log_posterior: Vec<f64>,
    /// How many rounds were made.
    pub iterations: usize,
    /// Whether the rounds ended by standing still.
    pub converged: bool,
    /// See [`Guards`].
    pub guards: Guards,
    /// In words: what was left out, replaced or cannot be relied on.
    pub notes: Vec<String>,
}

impl Aggregation {
    pub(crate) fn new(rows: &Rows, posterior: Posterior, climb: Climb) -> Self {
        let mut tied_items = Vec::new();
        let mut labels = vec![None; rows.items()];
        let mut moved = 0_usize;
        let mut votes = vec![0.0; rows.classes()];
        for (item, label) in labels.iter_mut().enumerate() {
            if rows.range(item).is_empty() {
                continue;
            }
            let (class, tied) = top(posterior.of(item));
            *label = Some(class);
            if tied > 1 {
                tied_items.push(u32::try_from(item).unwrap_or(u32::MAX));
            }
            Shares::weigh(rows, item, &mut votes);
            moved += usize::from(top(&votes).0 != class);
        }
        let moved_from_majority = to_float(moved) / to_float(rows.judged().max(1));
        let collapsed = collapsed(rows, &mean(&posterior, rows.judged()));
        let Climb { log_posterior, converged } = climb;
        let guards = Guards { moved_from_majority, tied_items, collapsed };
        let iterations = log_posterior.len();
        Self { labels, posterior, log_posterior, iterations, converged, guards, notes: Vec::new() }
    }

    /// An item's largest posterior.
    pub fn confidence(&self, item: usize) -> Option<f64> {
        self.labels.get(item).copied().flatten().map(|class| self.posterior.of(item)[class as usize])
    }
}

/// The smallest of the tied largest, and how many there are.
pub(crate) fn top(values: &[f64]) -> (u32, usize) {
    let (bar, size) = top_set(values);
    let first = (0_u32..).zip(values).find(|(_, value)| **value >= bar);
    (first.map_or(0, |(class, _)| class), size)
}

/// The least value that counts as tied with the largest, and how many there are.
pub(crate) fn top_set(values: &[f64]) -> (f64, usize) {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = largest - TIE * largest.abs();
    (bar, values.iter().filter(|value| **value >= bar).count())
}

/// Each class's share of the judgements, by weight.
pub(crate) fn class_shares(rows: &Rows) -> Vec<f64> {
    let mut shares = vec![0.0; rows.classes()];
    for item in 0..rows.items() {
        for (row, weight) in rows.weighted(item) {
            shares[row.class as usize] += weight;
        }
    }
    let total = rows.total_weight();
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}

/// Classes judged often whose `prior` is far below their share.
pub(crate) fn collapsed(rows: &Rows, prior: &[f64]) -> Vec<u32> {
    let classes = to_float(rows.classes());
    let shares = class_shares(rows);
    (0..)
        .zip(shares.iter().zip(prior))
        .filter(|(_, (share, prior))| **share * classes > RARE && **prior < VANISHED * **share)
        .map(|(class, _)| class)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_smallest() {
        assert_eq!(top(&[0.2, 0.4, 0.4]), (1, 2));
        assert_eq!(top(&[0.1 + 0.2, 0.3]), (0, 2));
        assert_eq!(top(&[0.3, 0.1 + 0.2]), (0, 2));
        assert_eq!(top(&[0.0, 1.0]), (1, 1));
        assert_eq!(top(&[0.0, 0.0]), (0, 2));
    }

    #[test]
    fn a_class_that_is_judged_often_and_never_believed_has_collapsed() {
        let given: Vec<_> = (0..20).flat_map(|item| [(item, 0, item % 2), (item, 1, 0)]).collect();
        let rows = Rows::of_judgements(&crate::stats::aggregation::sample::judgements(&given));
        assert_eq!(class_shares(&rows), [0.75, 0.25]);
        assert_eq!(collapsed(&rows, &[0.96, 0.04]), [1]);
        assert_eq!(collapsed(&rows, &[0.94, 0.06]), [0_u32; 0]);
        // too rare to say
        assert_eq!(
            collapsed(&rows.filtered(|item, index| item == 1 || rows.row(index).class == 0), &[1.0, 0.0]),
            [0_u32; 0]
        );
    }
}

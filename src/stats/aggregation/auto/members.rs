//! The four models that `auto` averages, each climbed from the shares of the votes.
//!
//! `pool1`: one accuracy for all raters; `one`: one for each; `hds`: a table for each, drawn to its prior; `hds_half`: from
//! the end of `hds`, with the class prior held at the square root of the one learned there.

use std::fmt;

use super::rater_prior::RaterPrior;
use crate::stats::aggregation::climb::{Climb, Stop, climb};
use crate::stats::aggregation::coin::{Accuracy, Coin};
use crate::stats::aggregation::confusion::{ClassPrior, Confusion, Start};
use crate::stats::aggregation::posterior::Posterior;
use crate::stats::aggregation::rows::{Rows, to_float};
use crate::stats::aggregation::shares::{Shares, normalise};

/// A model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// One accuracy for all raters.
    Pool,
    /// An accuracy for each rater.
    One,
    /// A confusion matrix for each rater, drawn to what is expected of such a rater.
    Hds,
    /// The same with half the pull of the class prior.
    HdsHalf,
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pool => "pool1",
            Self::One => "one",
            Self::Hds => "hds",
            Self::HdsHalf => "hds_half",
        })
    }
}

/// A fitted model.
pub(crate) struct Fitted {
    pub member: Member,
    pub posterior: Posterior,
    /// Of each class.
    pub prior: Vec<f64>,
    pub climb: Climb,
    likelihood: Likelihood,
}

enum Likelihood {
    Coin(Vec<f64>),
    Table(Vec<f64>),
}

impl Fitted {
    /// Probability of a label from a rater on an item of class `truth`.
    pub fn likelihood(&self, rater: usize, label: usize, truth: usize) -> f64 {
        let classes = self.prior.len();
        match &self.likelihood {
            Likelihood::Coin(accuracy) if label == truth => accuracy[rater],
            Likelihood::Coin(accuracy) => (1.0 - accuracy[rater]) / to_float(classes - 1),
            Likelihood::Table(table) => table[(rater * classes + label) * classes + truth],
        }
    }
}

/// What members are fitted to.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub rows: &'a Rows,
    /// The anchor's vote `W`.
    pub vote: &'a Posterior,
    /// Known classes by item; may be empty.
    pub known: &'a [Option<u32>],
    pub stop: Stop,
    pub threads: usize,
}

/// Fits these members in order and shows each to `visit`, with its place; `HdsHalf` needs `Hds` just before it. Only the
/// last one is held.
pub(crate) fn fit_each(task: Task, members: &[Member], mut visit: impl FnMut(usize, &Fitted)) {
    let mut last: Option<Fitted> = None;
    for (index, member) in members.iter().enumerate() {
        let before = last.take().filter(|_| *member == Member::HdsHalf);
        let fitted = match (member, before) {
            (Member::Pool, _) => fit_coin(task, *member, Accuracy::Shared),
            (Member::One, _) => fit_coin(task, *member, Accuracy::Own),
            (Member::HdsHalf, Some(hds)) => {
                let mut prior: Vec<f64> = hds.prior.iter().map(|prior| prior.sqrt()).collect();
                normalise(&mut prior);
                fit_table(task, *member, hds.posterior, ClassPrior::Fixed(prior))
            }
            (Member::Hds | Member::HdsHalf, _) => fit_table(task, *member, Shares::of(task.rows, None), LEARNED),
        };
        visit(index, &fitted);
        last = Some(fitted);
    }
}

const LEARNED: ClassPrior = ClassPrior::Learned { pseudo: 1.0 };

fn start(task: Task<'_>, posterior: Posterior, class_prior: ClassPrior) -> Start<'_> {
    Start { rows: task.rows, class_prior, known: task.known, posterior, threads: task.threads }
}

fn fit_coin(task: Task, member: Member, whose: Accuracy) -> Fitted {
    let mut model = Coin::new(whose, start(task, Shares::of(task.rows, None), LEARNED));
    let climb = climb(&mut model, task.stop);
    let Coin { posterior, prior, accuracy, .. } = model;
    Fitted { member, posterior, prior, climb, likelihood: Likelihood::Coin(accuracy) }
}

fn fit_table(task: Task, member: Member, posterior: Posterior, class_prior: ClassPrior) -> Fitted {
    let errors = RaterPrior::new(task.rows, task.vote);
    let mut model = Confusion::new(errors, start(task, posterior, class_prior));
    let climb = climb(&mut model, task.stop);
    let Confusion { posterior, prior, table, .. } = model;
    Fitted { member, posterior, prior, climb, likelihood: Likelihood::Table(table) }
}

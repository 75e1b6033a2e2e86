//! GLAD: a label is right with probability `sigma(a(r) b(i))`: the rater's ability times the item's easiness.
//!
//! `b = exp(c) > 0`; a, c ~ Normal(1, 1); errors are even, classes equally likely before any judgement. The maximisation
//! takes one guarded Newton step for each ability, then one for each easiness: a step that would lower the expected log
//! posterior is halved, so the log posterior never falls.
//!
//! Source: Whitehill, Ruvolo, Wu, Bergsma and Movellan 2009,
//! <https://proceedings.neurips.cc/paper/2009/hash/f899139df5e1059396431415e770c6dd-Abstract.html>.

use super::Judgements;
use super::chunks::{self, PARTS};
use super::climb::{Model, Stop, climb};
use super::confusion_pass::soften;
use super::limits::{AggregationError, check};
use super::posterior::Posterior;
use super::result::Aggregation;
use super::rows::{Rows, to_float};
use super::shares::Shares;

/// Mean of both priors.
const MEAN: f64 = 1.0;
/// Abilities, easinesses or judgements worth a thread.
const SMALLEST: usize = 64;
/// Most halvings of a step.
const HALVINGS: u32 = 20;

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glad {
    /// When to stop.
    pub stop: Stop,
    /// How many threads; changes no bit of the result.
    pub threads: usize,
}

/// What was estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct GladFit {
    /// Labels and guards.
    pub aggregation: Aggregation,
    /// By rater; 0 is chance, below it the rater errs on purpose.
    pub ability: Vec<f64>,
    /// By item, above 0.
    pub easiness: Vec<f64>,
}

impl Glad {
    /// With the usual stop.
    pub fn new(threads: usize) -> Self {
        Self { stop: Stop { tolerance: 1e-6, iterations: 200 }, threads }
    }

    /// Fits.
    ///
    /// # Errors
    /// As [`super::majority()`].
    ///
    /// **Complexity**: O(judgements + items × classes) an iteration, with some twenty transcendental functions a judgement.
    pub fn fit(&self, judgements: &Judgements) -> Result<GladFit, AggregationError> {
        let rows = Rows::of_judgements(judgements);
        check(&rows)?;
        let mut model = State::new(&rows, self.threads);
        model.expect();
        let climbed = climb(&mut model, self.stop);
        let State { posterior, ability, log_easiness, .. } = model;
        let easiness = log_easiness.iter().map(|log| libm::exp(*log)).collect();
        Ok(GladFit { aggregation: Aggregation::new(&rows, posterior, climbed), ability, easiness })
    }
}

struct State<'a> {
    rows: &'a Rows,
    threads: usize,
    posterior: Posterior,
    ability: Vec<f64>,
    log_easiness: Vec<f64>,
    /// (item, row) by rater, and where each rater's start.
    by_rater: Vec<(u32, u32)>,
    starts: Vec<usize>,
}

/// One judgement as a Newton step sees it: probability of being right, the other factor, weight.
type Term = (f64, f64, f64);

impl<'a> State<'a> {
    fn new(rows: &'a Rows, threads: usize) -> Self {
        let mut starts = vec![0; rows.raters() + 1];
        (0..rows.len()).for_each(|index| starts[rows.row(index).rater as usize + 1] += 1);
        for rater in 0..rows.raters() {
            starts[rater + 1] += starts[rater];
        }
        let mut next = starts.clone();
        let mut by_rater = vec![(0, 0); rows.len()];
        for item in 0..rows.items() {
            for index in rows.range(item) {
                let at = &mut next[rows.row(index).rater as usize];
                by_rater[*at] = (u32::try_from(item).unwrap_or(0), u32::try_from(index).unwrap_or(0));
                *at += 1;
            }
        }
        let (ability, log_easiness) = (vec![MEAN; rows.raters()], vec![MEAN; rows.items()]);
        Self { rows, threads, posterior: Shares::of(rows, None), ability, log_easiness, by_rater, starts }
    }

    fn step_abilities(&mut self) {
        let Self { rows, posterior, log_easiness, by_rater, starts, threads, ability } = self;
        each(*threads, ability, |rater, ability, terms| {
            terms.clear();
            terms.extend(by_rater[starts[rater]..starts[rater + 1]].iter().map(|(item, index)| {
                let (item, index) = (*item as usize, *index as usize);
                let right = posterior.of(item)[rows.row(index).class as usize];
                (right, libm::exp(log_easiness[item]), rows.weight(index))
            }));
            *ability = newton(*ability, |value| of_ability(value, terms));
        });
    }

    fn step_easiness(&mut self) {
        let Self { rows, posterior, log_easiness, threads, ability, .. } = self;
        each(*threads, log_easiness, |item, easiness, terms| {
            terms.clear();
            terms
                .extend(rows.weighted(item).map(|(row, weight)| {
                    (posterior.of(item)[row.class as usize], ability[row.rater as usize], weight)
                }));
            *easiness = newton(*easiness, |value| of_easiness(value, terms));
        });
    }
}

/// Changes each value by itself.
fn each(threads: usize, values: &mut [f64], change: impl Fn(usize, &mut f64, &mut Vec<Term>) + Sync) {
    let mut rest = values;
    let mut tasks = Vec::with_capacity(PARTS);
    for part in chunks::even(rest.len(), (rest.len() / SMALLEST).clamp(1, PARTS)) {
        let (mine, others) = std::mem::take(&mut rest).split_at_mut(part.len());
        rest = others;
        tasks.push((part, mine));
    }
    chunks::run(threads, &mut tasks, |(part, values)| {
        let mut terms = Vec::new();
        part.clone().zip(values.iter_mut()).for_each(|(index, value)| change(index, value, &mut terms));
    });
}

/// Value, slope and a curvature below 0 of an objective.
struct Shape {
    value: f64,
    slope: f64,
    curvature: f64,
}

fn of_ability(ability: f64, terms: &[Term]) -> Shape {
    let from_mean = ability - MEAN;
    let mut shape = Shape { value: -0.5 * from_mean * from_mean, slope: -from_mean, curvature: -1.0 };
    for (right, easiness, weight) in terms {
        let (hit, miss) = log_sigmoids(ability * easiness);
        let sigmoid = libm::exp(hit);
        shape.value += weight * (right * hit + (1.0 - right) * miss);
        shape.slope += weight * (right - sigmoid) * easiness;
        shape.curvature -= weight * sigmoid * (1.0 - sigmoid) * easiness * easiness;
    }
    shape
}

/// The curvature is the expected one, as the true one can have either sign.
fn of_easiness(log: f64, terms: &[Term]) -> Shape {
    let from_mean = log - MEAN;
    let easiness = libm::exp(log);
    let mut shape = Shape { value: -0.5 * from_mean * from_mean, slope: -from_mean, curvature: -1.0 };
    for (right, ability, weight) in terms {
        let skill = ability * easiness;
        let (hit, miss) = log_sigmoids(skill);
        let sigmoid = libm::exp(hit);
        shape.value += weight * (right * hit + (1.0 - right) * miss);
        shape.slope += weight * (right - sigmoid) * skill;
        shape.curvature -= weight * sigmoid * (1.0 - sigmoid) * skill * skill;
    }
    shape
}

/// One Newton step, halved until the objective is no lower.
fn newton(from: f64, objective: impl Fn(f64) -> Shape) -> f64 {
    let start = objective(from);
    let mut step = -start.slope / start.curvature;
    for _ in 0..HALVINGS {
        if objective(from + step).value >= start.value {
            return from + step;
        }
        step *= 0.5;
    }
    from
}

/// `log sigma(x)` and `log (1 - sigma(x))`, without overflow.
fn log_sigmoids(x: f64) -> (f64, f64) {
    let tail = libm::log1p(libm::exp(-x.abs()));
    (x.min(0.0) - tail, (-x).min(0.0) - tail)
}

impl Model for State<'_> {
    fn maximise(&mut self) {
        self.step_abilities();
        self.step_easiness();
    }

    fn expect(&mut self) -> f64 {
        let Self { rows, posterior, log_easiness, threads, ability, .. } = self;
        let classes = rows.classes();
        let wrong = libm::log(to_float(classes.saturating_sub(1).max(1)));
        let mut rest = posterior.values_mut();
        let mut tasks = Vec::with_capacity(PARTS);
        for items in chunks::by_rows(rows.starts(), (rows.len() / SMALLEST).clamp(1, PARTS)) {
            let (mine, others) = std::mem::take(&mut rest).split_at_mut(items.len() * classes);
            rest = others;
            tasks.push((items, mine, 0.0));
        }
        chunks::run(*threads, &mut tasks, |(items, posterior, log_likelihood)| {
            for (item, scores) in items.clone().zip(posterior.chunks_exact_mut(classes.max(1))) {
                if rows.range(item).is_empty() {
                    continue;
                }
                scores.fill(-libm::log(to_float(classes)));
                let easiness = libm::exp(log_easiness[item]);
                for (row, weight) in rows.weighted(item) {
                    let (hit, miss) = log_sigmoids(ability[row.rater as usize] * easiness);
                    scores[row.class as usize] += weight * (hit - miss + wrong);
                    *log_likelihood += weight * (miss - wrong);
                }
                *log_likelihood += soften(scores);
            }
        });
        let square = |value: &f64| -0.5 * (value - MEAN) * (value - MEAN);
        let log_prior = ability.iter().map(square).sum::<f64>() + log_easiness.iter().map(square).sum::<f64>();
        tasks.iter().map(|task| task.2).sum::<f64>() + log_prior
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn a_contrary_rater_has_ability_below_zero() {
        let honest = |item: u32| item % 2;
        let given: Vec<_> = (0..40)
            .flat_map(|i| [(i, 0, honest(i)), (i, 1, honest(i)), (i, 2, 1 - honest(i)), (i, 3, honest(i))])
            .collect();
        let fit = Glad::new(1).fit(&judgements(&given)).unwrap();
        assert!(fit.ability[2] < 0.0 && fit.ability[0] > 1.0, "{:?}", fit.ability);
        assert!((0..40).zip(&fit.aggregation.labels).all(|(item, label)| *label == Some(honest(item))));
        let climb = &fit.aggregation.log_posterior;
        assert!(climb.len() > 2 && climb.windows(2).all(|pair| pair[0] <= pair[1]), "{climb:?}");
    }

    #[test]
    fn slopes_are_those_of_the_values() {
        let terms = [(0.9, 1.3, 1.0), (0.2, -0.4, 0.5), (0.5, 2.0, 1.0)];
        for objective in [of_ability, of_easiness] {
            let slope = (objective(0.7 + 1e-6, &terms).value - objective(0.7 - 1e-6, &terms).value) / 2e-6;
            assert!((slope - objective(0.7, &terms).slope).abs() < 1e-6);
        }
    }
}

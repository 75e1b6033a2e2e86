//! `auto`: judgements to labels, with the weights of what was averaged and why.
//!
//! `P = .5 A + .5 sum over members of u(m) P(m)`: `A` from `anchor`, `P(m)` from `members`, `u` from `weights`. The label is
//! the class with the largest `P`, ties to the smallest class. With gold, models are weighed by how many gold items they
//! get right unaided, then fitted again with these items' classes known.
//!
//! Limitations: no defence against collusion (give the judgements of one institution weight 1 / m before); raters who
//! share an error make it over-confident; ordinal classes are taken as nominal.

use super::audit::Candidates;
use super::blend::Blend;
use super::canonical::Canonical;
use super::members::{Fitted, Member, Task, fit_each};
use super::weights::log_weights;
use super::{anchor, held_out};
use crate::stats::Judgements;
use crate::stats::aggregation::climb::{Climb, Stop};
use crate::stats::aggregation::limits::{AggregationError, check, check_tables};
use crate::stats::aggregation::posterior::Posterior;
use crate::stats::aggregation::result::{Aggregation, collapsed, top};
use crate::stats::aggregation::rows::Rows;
use crate::stats::aggregation::shares::Shares;

const STOP: Stop = Stop { tolerance: 1e-6, iterations: 100 };
/// The anchor's part.
const HALF: f64 = 0.5;

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auto<'a> {
    /// Known pairs of item and class.
    pub gold: &'a [(u32, u32)],
    /// How many threads; changes no bit of the result.
    pub threads: usize,
}

/// How one model did.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberReport {
    /// Which.
    pub member: Member,
    /// Its part of the models' half; the parts sum to 1.
    pub weight: f64,
    /// Mean log probability of a held-out judgement; none if nothing could be held out.
    pub held_out: Option<f64>,
    /// Gold items that it gets right unaided.
    pub gold_right: usize,
    /// Classes that it lost; it counts nothing then, unless all models lost one.
    pub lost_classes: Vec<u32>,
    /// After each iteration; never falls.
    pub log_posterior: Vec<f64>,
    /// Whether it ended by standing still.
    pub converged: bool,
}

/// What `auto` found.
#[derive(Debug, Clone, PartialEq)]
pub struct AutoFit {
    /// Labels and guards; the log posterior is that of the model with the largest weight.
    pub aggregation: Aggregation,
    /// The models.
    pub members: Vec<MemberReport>,
    /// In a sentence, how the result was made.
    pub chosen_because: String,
    candidates: Candidates,
}

impl AutoFit {
    /// Items to adjudicate, most telling first: a fair sample of those whose label is not the majority's, then the least
    /// certain.
    pub fn suggest_audit(&self, most: usize) -> Vec<u32> {
        self.candidates.first(most)
    }

    /// Whether so many labels part from the majority that an audit is advised.
    pub fn is_audit_advised(&self) -> bool {
        self.candidates.advised(&self.aggregation)
    }
}

impl Auto<'_> {
    /// Aggregates.
    ///
    /// # Errors
    /// No judgements; only one class; a posterior over the limit. Tables over the limit leave the models with tables out,
    /// and the notes say so.
    ///
    /// **Complexity**: a few times that of [`crate::stats::DawidSkene`].
    pub fn fit(&self, judgements: &Judgements) -> Result<AutoFit, AggregationError> {
        let canonical = Canonical::new(judgements);
        let rows = &canonical.rows;
        check(rows)?;
        if rows.classes() < 2 {
            return Err(AggregationError::OneClass);
        }
        let mut known = vec![None; if self.gold.is_empty() { 0 } else { rows.items() }];
        for (item, class) in self.gold {
            if let Some(known) = known.get_mut(*item as usize) {
                *known = canonical.class(*class).filter(|_| !rows.range(*item as usize).is_empty());
            }
        }
        let (members, mut notes) = choose_members(rows);
        if canonical.by_name {
            notes.push("classes with equal votes on every item were ordered by name".to_owned());
        }
        let scores = if members.len() > 1 { held_out::scores(rows, &members, self.threads) } else { None };
        let vote = anchor::vote(rows);
        let task = Task { rows, vote: &vote, known: &[], stop: STOP, threads: self.threads };
        let (models, mut reports) = average(task, &members, scores.as_deref(), &known);
        let posterior = mix(anchor::smooth(rows, vote), models, &known);
        let posterior = canonical.restore(posterior, &known);
        reports.iter_mut().for_each(|report| report.lost_classes = canonical.old(&report.lost_classes));
        drop(canonical);
        Ok(finish(judgements, posterior, reports, (notes, known)))
    }
}

/// The models' weighted mean. A model that lost a class counts nothing, unless all did.
fn average(
    task: Task,
    members: &[Member],
    scores: Option<&[f64]>,
    known: &[Option<u32>],
) -> (Posterior, Vec<MemberReport>) {
    let rows = task.rows;
    let with_gold = known.iter().any(Option::is_some);
    let mut blend = Blend::new(rows.items(), rows.classes());
    let mut reports: Vec<MemberReport> = Vec::with_capacity(members.len());
    let mut log = log_weights(rows, scores, &vec![0; members.len()]);
    fit_each(task, members, |index, fitted| {
        let report = MemberReport {
            member: fitted.member,
            weight: 0.0,
            held_out: scores.map(|scores| scores[index]),
            gold_right: right(fitted, known),
            lost_classes: collapsed(rows, &fitted.prior),
            log_posterior: fitted.climb.log_posterior.clone(),
            converged: fitted.climb.converged,
        };
        if !with_gold && report.lost_classes.is_empty() {
            blend.add(log[index], &fitted.posterior);
        }
        reports.push(report);
    });
    let all_lost = reports.iter().all(|report| !report.lost_classes.is_empty());
    let counts = |report: &MemberReport| all_lost || report.lost_classes.is_empty();
    if with_gold || all_lost {
        log = log_weights(rows, scores, &reports.iter().map(|report| report.gold_right).collect::<Vec<_>>());
        fit_each(Task { known, ..task }, members, |index, fitted| {
            reports[index].log_posterior.clone_from(&fitted.climb.log_posterior);
            reports[index].converged = fitted.climb.converged;
            if counts(&reports[index]) {
                blend.add(log[index], &fitted.posterior);
            }
        });
    }
    for (report, log) in reports.iter_mut().zip(log) {
        report.weight = if counts(report) { blend.part(log) } else { 0.0 };
    }
    (blend.finish(), reports)
}

/// Which models the data bear, and what to say of those left out.
fn choose_members(rows: &Rows) -> (Vec<Member>, Vec<String>) {
    if (0..rows.items()).all(|item| rows.range(item).len() < 2) {
        let note = "no item has two judgements: raters cannot be compared, all count the same";
        return (vec![Member::Pool], vec![note.to_owned()]);
    }
    match check_tables(rows) {
        Ok(()) => (vec![Member::Pool, Member::One, Member::Hds, Member::HdsHalf], Vec::new()),
        Err(reason) => (vec![Member::Pool, Member::One], vec![format!("models with tables are left out: {reason}")]),
    }
}

fn right(fitted: &Fitted, known: &[Option<u32>]) -> usize {
    let is_right = |(item, class): (usize, &Option<u32>)| *class == Some(top(fitted.posterior.of(item)).0);
    known.iter().enumerate().filter(|(_, class)| class.is_some()).filter(|known| is_right(*known)).count()
}

/// Half the anchor, half the models; a known class takes all.
fn mix(mut anchor: Posterior, models: Posterior, known: &[Option<u32>]) -> Posterior {
    for (value, share) in anchor.values_mut().iter_mut().zip(models.values()) {
        *value = HALF * *value + (1.0 - HALF) * share;
    }
    for (item, class) in known.iter().enumerate() {
        if let Some(class) = class {
            anchor.of_mut(item).fill(0.0);
            anchor.of_mut(item)[*class as usize] = 1.0;
        }
    }
    anchor
}

fn finish(
    judgements: &Judgements,
    posterior: Posterior,
    members: Vec<MemberReport>,
    (mut notes, known): (Vec<String>, Vec<Option<u32>>),
) -> AutoFit {
    let rows = Rows::of_judgements(judgements);
    let heaviest =
        members.iter().fold(&members[0], |best, other| if other.weight > best.weight { other } else { best });
    let climb =
        Climb { log_posterior: heaviest.log_posterior.clone(), converged: members.iter().all(|one| one.converged) };
    let chosen_because = describe(&members, heaviest);
    notes.extend(members.iter().filter(|member| !member.lost_classes.is_empty()).map(|member| {
        let counts = if member.weight > 0.0 { "counts all the same, as every model did" } else { "counts nothing" };
        format!("{} lost {} of the classes and {counts}", member.member, member.lost_classes.len())
    }));
    let mut aggregation = Aggregation::new(&rows, posterior, climb);
    aggregation.notes = notes;
    let mut votes = vec![0.0; rows.classes()];
    let open = (0..)
        .zip(&aggregation.labels)
        .filter(|(item, label)| label.is_some() && known.get(*item as usize).copied().flatten().is_none());
    let (moved, rest) = open.partition(|(item, label)| {
        Shares::weigh(&rows, *item as usize, &mut votes);
        **label != Some(top(&votes).0)
    });
    let items = |pairs: Vec<(u32, &Option<u32>)>| pairs.into_iter().map(|(item, _)| item).collect();
    let candidates = Candidates::new(items(moved), items(rest), &aggregation);
    AutoFit { aggregation, members, chosen_because, candidates }
}

fn describe(members: &[MemberReport], heaviest: &MemberReport) -> String {
    if let [only] = members {
        return format!("half a smoothed Wawa vote, half {}: no item has two judgements", only.member);
    }
    if heaviest.held_out.is_none() {
        return "half a smoothed Wawa vote, half models that count alike: no judgement could be held out to compare them"
            .to_owned();
    }
    let weights: Vec<String> = members.iter().map(|one| format!("{} {:.2}", one.member, one.weight)).collect();
    let score = heaviest.held_out.map_or_else(String::new, |score| format!(" ({score:.4} a held-out judgement)"));
    let best = heaviest.member;
    let weights = weights.join(", ");
    format!("half a smoothed Wawa vote, half models by held-out log score: {weights}; {best} predicts best{score}")
}

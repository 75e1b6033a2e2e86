//! The verdict on one label from its votes, its ruling and its sign-offs (steps 2 to 4 and 6).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Answer, Charter, Question, QuestionKind, Separation};

use super::evidence::{MILLION, cap_by_institution, categories_as_float, evidence, evidence_cap, micro, units};
use super::reduce::Reduction;

/// One judgement's answer to the question at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The rater's institution, or `unattested`.
    pub institution: String,
    /// Their accuracy among the question's categories, millionths.
    pub accuracy: i64,
    /// What they answered.
    pub answer: Answer,
}

/// What the rule says of one label; all amounts in millionths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The value.
    pub value: Answer,
    /// Its posterior (of its weakest part).
    pub posterior: i64,
    /// Its evidence over the alternatives, m.
    pub evidence: i64,
    /// The largest evidence of one judgement, `v_max`.
    pub evidence_cap: i64,
    /// `m / (m + v_max)`.
    pub support: i64,
    /// For each vote, its evidence before the cap.
    pub raw: Vec<i64>,
    /// For each vote, its evidence as counted.
    pub counted: Vec<i64>,
    /// For each vote, whether it gives the value.
    pub gives: Vec<bool>,
    /// No judgement had any evidence, so a capped majority decided.
    pub unweighed: bool,
    /// The raters settle it among themselves.
    pub settled: bool,
}

/// How many categories a deciding question has, K.
pub(super) fn categories_of(question: &Question) -> usize {
    match question.kind {
        QuestionKind::Label => question.options.len(),
        QuestionKind::Rating => question.anchors.len(),
        QuestionKind::Preference => 4,
        _ => 2,
    }
}

/// The verdict on a label; `ruling` is its ruled answer, `sign_offs` the institutions that signed off.
///
/// None if nothing was answered, or the votes contradict each other and nobody ruled.
pub fn verdict(
    charter: &Charter,
    question: &Question,
    votes: &[Vote],
    ruling: Option<&Answer>,
    sign_offs: &BTreeSet<String>,
) -> Option<Verdict> {
    if votes.is_empty() && ruling.is_none() {
        return None;
    }
    let answers: Vec<&Answer> = votes.iter().map(|vote| &vote.answer).chain(ruling).collect();
    let reduction = Reduction::of(question, &answers, charter.routing.span_overlap);
    let categories = reduction.categories;
    let cap = charter.evidence.accuracy_cap;
    let largest = evidence_cap(categories, cap);
    let raw: Vec<i64> = votes.iter().map(|vote| evidence(vote.accuracy, categories, cap)).collect();
    let unweighed = raw.iter().all(|amount| *amount == 0);
    let weighed: Vec<i64> = if unweighed { vec![MILLION; votes.len()] } else { raw.clone() };
    let by_institution: Vec<(&str, i64)> =
        votes.iter().zip(&weighed).map(|(vote, amount)| (vote.institution.as_str(), *amount)).collect();
    let counted = cap_by_institution(&by_institution);

    let sums: Vec<Vec<i64>> = reduction.parts.iter().map(|part| part_sums(part, &by_institution, &reduction)).collect();
    let chosen: Vec<usize> = match ruling {
        Some(_) => reduction.parts.iter().map(|part| part.last().copied().unwrap_or(0)).collect(),
        None => sums.iter().map(|sums| first_largest(sums)).collect(),
    };
    let value = match ruling {
        Some(ruling) => ruling.clone(),
        None => reduction.answer(&chosen, &answers, &counted)?,
    };
    let extra = of_cap(charter.evidence.ruling, largest) * i64::from(ruling.is_some())
        + of_cap(charter.evidence.sign_off, largest) * i64::try_from(sign_offs.len()).unwrap_or(0);
    let weighs = |amount: i64| if unweighed { 0 } else { amount };
    let parts: Vec<(i64, i64)> = sums
        .iter()
        .zip(&chosen)
        .map(|(sums, chosen)| {
            let mut sums: Vec<i64> = sums.iter().map(|sum| weighs(*sum)).collect();
            if let Some(sum) = sums.get_mut(*chosen) {
                *sum += extra;
            }
            odds(&sums, *chosen)
        })
        .collect();
    // no part at all: nobody marked anything, which everybody who looked agrees on
    let looked: i64 = part_sums(&vec![0; votes.len()], &by_institution, &reduction).iter().sum();
    let unanimous = weighs(looked) + extra;
    let (posterior, evidence) = parts.into_iter().min().unwrap_or_else(|| odds(&[0, unanimous], 1));
    let gives: Vec<bool> = (0..votes.len()).map(|index| reduction.gives(index, &chosen, &value)).collect();
    let mut verdict = Verdict {
        value,
        posterior,
        evidence,
        evidence_cap: largest,
        support: share(evidence, evidence + largest),
        counted: counted.into_iter().map(weighs).collect(),
        raw,
        gives,
        unweighed,
        settled: false,
    };
    verdict.settled = is_settled(charter, question, votes, &verdict);
    Some(verdict)
}

fn of_cap(share: u32, largest: i64) -> i64 {
    i64::from(share) * largest / MILLION
}

/// `part / whole` in millionths, rounded to the nearest.
pub(super) fn share(part: i64, whole: i64) -> i64 {
    if whole == 0 { 0 } else { (2 * part * MILLION + whole) / (2 * whole) }
}

/// Evidence for each category of one part; a rating gives a quarter to each neighbour.
///
/// An institution's evidence is summed before it is scaled: accounts that answer alike count as one, to the bit.
fn part_sums(part: &[usize], by_institution: &[(&str, i64)], reduction: &Reduction) -> Vec<i64> {
    let mut institutions: BTreeMap<&str, (i64, Vec<i64>)> = BTreeMap::new();
    for (category, (institution, amount)) in part.iter().zip(by_institution) {
        let (largest, own) = institutions.entry(institution).or_insert_with(|| (0, vec![0; reduction.categories]));
        *largest = (*largest).max(*amount);
        if let Some(sum) = own.get_mut(*category) {
            *sum += amount;
        }
    }
    let mut sums = vec![0; reduction.categories];
    for (largest, own) in institutions.values() {
        let all = own.iter().sum::<i64>().max(1);
        for (category, amount) in own.iter().map(|amount| amount * largest / all).enumerate() {
            for (index, sum) in sums.iter_mut().enumerate() {
                match index.abs_diff(category) {
                    0 => *sum += amount,
                    1 if reduction.is_ordinal() => *sum += amount / 4,
                    _ => {}
                }
            }
        }
    }
    sums
}

/// The first category with the most evidence; of two, `no` at a tie.
fn first_largest(sums: &[i64]) -> usize {
    let mut best = 0;
    for (index, sum) in sums.iter().enumerate() {
        if sums.get(best).is_some_and(|largest| sum > largest) {
            best = index;
        }
    }
    best
}

/// Posterior of `chosen` and its evidence over the others, never below 0.
fn odds(sums: &[i64], chosen: usize) -> (i64, i64) {
    let own = units(sums.get(chosen).copied().unwrap_or(0));
    let others = sums.iter().enumerate().filter(|(index, _)| *index != chosen);
    let against: f64 = others.map(|(_, sum)| libm::exp(units(*sum) - own)).sum();
    let evidence = libm::log((categories_as_float(sums.len()) - 1.0).max(1.0)) - libm::log(against.max(1e-300));
    (micro(1.0 / (1.0 + against)), micro(evidence).max(0))
}

/// Step 5 for one label: all give one value, or two institutions give it and the posterior is high.
fn is_settled(charter: &Charter, question: &Question, votes: &[Vote], verdict: &Verdict) -> bool {
    let institutions = |among: &[bool]| {
        let chosen = votes.iter().zip(among).filter(|(_, gives)| **gives);
        chosen.map(|(vote, _)| vote.institution.as_str()).collect::<BTreeSet<_>>().len()
    };
    let needed = if charter.separation == Separation::Strict { 2 } else { 1 };
    let unanimous = verdict.gives.iter().all(|gives| *gives) || is_within_spread(question, votes);
    if unanimous {
        return !votes.is_empty() && institutions(&vec![true; votes.len()]) >= needed;
    }
    institutions(&verdict.gives) >= 2 && verdict.posterior >= i64::from(charter.routing.settle_at)
}

fn is_within_spread(question: &Question, votes: &[Vote]) -> bool {
    let points: Vec<u8> = votes
        .iter()
        .filter_map(|vote| match vote.answer {
            Answer::Rating(point) => Some(point),
            _ => None,
        })
        .collect();
    match (points.iter().max(), points.iter().min()) {
        (Some(highest), Some(lowest)) => points.len() == votes.len() && highest - lowest <= question.spread,
        _ => false,
    }
}

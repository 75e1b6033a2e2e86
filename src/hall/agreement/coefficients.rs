//! The coefficients that suit a question's kind, over chosen units.

use std::collections::BTreeMap;

use crate::domain::{Answer, MemberId, Question, QuestionKind};
use crate::stats::{
    Bootstrap, Coefficient, Counts, Distance, Judgement, Judgements, Metric, Span, Text, WeightTable, Weights,
    alpha_in_words, cohen_kappas, fleiss_kappa, gwet_ac1, gwet_ac2, item_mean, kappa_in_words, kendall_tau, kendall_w,
    krippendorff_alphas, pairwise_span_f1, percent_agreement, unitizing_alpha,
};

use super::gathered::Unit;
use super::rows::{Found, NamedCoefficient};
use super::scale::Scale;

/// Intervals without a formula are drawn this often, always from the same start.
const BOOTSTRAP: Bootstrap = Bootstrap { seed: 1, replicates: 1000 };

/// Places of raters.
pub(super) type Places = BTreeMap<MemberId, u32>;

/// Answers on a scale as plain indices: units, raters, classes.
pub(super) fn judgements(units: &[&Unit], scale: &Scale, places: &Places) -> Judgements {
    let rows = (0_u32..).zip(units).flat_map(|(item, unit)| {
        unit.answers.iter().filter_map(move |(rater, answer)| {
            Some(Judgement { item, rater: *places.get(rater)?, class: scale.class(answer)? })
        })
    });
    Judgements::new(rows.collect())
}

/// Every coefficient of a question; the plain share first, then the leading one.
pub(super) fn coefficients(
    question: &Question,
    units: &[&Unit],
    (scale, places): (Option<&Scale>, &Places),
) -> Vec<NamedCoefficient> {
    let Some(scale) = scale else {
        return match question.kind {
            QuestionKind::Ranking => rankings(units),
            QuestionKind::Span => spans(units),
            _ => Vec::new(),
        };
    };
    let judgements = judgements(units, scale, places);
    let counts = Counts::of(&judgements).with_classes(scale.names.len());
    let mut all = vec![named("percent agreement", percent_agreement(&counts), None)];
    match question.kind {
        QuestionKind::Label => labels(&mut all, (&counts, &judgements)),
        QuestionKind::Labels => options(&mut all, (question, units, places)),
        kind => ordered(&mut all, (&counts, &judgements), kind),
    }
    all
}

/// The leading coefficient alone, for a part of the units.
pub(super) fn leading(question: &Question, units: &[&Unit], on: (Option<&Scale>, &Places)) -> Found {
    let all = coefficients(question, units, on);
    let found = all.get(1).or(all.first()).map(|one| one.found.clone());
    found.unwrap_or_else(|| Found::Undefined("nothing is counted for this kind of question".to_owned()))
}

type Reading = fn(f64) -> &'static str;

fn named(name: &str, coefficient: Coefficient, reading: Option<Reading>) -> NamedCoefficient {
    let said = reading.and_then(|reading| coefficient.ok().map(|one| reading(one.value)));
    NamedCoefficient { name: name.to_owned(), found: coefficient.into(), reading: said }
}

fn labels(all: &mut Vec<NamedCoefficient>, (counts, judgements): (&Counts, &Judgements)) {
    let [nominal, ordinal] = krippendorff_alphas(counts, [Metric::Nominal, Metric::Ordinal], None, &BOOTSTRAP);
    all.push(named("alpha, nominal", nominal, Some(alpha_in_words)));
    if counts.classes() > 2 {
        all.push(named("alpha, if ordered", ordinal, Some(alpha_in_words)));
    }
    all.push(named("AC1", gwet_ac1(counts), Some(kappa_in_words)));
    let identity = WeightTable::new(Weights::Identity, counts.classes(), None);
    all.push(named("Fleiss' kappa", identity.and_then(|table| fleiss_kappa(counts, &table)), Some(kappa_in_words)));
    all.push(named("Cohen's kappa, mean", cohen_kappas(judgements, Distance::Plain, 1).mean, Some(kappa_in_words)));
}

fn ordered(all: &mut Vec<NamedCoefficient>, (counts, judgements): (&Counts, &Judgements), kind: QuestionKind) {
    let numbers: Vec<f64> = (0..u32::try_from(counts.classes()).unwrap_or(0)).map(f64::from).collect();
    let metrics = [Metric::Ordinal, Metric::Interval];
    let [ordinal, interval] = krippendorff_alphas(counts, metrics, Some(&numbers), &BOOTSTRAP);
    all.push(named("alpha, ordinal", ordinal, Some(alpha_in_words)));
    if kind == QuestionKind::Rating {
        all.push(named("alpha, interval", interval, Some(alpha_in_words)));
    }
    all.push(named("AC1", gwet_ac1(counts), Some(kappa_in_words)));
    let weights = WeightTable::new(Weights::Ordinal, counts.classes(), None);
    all.push(named("AC2, ordinal", weights.and_then(|table| gwet_ac2(counts, &table)), Some(kappa_in_words)));
    let cohen = cohen_kappas(judgements, Distance::Quadratic, 1).mean;
    all.push(named("Cohen's kappa, quadratic", cohen, Some(kappa_in_words)));
}

/// Each option by itself: chosen or not.
fn options(all: &mut Vec<NamedCoefficient>, (question, units, places): (&Question, &[&Unit], &Places)) {
    for option in &question.options {
        let chosen = |answer: &Answer| match answer {
            Answer::Labels(keys) => Some(u32::from(keys.contains(&option.key))),
            _ => None,
        };
        let rows = (0_u32..).zip(units).flat_map(|(item, unit)| {
            unit.answers.iter().filter_map(move |(rater, answer)| {
                Some(Judgement { item, rater: *places.get(rater)?, class: chosen(answer)? })
            })
        });
        let counts = Counts::of(&Judgements::new(rows.collect())).with_classes(2);
        let [alpha] = krippendorff_alphas(&counts, [Metric::Nominal], None, &BOOTSTRAP);
        all.push(named(&format!("alpha, {}", option.key), alpha, Some(alpha_in_words)));
    }
}

fn rankings(units: &[&Unit]) -> Vec<NamedCoefficient> {
    let ranks = |unit: &Unit| -> Vec<Vec<f64>> {
        unit.answers.iter().filter_map(|(_, answer)| ranks_of(answer, unit.outputs)).collect()
    };
    let (mut concordances, mut correlations) = (Vec::new(), Vec::new());
    for unit in units {
        let ranks = ranks(unit);
        concordances.extend(kendall_w(&ranks).ok());
        let pairs =
            ranks.iter().enumerate().flat_map(|(place, one)| ranks[place + 1..].iter().map(move |two| (one, two)));
        let taus: Vec<f64> = pairs.filter_map(|(one, two)| kendall_tau(one, two).ok()).map(|tau| tau.value).collect();
        if let Ok(count) = u32::try_from(taus.len())
            && count > 0
        {
            correlations.push(taus.iter().sum::<f64>() / f64::from(count));
        }
    }
    vec![
        named("Kendall's tau, mean of pairs", item_mean(&correlations), None),
        named("Kendall's W, mean of items", item_mean(&concordances), None),
    ]
}

/// The rank of each output, the best 1; tied ones share the middle of their places.
fn ranks_of(answer: &Answer, outputs: usize) -> Option<Vec<f64>> {
    let Answer::Ranking(groups) = answer else { return None };
    let mut ranks = vec![0.0; outputs];
    let mut before = 0_u32;
    for group in groups {
        let size = u32::try_from(group.len()).ok()?;
        for output in group {
            *ranks.get_mut((*output as usize).checked_sub(1)?)? = f64::from(before) + f64::from(size + 1) / 2.0;
        }
        before += size;
    }
    Some(ranks)
}

fn spans(units: &[&Unit]) -> Vec<NamedCoefficient> {
    // categories are numbered by first use: the coefficients ask only which are the same
    let mut categories: Vec<String> = Vec::new();
    let mut texts = Vec::new();
    for unit in units {
        let mut raters = Vec::new();
        for (_, answer) in &unit.answers {
            let Answer::Spans(marks) = answer else { continue };
            raters.push(marks.iter().map(|mark| marked(&mut categories, mark)).collect());
        }
        texts.push(Text { length: unit.length, raters });
    }
    vec![
        named("characters marked alike, F1", pairwise_span_f1(&texts), None),
        named("alpha, unitizing", unitizing_alpha(&texts, &BOOTSTRAP), Some(alpha_in_words)),
    ]
}

fn marked(categories: &mut Vec<String>, mark: &crate::domain::Span) -> Span {
    let known = categories.iter().position(|known| *known == mark.category).unwrap_or_else(|| {
        categories.push(mark.category.clone());
        categories.len() - 1
    });
    Span { start: mark.start, end: mark.end, class: u32::try_from(known).unwrap_or(u32::MAX) }
}

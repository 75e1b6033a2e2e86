//! The judgements of a dispute side by side: a row a question, a column a rater, then what they wrote.

use crate::domain::Charter;
use crate::hall::{DisputeView, DisputedLabel, ItemView};
use crate::tui::form::{Letters, said};
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{column, unit};

/// Columns of a question's name, and of a rater's answer.
const NAME: usize = 17;
const CELL: usize = 11;

/// The grid as text.
pub fn grid(view: &ItemView, dispute: &DisputeView, charter: &Charter, letters: &Letters) -> Shown {
    let mut text = Shown::default();
    if let Some(reason) = &dispute.reason {
        text.push(Role::Quiet, "the reason given: ");
        text.push(Role::Warning, &format!("{reason}\n\n"));
    }
    let raters: Vec<char> = view.judgements.iter().map(|judgement| judgement.rater).collect();
    let mut head = column(&Shown::default(), NAME);
    for rater in &raters {
        head.append(&column(&Shown::new(Role::Heading, &format!("rater {rater}")), CELL));
    }
    text.append(&head.and(Role::Quiet, "leads\n"));
    let place = |label: &DisputedLabel| {
        let shown = |output| letters.shown().iter().position(|known| *known == output);
        (!label.disputed, label.label.output.map_or(usize::MAX, |output| shown(output).unwrap_or(usize::MAX)))
    };
    let mut labels: Vec<&DisputedLabel> = dispute.labels.iter().collect();
    labels.sort_by_key(|label| place(label));
    for label in labels {
        text.append(&row(label, (view, charter, letters), &raters));
    }
    text.append(&evidence(dispute, &raters));
    for judgement in &view.judgements {
        let Some(rationale) = &judgement.rationale else { continue };
        text.push(Role::Heading, &format!("\n{}  ", judgement.rater));
        text.push(Role::Text, rationale);
    }
    for ruling in &view.rulings {
        let stands = if ruling.stands { "stands" } else { "stands no more" };
        text.push(Role::Heading, &format!("\n\nAn earlier ruling, which {stands}: "));
        text.push(Role::Text, ruling.opinion.as_deref().unwrap_or("(erased)"));
    }
    others(&mut text, view, dispute, (charter, letters));
    text
}

fn row(label: &DisputedLabel, (view, charter, letters): (&ItemView, &Charter, &Letters), raters: &[char]) -> Shown {
    let key = &label.label;
    let title = charter.question(&key.question).map_or(key.question.as_str(), |question| question.title.as_str());
    let letter = key.output.map_or_else(String::new, |output| format!(" ({})", letters.of(output)));
    let sign = if label.disputed { "≠ " } else { "= " };
    let role = if label.disputed { Role::Warning } else { Role::Quiet };
    let mut line = column(&Shown::new(role, &format!("{sign}{title}{letter}")), NAME - 1);
    line.push(Role::Text, " ");
    let words = |answer: &str| said(charter, (&view.shape, letters), key, answer);
    for rater in raters {
        let vote = label.votes.iter().find(|vote| vote.rater == *rater);
        let cell = match vote {
            Some(vote) if vote.leads || !label.disputed => Shown::plain(&words(&vote.answer)),
            Some(vote) => Shown::new(Role::Strong, &format!("≠ {}", words(&vote.answer))),
            None => Shown::new(Role::Quiet, "-"),
        };
        line.append(&column(&cell, CELL - 1));
        line.push(Role::Text, " ");
    }
    match &label.leading {
        Some(value) => line.push(Role::Text, &format!("{} {}", words(value), unit(label.posterior))),
        None => line.push(Role::Quiet, "nothing leads"),
    }
    line.and(Role::Text, "\n")
}

/// What each rater's word weighs on the first disputed label.
fn evidence(dispute: &DisputeView, raters: &[char]) -> Shown {
    let Some(label) = dispute.labels.first() else { return Shown::default() };
    let mut line = column(&Shown::new(Role::Quiet, "  evidence"), NAME);
    for rater in raters {
        let vote = label.votes.iter().find(|vote| vote.rater == *rater);
        let words = vote.map_or_else(String::new, |vote| match vote.counted < vote.evidence {
            true => format!("{} of {}", unit(vote.counted), unit(vote.evidence)),
            false => unit(vote.evidence),
        });
        line.append(&column(&Shown::new(Role::Quiet, &words), CELL));
    }
    let capped = label.votes.iter().any(|vote| vote.counted < vote.evidence);
    line.and(Role::Quiet, if capped { "capped by institution\n" } else { "\n" })
}

/// Answers to questions that don't decide, where somebody gave one.
fn others(text: &mut Shown, view: &ItemView, dispute: &DisputeView, (charter, letters): (&Charter, &Letters)) {
    for key in &view.asked {
        if dispute.labels.iter().any(|label| label.label == *key) {
            continue;
        }
        let name = key.to_string();
        let given: Vec<(char, &String)> = view
            .judgements
            .iter()
            .filter_map(|judgement| Some((judgement.rater, judgement.answers.as_ref()?.get(&name)?)))
            .collect();
        if given.is_empty() {
            continue;
        }
        let title = charter.question(&key.question).map_or(key.question.as_str(), |question| question.title.as_str());
        let letter = key.output.map_or_else(String::new, |output| format!(" ({})", letters.of(output)));
        text.push(Role::Quiet, &format!("\n{title}{letter}"));
        for (rater, answer) in given {
            text.push(Role::Heading, &format!("  {rater} "));
            text.push(Role::Text, &said(charter, (&view.shape, letters), key, answer));
        }
    }
}

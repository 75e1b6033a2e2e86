//! What is recorded of an item, in words: labels, rulings, judgements as far as the viewer may see them.

use std::collections::BTreeMap;

use crate::domain::{Charter, LabelKey, Question};
use crate::hall::ItemView;
use crate::tui::form::Letters;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::unit;

/// The record of an item.
pub fn record(view: &ItemView, charter: &Charter) -> Shown {
    let letters = Letters::new(view.outputs.iter().map(|(number, _)| *number).collect());
    let words = Words { view, charter, letters };
    let mut text = Shown::default();
    for label in &view.labels {
        text.push(Role::Quiet, &format!("{}  ", words.about(&label.label)));
        text.push(Role::Strong, &words.answer(&label.label, &label.value));
        let tier = format!("{:?}", label.tier).to_lowercase();
        let role = if tier == "gold" { Role::Gold } else { Role::Good };
        text.push(role, &format!("  {tier}"));
        let numbers = format!("  posterior {}, weight {}", unit(label.posterior), unit(label.weight));
        text.push(Role::Quiet, &format!("{numbers}\n"));
    }
    if view.needed_sign_offs > 0 && !view.labels.is_empty() {
        text.push(Role::Quiet, &format!("{} of {} sign-offs\n", view.sign_offs, view.needed_sign_offs));
    }
    for ruling in &view.rulings {
        let stands = if ruling.stands { "" } else { ", which stands no more" };
        text.push(Role::Heading, &format!("\nRuling{stands}\n"));
        words.sheet(&mut text, ruling.answers.as_ref());
        let opinion = ruling.opinion.as_deref().unwrap_or("(erased)");
        text.push(Role::Quiet, "opinion: ");
        text.push(Role::Text, &format!("{opinion}\n"));
    }
    for judgement in &view.judgements {
        let own = if judgement.own { ", you" } else { "" };
        text.push(Role::Heading, &format!("\nRater {}{own}\n", judgement.rater));
        words.sheet(&mut text, judgement.answers.as_ref());
        if let Some(rationale) = &judgement.rationale {
            text.push(Role::Quiet, "says: ");
            text.push(Role::Text, &format!("{rationale}\n"));
        }
    }
    if view.judgements.is_empty() && view.labels.is_empty() {
        text.push(Role::Quiet, "What others said of it is shown once it is settled.\n");
    }
    for (role, refusal) in &view.why_not {
        text.push(Role::Quiet, &format!("\nNot as {role}: {} ({})", refusal.reason, refusal.article));
    }
    text
}

/// Every weight as a product of stored factors.
pub fn why(view: &ItemView) -> Shown {
    let mut text = Shown::default();
    for label in &view.labels {
        text.push(Role::Strong, &format!("{} = {}\n", label.label, label.value));
        for vote in &label.evidence {
            let gives = if vote.gives { "gives it" } else { "differs" };
            let counted = format!("evidence {}, counted {}", unit(vote.evidence), unit(vote.counted));
            text.push(Role::Text, &format!("  rater {}  {gives:<9} {counted}\n", vote.rater));
        }
        let rows = [
            format!("  posterior {}   flip probability {}", unit(label.posterior), unit(label.flip_probability)),
            format!(
                "  support   {} = {} / ({} + {})",
                unit(label.support),
                unit(label.m),
                unit(label.m),
                unit(label.v_max)
            ),
            format!(
                "  quality   {} = {} + (1 - {}) x {}",
                unit(label.quality),
                unit(i64::from(label.floor)),
                unit(i64::from(label.floor)),
                unit(label.support)
            ),
            format!(
                "  weight    {} = {} x {}",
                unit(label.weight),
                unit(i64::from(label.multiplier)),
                unit(label.quality)
            ),
        ];
        text.push(Role::Text, &format!("{}\n\n", rows.join("\n")));
    }
    text.push(Role::Quiet, "Amounts by consensus/1; they are provisional until a release.");
    text
}

/// Answers in the charter's words, outputs by the letters the viewer is shown.
struct Words<'a> {
    view: &'a ItemView,
    charter: &'a Charter,
    letters: Letters,
}

impl Words<'_> {
    fn question(&self, key: &LabelKey) -> Option<&Question> {
        self.charter.question(&key.question)
    }

    fn about(&self, key: &LabelKey) -> String {
        let title = self.question(key).map_or(key.question.as_str(), |question| question.title.as_str());
        key.output.map_or_else(|| title.to_owned(), |output| format!("{title} ({})", self.letters.of(output)))
    }

    fn answer(&self, key: &LabelKey, answer: &str) -> String {
        crate::tui::form::said(self.charter, (&self.view.shape, &self.letters), key, answer)
    }

    fn sheet(&self, text: &mut Shown, answers: Option<&BTreeMap<String, String>>) {
        let Some(answers) = answers else {
            text.push(Role::Quiet, "(answers erased)\n");
            return;
        };
        for (key, answer) in answers {
            let Ok(key) = LabelKey::try_from(key.clone()) else { continue };
            text.push(Role::Quiet, &format!("{}  ", self.about(&key)));
            text.push(Role::Text, &format!("{}\n", self.answer(&key, answer)));
        }
    }
}

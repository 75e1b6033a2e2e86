//! What a model said, as text: samples with what they have in common, a scored output with its heat map, one that runs.

use crate::domain::Turn;
use crate::hall::{Alike, ItemView, RerunSettings, ScoredTranscript, Transcript, share, similarity};
use crate::tui::form::Letters;
use crate::tui::request::EvidenceDesk;
use crate::tui::text::{Shown, words};
use crate::tui::theme::Role;
use crate::tui::underway::Run;

use super::heat::{heat, legend, measure};

/// The letters under which this viewer sees an item's outputs.
pub fn letters(view: &ItemView) -> Letters {
    Letters::new(view.outputs.iter().map(|(number, _)| *number).collect())
}

/// A transcript; its samples compared with the output in this place, if one is named.
pub fn told(desk: &EvidenceDesk, transcript: &Transcript, compared: Option<usize>) -> Shown {
    match transcript {
        Transcript::Score(score) => scored(score, &letters(&desk.view)),
        Transcript::Samples { samples, .. } => {
            let texts: Vec<&str> = samples.iter().map(|sample| sample.text.as_str()).collect();
            let mut text = alike(&Alike::of(&texts, &desk.charter), texts.len());
            let against = compared.and_then(|place| desk.view.outputs.get(place));
            for (number, sample) in (1..).zip(samples) {
                text.push(Role::Heading, &format!("\nsample {number}"));
                text.push(Role::Quiet, &format!(" · {}\n", ended(&sample.stopped)));
                match against {
                    Some((output, turns)) => {
                        let other = flat(turns);
                        let letter = letters(&desk.view).of(*output);
                        let same = share(similarity(&sample.text, &other));
                        text.push(Role::Quiet, &format!("against output {letter}, {same} of the words in common\n"));
                        text.append(&words(&other, &sample.text).1);
                    }
                    None => {
                        if !sample.reasoning.is_empty() {
                            text.push(Role::Quiet, &format!("{}\n", sample.reasoning));
                        }
                        text.push(Role::Text, &sample.text);
                    }
                }
                text.push(Role::Text, "\n");
            }
            text
        }
    }
}

/// An output by its letter.
pub fn label(letters: &Letters, number: u32) -> String {
    format!("output {}", letters.of(number))
}

fn flat(turns: &[Turn]) -> String {
    turns.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n")
}

fn ended(stopped: &str) -> &str {
    match stopped {
        "length" => "cut at the most tokens",
        "cancelled" => "stopped",
        "filtered" => "held back by the server",
        "unsaid" => "the server doesn't say why it ended",
        _ => "ended by itself",
    }
}

/// A transcript in a line.
pub fn in_short(transcript: &Transcript, view: Option<&ItemView>) -> String {
    match transcript {
        Transcript::Score(score) => {
            let letter = view.map_or('?', |view| letters(view).of(score.output));
            format!("output {letter}: {}", measure(&score.tokens))
        }
        Transcript::Samples { settings, .. } => asked_in_short(settings),
    }
}

/// How answers are made, in a few signs.
pub fn asked_in_short(settings: &RerunSettings) -> String {
    let (whole, part) = (settings.temperature / 1_000_000, settings.temperature % 1_000_000 / 10_000);
    format!("× {} · T {whole}.{part:02} · seed {}", settings.samples, settings.seed)
}

/// A scored output with its heat map.
pub fn scored(score: &ScoredTranscript, letters: &Letters) -> Shown {
    let mut text = Shown::new(Role::Heading, &label(letters, score.output));
    text.push(Role::Quiet, &format!(" as {} reads it: {}\n", score.model.name, measure(&score.tokens)));
    text.append(&legend());
    text.push(Role::Text, "\n\n");
    text.append(&heat(&score.tokens));
    text
}

/// What so many samples answer, in a line; nothing where the charter's options don't tell.
pub fn answers(alike: &Alike, count: usize) -> Shown {
    let mut text = Shown::default();
    for (answer, times) in &alike.answers {
        text.push(Role::Strong, &format!("say {answer} {times} of {count}"));
        text.push(Role::Quiet, " · ");
    }
    if !text.is_empty() {
        text.push(Role::Quiet, &format!("unclear {}", alike.unclear));
    }
    text
}

/// What so many samples have in common, in lines.
pub fn alike(alike: &Alike, count: usize) -> Shown {
    let mut text = answers(alike, count);
    if !text.is_empty() {
        text.push(Role::Text, "\n");
    }
    if let Some(similarity) = alike.similarity {
        let words = format!("two of them have {} of their words in common, in the mean", share(similarity));
        text.push(Role::Text, &words);
        if alike.identical > 1 {
            text.push(Role::Quiet, &format!("; {} say the same word for word", alike.identical));
        }
        text.push(Role::Text, "\n");
    }
    text
}

/// A model at work.
pub fn running_text(run: &Run) -> Shown {
    let mut text = Shown::new(Role::Strong, &run.errand.words);
    text.push(Role::Warning, &format!(" · {}\n", run.heard));
    text.append(&growing(run));
    text
}

/// What its samples have said so far.
pub fn growing(run: &Run) -> Shown {
    let mut text = Shown::default();
    for (number, sample) in (1..).zip(&run.texts).filter(|(_, sample)| !sample.is_empty()) {
        text.push(Role::Heading, &format!("\nsample {number}\n"));
        text.push(Role::Text, &format!("{sample}\n"));
    }
    text
}

/// What is said where no model was run.
pub fn nothing(desk: &EvidenceDesk) -> Shown {
    let words = if desk.models.is_empty() {
        "This hall has no model. Whoever keeps it adds one: guildhall model add FILE, or model connect URL"
    } else {
        "No model was run on this item. A model is evidence and never a rater; what it says is recorded with all that is \
         needed to play it again."
    };
    Shown::new(Role::Quiet, words)
}

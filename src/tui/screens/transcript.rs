//! What a model said, as text: samples with what they have in common, a scored output with its heat map, one that runs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::domain::Turn;
use crate::hall::{Alike, Heard, ItemView, RerunView, ScoredTranscript, Transcript, share, similarity};
use crate::tui::form::Letters;
use crate::tui::request::EvidenceDesk;
use crate::tui::text::{Shown, words};
use crate::tui::theme::Role;

use super::heat::{heat, legend, measure};

/// A model at work.
#[derive(Debug)]
pub struct Running {
    /// What was asked.
    pub words: String,
    /// How far it is.
    pub heard: String,
    /// What its samples have said.
    pub texts: Vec<String>,
    /// Tokens heard.
    pub pieces: usize,
    /// Set to stop it.
    pub stop: Arc<AtomicBool>,
}

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
        Transcript::Samples { samples, settings, .. } => {
            let (whole, part) = (settings.temperature / 1_000_000, settings.temperature % 1_000_000 / 10_000);
            format!("× {} · T {whole}.{part:02} · seed {}", samples.len(), settings.seed)
        }
    }
}

fn scored(score: &ScoredTranscript, letters: &Letters) -> Shown {
    let mut text = Shown::new(Role::Heading, &label(letters, score.output));
    text.push(Role::Quiet, &format!(" as {} reads it: {}\n", score.model.name, measure(&score.tokens)));
    text.append(&legend());
    text.push(Role::Text, "\n\n");
    text.append(&heat(&score.tokens));
    text
}

fn alike(alike: &Alike, count: usize) -> Shown {
    let mut text = Shown::default();
    if !alike.answers.is_empty() {
        let answers: Vec<String> =
            alike.answers.iter().map(|(answer, times)| format!("{answer} {times} of {count}")).collect();
        text.push(Role::Strong, &format!("say {}", answers.join(" · ")));
        text.push(Role::Quiet, &format!(" · unclear {}\n", alike.unclear));
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
pub fn running_text(running: &Running) -> Shown {
    let mut text = Shown::new(Role::Strong, &running.words);
    text.push(Role::Warning, &format!(" · {}\n", running.heard));
    for (number, sample) in (1..).zip(&running.texts).filter(|(_, sample)| !sample.is_empty()) {
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

/// What models said of an item, in lines beside its judgements.
pub fn models(view: &ItemView) -> Shown {
    let mut text = Shown::default();
    if view.reruns.is_empty() {
        return text;
    }
    text.push(Role::Heading, "\nModels\n");
    for RerunView { entry, transcript, .. } in &view.reruns {
        let said = transcript.as_ref().map(|one| format!("{} {}", one.model().name, in_short(one, Some(view))));
        text.push(Role::Text, &format!("{} ", said.as_deref().unwrap_or("(erased)")));
        text.push(Role::Quiet, &format!("· entry {entry}\n"));
    }
    text
}

impl Running {
    /// Takes in how it goes on.
    pub fn hears(&mut self, heard: Heard) {
        self.heard = match heard {
            Heard::Waiting(1) => "one job is before this one".to_owned(),
            Heard::Waiting(ahead) => format!("{ahead} jobs are before this one"),
            Heard::Loading => "loading the model".to_owned(),
            Heard::Reading => "reading the prompt".to_owned(),
            Heard::Text(sample, text) => {
                if let Some(known) = self.texts.get_mut(sample) {
                    known.push_str(&text);
                }
                self.pieces += 1;
                format!("answering, {} tokens", self.pieces)
            }
        };
    }
}

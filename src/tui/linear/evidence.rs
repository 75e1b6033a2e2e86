//! What models say of an item, by lines: what is recorded is read out, a model is run, an output is scored.

use crate::domain::ItemId;
use crate::hall::{Alike, Asked, RerunView, Sampled, Transcript, TranscriptSample, share};
use crate::tui::actor::Actor;
use crate::tui::form::Letters;
use crate::tui::perform::perform;
use crate::tui::request::{EvidenceDesk, Reply, Request};
use crate::tui::underway::Errand;

use super::errand::run;
use super::lines::{LinearError, Lines};
use super::surprises::surprises;
use super::told::tell;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Have a model answer the prompt again.
    Rerun,
    /// Have a model score an output.
    Score,
    /// Hear what is recorded, by its place.
    Hear(usize),
}

/// Tells what models say of an item, and runs one, until the person goes back.
pub async fn evidence(actor: &Actor, lines: &mut Lines, item: &ItemId) -> Result<(), LinearError> {
    loop {
        let desk = match perform(actor, Request::Evidence(item.clone()), &|_| true).await {
            Ok(Reply::Evidence(desk)) => desk,
            Ok(_) => return Ok(()),
            Err(trouble) => return tell(lines, &trouble).await,
        };
        let choices = choices(&desk);
        if choices.is_empty() {
            return lines.say("No model was run on this item, and this hall has none.").await;
        }
        let options: Vec<String> = choices.iter().map(|(words, _)| words.clone()).collect();
        let chosen = lines.choose("What of the models?", &options).await?;
        let errand = match chosen.and_then(|place| choices.get(place)).map(|(_, choice)| *choice) {
            None => return Ok(()),
            Some(Choice::Rerun) => rerun(lines, &desk, actor).await?,
            Some(Choice::Score) => score(lines, &desk).await?,
            Some(Choice::Hear(place)) => {
                let rerun = desk.view.reruns.get(place);
                lines.say(&rerun.map(|rerun| in_words(rerun, &desk)).unwrap_or_default()).await?;
                None
            }
        };
        if let Some(errand) = errand {
            let question = format!("{}. Run it, and sign what it says?", errand.words);
            if lines.yes(&question).await? {
                run(actor, lines, errand, &|rerun| in_words(rerun, &desk)).await?;
            }
        }
    }
}

/// What can be run, then what is recorded, newest first.
fn choices(desk: &EvidenceDesk) -> Vec<(String, Choice)> {
    let mut choices = Vec::new();
    if desk.view.may_note && !desk.models.is_empty() {
        choices.push(("have a model answer the prompt again".to_owned(), Choice::Rerun));
    }
    if desk.view.may_note && !desk.local.is_empty() {
        choices.push(("hear which words of an output surprise a model".to_owned(), Choice::Score));
    }
    for (place, rerun) in desk.view.reruns.iter().enumerate().rev() {
        let by = if rerun.own { "you" } else { &rerun.by };
        let what = match &rerun.transcript {
            None => "erased".to_owned(),
            Some(Transcript::Samples { model, samples, .. }) => format!("{} answers of {}", samples.len(), model.name),
            Some(Transcript::Score(score)) => {
                format!("output {} as {} reads it", letters(desk).of(score.output), score.model.name)
            }
        };
        choices.push((format!("hear entry {}, {what}, by {by}", rerun.entry), Choice::Hear(place)));
    }
    choices
}

fn letters(desk: &EvidenceDesk) -> Letters {
    Letters::new(desk.view.outputs.iter().map(|(number, _)| *number).collect())
}

/// A number that is typed, or the usual one.
async fn number<T: std::str::FromStr + std::fmt::Display>(
    lines: &mut Lines,
    question: &str,
    usual: T,
) -> Result<T, LinearError> {
    loop {
        let typed = lines.ask(&format!("{question}, an empty line for {usual}")).await?;
        match typed.trim() {
            "" => return Ok(usual),
            typed => match typed.parse() {
                Ok(number) => return Ok(number),
                Err(_) => lines.say(&format!("`{typed}` is no such number.")).await?,
            },
        }
    }
}

async fn rerun(lines: &mut Lines, desk: &EvidenceDesk, actor: &Actor) -> Result<Option<Errand>, LinearError> {
    let Some(model) = lines.choose("Which model?", &desk.models).await?.and_then(|place| desk.models.get(place)) else {
        return Ok(None);
    };
    let usual = Sampled::default();
    let sampled = Sampled {
        samples: number(lines, "How many answers", usual.samples).await?,
        max_tokens: number(lines, "Tokens of each at most", usual.max_tokens).await?,
        temperature: number(lines, "Temperature, 0 takes the likeliest word", usual.temperature).await?,
        seed: number(lines, "Seed, the same gives the same", usual.seed).await?,
        ..usual
    };
    let (samples, temperature, seed) = (sampled.samples, sampled.temperature, sampled.seed);
    match sampled.on(&actor.hall.now().day()) {
        Ok(asked) => {
            let words = format!("{samples} answers of {model}, temperature {temperature}, seed {seed}");
            Ok(Some(errand(desk, model, asked, words)))
        }
        Err(error) => lines.say(&format!("That can't be asked: {error}")).await.map(|()| None),
    }
}

async fn score(lines: &mut Lines, desk: &EvidenceDesk) -> Result<Option<Errand>, LinearError> {
    let Some(model) = lines.choose("Which model?", &desk.local).await?.and_then(|place| desk.local.get(place)) else {
        return Ok(None);
    };
    let letters = letters(desk);
    let outputs: Vec<String> = letters.shown().iter().map(|number| format!("output {}", letters.of(*number))).collect();
    let Some(output) = lines.choose("Which output?", &outputs).await?.and_then(|place| letters.shown().get(place))
    else {
        return Ok(None);
    };
    let words = format!("Output {} as {model} reads it", letters.of(*output));
    Ok(Some(errand(desk, model, Asked::Score(*output), words)))
}

fn errand(desk: &EvidenceDesk, model: &str, asked: Asked, words: String) -> Errand {
    let is_local = desk.local.iter().any(|local| local == model);
    Errand { item: desk.view.id.clone(), model: model.to_owned(), asked, words, is_local }
}

fn in_words(rerun: &RerunView, desk: &EvidenceDesk) -> String {
    match &rerun.transcript {
        None => "Its transcript was erased.".to_owned(),
        Some(Transcript::Samples { samples, .. }) => answers_in_words(samples, desk),
        Some(Transcript::Score(score)) => {
            let letter = letters(desk).of(score.output);
            format!("Output {letter}, {} tokens. {}", score.tokens.len(), surprises(&score.tokens))
        }
    }
}

fn answers_in_words(samples: &[TranscriptSample], desk: &EvidenceDesk) -> String {
    let texts: Vec<&str> = samples.iter().map(|sample| sample.text.as_str()).collect();
    let alike = Alike::of(&texts, &desk.charter);
    let mut text = String::new();
    for (answer, times) in &alike.answers {
        text.push_str(&format!("{times} of {} say {answer}. ", samples.len()));
    }
    if let Some(similarity) = alike.similarity {
        text.push_str(&format!("Two of them have {} of their words in common, in the mean. ", share(similarity)));
    }
    if alike.identical > 1 {
        text.push_str(&format!("{} say the same word for word.", alike.identical));
    }
    for (number, said) in (1..).zip(&texts) {
        text.push_str(&format!("\nAnswer {number}: {said}"));
    }
    text
}

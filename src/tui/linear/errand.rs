//! A model at work, by lines: how it goes on is said as it comes, and a line typed meanwhile can stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use crate::hall::{Asked, Heard, Receipt, RerunView};
use crate::tui::actor::Actor;
use crate::tui::perform::perform;
use crate::tui::request::{Reply, Request, Trouble};
use crate::tui::underway::Errand;

use super::lines::{LinearError, Lines, say};
use super::told::in_words;

/// What is said of a model's progress: each step once, and each quarter of what it may say.
struct Progress {
    samples: usize,
    most: u64,
    done: usize,
    tokens: u64,
    quarters: u64,
}

impl Progress {
    fn of(asked: &Asked) -> Self {
        let (samples, most) = match asked {
            Asked::Samples(settings) => {
                (settings.samples, u64::from(settings.samples) * u64::from(settings.max_tokens))
            }
            Asked::Score(_) => (0, 0),
        };
        Self { samples: usize::from(samples), most, done: 0, tokens: 0, quarters: 0 }
    }

    /// What is to be said now.
    fn hears(&mut self, heard: &Heard) -> Option<String> {
        match heard {
            Heard::Waiting(ahead) => Some(format!("It waits for {ahead} before it.")),
            Heard::Loading => Some("The model is being loaded.".to_owned()),
            Heard::Reading => Some("It reads the prompt.".to_owned()),
            Heard::Ended(_) => {
                self.done += 1;
                Some(format!("{} of {} answers are done.", self.done, self.samples))
            }
            Heard::Text(..) => {
                self.tokens += 1;
                let quarters = (4 * self.tokens).checked_div(self.most).unwrap_or(0);
                let is_first = self.tokens == 1;
                if quarters > self.quarters && quarters < 4 {
                    self.quarters = quarters;
                    return Some(format!("{} tokens of at most {}.", self.tokens, self.most));
                }
                is_first.then(|| "It answers.".to_owned())
            }
        }
    }
}

/// What came of it: what is said, and the rerun that is recorded.
fn outcome(done: Result<Reply, Trouble>) -> (String, Option<(Receipt, Vec<RerunView>)>) {
    match done {
        Ok(Reply::Rerun(Some((receipt, reruns)))) => {
            (format!("Done: recorded, entry {}.", receipt.event), Some((receipt, reruns)))
        }
        Ok(_) => ("Stopped; nothing is recorded.".to_owned(), None),
        Err(trouble) => (in_words(&trouble), None),
    }
}

/// Has a model do an errand and says how it goes; what it said is told by `words`.
pub async fn run(
    actor: &Actor,
    lines: &mut Lines,
    errand: Errand,
    words: &(dyn Fn(&RerunView) -> String + Send + Sync),
) -> Result<(), LinearError> {
    lines.say("It runs. x and Enter stops it, and then nothing is recorded.").await?;
    let (told, mut hears) = mpsc::unbounded_channel();
    let tell = move |reply| told.send(reply).is_ok();
    let (stop, mut progress) = (Arc::new(AtomicBool::new(false)), Progress::of(&errand.asked));
    let Errand { item, model, asked, .. } = errand;
    let request = Request::Rerun { item, model, asked, stop: Arc::clone(&stop) };
    let working = perform(actor, request, &tell);
    tokio::pin!(working);
    let Lines { input, output } = lines;
    let mut words_of = |reply| if let Reply::Heard(heard) = reply { progress.hears(&heard) } else { None };
    // a line that is being typed can't be given up: it is awaited in the end
    let (mut typing, mut is_typed) = (input.line(), false);
    let done = loop {
        tokio::select! {
            Some(reply) = hears.recv() => {
                if let Some(words) = words_of(reply) {
                    say(output.as_mut(), &words).await?;
                }
            }
            line = &mut typing, if !is_typed => {
                is_typed = true;
                // who has gone wants no more of it either
                let goes_on = line?.is_some_and(|line| line.trim() != "x");
                stop.store(!goes_on, Ordering::Relaxed);
            }
            done = &mut working => break done,
        }
    };
    // what was heard last is said before the end
    while let Ok(reply) = hears.try_recv() {
        if let Some(words) = words_of(reply) {
            say(output.as_mut(), &words).await?;
        }
    }
    let (said, recorded) = outcome(done);
    say(output.as_mut(), &said).await?;
    if let Some((receipt, reruns)) = recorded
        && let Some(rerun) = reruns.iter().find(|rerun| rerun.entry == receipt.event)
    {
        say(output.as_mut(), &words(rerun)).await?;
    }
    if !is_typed {
        say(output.as_mut(), "Enter goes on.").await?;
        typing.await?.ok_or(LinearError::Ended)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::Sampled;

    #[test]
    fn progress_is_told_by_steps_and_quarters() {
        let asked = Sampled { samples: 2, max_tokens: 4, ..Sampled::default() }.on("2026-11-29").unwrap();
        let mut progress = Progress::of(&asked);
        assert_eq!(progress.hears(&Heard::Waiting(1)).unwrap(), "It waits for 1 before it.");
        let text = |sample| Heard::Text(sample, "a".to_owned());
        let said: Vec<_> = [0, 1, 0, 1, 0].map(|sample| progress.hears(&text(sample))).into_iter().flatten().collect();
        assert_eq!(said, ["It answers.", "2 tokens of at most 8.", "4 tokens of at most 8."]);
        assert_eq!(progress.hears(&Heard::Ended(1)).unwrap(), "1 of 2 answers are done.");
        let mut score = Progress::of(&Asked::Score(1));
        assert_eq!(score.hears(&Heard::Reading).unwrap(), "It reads the prompt.");
    }
}

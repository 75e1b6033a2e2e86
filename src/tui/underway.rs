//! Models that answer for this session, by item: how far each is, what it says, how it is stopped. They go on while one is
//! on another screen, and end with the session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::{ItemId, Timestamp};
use crate::hall::{Asked, Heard, Receipt, RerunView};

use super::request::{Request, Trouble};
use super::text::Shown;
use super::theme::Role;

/// What a model is to do.
#[derive(Debug, Clone)]
pub struct Errand {
    /// On which item.
    pub item: ItemId,
    /// Which model.
    pub model: String,
    /// What is asked of it.
    pub asked: Asked,
    /// The same in words.
    pub words: String,
    /// Whether it is of this machine, and so tells each token and each sample's end.
    pub is_local: bool,
}

/// A model at work, or one that has failed.
#[derive(Debug)]
pub struct Run {
    /// What it does.
    pub errand: Errand,
    /// How far it is.
    pub heard: String,
    /// What its samples have said.
    pub texts: Vec<String>,
    /// Which of them have ended.
    pub ended: Vec<bool>,
    /// Texts heard.
    pub pieces: usize,
    /// Why it failed; none while it is at work.
    pub fault: Option<String>,
    /// When the first text was heard, and the last.
    times: Option<(Timestamp, Timestamp)>,
    number: u64,
    stop: Arc<AtomicBool>,
}

impl Run {
    /// A run that has just begun.
    pub fn new(errand: Errand, number: u64) -> Self {
        let samples = if let Asked::Samples(settings) = &errand.asked { usize::from(settings.samples) } else { 0 };
        Self {
            errand,
            heard: "waiting".to_owned(),
            texts: vec![String::new(); samples],
            ended: vec![false; samples],
            pieces: 0,
            fault: None,
            times: None,
            number,
            stop: Arc::default(),
        }
    }

    /// Whether it is at work.
    pub fn is_at_work(&self) -> bool {
        self.fault.is_none()
    }

    /// Samples that have ended; none where that isn't told.
    pub fn done(&self) -> Option<usize> {
        self.errand.is_local.then(|| self.ended.iter().filter(|ended| **ended).count())
    }

    /// Tokens a second, once there is a second to count by; none where texts aren't tokens.
    pub fn speed(&self) -> Option<u64> {
        let (first, last) = self.times.filter(|_| self.errand.is_local)?;
        let ms = u64::try_from(last.ms() - first.ms()).ok().filter(|ms| *ms >= 1_000)?;
        Some(u64::try_from(self.pieces).ok()? * 1_000 / ms)
    }

    /// Takes in how it goes on.
    pub fn hears(&mut self, heard: Heard, now: Timestamp) {
        self.heard = match heard {
            Heard::Waiting(1) => "one job is before this one".to_owned(),
            Heard::Waiting(ahead) => format!("{ahead} jobs are before this one"),
            Heard::Loading => "loading the model".to_owned(),
            Heard::Reading => "reading the prompt".to_owned(),
            Heard::Ended(sample) => {
                if let Some(ended) = self.ended.get_mut(sample) {
                    *ended = true;
                }
                return;
            }
            Heard::Text(sample, text) => {
                if let Some(known) = self.texts.get_mut(sample) {
                    known.push_str(&text);
                }
                self.pieces += 1;
                self.times = Some((self.times.map_or(now, |(first, _)| first), now));
                let unit = if self.errand.is_local { "tokens" } else { "pieces" };
                format!("answering, {} {unit}", self.pieces)
            }
        };
    }

    /// Has it stop; nothing is recorded then.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
    }
}

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Underway(Vec<Run>);

impl Underway {
    /// The run on an item: one at work, or the last if it has failed.
    pub fn of(&self, item: &ItemId) -> Option<&Run> {
        self.0.iter().find(|run| run.errand.item == *item)
    }

    /// A run at work on another item than this.
    pub fn elsewhere(&self, item: Option<&ItemId>) -> Option<&Run> {
        self.0.iter().find(|run| run.is_at_work() && Some(&run.errand.item) != item)
    }

    /// Begins a run under a number; none if one is at work on the item.
    pub(super) fn begin(&mut self, errand: Errand, number: u64) -> Option<Request> {
        if self.of(&errand.item).is_some_and(Run::is_at_work) {
            return None;
        }
        self.0.retain(|run| run.errand.item != errand.item);
        let run = Run::new(errand.clone(), number);
        let stop = Arc::clone(&run.stop);
        self.0.push(run);
        Some(Request::Rerun { item: errand.item, model: errand.model, asked: errand.asked, stop })
    }

    /// The item of the run with this number.
    pub(super) fn item(&self, number: u64) -> Option<ItemId> {
        self.0.iter().find(|run| run.number == number).map(|run| run.errand.item.clone())
    }

    pub(super) fn hears(&mut self, number: u64, heard: Heard, now: Timestamp) {
        if let Some(run) = self.0.iter_mut().find(|run| run.number == number) {
            run.hears(heard, now);
        }
    }

    /// It has ended, or was stopped: what is said of it.
    pub(super) fn ended(&mut self, number: u64, done: Option<(Receipt, Vec<RerunView>)>) -> Shown {
        let model = self.model(number);
        self.0.retain(|run| run.number != number);
        match done {
            Some((receipt, _)) => Shown::new(Role::Good, &format!("✓ {model}: recorded, entry {}", receipt.event)),
            None => Shown::plain(&format!("{model} is stopped; nothing is recorded")),
        }
    }

    /// It has failed: what is said of it.
    pub(super) fn failed(&mut self, number: u64, trouble: &Trouble) -> Shown {
        let why = match trouble {
            Trouble::Refused(refusal) => format!("{} {}", refusal.reason, refusal.article),
            Trouble::Failed(why) => why.clone(),
        };
        let said = Shown::new(Role::Bad, &format!("{}: {why}", self.model(number)));
        if let Some(run) = self.0.iter_mut().find(|run| run.number == number) {
            run.fault = Some(why);
        }
        said
    }

    fn model(&self, number: u64) -> String {
        self.0.iter().find(|run| run.number == number).map(|run| run.errand.model.clone()).unwrap_or_default()
    }

    /// Has all of them stop.
    pub(super) fn stop_all(&self) {
        self.0.iter().for_each(Run::stop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::Sampled;

    fn errand() -> Errand {
        let asked = Sampled { samples: 2, ..Sampled::default() }.on("2026-11-29").unwrap();
        let item = format!("it_{}", "a".repeat(52)).parse().unwrap();
        Errand { item, model: "tiny".to_owned(), asked, words: "tiny × 2".to_owned(), is_local: true }
    }

    #[test]
    fn how_far_a_model_is_is_told_by_what_was_heard() {
        let mut run = Run::new(errand(), 1);
        let at = Timestamp::from_ms;
        run.hears(Heard::Waiting(2), at(0));
        assert_eq!(run.heard, "2 jobs are before this one");
        for (sample, text, ms) in [(0, "Hold", 1_000), (1, "Con", 1_500), (0, " it", 2_000), (0, ".", 2_500)] {
            run.hears(Heard::Text(sample, text.to_owned()), at(ms));
        }
        run.hears(Heard::Ended(1), at(2_500));
        assert_eq!(
            (run.texts.clone(), run.done(), run.speed()),
            (vec!["Hold it.".into(), "Con".into()], Some(1), Some(2))
        );
        assert_eq!(run.heard, "answering, 4 tokens");
    }

    #[test]
    fn one_run_an_item_and_a_failed_one_makes_room() {
        let mut underway = Underway::default();
        let item = errand().item;
        let Some(Request::Rerun { stop, .. }) = underway.begin(errand(), 1) else { panic!("it begins") };
        assert!(underway.begin(errand(), 2).is_none());
        underway.failed(1, &Trouble::Failed("no".to_owned()));
        assert_eq!(underway.of(&item).unwrap().fault.as_deref(), Some("no"));
        assert!(underway.elsewhere(None).is_none());
        assert!(underway.begin(errand(), 3).is_some());
        assert!(stop.load(Ordering::Relaxed), "what nobody waits for is stopped");
        assert_eq!(underway.ended(3, None).as_str(), "tiny is stopped; nothing is recorded");
        assert!(underway.of(&item).is_none());
    }
}

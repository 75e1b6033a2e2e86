//! Evidence beside a dispute: the model at work or its latest answers in a line, and the surprisal of the output under review;
//! with more room, both at length.

use ratatui::layout::Rect;

use crate::domain::{Charter, Timestamp};
use crate::hall::{Alike, Asked, RerunView, ScoredTranscript, Transcript, TranscriptSample, share};
use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::parts::Pane;
use crate::tui::request::EvidenceDesk;
use crate::tui::scene::Cx;
use crate::tui::text::Shown;
use crate::tui::theme::Role;
use crate::tui::underway::{Run, Underway};

use super::errands;
use super::heat::{heat_line, scale};
use super::transcript::{alike, answers, asked_in_short, growing, in_short, label, letters, scored};
use super::wording::when;

/// Rows of the strip, with its heading.
const ROWS: u16 = 3;
/// Cells of the bar.
const BAR: usize = 8;

/// The output under review, and when it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The output, by the item's own number.
    pub output: Option<u32>,
    /// Now.
    pub now: Timestamp,
}

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Strip {
    desk: Option<Box<EvidenceDesk>>,
    at_work: bool,
    /// What the latest samples have in common, and how many they are.
    alike: Option<(Alike, usize)>,
    page: Pane,
}

impl Strip {
    /// What there is now.
    pub fn arrived(&mut self, desk: Box<EvidenceDesk>) {
        self.alike = latest(&desk).map(|(_, samples)| {
            let texts: Vec<&str> = samples.iter().map(|sample| sample.text.as_str()).collect();
            (Alike::of(&texts, &desk.charter), texts.len())
        });
        self.desk = Some(desk);
    }

    /// What it is about.
    pub fn desk(&self) -> Option<&EvidenceDesk> {
        self.desk.as_deref()
    }

    /// Whether there is anything to show: a model that could be asked, or what one said.
    pub fn is_there(&self) -> bool {
        self.desk.as_ref().is_some_and(|desk| !desk.models.is_empty() || !desk.view.reruns.is_empty())
    }

    /// What may be done here now.
    pub fn actions(&self) -> Vec<Action> {
        self.desk.as_ref().map(|desk| errands::allowed(desk, self.at_work)).unwrap_or_default()
    }

    /// Takes in how things stand; the page only while it is in view.
    pub fn tell(&mut self, about: Option<About>, cx: &Cx<'_>) {
        let Some(desk) = &self.desk else { return };
        let run = cx.underway.of(&desk.view.id);
        self.at_work = run.is_some_and(Run::is_at_work);
        if let Some(about) = about {
            let page = self.at_length(desk, run, about);
            self.page.say(page);
        }
    }

    /// Scrolls it, where it has the room.
    pub fn scrolled(&mut self, action: Action) {
        self.page.scrolled(action);
    }

    /// Rows it takes below what is `above` it; with the focus up to a half.
    pub fn height(&self, above: Rect, focused: bool) -> u16 {
        if !self.is_there() || above.height < 3 * ROWS {
            return 0;
        }
        if !focused {
            return ROWS;
        }
        let lines = u16::try_from(self.page.lines(above.width.saturating_sub(3))).unwrap_or(u16::MAX);
        lines.saturating_add(1).clamp(ROWS, above.height / 2)
    }

    /// Draws it in its few rows.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect, (about, underway): (About, &Underway)) {
        let Some(desk) = &self.desk else { return };
        heading(ink, area, &Shown::new(Role::Heading, "Evidence"), &Shown::new(Role::Quiet, &scale()));
        let row = Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(3), height: 1 };
        let (left, right) = self.rerun(desk, underway.of(&desk.view.id), about.now);
        let room = usize::from(row.width).saturating_sub(right.width() + 2);
        ink.put(row, &left.cut(room));
        ink.put_right(row, &right);
        let mut line = surprisal(desk, about.output);
        match score(desk, about.output) {
            Some(score) => {
                line.push(Role::Text, "   ");
                let room = usize::from(row.width).saturating_sub(line.width());
                line.append(&heat_line(&score.tokens, room));
            }
            None => line.push(Role::Quiet, "   not computed"),
        }
        ink.put(Rect { y: row.y + 1, ..row }, &line);
    }

    /// Draws it at length, with the focus.
    pub fn draw_page(&self, ink: &mut Ink<'_>, area: Rect) {
        let body = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height.saturating_sub(1),
        };
        let below = self.page.draw(ink, body);
        let right = if below > 0 { format!("{below} more lines, Space") } else { "Tab: texts".to_owned() };
        heading(ink, area, &Shown::new(Role::HeadingFocused, "Evidence"), &Shown::new(Role::Quiet, &right));
        ink.bar(Rect { x: area.x, width: 1, ..body });
    }

    /// The rerun at work, else the latest: what and with which answers; how far, or when.
    fn rerun(&self, desk: &EvidenceDesk, run: Option<&Run>, now: Timestamp) -> (Shown, Shown) {
        match (run, latest(desk)) {
            (Some(run), _) => (with(at_work(run), &so_far(&desk.charter, run)), progress(run)),
            (None, Some((rerun, _))) => {
                let said = self.alike.as_ref().map_or_else(Shown::default, |(alike, count)| in_a_line(alike, *count));
                let by = if rerun.own { "you" } else { &rerun.by };
                let right = Shown::new(Role::Quiet, &format!("{by}, {}", when(rerun.at, now)));
                (with(recorded(desk, rerun), &said), right)
            }
            (None, None) => (Shown::new(Role::Quiet, "no model has answered this prompt again"), Shown::default()),
        }
    }

    fn at_length(&self, desk: &EvidenceDesk, run: Option<&Run>, about: About) -> Shown {
        let mut text = Shown::default();
        match (run, latest(desk)) {
            (Some(run), _) => {
                text.append(&at_work(run).and(Role::Text, "\n"));
                text.append(&progress(run).and(Role::Text, "\n"));
                text.append(&so_far(&desk.charter, run));
            }
            (None, Some((rerun, _))) => {
                text.append(&recorded(desk, rerun));
                text.push(Role::Quiet, &format!(" · {} · entry {}\n", when(rerun.at, about.now), rerun.entry));
                if let Some((said, count)) = &self.alike {
                    text.append(&alike(said, *count));
                }
            }
            (None, None) => text.append(&self.rerun(desk, None, about.now).0.and(Role::Text, "\n")),
        }
        text.push(Role::Text, "\n");
        match score(desk, about.output) {
            Some(score) => {
                text.push(Role::Quiet, "surprisal of ");
                text.append(&scored(score, &letters(&desk.view)));
            }
            None => text.append(&surprisal(desk, about.output).and(Role::Quiet, ": not computed")),
        }
        if let Some(run) = run.filter(|run| run.is_at_work()) {
            text.push(Role::Text, "\n");
            text.append(&growing(run));
        }
        text
    }
}

/// The latest answers, with where they are recorded.
fn latest(desk: &EvidenceDesk) -> Option<(&RerunView, &[TranscriptSample])> {
    desk.view.reruns.iter().rev().find_map(|rerun| match &rerun.transcript {
        Some(Transcript::Samples { samples, .. }) => Some((rerun, samples.as_slice())),
        _ => None,
    })
}

/// The latest score of an output.
fn score(desk: &EvidenceDesk, output: Option<u32>) -> Option<&ScoredTranscript> {
    desk.view.reruns.iter().rev().find_map(|rerun| match &rerun.transcript {
        Some(Transcript::Score(score)) if Some(score.output) == output => Some(score),
        _ => None,
    })
}

fn surprisal(desk: &EvidenceDesk, output: Option<u32>) -> Shown {
    let name = output.map_or_else(|| "the output".to_owned(), |output| label(&letters(&desk.view), output));
    Shown::new(Role::Quiet, &format!("surprisal of {name}"))
}

fn recorded(desk: &EvidenceDesk, rerun: &RerunView) -> Shown {
    let mut text = Shown::new(Role::Quiet, "rerun ");
    if let Some(transcript) = &rerun.transcript {
        text.push(Role::Key, &transcript.model().name);
        text.push(Role::Text, &format!(" {}", in_short(transcript, Some(&desk.view))));
    }
    text
}

/// What a model is asked, in the words of what is recorded.
fn at_work(run: &Run) -> Shown {
    match &run.errand.asked {
        Asked::Samples(settings) => Shown::new(Role::Quiet, "rerun ")
            .and(Role::Key, &run.errand.model)
            .and(Role::Text, &format!(" {}", asked_in_short(settings))),
        Asked::Score(_) => Shown::new(Role::Key, &run.errand.words),
    }
}

fn with(left: Shown, said: &Shown) -> Shown {
    let mut text = left.and(Role::Text, if said.is_empty() { "" } else { "   " });
    text.append(said);
    text
}

/// What samples have in common, in a line.
fn in_a_line(alike: &Alike, count: usize) -> Shown {
    let said = answers(alike, count);
    match alike.similarity {
        Some(similarity) if said.is_empty() => {
            Shown::plain(&format!("two of them have {} of their words in common", share(similarity)))
        }
        _ => said,
    }
}

/// What the samples that have said something answer so far.
fn so_far(charter: &Charter, run: &Run) -> Shown {
    let whole = run.texts.iter().zip(&run.ended).filter_map(|(text, ended)| match ended {
        true => Some(text.as_str()),
        // a word that is still coming may become another
        false => text.rsplit_once(char::is_whitespace).map(|(whole, _)| whole),
    });
    let texts: Vec<&str> = whole.filter(|text| !text.trim().is_empty()).collect();
    answers(&Alike::begun(&texts, charter), run.texts.len())
}

/// How far it is; why it failed.
fn progress(run: &Run) -> Shown {
    let samples = run.texts.len();
    match (&run.fault, run.done()) {
        (Some(why), _) => Shown::new(Role::Bad, why).one_line().cut(70),
        (None, Some(done)) if run.pieces > 0 => {
            let full = (done * BAR).checked_div(samples).unwrap_or(0);
            let bar: String = (0..BAR).map(|cell| if cell < full { '▮' } else { '▯' }).collect();
            let speed = run.speed().map_or_else(String::new, |speed| format!(", {speed} tok/s"));
            Shown::plain(&bar).and(Role::Warning, &format!(" {done}/{samples} done{speed}"))
        }
        (None, _) => Shown::new(Role::Warning, &run.heard),
    }
}

fn heading(ink: &mut Ink<'_>, area: Rect, title: &Shown, right: &Shown) {
    let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
    ink.heading(row, title, right);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::{Heard, Sampled};
    use crate::tui::underway::Errand;

    /// A model of this machine that is to answer eight times.
    fn run() -> Run {
        let asked = Sampled { seed: 7, ..Sampled::default() }.on("2026-11-29").unwrap();
        let item = format!("it_{}", "a".repeat(52)).parse().unwrap();
        Run::new(Errand { item, model: "SmolLM2".to_owned(), asked, words: String::new(), is_local: true }, 1)
    }

    #[test]
    fn a_model_at_work_is_told_by_what_is_done_its_speed_and_its_answers() {
        let charter = Charter::read(include_str!("../../../guilds/cardiology.toml")).unwrap();
        let mut run = run();
        run.hears(Heard::Reading, Timestamp::from_ms(0));
        assert_eq!(progress(&run).as_str(), "reading the prompt");
        for n in 0..83 {
            let text = ["No", " it", " is", " not"][n / 8 % 4];
            let ms = i64::try_from(n).unwrap() * 2_000 / 82;
            run.hears(Heard::Text(n % 8, text.to_owned()), Timestamp::from_ms(ms));
        }
        (0..5).for_each(|sample| run.hears(Heard::Ended(sample), Timestamp::from_ms(2_000)));
        assert_eq!(progress(&run).as_str(), "▮▮▮▮▮▯▯▯ 5/8 done, 41 tok/s");
        assert_eq!(at_work(&run).as_str(), "rerun SmolLM2 × 8 · T 0.80 · seed 7");
        assert_eq!(so_far(&charter, &run).as_str(), "say no 8 of 8 · unclear 0");
        run.fault = Some("no room\nat all".to_owned());
        assert_eq!(progress(&run).as_str(), "no room at all");
    }

    #[test]
    fn a_word_that_is_still_coming_is_no_answer() {
        let charter = Charter::read(include_str!("../../../guilds/cardiology.toml")).unwrap();
        let mut run = run();
        run.hears(Heard::Text(0, "No".to_owned()), Timestamp::from_ms(0));
        assert!(so_far(&charter, &run).is_empty(), "it may be `Nothing`");
        run.hears(Heard::Ended(0), Timestamp::from_ms(0));
        assert_eq!(so_far(&charter, &run).as_str(), "say no 1 of 8 · unclear 0");
        run.errand.is_local = false;
        assert_eq!(progress(&run).as_str(), "answering, 1 tokens", "what a server doesn't tell isn't counted");
    }
}

//! Reruns beside a dispute: the strip and its page, heat maps with and without colours, a model that answers while one goes on
//! and is stopped, and all of it by lines.

use std::collections::VecDeque;
use std::fmt::Write as _;

use guildhall::domain::ItemId;
use guildhall::hall::{
    Asked, ModelNamed, QueueFrom, RerunSettings, Sampled, ScoredToken, ScoredTranscript, Transcript, TranscriptSample,
};
use guildhall::tui::{Actor, Depth, Lines, Stage, Theme};
use ratatui::style::Color;

use crate::evidence::{with_model, with_peer};
use crate::journeys::{Said, Typed};
use crate::live::Live;
use crate::peer::{Act, events, spoken};
use crate::rehearsal::{Rehearsal, text};
use crate::screens::{golden, pictured};

const WIDE: (u16, u16) = (120, 40);
const NARROW: (u16, u16) = (80, 24);

/// The dispute that `g d enter` opens.
async fn dispute(actor: &Actor) -> ItemId {
    let page = actor.hall.disputes(&actor.member, None, (QueueFrom::Start, 1)).await.unwrap();
    page.rows[0].id.clone()
}

fn settings() -> RerunSettings {
    let sampled = Sampled { samples: 4, max_tokens: 60, seed: 7, ..Sampled::default() };
    let Asked::Samples(settings) = sampled.on("2026-11-24").unwrap() else { panic!("samples are asked for") };
    settings
}

/// A demo in which a model has answered a dispute's prompt and scored its first output; in words of this test, so that
/// they are the same on every machine.
async fn with_evidence() -> Rehearsal {
    let home = with_model();
    let actor = home.actor("you").await;
    let item = dispute(&actor).await;
    let known = actor.hall.models().unwrap().remove(0);
    let model = ModelNamed {
        name: known.name,
        digest: known.digest.trim_start_matches("sha256:").parse().unwrap(),
        family: known.family,
        quantization: known.quantization,
        endpoint: None,
        made_by: None,
    };
    let said = [
        "An ARNI or ACE inhibitor, a beta-blocker, an MRA and an SGLT2 inhibitor.",
        "An ARNI or ACE inhibitor, a beta-blocker, an MRA and an SGLT2 inhibitor.",
        "ACE inhibitors, beta-blockers, diuretics and digoxin.",
        "A beta-blocker, an MRA, an SGLT2 inhibitor and\u{202e} an ARNI",
    ];
    let samples = said.map(|text| TranscriptSample {
        reasoning: String::new(),
        stopped: if text.ends_with('.') { "end" } else { "length" }.to_owned(),
        text: text.to_owned(),
        tokens: vec![1, 2, 3],
    });
    let answered = Transcript::Samples {
        model: model.clone(),
        prompt_tokens: Some(31),
        samples: samples.to_vec(),
        settings: settings(),
    };
    let view = actor.hall.item(&actor.member, &item).await.unwrap();
    let (output, turns) = &view.outputs[0];
    let words = turns[0].content.split_inclusive(' ').enumerate();
    // most is expected; here and there a word is a surprise, and one was ruled out
    let tokens = words.map(|(n, word)| ScoredToken {
        id: 1,
        surprisal: if n == 40 {
            None
        } else {
            Some([200_000, 700_000, 1_900_000, 400_000, 3_400_000, 90_000, 6_600_000][n * n % 7])
        },
        text: word.to_owned(),
    });
    let score = ScoredTranscript {
        model,
        output: *output,
        prompt_tokens: 31,
        today: "2026-11-24".to_owned(),
        tokens: tokens.collect(),
    };
    for transcript in [answered, Transcript::Score(score)] {
        actor.hall.keep_rerun(actor.signer.as_ref(), &item, &transcript).await.unwrap();
    }
    home
}

#[tokio::test]
async fn evidence_looks_as_it_did() {
    let home = with_evidence().await;
    let mut found = String::new();
    for (state, keys) in [("beside the judgements", "g d enter"), ("with the focus", "g d enter tab")] {
        let _ = writeln!(found, "== evidence strip, {state}\n{}", pictured(&home, "you", keys).await);
    }
    let unasked = with_model();
    let _ =
        writeln!(found, "== evidence strip, nothing asked yet\n{}", pictured(&unasked, "you", "g d enter tab").await);
    golden("evidence-strip", &found);
    let mut found = String::new();
    for (state, keys) in [("heat map", ""), ("samples", "j"), ("samples against an output", "j d")] {
        let _ =
            writeln!(found, "== evidence, {state}\n{}", pictured(&home, "you", &format!("g d enter M {keys}")).await);
    }
    let without = Rehearsal::demo();
    let _ = writeln!(found, "== evidence, no model\n{}", pictured(&without, "you", "g d enter M").await);
    golden("evidence", &found);
}

#[tokio::test]
async fn without_colours_the_heat_map_is_told_by_signs() {
    let home = with_evidence().await;
    let mut stage = home.console("you").await;
    // as under NO_COLOR
    stage.repaint(Theme::named("dark", Depth::None).unwrap());
    let mut found = String::new();
    for (what, keys) in [("strip", "g d enter"), ("page", "tab"), ("screen", "M")] {
        stage.press(keys).await;
        for size in [NARROW, WIDE] {
            let frame = stage.frame(size);
            assert!(frame.content().iter().all(|cell| [cell.fg, cell.bg] == [Color::Reset; 2]), "{what}");
            let _ = writeln!(found, "== {what}, {}x{}\n{}", size.0, size.1, text(&frame));
        }
    }
    for sign in ["░", "▒", "▓", "█"] {
        assert!(found.contains(sign));
    }
    golden("evidence-no-color", &found);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_run_and_an_output_scored_beside_the_judgements() {
    let home = with_model();
    let mut stage = home.console("you").await;
    let before = home.open().await.size().await.unwrap();
    stage.press("g d enter 4").await;
    let seen = |stage: &Stage, size| text(&stage.frame(size));
    assert!(seen(&stage, WIDE).contains("no model has answered this prompt again"), "{}", seen(&stage, WIDE));
    stage.press("r enter C-u 2 enter C-u 1 6 enter enter enter y").await;
    let shown = seen(&stage, WIDE);
    assert!(shown.contains("rerun tiny × 2 · T 0.80 · seed 1") && shown.contains("1 of 3 given"), "{shown}");
    assert!(shown.contains("surprisal of output B   not computed"), "the next question is of B: {shown}");
    // the output under review is the one that is proposed
    stage.press("h enter enter y").await;
    let shown = seen(&stage, WIDE);
    let line = shown.lines().find(|line| line.contains("surprisal of output B")).unwrap();
    assert!(["░", "▒", "▓", "█"].iter().any(|sign| line.contains(sign)), "{line}");
    // at 80 columns it is the page behind the judgements, and Tab goes round
    assert!(seen(&stage, WIDE).contains("Tab: evidence"));
    stage.press("tab").await;
    assert!(seen(&stage, NARROW).contains("surprisal of output B as tiny reads it"), "{}", seen(&stage, NARROW));
    stage.press("tab").await;
    assert!(seen(&stage, NARROW).contains("Output A of 2"));
    stage.press("backtab backtab").await;
    assert!(seen(&stage, NARROW).contains("Judgements"));
    assert_eq!(home.open().await.size().await.unwrap(), before + 2);
}

/// Asks for a rerun as it is proposed, up to the yes; each key waits for what it needs.
async fn begin(live: &Live) {
    live.sees("Waiting for you").await;
    live.press("g d").await;
    live.sees("you may rule").await;
    live.press("enter").await;
    live.sees("no model has answered").await;
    live.press("r").await;
    live.sees("Have a model answer the prompt again").await;
    live.press("enter enter enter enter enter").await;
    live.sees("Run it and record it").await;
    live.press("y").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ruling_goes_on_while_a_model_answers_and_stopping_it_leaves_no_trace() {
    // it says two words, and then nothing until nobody listens
    let cut = events(spoken(&["I would ", "say yes"]).split_inclusive("\n\n").take(2).collect::<String>());
    let (home, mut peer) = with_peer([cut, vec![Act::Stall]].concat()).await;
    let actor = home.actor("you").await;
    let before = actor.hall.size().await.unwrap();
    let live = Live::open(actor, "you").await;
    begin(&live).await;
    let shown = live.sees("pieces").await;
    let strip = shown.lines().find(|line| line.contains("pieces")).unwrap();
    assert!(strip.contains("rerun big × 8 · T 0.80 · seed 1"), "{strip}");
    // answering and writing go on, and no key is lost
    live.press("4").await;
    live.sees("1 of 3 given").await;
    live.press("e w h y").await;
    live.sees("▌ why").await;
    live.press("esc").await;
    live.sees("1 of 3 given").await;
    // so does everything else
    live.press("g h").await;
    live.sees("big at work on it_").await;
    live.press("g d").await;
    live.sees("you may rule").await;
    live.press("enter").await;
    live.sees("your draft is back").await;
    live.press("M").await;
    let shown = live.sees("I would say yes").await;
    assert!(shown.contains("Running") && shown.contains("x stop"), "{shown}");
    live.press("esc").await;
    live.sees("Ruling").await;
    live.press("X").await;
    let shown = live.sees("big is stopped; nothing is recorded").await;
    assert!(shown.contains("no model has answered this prompt again"), "{shown}");
    peer.hung_up(1).await;
    live.leave().await;
    assert_eq!(home.open().await.size().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_this_machine_is_stopped_and_its_turn_goes_to_the_next() {
    let home = with_model();
    let actor = home.actor("you").await;
    let before = actor.hall.size().await.unwrap();
    let live = Live::open(actor, "you").await;
    live.sees("Waiting for you").await;
    live.press("g d").await;
    live.sees("you may rule").await;
    live.press("enter").await;
    live.sees("no model has answered").await;
    live.press("r").await;
    live.sees("Have a model answer the prompt again").await;
    // one answer as long as the model's positions: it would take thousands of times as long as a key
    live.press("enter C-u 1 enter C-u 6 0 0 0 0 enter enter enter").await;
    live.sees("tiny × 1").await;
    live.press("y").await;
    live.sees("0/1 done").await;
    live.press("X").await;
    live.sees("tiny is stopped; nothing is recorded").await;
    live.press("r").await;
    live.sees("Have a model answer the prompt again").await;
    live.press("enter C-u 2 enter C-u 8 enter enter enter").await;
    live.sees("tiny × 2").await;
    live.press("y").await;
    live.sees("tiny: recorded, entry").await;
    live.leave().await;
    assert_eq!(home.open().await.size().await.unwrap(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_stops_the_model() {
    let cut = events(spoken(&["I would "]).split_inclusive("\n\n").take(1).collect::<String>());
    let (home, mut peer) = with_peer([cut, vec![Act::Stall]].concat()).await;
    let actor = home.actor("you").await;
    let before = actor.hall.size().await.unwrap();
    let live = Live::open(actor, "you").await;
    begin(&live).await;
    live.sees("pieces").await;
    live.leave().await;
    peer.hung_up(1).await;
    assert_eq!(home.open().await.size().await.unwrap(), before);
}

/// What is said by lines to somebody who types this.
async fn by_lines(actor: &Actor, typed: &[String]) -> String {
    let said = Said::default();
    let typed = Typed(VecDeque::from(typed.to_vec()));
    let mut lines = Lines { input: Box::new(typed), output: Box::new(said.clone()) };
    guildhall::tui::linear(actor, &mut lines).await.unwrap();
    let bytes = said.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// The number of a choice in the first question.
fn number(said: &str, choice: &str) -> String {
    let line = said.lines().find(|line| line.contains(choice)).unwrap_or_else(|| panic!("no {choice}: {said}"));
    line.split(' ').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_run_models_tell_what_they_say_and_list_them() {
    let home = with_model();
    let actor = home.actor("you").await;
    let before = actor.hall.size().await.unwrap();
    let menu = by_lines(&actor, &["b".to_owned()]).await;
    let (rule, models) = (number(&menu, "rule on disputes, cardiology"), number(&menu, "the hall's models"));
    // two answers of at most eight tokens; a score; the first of both again; one that is stopped
    let typed = "m 1 1 2 8 _ _ y _ 2 1 1 y _ 4 1 1 2 200 _ _ y x b b";
    let typed: Vec<String> = [rule.as_str()]
        .into_iter()
        .chain(typed.split(' '))
        .chain([models.as_str(), "b"])
        .map(|line| line.replace('_', ""))
        .collect();
    let said = by_lines(&actor, &typed).await;
    assert!(said.contains("2 answers of tiny, temperature 0.8, seed 1. Run it, and sign what it says?"), "{said}");
    assert!(said.contains("The model is being loaded.") && said.contains("It reads the prompt."), "{said}");
    assert!(said.contains("It answers.") && said.contains("8 tokens of at most 16."), "{said}");
    assert!(said.contains(&format!("Done: recorded, entry {before}.")), "{said}");
    assert_eq!(said.matches("Answer 2: ").count(), 2, "told when it came, and read out again: {said}");
    assert!(said.contains("The words that surprised it most, that one first: “"), "{said}");
    assert!(said.contains(&format!("hear entry {}, output A as tiny reads it, by you", before + 1)), "{said}");
    assert!(said.contains("Stopped; nothing is recorded."), "{said}");
    assert!(said.contains("Model tiny: llama, F32, 1 MB, licence not stated, in the hall."), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains('─') && !said.contains('▮'), "lines draw nothing");
    assert_eq!(actor.hall.size().await.unwrap(), before + 2);
    assert!(actor.hall.verify().await.unwrap().ok);
}

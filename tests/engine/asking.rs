//! A model of this machine asked by command: each flag does what it says, a single text comes as it is made, and whoever
//! gives up waits for one token at most.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use guildhall::engine::text::{Chat, Sampling, Stopped};
use guildhall::engine::{Listener, Local, Settings};
use serde_json::{Value, json};

use crate::support::{finish, guildhall};
use crate::tiny_model::tiny_model;

/// Far longer than anything here takes; only a failing test waits so long.
const NEVER: Duration = Duration::from_secs(120);

fn rerun(model: &Path, words: &[&str]) -> Command {
    let mut command = guildhall();
    command.args(["rerun", "--prompt", "Why is it so?", "--model"]).arg(model).args(words);
    command
}

/// The samples that come of these flags.
fn samples(model: &Path, words: &[&str]) -> Vec<Value> {
    let usual: &[&str] = if words.contains(&"--max-tokens") { &[] } else { &["--max-tokens", "40"] };
    finish(rerun(model, &[usual, words].concat()).arg("--json")).done()["samples"].as_array().unwrap().clone()
}

fn tokens(sample: &Value) -> Vec<u64> {
    sample["tokens"].as_array().unwrap().iter().map(|token| token.as_u64().unwrap()).collect()
}

/// How many tokens occur again within the 64 tokens behind them.
fn repeated(tokens: &[u64]) -> usize {
    tokens.iter().enumerate().filter(|(at, token)| tokens[at.saturating_sub(64)..*at].contains(token)).count()
}

#[test]
fn each_flag_of_sampling_does_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let model = &tiny_model(dir.path());
    let one = |words: &[&str]| samples(model, words).remove(0);
    let greedy = one(&[]);
    assert_eq!(tokens(&greedy).len(), 40);
    assert_eq!(one(&["--temperature", "0", "--seed", "9"]), greedy, "the likeliest token, whatever the seed");
    let warm = ["--temperature", "3", "--seed", "9"];
    let drawn = one(&warm);
    assert_ne!(drawn, greedy);
    assert_eq!(one(&warm), drawn, "a seed gives its tokens");
    assert_ne!(one(&["--temperature", "3", "--seed", "10"]), drawn);
    // each leaves the likeliest token alone, so that warmth has nothing to choose from
    for filter in [["--top-k", "1"], ["--top-p", "0.000001"], ["--min-p", "1"]] {
        assert_eq!(one(&[&warm[..], &filter].concat()), greedy, "{filter:?}");
    }
    // and each leaves something else than all and one
    for filter in [["--top-k", "3"], ["--top-p", "0.3"], ["--min-p", "0.5"]] {
        let kept = one(&[&warm[..], &filter].concat());
        assert!(kept != greedy && kept != drawn, "{filter:?}");
    }
    assert_eq!(one(&[&warm[..], &["--top-k", "0", "--top-p", "1", "--min-p", "0"]].concat()), drawn, "all tokens");

    let penalised = one(&["--repeat-penalty", "100"]);
    let (before, after) = (repeated(&tokens(&greedy)), repeated(&tokens(&penalised)));
    assert!(before > 0 && after == 0, "{before} repeated without the penalty, {after} with it");
    assert_eq!(one(&["--repeat-penalty", "1"]), greedy);

    let several = samples(model, &["--samples", "3", "--seed", "9"]);
    assert!(several.len() == 3 && several[0] != several[1] && several[1] != several[2], "{several:?}");
    assert_eq!(samples(model, &["--samples", "2", "--seed", "9", "--threads", "2"]), several[..2]);
    let short = one(&["--max-tokens", "7"]);
    assert_eq!((&tokens(&short)[..], &short["stopped"]), (&tokens(&greedy)[..7], &json!("length")));
}

#[test]
fn stop_strings_end_an_answer_before_them() {
    let dir = tempfile::tempdir().unwrap();
    let model = &tiny_model(dir.path());
    let warm = ["--temperature", "3", "--seed", "9", "--max-tokens", "200"];
    let one = |words: &[&str]| samples(model, &[&warm[..], words].concat()).remove(0);
    let whole = one(&[])["text"].as_str().unwrap().to_owned();
    let letters: Vec<(usize, char)> = whole.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).collect();
    let (at, letter) = letters[letters.len() / 2];
    let (first, stop) = (whole.find(letter).unwrap(), letter.to_string());
    assert!(first <= at);
    let stopped = one(&["--stop", "no such text in it", "--stop", &stop]);
    assert_eq!((stopped["text"].as_str().unwrap(), &stopped["stopped"]), (&whole[..first], &json!("stop")));
    assert_eq!(one(&["--stop", "no such text in it"])["text"], whole);
}

#[test]
fn flags_out_of_their_range_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let model = &tiny_model(dir.path());
    for (flag, value, said) in [
        ("--temperature", "-1", "temperature"),
        ("--temperature", "NaN", "temperature"),
        ("--top-p", "0", "top-p"),
        ("--top-p", "1.5", "top-p"),
        ("--min-p", "2", "min-p"),
        ("--repeat-penalty", "0", "repeat penalty"),
        ("--samples", "0", "--samples"),
        ("--max-tokens", "0", "--max-tokens"),
        ("--threads", "0", "--threads"),
        ("--stop", "", "stop"),
        // an endpoint's, and none is named
        ("--logprobs", "2", "--logprobs"),
        ("--key-env", "HOME", "--key-env"),
        ("--key-file", "key", "--key-file"),
        ("--dialect", "vllm", "--dialect"),
        ("--authorities", "ca.pem", "--authorities"),
        ("--wait-first", "5", "--wait-first"),
    ] {
        finish(&mut rerun(model, &[flag, value])).usage(said);
    }
    finish(&mut rerun(model, &["--key-in-clear"])).usage("--key-in-clear");
    let score = ["score", "--prompt", "Why?", "--answer", "So.", "--wait-whole", "3", "--model"];
    finish(guildhall().args(score).arg(model)).usage("--wait-whole");
}

#[test]
fn a_single_text_comes_as_it_is_made_and_ends_with_whoever_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let model = &tiny_model(dir.path());
    let short = ["--max-tokens", "60", "--temperature", "3", "--seed", "9"];
    let told = samples(model, &short).remove(0);
    let plain = finish(&mut rerun(model, &short));
    // what can't be seen is shown in another way
    let seen = |c: char| {
        if c.is_control() && c != '\n' && c != '\t' { format!("‹U+{:04X}›", u32::from(c)) } else { c.into() }
    };
    let expected: String = told["text"].as_str().unwrap().chars().map(seen).collect();
    assert_eq!((plain.code, plain.out), (0, expected + "\n"), "{}", plain.err);

    // sixty thousand tokens take minutes: what is read before that was printed before the end
    let long = ["--max-tokens", "60000", "--temperature", "3"];
    let mut child = rerun(model, &long).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 20]).unwrap();
    assert!(child.try_wait().unwrap().is_none(), "it is still at it");
    drop(out);
    let began = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
        assert!(began.elapsed() < NEVER, "nobody reads, and it goes on");
    };
    assert_eq!(status.code(), Some(0), "a closed pipe is quiet");
}

/// Gives up after so many texts, or as soon as it is asked.
struct Impatient {
    texts: usize,
    most: usize,
    is_patient_before: bool,
}

impl Listener for Impatient {
    fn text(&mut self, _: usize, _: &str) -> ControlFlow<()> {
        self.texts += 1;
        if self.texts >= self.most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
    fn goes_on(&mut self) -> ControlFlow<()> {
        if self.is_patient_before { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

#[test]
fn whoever_gives_up_waits_for_one_token_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let model = Local::load(&tiny_model(dir.path()), 1, u64::MAX).unwrap();
    let prompted = model.prompt(&Chat { system: None, turns: &[("user", "Why is it so?")] }, None).unwrap();
    for (samples, most) in [(1, 1), (1, 5), (3, 7)] {
        let sampling = Sampling { temperature: 3.0, seed: 5, ..Sampling::default() };
        let settings = Settings { samples, max_tokens: 50_000, stops: Vec::new(), sampling };
        let mut listener = Impatient { texts: 0, most, is_patient_before: true };
        let given = model.answer(&prompted, &settings, &mut listener).unwrap();
        // the samples go side by side, so the step in which it gives up is the last of all of them
        assert!(listener.texts < most + samples, "{} texts", listener.texts);
        for sample in given {
            assert_eq!((sample.tokens.len(), sample.stopped), (most.div_ceil(samples), Stopped::Cancelled));
        }
    }
    let settings = Settings { samples: 1, max_tokens: 9, stops: Vec::new(), sampling: Sampling::default() };
    let mut listener = Impatient { texts: 0, most: 1, is_patient_before: false };
    let error = model.answer(&prompted, &settings, &mut listener).unwrap_err().to_string();
    assert!(error.contains("cancelled") && listener.texts == 0, "{error}");
}

/// The prompt's tokens, each a byte of what the template wrote.
fn prompt(model: &Path) -> String {
    let words = ["score", "--prompt", "Why?", "--answer", "So.", "--json", "--model"];
    let told = finish(guildhall().args(words).arg(model)).done();
    let ids = told["prompt_tokens"].as_array().unwrap().iter().map(|id| u8::try_from(id.as_u64().unwrap()).unwrap());
    String::from_utf8(ids.collect()).unwrap()
}

#[test]
fn a_template_is_read_from_the_file_that_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let model: PathBuf = tiny_model(dir.path());
    let shown = || finish(guildhall().args(["model", "show", "--json"]).arg(&model)).done()["has_template"].clone();
    assert_eq!((prompt(&model), shown()), ("user: Why?\n".to_owned(), json!(true)));
    std::fs::write(
        model.join("chat_template.json"),
        json!({"chat_template": "J{{ messages[0].content }}"}).to_string(),
    )
    .unwrap();
    assert_eq!(prompt(&model), "JWhy?", "a file of its own goes before the tokenizer's configuration");
    std::fs::write(model.join("chat_template.jinja"), "T{{ messages[0].content }}").unwrap();
    assert_eq!(prompt(&model), "TWhy?");
    for name in ["chat_template.json", "chat_template.jinja"] {
        std::fs::remove_file(model.join(name)).unwrap();
    }
    std::fs::write(model.join("tokenizer_config.json"), "{\"bos_token\": null}").unwrap();
    assert_eq!((prompt(&model), shown()), ("Why?".to_owned(), json!(false)), "a configuration alone is no template");
}

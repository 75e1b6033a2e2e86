//! Models of a hall and what they say of its items: added whole or not at all, recorded, played again, never a judgement.
#![allow(clippy::unwrap_used)]

#[path = "support/draw.rs"]
mod draw;
#[path = "support/peer.rs"]
mod peer;
#[path = "support/mod.rs"]
mod support;
#[path = "support/terminal.rs"]
mod terminal;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use guildhall::domain::{ItemId, MemberId};
use guildhall::hall::{Hall, Heard, Sampled};
use peer::{Peer, answer, document, events, spoken};
use support::{Home, files_below};
use tiny_model::tiny_model;

const GUILD: &str = "cardiology";

/// The demo with a model.
fn home() -> Home {
    let home = Home::demo();
    let dir = tiny_model(home.temp.path());
    home.run(&["model", "add", dir.to_str().unwrap()]).done();
    home
}

#[test]
fn a_model_is_there_whole_or_not_at_all() {
    let home = home();
    let listed = home.run(&["model", "list"]).done();
    let model = &listed["models"][0];
    assert_eq!((&model["name"], &model["family"], &model["template"]), (&"tiny".into(), &"llama".into(), &true.into()));
    assert_eq!(home.run(&["model", "verify"]).done()["models"], 1);
    // by the start of its digest too
    let digest = model["digest"].as_str().unwrap().trim_start_matches("sha256:");
    let shown = home.run(&["model", "show", &digest[..8]]).done();
    assert_eq!((&shown["digest"], &shown["source"]), (&model["digest"], &model["source"]));
    assert_eq!(shown["has_template"], true);
    assert!(home.text(&["model", "show", "tiny"]).out.contains(model["source"].as_str().unwrap()));
    home.run(&["model", "add", home.path("tiny").to_str().unwrap()]).usage("has a model `tiny` already");
    home.run(&["model", "add", home.path("tiny").to_str().unwrap(), "--name", "../x"]).usage("is no name");
    home.run(&["model", "add", home.path("nowhere").to_str().unwrap()]).usage("nowhere");
    let broken = home.file("broken.gguf", b"GGUF but no more");
    home.run(&["model", "add", &broken]).usage("broken.gguf");
    assert_eq!(home.run(&["model", "list"]).done()["models"].as_array().unwrap().len(), 1);

    let linked = home.run(&["model", "add", home.path("tiny").to_str().unwrap(), "--name", "linked", "--link"]).done();
    assert_eq!(linked["digest"], model["digest"]);
    let weights = home.hall.join("models/tiny/files/model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let found = home.run(&["model", "verify"]);
    assert_eq!(found.code, 1);
    assert!(found.out.contains("model.safetensors"), "{}", found.out);
    let item = &home.ids(GUILD, Some("disputed"))[0];
    home.by("you", &["rerun", item, "--model", "tiny", "--samples", "1", "--max-tokens", "2"]).usage("was added");

    home.run(&["model", "remove", "tiny"]).done();
    home.run(&["model", "remove", "linked"]).done();
    assert!(home.path("tiny/config.json").is_file(), "what was linked stays");
    assert!(home.run(&["model", "list"]).done()["models"].as_array().unwrap().is_empty());
    home.by("you", &["rerun", item, "--model", "tiny"]).usage("no model `tiny`");
}

#[test]
fn a_rerun_is_recorded_and_played_again() {
    let home = home();
    let item = &home.ids(GUILD, Some("disputed"))[0];
    let before = home.show(item);
    let words = ["rerun", item, "--model", "tiny", "--samples", "3", "--max-tokens", "12", "--seed", "7"];
    let done = home.by("you", &words).done();
    let entry = done["receipt"]["event"].as_u64().unwrap().to_string();
    let made_by = done["transcript"]["model"]["made_by"].as_str().unwrap();
    assert!(made_by.starts_with("guildhall "), "what may round otherwise elsewhere is recorded: {made_by}");
    let samples = done["transcript"]["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3);
    assert!(samples.iter().all(|sample| sample["tokens"].as_array().unwrap().len() == 12));
    assert_ne!(samples[0]["tokens"], samples[1]["tokens"], "each sample has chance of its own");
    let again = home.by("you", &["rerun", "--replay", &entry]).done();
    assert_eq!((&again["same"], &again["transcript"]), (&true.into(), &done["transcript"]));

    let scored = home.by("you", &["score", item, "--model", "tiny", "--output", "2"]).done();
    let score = scored["receipt"]["event"].as_u64().unwrap().to_string();
    let tokens = scored["transcript"]["tokens"].as_array().unwrap();
    assert!(tokens.len() > 20 && tokens.iter().all(|token| token["surprisal"].as_u64().is_some()));
    assert_eq!(home.by("you", &["score", "--replay", &score]).done()["same"], true);
    home.by("you", &["score", item, "--model", "tiny", "--output", "9"]).usage("has no output 9");

    // evidence, never a judgement: state, labels and judgements are as they were
    let after = home.show(item);
    for field in ["state", "judgements", "disputed", "labels"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(home.by("you", &["item", "show", item]).done()["reruns"].as_array().unwrap().len(), 2);
    home.ledger().done();
    home.run(&["ledger", "rebuild"]).done();

    // its author may have it destroyed, and then it can't be played
    home.by("you", &["erase", item, "--entry", &entry, "--part", "transcript"]).done();
    home.by("you", &["rerun", "--replay", &entry]).usage("was erased");
    home.by("you", &["rerun", "--replay", "0"]).usage("is no rerun");
    home.by("you", &["rerun", "--replay", "99999"]).usage("is no rerun");
    home.ledger().done();
}

#[test]
fn nobody_runs_a_model_on_what_is_rated() {
    let home = home();
    let open = &home.ids(GUILD, Some("open"))[0];
    home.by("rater-1", &["rerun", open, "--model", "tiny"]).refused("discussion");
    let disputed = &home.ids(GUILD, Some("disputed"))[0];
    let words = ["rerun", disputed, "--model", "tiny", "--samples", "65"];
    home.by("you", &words).usage("1 to 64 samples");
    home.by("you", &["rerun", disputed, "--model", "tiny", "--temperature", "-1"]).usage("out of range");
    home.by("you", &["rerun", disputed]).usage("--model");
}

#[test]
fn a_model_s_answers_fill_the_queue_and_go_on_where_they_ended() {
    let home = home();
    let before = home.ids(GUILD, Some("open")).len();
    let prompts = home.file("prompts.txt", "What is a first question?\n\nWhat is a second?\nAnd a third?\n");
    let words = ["generate", "--guild", GUILD, "--model", "tiny", "--max-tokens", "9", "--prompts", &prompts];
    assert_eq!(home.run(&words).done()["imported"], 3);
    assert_eq!(home.ids(GUILD, Some("open")).len(), before + 3);
    let output = home.path("prompts.outputs.jsonl");
    let whole = std::fs::read_to_string(&output).unwrap();
    let row: serde_json::Value = serde_json::from_str(whole.lines().next().unwrap()).unwrap();
    assert_eq!(row["outputs"].as_array().unwrap().len(), 2);
    assert!(row["outputs"][0]["params"]["digest"].as_str().unwrap().starts_with("sha256:"));
    let engine = row["outputs"][0]["params"]["engine"].as_str().unwrap();
    assert!(engine.starts_with(concat!("guildhall ", env!("CARGO_PKG_VERSION"), ", ")), "{engine}");

    // killed in the middle of the second line: what was whole is kept, and the end is the same
    let cut = whole.lines().next().unwrap().len() + 20;
    std::fs::write(&output, &whole[..cut]).unwrap();
    let again = home.run(&words).done();
    assert_eq!((&again["imported"], &again["duplicates"]), (&0.into(), &3.into()));
    assert_eq!(std::fs::read_to_string(&output).unwrap(), whole);

    // the same prompts asked otherwise don't go on in the same file
    for (other, key) in
        [(["--seed", "2"], "seed"), (["--temperature", "0"], "temperature"), (["--system", "Be brief."], "system")]
    {
        home.run(&[&words[..], &other].concat())
            .usage(&format!("outputs.jsonl:1: it was answered with another `{key}`"));
    }
    assert_eq!(std::fs::read_to_string(&output).unwrap(), whole);

    let others = home.file("prompts.txt", "Another question?\n");
    assert_eq!(others, prompts);
    home.run(&words).usage("prompts.outputs.jsonl:1: it answers another prompt");
    let bad = home.file("bad.jsonl", "{\"prompt\":\"one\"}\n{\"prompt\":7}\n");
    home.run(&["generate", "--guild", GUILD, "--model", "tiny", "--prompts", &bad]).usage("bad.jsonl:2: `prompt`");
    home.by("rater-1", &words).refused("steward-only");
    home.run(&["generate", "--guild", "nowhere", "--model", "tiny", "--prompts", &bad]).usage("nowhere");
}

/// A model whose positions end before what is asked for.
#[test]
fn samples_stop_where_the_model_s_positions_end() {
    let dir = tempfile::tempdir().unwrap();
    let model = tiny_model(dir.path());
    let config = model.join("config.json");
    let mut facts: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&config).unwrap()).unwrap();
    facts["max_position_embeddings"] = 200.into();
    std::fs::write(&config, facts.to_string()).unwrap();
    let model = model.display().to_string();
    let ask = |prompt: &str| {
        let words =
            ["rerun", "--model", &model, "--prompt", prompt, "--samples", "2", "--max-tokens", "5000", "--json"];
        support::finish(support::guildhall().args(words))
    };
    let told = ask("Why?").done();
    for sample in told["samples"].as_array().unwrap() {
        let positions = sample["tokens"].as_array().unwrap().len() as u64 + told["prompt_tokens"].as_u64().unwrap();
        assert!(positions <= 200 && (sample["stopped"] == "end" || positions == 200), "{told}");
    }
    ask(&"Why? ".repeat(200)).usage("positions, and the model was made for 200");
}

const KEY: &str = "sk-hunter2-never-to-be-seen";

/// The demo with a model behind an endpoint, and the peer that answers there.
fn with_endpoint(answers: Vec<Vec<peer::Act>>) -> (Home, Peer, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let peer = runtime.block_on(Peer::new(answers));
    let home = Home::demo();
    let key = home.file("key", KEY);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let connect = ["model", "connect", &peer.url, "--model", "big-model", "--name", "big", "--key-file", &key];
    home.run(&connect).done();
    (home, peer, runtime)
}

#[test]
fn a_model_elsewhere_is_evidence_too_and_its_key_is_nobody_s() {
    let said = |text: &str| events(spoken(&["I say ", text]));
    let answers = vec![said("yes"), said("no"), said("yes"), said("no"), said("maybe"), said("no")];
    let (home, mut peer, _runtime) = with_endpoint(answers);
    let listed = home.text(&["model", "list"]);
    assert!(listed.out.contains("big-model at http://127.0.0.1"), "{}", listed.out);
    let item = &home.ids(GUILD, Some("disputed"))[0];
    let words = ["rerun", item, "--model", "big", "--samples", "2", "--max-tokens", "50", "--seed", "7"];
    let done = home.by("you", &words).done();
    let transcript = &done["transcript"];
    let mut texts: Vec<_> = transcript["samples"].as_array().unwrap().iter().map(|one| one["text"].clone()).collect();
    texts.sort_by_key(ToString::to_string);
    assert_eq!(texts, ["I say no", "I say yes"]);
    assert_eq!(transcript["model"]["endpoint"]["model"], "big-model");
    let request = &peer.requests()[0];
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(request.body["messages"].as_array().unwrap().last().unwrap()["role"], "user");

    // played again: told whether it says the same, by its words
    let entry = done["receipt"]["event"].as_u64().unwrap().to_string();
    let again = home.by("you", &["rerun", "--replay", &entry]);
    let another = home.by("you", &["rerun", "--replay", &entry]);
    assert!(another.code == 1 && another.json["difference"].as_str().unwrap().contains("character"), "{}", another.out);
    assert!(again.code == 0 || again.json["same"] == false, "samples side by side may come in any order");

    home.by("you", &["score", item, "--model", "big"]).usage("a model of this machine can score it");
    home.ledger().done();
    for (path, bytes) in files_below(&home.hall) {
        let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
        assert!(!found, "{path} holds the key");
    }
}

#[test]
fn an_endpoint_that_fails_records_nothing() {
    let (home, _peer, _runtime) = with_endpoint(vec![answer("401 Unauthorized", &[], "{\"error\":\"no\"}")]);
    let item = &home.ids(GUILD, Some("disputed"))[0];
    let before = home.ledger().done();
    let failed = home.by("you", &["rerun", item, "--model", "big", "--samples", "1"]);
    assert!(failed.code == 1 && failed.err.contains("the key is missing or wrong"), "{} {}", failed.code, failed.err);
    assert_eq!(home.ledger().done(), before);
    let open = &home.ids(GUILD, Some("open"))[0];
    home.by("rater-1", &["rerun", open, "--model", "big"]).refused("discussion");

    let loose = home.file("loose", KEY);
    std::fs::set_permissions(&loose, std::fs::Permissions::from_mode(0o644)).unwrap();
    let connect = ["model", "connect", "http://localhost:1", "--model", "m", "--key-file", &loose];
    home.run(&connect).usage("chmod 600");
    home.run(&["model", "connect", "http://example.org", "--model", "m", "--key-file", &home.file("key", KEY)])
        .usage("isn't encrypted");
    home.run(&["model", "connect", "ftp://example.org", "--model", "m"]).usage("neither http:// nor https://");
    home.run(&["model", "connect", "https://example.org", "--model", "m", "--key-env", "NO_SUCH_KEY"])
        .usage("isn't set");
    assert_eq!(home.run(&["model", "list"]).done()["models"].as_array().unwrap().len(), 1);
}

#[test]
fn an_endpoint_answers_prompts_without_a_hall_and_fills_queues() {
    let told = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop","logprobs":{"content":[
        {"id":5,"token":"Hi","logprob":-0.5},{"id":6,"token":".","logprob":-0.25}]}}],
        "usage":{"prompt_tokens":9,"completion_tokens":2},"model":"served-1"}"#;
    let (home, mut peer, _runtime) = with_endpoint(vec![document(told)]);
    let url = peer.url.clone();
    let words = ["rerun", "--endpoint", &url, "--model", "m", "--prompt", "Hi?", "--logprobs", "0", "--json"];
    let ran = support::finish(support::guildhall().args(words));
    let told = ran.done();
    let sample = &told["samples"][0];
    assert_eq!((&sample["text"], &sample["stopped"]), (&"Hi.".into(), &"end".into()));
    assert_eq!(sample["tokens"], serde_json::json!([5, 6]));
    assert_eq!((&told["prompt_tokens"], &told["model"]["endpoint"]["served"]), (&9.into(), &"served-1".into()));
    assert_eq!(peer.requests()[0].body["messages"][0]["content"], "Hi?");
    let words = ["score", "--endpoint", &url, "--model", "m", "--prompt", "Hi", "--answer", " there", "--json"];
    support::finish(support::guildhall().args(words)).usage("gives no log-probabilities");

    let prompts = home.file("prompts.txt", "What is a first question?\nWhat is a second?\n");
    let words = ["generate", "--guild", GUILD, "--model", "big", "--samples", "1", "--prompts", &prompts];
    assert_eq!(home.run(&words).done()["imported"], 2);
    let output = std::fs::read_to_string(home.path("prompts.outputs.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!((&row["outputs"][0]["text"], &row["outputs"][0]["model"]), (&"Hi.".into(), &"big-model".into()));
    assert_eq!(row["outputs"][0]["params"]["endpoint"], format!("{url}/v1"));
}

/// Which loadings were heard.
#[derive(Default)]
struct Loadings(AtomicUsize);

impl Loadings {
    fn hear(&self, heard: &Heard) -> bool {
        self.0.fetch_add(usize::from(*heard == Heard::Loading), Ordering::SeqCst);
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_loaded_once_however_many_ask() {
    let home = home();
    home.run(&["model", "add", home.path("tiny").to_str().unwrap(), "--name", "linked", "--link"]).done();
    let other = home.path("tiny").join("generation_config.json");
    std::fs::write(&other, "{}").unwrap();
    home.run(&["model", "add", home.path("tiny").to_str().unwrap(), "--name", "other"]).done();
    let clock = Arc::new(draw::TestClock(AtomicI64::new(1_800_000_000_000)));
    let random = Arc::new(draw::TestRandom(Mutex::new(draw::Rng(5))));
    let hall = Hall::open(&home.hall, clock, random).await.unwrap();
    let handles = home.handles();
    let who: MemberId = handles.iter().find(|(_, handle)| *handle == "you").unwrap().0.parse().unwrap();
    let item: ItemId = home.ids(GUILD, Some("disputed"))[0].parse().unwrap();
    let sampled = Sampled { samples: 2, max_tokens: 6, ..Sampled::default() };
    let asked = sampled.on("2026-11-24").unwrap();
    let loadings = Loadings::default();
    let hear = |heard: Heard| loadings.hear(&heard);
    let ask = |model: &'static str| hall.rerun(&who, &item, (model, &asked), &hear);
    let all = tokio::join!(ask("tiny"), ask("tiny"), ask("tiny"), ask("tiny"));
    let first = all.0.unwrap();
    for other in [all.1, all.2, all.3] {
        assert_eq!(other.unwrap(), first, "they ask the same of the same");
    }
    assert_eq!(loadings.0.load(Ordering::SeqCst), 1);
    // another model takes its place, and then it is loaded again
    ask("other").await.unwrap();
    assert_eq!(loadings.0.load(Ordering::SeqCst), 2);
    assert_eq!(ask("tiny").await.unwrap(), first);
    assert_eq!(loadings.0.load(Ordering::SeqCst), 3);
}

#[test]
fn a_terminal_is_told_how_far_it_is() {
    let home = home();
    let item = home.ids(GUILD, Some("disputed"))[0].clone();
    let model = home.path("tiny").display().to_string();
    let here = ["rerun", "--prompt", "Why?", "--samples", "2", "--max-tokens", "30000", "--model", &model];
    let on_an_item = ["rerun", &item, "--samples", "2", "--max-tokens", "30000", "--model", "tiny"];
    for words in [&here[..], &on_an_item] {
        let mut command = terminal::Terminal::program(env!("CARGO_BIN_EXE_guildhall"), home.temp.path());
        command.arg("--hall");
        command.arg(&home.hall);
        command.args(words);
        command.arg("--as");
        command.arg(home.key("you"));
        let mut terminal = terminal::Terminal::run(command, (80, 24));
        terminal.sees("of 60000");
        terminal.signal("KILL");
        terminal.ended();
    }
    let answer = "It is so. ".repeat(2000);
    let scored = ["score", "--prompt", "Why?", "--answer", &answer, "--model", &model];
    let mut command = terminal::Terminal::program(env!("CARGO_BIN_EXE_guildhall"), home.temp.path());
    command.args(scored);
    let mut terminal = terminal::Terminal::run(command, (80, 24));
    terminal.sees("prompt: ");
    terminal.signal("KILL");
    terminal.ended();
}

#[test]
fn an_endpoint_is_waited_for_as_long_as_somebody_says() {
    let (home, peer, _runtime) = with_endpoint(vec![vec![peer::Act::Stall]]);
    let url = peer.url.clone();
    let began = std::time::Instant::now();
    let words = ["rerun", "--endpoint", &url, "--model", "m", "--prompt", "Hi?", "--wait-first", "1"];
    let ran = support::finish(support::guildhall().args(words));
    assert!(ran.code == 1 && ran.err.contains("took longer than 1s for the first byte"), "{} {}", ran.code, ran.err);
    let connect =
        ["model", "connect", &url, "--model", "m", "--name", "slow", "--wait-whole", "1", "--wait-next", "900"];
    home.run(&connect).done();
    let item = &home.ids(GUILD, Some("disputed"))[0];
    let ran = home.by("you", &["rerun", item, "--model", "slow", "--samples", "1"]);
    assert!(ran.code == 1 && ran.err.contains("took longer than 1s for the whole answer"), "{}", ran.err);
    // the usual ones are minutes
    assert!(began.elapsed() < std::time::Duration::from_secs(60));
    home.by("you", &["rerun", item, "--model", "slow", "--wait-first", "3"]).usage("--wait-first is of an endpoint");
    home.by("you", &["rerun", "--replay", "1", "--key-env", "HOME"]).usage("--key-env is of an endpoint");
    let prompts = home.file("prompts.txt", "What is a first question?\n");
    home.run(&["generate", "--guild", GUILD, "--model", "slow", "--prompts", &prompts, "--dialect", "vllm"])
        .usage("--dialect is of an endpoint");
}

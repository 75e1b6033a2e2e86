//! Models from elsewhere: a hub and a server on this machine that cut, change, redirect and lie; the program killed in the
//! middle. Nothing half is ever listed, and what came isn't fetched twice.
#![allow(clippy::unwrap_used)]

mod abandoned;
#[path = "../engine/convert.rs"]
#[allow(dead_code, reason = "models are made here, not compared")]
mod convert;
mod killed;
mod misbehaving;
#[path = "../support/peer.rs"]
mod peer;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;
#[path = "../support/tiny_model.rs"]
mod tiny_model;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use guildhall::engine::download::{Downloading, Source, download};
use guildhall::engine::net::Backoff;
use guildhall::engine::{Origin, Registry};
use peer::{Act, Peer, Request, answer};
use serde_json::json;
use sha2::{Digest, Sha256};
use support::{Home, Ran, finish};
use terminal::Terminal;
use tiny_model::tiny_model;
use tokio::runtime::Runtime;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const TOKEN: &str = "hf_never-to-be-seen";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The files of a small model.
fn model() -> BTreeMap<String, Vec<u8>> {
    let temp = tempfile::tempdir().unwrap();
    support::files_below(&tiny_model(temp.path()))
}

/// What a repository says of itself.
fn repository(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let siblings: Vec<_> = files
        .iter()
        .map(|(name, bytes)| match name.ends_with(".safetensors") {
            true => json!({"rfilename": name, "size": 130, "lfs": {"sha256": sha256(bytes), "size": bytes.len()}}),
            false => json!({"rfilename": name, "size": bytes.len()}),
        })
        .collect();
    json!({"sha": COMMIT, "siblings": siblings, "tags": ["license:apache-2.0"]}).to_string().into_bytes()
}

fn path(request: &Request) -> &str {
    request.line.split(' ').nth(1).unwrap_or_default()
}

/// The file, or the part that is asked for, as servers send it.
fn file(request: &Request, bytes: &[u8], mark: &str) -> Vec<Act> {
    let total = bytes.len();
    let is_same = request.header("if-range").is_none_or(|asked| asked == mark);
    let from = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let mark = format!("ETag: {mark}");
    match from.filter(|_| is_same) {
        Some(from) if from >= total => {
            answer("416 Range Not Satisfiable", &[&format!("Content-Range: bytes */{total}")], "")
        }
        Some(from) => {
            let headers = [
                format!("Content-Range: bytes {from}-{}/{total}", total - 1),
                format!("Content-Length: {}", total - from),
            ];
            answer("206 Partial Content", &[&headers[0], &headers[1], &mark], &bytes[from..])
        }
        None => answer("200 OK", &[&format!("Content-Length: {total}"), &mark], bytes),
    }
}

/// The same answer, of whose body only so many bytes come.
fn cut(acts: Vec<Act>, bytes: usize) -> Vec<Act> {
    let Some(Act::Send(mut sent)) = acts.into_iter().next() else { panic!("nothing is sent") };
    let head = sent.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    sent.truncate(head + bytes);
    vec![Act::Send(sent)]
}

/// A hub with one repository, whose weights lie with another host.
struct Hosts {
    hub: Peer,
    store: Peer,
    runtime: Runtime,
}

fn hosts(
    files: &BTreeMap<String, Vec<u8>>,
    store: impl Fn(usize, &Request) -> Vec<Act> + Send + Sync + 'static,
) -> Hosts {
    let runtime = runtime();
    let store = runtime.block_on(Peer::scripted(store));
    let (said, files, to) = (repository(files), files.clone(), store.url.clone());
    let hub = runtime.block_on(Peer::scripted(move |_, request| {
        let path = path(request);
        if path.starts_with("/api/models/org/tiny-chat/revision/main") {
            return answer("200 OK", &["Content-Type: application/json"], &said);
        }
        let name = path.strip_prefix(&format!("/org/tiny-chat/resolve/{COMMIT}/")).unwrap_or_default();
        match files.get(name) {
            None => answer("404 Not Found", &[], "Entry not found"),
            Some(_) if name.ends_with(".safetensors") => {
                answer("302 Found", &[&format!("Location: {to}/stored/weights?signature=sesame")], "")
            }
            Some(bytes) => file(request, bytes, "\"small\""),
        }
    }));
    Hosts { hub, store, runtime }
}

/// `model add` of a source, not started yet.
fn add(home: &Home, source: &str, hub: &str) -> Command {
    let mut command = home.command(&["model", "add", source, "--json"]);
    command.env("HF_ENDPOINT", hub).env("HF_TOKEN", TOKEN).env("NO_PROXY", "*");
    command
}

fn models(home: &Home) -> usize {
    home.run(&["model", "list"]).done()["models"].as_array().unwrap().len()
}

#[track_caller]
fn failed(ran: &Ran, word: &str) {
    assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains(word), "{} {} {}", ran.code, ran.out, ran.err);
    assert!(!ran.err.contains(TOKEN), "{}", ran.err);
}

/// The weights, which are the largest file.
fn weights(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    files["model.safetensors"].clone()
}

/// The part that is here of a file that is still coming.
fn coming(home: &Home) -> Option<PathBuf> {
    let dirs = std::fs::read_dir(home.hall.join("models/.partial")).ok()?;
    dirs.filter_map(|dir| Some(dir.ok()?.path().join("coming/model.safetensors"))).find(|path| path.is_file())
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < until, "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_repository_becomes_a_model_and_the_token_stays_with_the_hub() {
    let files = model();
    let whole = weights(&files);
    let mut hosts = hosts(&files, move |_, request| file(request, &whole, "\"1\""));
    let home = Home::demo();
    let added = finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).done();
    assert_eq!((&added["name"], &added["source"]), (&"tiny-chat".into(), &"hf:org/tiny-chat".into()));
    assert_eq!((&added["revision"], &added["licence"]), (&COMMIT.into(), &"apache-2.0".into()));
    assert!(hosts.hub.requests().iter().all(|request| request.header("authorization").unwrap().ends_with(TOKEN)));
    let stored = hosts.store.requests();
    assert!(stored.len() == 1 && stored[0].header("authorization").is_none(), "{stored:?}");
    for (path, bytes) in support::files_below(&home.hall) {
        for secret in [TOKEN.as_bytes(), b"sesame"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{path}");
        }
    }
    assert_eq!(home.run(&["model", "verify"]).done()["models"], 1);
    assert!(std::fs::read_dir(home.hall.join("models/.partial")).unwrap().next().is_none(), "nothing is left over");
    let item = &home.ids(support::GUILD, Some("disputed"))[0];
    let words = ["rerun", item, "--model", "tiny-chat", "--samples", "1", "--max-tokens", "4"];
    home.by("you", &words).done();
    finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).usage("has a model `tiny-chat` already");
    finish(add(&home, "hf:org/tiny-chat", &hosts.hub.url).args(["--name", "other", "--sha256", &"00".repeat(32)]))
        .usage("has several");
}

#[test]
fn what_can_t_be_run_is_refused_before_its_weights_come() {
    let mut files = model();
    let mut config: serde_json::Value = serde_json::from_slice(&files["config.json"]).unwrap();
    config["model_type"] = "mamba".into();
    files.insert("config.json".to_owned(), config.to_string().into_bytes());
    let whole = weights(&files);
    let mut hosts = hosts(&files, move |_, request| file(request, &whole, "\"1\""));
    let home = Home::demo();
    finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).usage("mamba");
    assert!(hosts.store.requests().is_empty(), "nobody waits for weights that can't be run");
    assert_eq!(models(&home), 0);
}

#[test]
fn what_breaks_off_goes_on_where_it_ended() {
    let files = model();
    let whole = weights(&files);
    let mut hosts = hosts(&files, move |number, request| {
        let acts = file(request, &whole, "\"1\"");
        if number == 0 { cut(acts, 1000) } else { acts }
    });
    let home = Home::demo();
    finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).done();
    let asked: Vec<_> = hosts.store.requests().iter().map(|one| one.header("range").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("bytes=1000-".to_owned())]);
}

#[test]
fn a_killed_download_leaves_no_half_model_and_goes_on() {
    let files = model();
    let whole = weights(&files);
    let mut hosts = hosts(&files, move |number, request| {
        let acts = file(request, &whole, "\"1\"");
        if number == 0 { [cut(acts, 3000), vec![Act::Stall]].concat() } else { acts }
    });
    let home = Home::demo();
    let mut first = add(&home, "hf:org/tiny-chat", &hosts.hub.url).stdout(Stdio::null()).spawn().unwrap();
    wait_for("the beginning", || coming(&home).is_some_and(|path| std::fs::metadata(path).unwrap().len() == 3000));
    // two at once would write the same
    finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).usage("is being fetched already");
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(models(&home), 0);
    finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).done();
    let asked: Vec<_> = hosts.store.requests().iter().map(|one| one.header("range").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("bytes=3000-".to_owned())]);
    assert_eq!(home.run(&["model", "verify"]).done()["faults"], json!([]));
}

#[test]
fn the_console_shows_a_download_stops_it_and_goes_on_with_it() {
    let files = model();
    let whole = weights(&files);
    let half = whole.len() / 2;
    let mut hosts = hosts(&files, move |number, request| {
        let acts = file(request, &whole, "\"1\"");
        if number == 0 { [cut(acts, half), vec![Act::Stall]].concat() } else { acts }
    });
    let home = Home::demo();
    let mut command = Terminal::program(env!("CARGO_BIN_EXE_guildhall"), home.temp.path());
    for (name, value) in [("HF_ENDPOINT", hosts.hub.url.as_str()), ("HF_TOKEN", TOKEN), ("NO_PROXY", "*")] {
        command.env(name, value);
    }
    command.arg("--hall");
    command.arg(&home.hall);
    command.arg("--as");
    command.arg(home.key("steward-1"));
    let mut console = Terminal::run(command, (120, 40));
    console.sees("Guilds");
    console.press("ge");
    console.sees("none yet; whoever keeps the hall adds one");
    let fetch = |console: &mut Terminal, source: &str| {
        console.press("a");
        console.sees("Fetch a model");
        console.press(source);
        console.sees("hf:org/tiny-chat");
        console.press("\r\r");
    };
    fetch(&mut console, "hf:org/tiny-chat");
    // its row says how far it is, and goes on saying it
    let row = |screen: &str| screen.lines().find(|line| line.contains('▮')).unwrap_or_default().to_owned();
    let full = |row: &str| row.matches('▮').count();
    let shown = console.until("a half", |screen, _| full(&row(&screen.contents())) >= 8);
    let row = row(&shown);
    assert!(row.contains("hf:org/tiny-chat") && row.contains("1 MB of 1 MB"), "{row}");
    assert!(full(&row) <= 12 && row.matches('▯').count() == 20 - full(&row), "about a half: {row}");
    wait_for("the half", || coming(&home).is_some_and(|path| std::fs::metadata(path).unwrap().len() == half as u64));
    console.press("x");
    console.sees("stopped; what came is kept for the next try");
    console.sees("none yet");
    hosts.runtime.block_on(hosts.store.hung_up(1));
    assert!(models(&home) == 0 && coming(&home).is_some(), "not listed, and not lost");
    // what was typed is there again, and what came isn't fetched twice
    fetch(&mut console, "");
    console.sees("apache-2.0");
    console.press("y");
    console.sees("its files are what was added");
    console.press("Q");
    terminal::only_ours(&console.ended());
    let asked: Vec<_> = hosts.store.requests().iter().map(|one| one.header("range").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some(format!("bytes={half}-"))]);
    assert_eq!(models(&home), 1);
}

#[test]
fn other_bytes_than_were_promised_are_thrown_away() {
    let files = model();
    let (whole, right) = (weights(&files), Arc::new(Mutex::new(false)));
    let is_right = Arc::clone(&right);
    let mut hosts = hosts(&files, move |_, request| {
        let mut bytes = whole.clone();
        if !*is_right.lock().unwrap() {
            *bytes.last_mut().unwrap() ^= 1;
        }
        file(request, &bytes, "\"1\"")
    });
    let home = Home::demo();
    let source = "hf:org/tiny-chat";
    failed(&finish(&mut add(&home, source, &hosts.hub.url)), "was promised; what came is thrown away");
    assert!(models(&home) == 0 && coming(&home).is_none());
    *right.lock().unwrap() = true;
    finish(&mut add(&home, source, &hosts.hub.url)).done();
    assert!(hosts.store.requests().iter().all(|request| request.header("range").is_none()), "from its beginning");
}

#[test]
fn a_file_that_changes_meanwhile_begins_anew() {
    // a model of one file, by its address: what it is now is marked by its server alone
    let runtime = runtime();
    let bytes = vec![b'G'; 9000];
    let mut peer = runtime.block_on(Peer::scripted(move |number, request| match number {
        0 => [cut(file(request, &bytes, "\"old\""), 4000), vec![Act::Stall]].concat(),
        _ => file(request, &bytes[..8000], "\"new\""),
    }));
    let home = Home::demo();
    let source = format!("{}/some.gguf?signature=sesame", peer.url);
    let mut first = add(&home, &source, &peer.url).stdout(Stdio::null()).spawn().unwrap();
    let part = || {
        let mut dirs = std::fs::read_dir(home.hall.join("models/.partial")).ok()?;
        Some(dirs.next()?.ok()?.path().join("coming/some.gguf"))
    };
    wait_for("the beginning", || part().is_some_and(|path| std::fs::metadata(path).is_ok_and(|now| now.len() == 4000)));
    first.kill().unwrap();
    first.wait().unwrap();
    // what comes is no model: refused, and not listed
    finish(&mut add(&home, &source, &peer.url)).usage("some.gguf");
    assert_eq!(models(&home), 0);
    let second = &peer.requests()[1];
    assert_eq!((second.header("range"), second.header("if-range")), (Some("bytes=4000-"), Some("\"old\"")));
    assert!(second.header("authorization").is_none(), "an address is not the hub's");
}

#[test]
fn servers_that_lie_are_told_off() {
    let files = model();
    let size = weights(&files).len();
    let wrong_part = format!("Content-Range: bytes 0-{}/{size}", size - 1);
    for (acts, word) in [
        (answer("403 Forbidden", &[], "{\"error\":\"gated\"}"), "its terms are accepted"),
        (answer("404 Not Found", &[], "<html>no</html>"), "there is no such file"),
        (answer("200 OK", &["Content-Length: 7"], "seven.."), "were promised"),
        (answer("302 Found", &["Location: ftp://127.0.0.1/x"], ""), "nothing is encrypted"),
        (answer("302 Found", &["Location: /again"], ""), "again and again"),
        (answer("206 Partial Content", &[&wrong_part], "x"), "another part"),
    ] {
        let hosts = hosts(&files, move |_, _| acts.clone());
        let home = Home::demo();
        failed(&finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)), word);
        assert_eq!(models(&home), 0);
    }
    let home = Home::demo();
    let hosts = hosts(&files, |_, _| Vec::new());
    failed(&finish(&mut add(&home, "hf:org/other", &hosts.hub.url)), "404");
    finish(&mut add(&home, "hf:org/tiny-chat/../x", &hosts.hub.url)).usage("is written hf:ORG/REPO");
    finish(&mut add(&home, "hf:org/tiny-chat/no.gguf", &hosts.hub.url)).usage("there is no no.gguf");
    finish(add(&home, "hf:org/tiny-chat", &hosts.hub.url).arg("--link")).usage("can be linked");
    finish(&mut add(&home, "hf:org/tiny-chat", "http://example.org")).usage("isn't encrypted");
    failed(&finish(&mut add(&home, "http://127.0.0.1:9/a.gguf", &hosts.hub.url)), "can't be reached, tried 4 times");
}

#[test]
fn names_that_lead_elsewhere_are_not_taken() {
    let mut files = model();
    files.insert("../../outside.safetensors".to_owned(), b"x".to_vec());
    files.insert("model/../../../outside.safetensors".to_owned(), b"x".to_vec());
    files.insert("/outside.json".to_owned(), b"x".to_vec());
    let whole = weights(&files);
    let hosts = hosts(&files, move |_, request| file(request, &whole, "\"1\""));
    let home = Home::demo();
    let added = finish(&mut add(&home, "hf:org/tiny-chat", &hosts.hub.url)).done();
    assert!(!added.to_string().contains("outside"), "{added}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_room_is_said_with_figures_before_anything_is_written() {
    let bytes = vec![b'G'; 5 << 20];
    let peer = Peer::scripted(move |_, request| file(request, &bytes, "\"1\"")).await;
    let home = Home::demo();
    let source = Source::new(&format!("{}/a.gguf", peer.url)).unwrap().unwrap();
    let origin =
        Origin { name: None, source: source.shown(), revision: None, licence: None, at: "2026-11-24".to_owned() };
    let free = |_: &Path| Some(2 << 20);
    let with = Downloading {
        environment: &|_| None,
        backoff: Backoff::default(),
        sha256: None,
        free: &free,
        tell: &|_, _| (),
    };
    let error = download(&Registry::of(&home.hall), &source, origin, &with).await.unwrap_err().to_string();
    assert!(error.contains("5 MB are needed and 2 MB are free"), "{error}");
}

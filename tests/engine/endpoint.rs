//! Endpoints that misbehave: on this machine, in every way that was thought of.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use guildhall::engine::endpoint::{
    Address, Answered, Delivery, Dialect, Endpoint, EndpointError, EndpointPrompt, EndpointSettings, EndpointStopped,
    LogProbabilities, Several,
};
use guildhall::engine::net::{ApiKey, Backoff, KeySource};
use guildhall::engine::text::{Chat, Sampling};
use guildhall::engine::{Listener, Settings, Unheard};
use serde_json::json;

use super::peer::{Act, Peer, answer, document, events, spoken};

const KEY: &str = "sk-hunter2-never-to-be-seen";
const PROMPT: EndpointPrompt<'static> = EndpointPrompt::Chat(Chat { system: None, turns: &[("user", "Hi")] });

fn key() -> ApiKey {
    KeySource::Environment("KEY".to_owned()).read(&|_| Some(KEY.to_owned())).unwrap()
}

/// Settings with times that a test can wait for.
fn at(url: &str) -> EndpointSettings {
    let mut settings = EndpointSettings::new(Address::new(url).unwrap(), "model");
    settings.backoff = Backoff {
        tries: 3,
        first: Duration::from_millis(2),
        most_told: Duration::from_millis(50),
        ..Backoff::default()
    };
    settings.times.first_byte = Duration::from_secs(5);
    settings.times.between = Duration::from_secs(5);
    settings.times.whole = Duration::from_secs(20);
    settings
}

fn samples(samples: usize) -> Settings {
    let sampling = Sampling { temperature: 0.7, seed: 1, ..Sampling::default() };
    Settings { samples, max_tokens: 100, stops: Vec::new(), sampling }
}

async fn ask(settings: EndpointSettings, count: usize) -> Result<Answered, EndpointError> {
    let endpoint = Endpoint::new(settings, Some(key())).unwrap();
    let answered = endpoint.answer(PROMPT, &samples(count), &mut Unheard).await;
    for shown in [format!("{endpoint:?}"), format!("{answered:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
    if let Err(error) = &answered {
        let words = error.to_string();
        assert!(!words.contains(KEY) && !words.chars().any(char::is_control), "{words}");
    }
    answered
}

/// The only sample's text.
async fn text(settings: EndpointSettings) -> String {
    let mut answered = ask(settings, 1).await.unwrap();
    assert_eq!(answered.samples.len(), 1);
    answered.samples.remove(0).text
}

/// Hears texts, and gives up after some.
struct Heard {
    texts: Vec<(usize, String)>,
    most: usize,
    until: Option<Instant>,
    began: usize,
}

impl Heard {
    fn new() -> Self {
        Self { texts: Vec::new(), most: usize::MAX, until: None, began: 0 }
    }
}

impl Listener for Heard {
    fn began(&mut self) {
        assert!(self.texts.is_empty());
        self.began += 1;
    }
    fn text(&mut self, sample: usize, text: &str) -> ControlFlow<()> {
        self.texts.push((sample, text.to_owned()));
        if self.texts.len() >= self.most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
    fn goes_on(&mut self) -> ControlFlow<()> {
        let is_over = self.until.is_some_and(|until| Instant::now() > until);
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[tokio::test]
async fn a_stream_is_heard_as_it_comes() {
    let mut peer = Peer::new(vec![events(spoken(&["Hel", "lo", " 😀"]))]).await;
    let mut heard = Heard::new();
    let endpoint = Endpoint::new(at(&peer.url), Some(key())).unwrap();
    let answered = endpoint.answer(PROMPT, &samples(1), &mut heard).await.unwrap();
    assert_eq!(heard.texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Hel", "lo", " 😀"]);
    assert_eq!((heard.began, answered.samples[0].text.as_str()), (1, "Hello 😀"));
    assert_eq!((&answered.samples[0].stopped, &answered.samples[0].tokens), (&EndpointStopped::EndOfText, &None));
    assert!(answered.first_text.unwrap() <= answered.whole);
    let request = peer.requests().remove(0);
    assert_eq!(request.line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(request.body["messages"], json!([{"role": "user", "content": "Hi"}]));
    assert_eq!((&request.body["model"], &request.body["stream"]), (&json!("model"), &json!(true)));
    assert_eq!(request.body["seed"], answered.samples[0].seed);
}

#[tokio::test]
async fn streams_may_be_cut_anywhere_and_written_in_every_way() {
    let crlf = spoken(&["né", "😀"]).replace('\n', "\r\n").replace("data: {", ": ping\r\n\r\ndata:{");
    let head = match &events("")[0] {
        Act::Send(head) => head.clone(),
        _ => unreachable!(),
    };
    let drip = vec![Act::Send(head), Act::Drip(crlf.into_bytes(), Duration::ZERO)];
    let unfinished = spoken(&["né", "😀"]).replace("data: [DONE]\n\n", "");
    let chunked = answer(
        "200 OK",
        &["Content-Type: text/event-stream", "Transfer-Encoding: chunked"],
        format!("{:x}\r\n{unfinished}\r\n0\r\n\r\n", unfinished.len()),
    );
    let no_type = answer("200 OK", &[], spoken(&["né", "😀"]));
    let late = spoken(&["né", "😀"]).replace("stop\"", "stop\",\"text\":\"\"") + "data: {nonsense\n\n";
    for acts in
        [drip, events(&unfinished), events(unfinished.trim_end().to_owned() + "\n"), chunked, no_type, events(late)]
    {
        let peer = Peer::new(vec![acts]).await;
        assert_eq!(text(at(&peer.url)).await, "né😀");
    }
}

#[tokio::test]
async fn documents_and_streams_may_stand_for_each_other() {
    let whole = r#"{"model":"m\u001bodel","system_fingerprint":"fp","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},
        "finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    for delivery in [Delivery::Streamed, Delivery::Whole] {
        let peer = Peer::new(vec![document(whole)]).await;
        let answered = ask(EndpointSettings { delivery, ..at(&peer.url) }, 1).await.unwrap();
        let sample = &answered.samples[0];
        assert_eq!((sample.text.as_str(), &sample.stopped), ("Hi", &EndpointStopped::Length));
        assert_eq!((answered.prompt_tokens, answered.answer_tokens), (Some(3), Some(2)));
        assert_eq!((sample.model.as_deref(), sample.fingerprint.as_deref()), (Some("m‹U+001B›odel"), Some("fp")));
        let peer = Peer::new(vec![events(spoken(&["Hi"]))]).await;
        assert_eq!(text(EndpointSettings { delivery, ..at(&peer.url) }).await, "Hi");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for status in ["429 Too Many Requests", "500 Oops", "503 Busy", "529 Overloaded"] {
        let busy = answer(status, &["Retry-After: 0"], "{}");
        let mut peer = Peer::new(vec![busy.clone(), busy, events(spoken(&["Hi"]))]).await;
        assert_eq!(text(at(&peer.url)).await, "Hi");
        let requests = peer.requests();
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request.body == requests[0].body));
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told() {
    let mut peer = Peer::new(vec![answer("500 Oops", &[], r#"{"error":{"message":"out of\u001b[2J memory"}}"#)]).await;
    let error = ask(at(&peer.url), 1).await.unwrap_err().to_string();
    assert_eq!(error, format!("{}/v1 answered 500, tried 3 times: out of‹U+001B›[2J memory", peer.url));
    assert_eq!(peer.requests().len(), 3);
    for (status, hint) in
        [("400 No", "400: "), ("401 No", "(the key is missing"), ("404 No", "no such model"), ("501 No", "501: ")]
    {
        let body = format!(r#"{{"error":"your key {KEY} isn't {}"}}"#, "long ".repeat(1000));
        let mut peer = Peer::new(vec![answer(status, &[], body)]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err().to_string();
        assert!(error.contains(hint) && error.contains("your key ‹the key› isn't") && error.len() < 600, "{error}");
        assert_eq!(peer.requests().len(), 1, "another try changes nothing");
    }
}

#[tokio::test]
async fn a_long_retry_after_is_cut_and_told() {
    let mut peer = Peer::new(vec![answer("429 No", &["Retry-After: 86400"], "{}")]).await;
    let started = Instant::now();
    let error = ask(at(&peer.url), 1).await.unwrap_err();
    assert!(matches!(error, EndpointError::Status { status: 429, tries: 3, .. }), "{error}");
    assert!(error.to_string().contains("asks to wait 86400 s"), "{error}");
    assert!(started.elapsed() >= Duration::from_millis(100) && started.elapsed() < Duration::from_secs(5));
    assert_eq!(peer.requests().len(), 3);
}

#[tokio::test]
async fn nobody_there_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = ask(at(&url), 1).await.unwrap_err();
    assert!(matches!(error, EndpointError::Connect { tries: 3, .. }), "{error:?}");
}

#[tokio::test]
async fn waiting_has_an_end() {
    let head = events("");
    let stalled = |mut acts: Vec<Act>| {
        acts.push(Act::Stall);
        acts
    };
    let first = spoken(&["Hi"]).split_inclusive("\n\n").next().unwrap().to_owned();
    let soon = Duration::from_millis(150);
    for (acts, what) in [
        (vec![Act::Stall], "the first byte"),
        (stalled(head.clone()), "the first byte"),
        (stalled(events(&first)), "the next piece"),
        (stalled(events("data: {\"cho")), "the next piece"),
    ] {
        let mut peer = Peer::new(vec![acts]).await;
        let mut settings = at(&peer.url);
        (settings.times.first_byte, settings.times.between) = (soon, soon);
        let error = ask(settings, 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::Late { what: found, .. } if found == what), "{error:?}");
        peer.hung_up(1).await;
        assert_eq!(peer.requests().len(), 1, "a prompt isn't computed again");
    }
    for delivery in [Delivery::Streamed, Delivery::Whole] {
        let mut acts = head.clone();
        acts.push(Act::Drip(b": ping\n\n".repeat(1000), Duration::from_millis(10)));
        let mut peer = Peer::new(vec![acts]).await;
        let mut settings = EndpointSettings { delivery, ..at(&peer.url) };
        settings.times.whole = Duration::from_millis(300);
        let error = ask(settings, 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::Late { what: "the whole answer", .. }), "{error:?}");
        peer.hung_up(1).await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let all = spoken(&["Hel", "lo"]);
    let ends: Vec<usize> = all.match_indices("\n\n").map(|(at, _)| at).collect();
    for cut in [0, 10, ends[0] + 2, ends[0] + 30, ends[1] + 2] {
        let mut peer = Peer::new(vec![events(&all[..cut])]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::BrokeOff { .. }), "{cut}: {error:?}");
        assert_eq!(peer.requests().len(), 1);
    }
    let short = answer("200 OK", &["Content-Type: text/event-stream", "Transfer-Encoding: chunked"], "ff\r\ndata: {");
    let none = vec![Act::Send(Vec::new())];
    let long = answer("200 OK", &["Content-Type: application/json", "Content-Length: 900"], "{\"choices\":");
    for acts in [short, none, long] {
        let peer = Peer::new(vec![acts]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::BrokeOff { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn what_counts_was_said_before_the_end() {
    let mut acts = events(spoken(&["Hi"]).replace("data: [DONE]\n\n", ""));
    acts.push(Act::Stall);
    let peer = Peer::new(vec![acts]).await;
    let started = Instant::now();
    assert_eq!(text(at(&peer.url)).await, "Hi");
    assert!(started.elapsed() < Duration::from_secs(4), "the end is waited for, but not long");
    let unsaid = spoken(&["Hi"]).replace("\"stop\"", "null");
    let peer = Peer::new(vec![events(unsaid)]).await;
    assert_eq!(ask(at(&peer.url), 1).await.unwrap().samples[0].stopped, EndpointStopped::Unsaid);
}

#[tokio::test]
async fn floods_are_cut() {
    let mut floods = Vec::new();
    for (start, flood) in [
        ("", vec![b'x'; 1 << 16]),
        ("", b": ping\n\n".repeat(1 << 13)),
        ("data: ", b"x".repeat(1 << 16)),
        ("", b"data: x\n".repeat(1 << 13)),
        ("", spoken(&["a"]).split_inclusive("\n\n").next().unwrap().repeat(500).into_bytes()),
    ] {
        let mut acts = events(start);
        acts.push(Act::Flood(flood.clone()));
        floods.push(acts);
        let mut acts = document(start);
        acts.push(Act::Flood(flood));
        floods.push(acts);
    }
    for acts in floods {
        let peer = Peer::new(vec![acts]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::TooMuch { .. }), "{error:?}");
        // what was on the way counts as sent
        assert!(peer.sent.load(Ordering::SeqCst) < 16 << 20, "{}", peer.sent.load(Ordering::SeqCst));
    }
}

#[tokio::test]
async fn heads_are_bounded() {
    for head in [b"X: y\r\n".to_vec(), b"X".to_vec(), [b"X: ".to_vec(), vec![b'y'; 1 << 16]].concat()] {
        let peer = Peer::new(vec![vec![Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Act::Flood(head)]]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::BrokeOff { .. }), "{error:?}");
        assert!(peer.sent.load(Ordering::SeqCst) < 16 << 20);
    }
    let mut acts = answer("500 Oops", &[], "");
    acts.push(Act::Flood(vec![b'x'; 1 << 16]));
    let peer = Peer::new(vec![acts]).await;
    let error = ask(at(&peer.url), 1).await.unwrap_err();
    assert!(matches!(error, EndpointError::Status { .. }) && error.to_string().len() < 1000, "{error:?}");
}

#[tokio::test]
async fn what_is_no_answer_is_malformed() {
    let stream = |data: &str| events(format!("data: {data}\n\n"));
    for (acts, word) in [
        (stream("{\"choices\":"), "EOF"),
        (stream("{}"), "choices"),
        (stream("7"), "invalid type"),
        (stream(r#"{"choices":[{"index":1,"delta":{"content":"a"}}]}"#), "an answer 2 where 1"),
        (stream("{\"choices\":[]}\n\ndata: [DONE]"), "no answer"),
        (events(b"data: {\"choices\":[{\"text\":\"\xff\xfe\"}]}\n\n"), "unicode"),
        (events(""), "broke off"),
        (document("<html>"), "expected value"),
        (document("{\"choices\":[]}"), "no answer"),
        (answer("200 OK", &["Content-Type: text/html\u{1}"], "<html>"), ""),
        (answer("200 OK", &["Content-Type: text/html; charset=x"], "<html>"), "`text/html`"),
        (answer("204 None", &[], ""), ""),
        (vec![Act::Send(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())], ""),
    ] {
        let mut peer = Peer::new(vec![acts]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        assert!(matches!(error, EndpointError::Malformed { .. } | EndpointError::BrokeOff { .. }), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(peer.requests().len(), 1);
    }
    let failed = format!(
        "{}data: {{\"error\":{{\"message\":\"no {KEY}\"}}}}\n\n",
        spoken(&["Hi"]).split_inclusive("\n\n").next().unwrap()
    );
    let peer = Peer::new(vec![events(failed)]).await;
    let error = ask(at(&peer.url), 1).await.unwrap_err();
    assert!(matches!(&error, EndpointError::Peer { words, .. } if words == "no ‹the key›"), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_repeats_the_key_is_not_kept() {
    let halves = KEY.split_at(9);
    let finish = spoken(&["Hi"]).replace("\"stop\"", &format!("\"{KEY}\""));
    let model = spoken(&["Hi"]).replace("{\"choices\"", &format!("{{\"model\":\"{KEY}\",\"choices\""));
    for stream in [spoken(&["You sent ", halves.0, halves.1]), finish, model] {
        let peer = Peer::new(vec![events(stream)]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        assert!(matches!(&error, EndpointError::Malformed { why, .. } if why.contains("repeats the key")), "{error:?}");
    }
}

#[tokio::test]
async fn more_tokens_than_asked_for_are_refused() {
    let tokens: Vec<_> = (0..200).map(|_| json!({"token": "a", "logprob": -1.0})).collect();
    let event = json!({"choices": [{"delta": {"content": "a"}, "logprobs": {"content": tokens}}]});
    let peer = Peer::new(vec![events(format!("data: {event}\n\n"))]).await;
    let error = ask(at(&peer.url), 1).await.unwrap_err();
    assert!(matches!(error, EndpointError::TooMuch { limit: 100, .. }), "{error:?}");
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect() {
    let mut elsewhere = Peer::new(vec![events(spoken(&["stolen"]))]).await;
    for status in ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"] {
        let location = format!("Location: {}/v1/chat/completions", elsewhere.url);
        let peer = Peer::new(vec![answer(status, &[&location], "")]).await;
        let error = ask(at(&peer.url), 1).await.unwrap_err();
        let EndpointError::Redirected { to, .. } = &error else { panic!("{error:?}") };
        assert!(to.contains(&elsewhere.url));
        // the same machine under another name is another host
        let renamed = peer.url.replace("127.0.0.1", "localhost");
        let peer = Peer::new(vec![answer(status, &[&format!("Location: {renamed}/v1/x")], "")]).await;
        assert!(matches!(ask(at(&peer.url), 1).await, Err(EndpointError::Redirected { .. })));
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn an_endpoint_may_redirect_within_itself() {
    let script = |number, _: &_| match number {
        0 => answer("307 Temporary", &["Location: /new/chat/completions"], ""),
        _ => events(spoken(&["Hi"])),
    };
    let mut peer = Peer::scripted(script).await;
    assert_eq!(text(at(&peer.url)).await, "Hi");
    let requests = peer.requests();
    assert_eq!(requests[1].line, "POST /new/chat/completions HTTP/1.1");
    assert_eq!(requests[1].body, requests[0].body);
    assert!(requests[1].header("authorization").is_some());
    let mut peer = Peer::new(vec![answer("308 Permanent", &["Location: /v1/chat/completions"], "")]).await;
    assert!(matches!(ask(at(&peer.url), 1).await, Err(EndpointError::Redirected { .. })));
    assert_eq!(peer.requests().len(), 4);
    let mut peer = Peer::new(vec![answer("302 Found", &["Location: /login"], "")]).await;
    assert!(matches!(ask(at(&peer.url), 1).await, Err(EndpointError::Redirected { .. })));
    assert_eq!(peer.requests().len(), 1, "it would ask for a page");
}

#[tokio::test]
async fn samples_are_asked_for_with_a_seed_each() {
    let script = |_, request: &super::peer::Request| {
        let mut acts = events("");
        acts.push(Act::Drip(b": ping\n\n".to_vec(), Duration::from_millis(5)));
        acts.push(Act::Send(spoken(&[&format!("seed {}", request.body["seed"])]).into_bytes()));
        acts
    };
    let mut peer = Peer::scripted(script).await;
    let mut settings = at(&peer.url);
    settings.parallel = 2.try_into().unwrap();
    let answered = ask(settings.clone(), 7).await.unwrap();
    let texts: Vec<String> = answered.samples.iter().map(|sample| sample.text.clone()).collect();
    let seeds: std::collections::BTreeSet<u32> = answered.samples.iter().map(|sample| sample.seed).collect();
    assert_eq!(seeds.len(), 7);
    assert!(answered.samples.iter().all(|sample| sample.text == format!("seed {}", sample.seed)));
    assert_eq!(peer.most(), 2);
    let requests = peer.requests();
    assert!(requests.len() == 7 && requests.iter().all(|request| request.body["n"].is_null()));
    let again = ask(settings.clone(), 7).await.unwrap();
    assert!(again.samples.iter().map(|sample| &sample.text).eq(&texts), "the same seed, the same requests");
    let fewer = ask(settings, 3).await.unwrap();
    assert!(fewer.samples.iter().map(|sample| &sample.text).eq(&texts[..3]), "a sample doesn't depend on the others");
}

#[tokio::test]
async fn many_may_be_asked_for_at_once() {
    let both = |index: usize, text: &str, finish: Option<&str>| {
        let event = json!({"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]});
        format!("data: {event}\n\n")
    };
    let stream = [both(1, "b", None), both(0, "a", None), both(0, "a", Some("stop")), both(1, "b", Some("length"))];
    let stream = stream.concat()
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";
    let mut peer = Peer::new(vec![events(stream)]).await;
    let settings = EndpointSettings { several: Several::Field, ..at(&peer.url) };
    let answered = ask(settings, 2).await.unwrap();
    let texts: Vec<&str> = answered.samples.iter().map(|sample| sample.text.as_str()).collect();
    assert_eq!((texts, answered.answer_tokens), (vec!["aa", "bb"], Some(4)));
    assert_eq!(answered.samples[1].stopped, EndpointStopped::Length);
    let requests = peer.requests();
    assert_eq!((requests.len(), &requests[0].body["n"]), (1, &json!(2)));
}

#[tokio::test]
async fn what_an_ignored_n_leaves_out_is_asked_for() {
    for delivery in [Delivery::Streamed, Delivery::Whole] {
        let script = move |_, request: &super::peer::Request| {
            let text = format!("seed {}", request.body["seed"]);
            match delivery {
                Delivery::Streamed => events(spoken(&[&text])),
                Delivery::Whole => {
                    document(json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).to_string())
                }
            }
        };
        let mut peer = Peer::scripted(script).await;
        let settings = EndpointSettings { several: Several::Field, delivery, ..at(&peer.url) };
        let answered = ask(settings, 4).await.unwrap();
        let texts: std::collections::BTreeSet<&str> = answered.samples.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts.len(), 4, "the same seed would give the same answer four times");
        assert!(answered.samples.iter().all(|sample| sample.text == format!("seed {}", sample.seed)));
        let counts: Vec<_> = peer.requests().iter().map(|request| request.body["n"].clone()).collect();
        assert_eq!(counts, [json!(4), json!(null), json!(null), json!(null)]);
    }
}

#[tokio::test]
async fn tokens_are_counted_only_where_all_are_told() {
    let told = |tokens: u64| {
        let usage = format!("data: {{\"choices\":[],\"usage\":{{\"completion_tokens\":{tokens}}}}}\n\n");
        // told again with every piece, by some
        events(spoken(&["Hi"]).replace("data: [DONE]", &format!("{usage}{usage}data: [DONE]")))
    };
    let peer = Peer::new(vec![told(2), told(3)]).await;
    assert_eq!(ask(at(&peer.url), 2).await.unwrap().answer_tokens, Some(5));
    let peer = Peer::new(vec![told(2), events(spoken(&["Hi"]))]).await;
    assert_eq!(ask(at(&peer.url), 2).await.unwrap().answer_tokens, None);
}

#[tokio::test]
async fn one_failure_fails_all() {
    let script = |number, _: &_| if number == 1 { answer("400 No", &[], "{}") } else { events(spoken(&["Hi"])) };
    let peer = Peer::scripted(script).await;
    assert!(matches!(ask(at(&peer.url), 3).await, Err(EndpointError::Status { status: 400, .. })));
}

#[tokio::test]
async fn a_listener_ends_it_within_a_piece() {
    let mut acts = events(spoken(&["a"]).split_inclusive("\n\n").next().unwrap());
    acts.push(Act::Stall);
    let mut peer = Peer::new(vec![acts]).await;
    let mut heard = Heard { most: 2, ..Heard::new() };
    let mut settings = at(&peer.url);
    settings.parallel = 2.try_into().unwrap();
    let endpoint = Endpoint::new(settings, None).unwrap();
    let answered = endpoint.answer(PROMPT, &samples(3), &mut heard).await.unwrap();
    assert_eq!(answered.samples.len(), 3);
    assert!(answered.samples.iter().all(|sample| sample.stopped == EndpointStopped::Cancelled));
    let texts: Vec<&str> = answered.samples.iter().map(|sample| sample.text.as_str()).collect();
    assert_eq!(texts, ["a", "a", ""]);
    peer.hung_up(2).await;
    assert_eq!(peer.requests().len(), 2);
}

#[tokio::test]
async fn a_listener_ends_it_while_nothing_comes() {
    for acts in [vec![Act::Stall], answer("503 Busy", &["Retry-After: 9"], "")] {
        let peer = Peer::new(vec![acts]).await;
        let mut heard = Heard { until: Some(Instant::now() + Duration::from_millis(100)), ..Heard::new() };
        let mut settings = at(&peer.url);
        settings.backoff.most_told = Duration::from_secs(9);
        let endpoint = Endpoint::new(settings, None).unwrap();
        let started = Instant::now();
        let answered = endpoint.answer(PROMPT, &samples(1), &mut heard).await.unwrap();
        assert_eq!(answered.samples[0].stopped, EndpointStopped::Cancelled);
        assert!(started.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn what_is_dropped_hangs_up() {
    let mut peer = Peer::new(vec![vec![Act::Stall]]).await;
    let endpoint = Endpoint::new(at(&peer.url), None).unwrap();
    let settings = samples(2);
    let mut unheard = Unheard;
    let answering = endpoint.answer(PROMPT, &settings, &mut unheard);
    assert!(tokio::time::timeout(Duration::from_millis(200), answering).await.is_err());
    peer.hung_up(2).await;
}

#[tokio::test]
async fn an_ignored_stop_string_stops_all_the_same() {
    let first = spoken(&["one, E", "ND two"]);
    let first: String = first.split_inclusive("\n\n").take(2).collect();
    let mut acts = events(first);
    acts.push(Act::Stall);
    let mut peer = Peer::new(vec![acts]).await;
    let endpoint = Endpoint::new(at(&peer.url), None).unwrap();
    let settings = Settings { stops: vec!["x".to_owned(), "END".to_owned()], ..samples(1) };
    let (mut heard, started) = (Heard::new(), Instant::now());
    let answered = endpoint.answer(PROMPT, &settings, &mut heard).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "nothing more is waited for");
    assert_eq!(answered.samples[0].text, "one, ");
    assert_eq!(answered.samples[0].stopped, EndpointStopped::StopString(1));
    assert_eq!(heard.texts, [(0, "one, ".to_owned())]);
    peer.hung_up(1).await;
}

#[tokio::test]
async fn log_probabilities_are_told_where_they_are_offered() {
    let with = r#"{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"top_logprobs":[]}]}}]}"#;
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let mut peer = Peer::new(vec![events(format!("data: {with}\n\ndata: {with}\n\ndata: {end}\n\n"))]).await;
    let settings = EndpointSettings { log_probabilities: LogProbabilities::Likeliest(3), ..at(&peer.url) };
    let answered = ask(settings, 1).await.unwrap();
    let tokens = answered.samples[0].tokens.as_ref().unwrap();
    assert_eq!((tokens.len(), tokens[1].log_probability), (2, Some(-0.5)));
    let request = peer.requests().remove(0);
    assert_eq!((&request.body["logprobs"], &request.body["top_logprobs"]), (&json!(true), &json!(3)));
    let peer = Peer::new(vec![events(spoken(&["a"]))]).await;
    let settings = EndpointSettings { log_probabilities: LogProbabilities::Chosen, ..at(&peer.url) };
    assert_eq!(ask(settings, 1).await.unwrap().samples[0].tokens, None);
}

#[tokio::test]
async fn keys_stay_on_encrypted_ways() {
    let elsewhere = at("http://models.example.org");
    let error = Endpoint::new(elsewhere.clone(), Some(key())).unwrap_err();
    assert!(matches!(error, EndpointError::KeyInClear(_)), "{error:?}");
    assert!(Endpoint::new(elsewhere.clone(), None).is_ok());
    let allowed = guildhall::engine::endpoint::KeyInClear::Allowed;
    assert!(Endpoint::new(EndpointSettings { key_in_clear: allowed, ..elsewhere }, Some(key())).is_ok());
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_anything_is_sent() {
    let mut peer = Peer::new(vec![events(spoken(&["Hi"]))]).await;
    let endpoint = Endpoint::new(at(&peer.url), None).unwrap();
    let mut settings = samples(1);
    settings.sampling.top_k = 40;
    let error = endpoint.answer(PROMPT, &settings, &mut Unheard).await.unwrap_err().to_string();
    assert!(error.contains("top-k") && error.contains("`common`"), "{error}");
    let settings = Settings { stops: vec![String::new()], ..samples(1) };
    assert!(matches!(endpoint.answer(PROMPT, &settings, &mut Unheard).await, Err(EndpointError::Setting(_))));
    assert_eq!(peer.requests().len(), 0);
    assert_eq!(Dialect::named("llama.cpp"), Some(Dialect::LlamaCpp));
    assert_eq!(Dialect::named("other"), None);
}

#[tokio::test]
async fn answering_may_move_between_threads() {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    let peer = Peer::new(vec![events(spoken(&["Hi"]))]).await;
    let endpoint = Endpoint::new(at(&peer.url), None).unwrap();
    let answered = tokio::spawn(sent(async move { endpoint.answer(PROMPT, &samples(1), &mut Unheard).await }));
    assert_eq!(answered.await.unwrap().unwrap().samples[0].text, "Hi");
}

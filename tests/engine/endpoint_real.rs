//! Endpoints of a real server, llama.cpp's with SmolLM2 behind it: `GUILDHALL_SMOLLM2` names the model and
//! `GUILDHALL_LLAMA` the folder of the Python package that holds the server, as `tests/run` fetches them; without them this
//! is told and skipped.

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use guildhall::engine::endpoint::{
    Address, Answered, Delivery, Dialect, Endpoint, EndpointError, EndpointPrompt, EndpointSettings, EndpointStopped,
    LogProbabilities, Several,
};
use guildhall::engine::net::KeySource;
use guildhall::engine::text::{Chat, Sampling};
use guildhall::engine::{Listener, Settings, Unheard};
use tokio::sync::Mutex;

const CHAT: EndpointPrompt<'static> = EndpointPrompt::Chat(Chat {
    system: Some("You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
    turns: &[("user", "List the reversible causes (the Hs and Ts) of cardiac arrest.")],
});

const KEY: &str = "sk-of-these-tests-alone";

/// The server, one for all tests; it ends with this process. One test at a time: side by side, its sums may run in another
/// order.
struct Server {
    url: String,
    turn: Mutex<()>,
    _process: Child,
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref()
}

fn start() -> Option<Server> {
    let named = std::env::var("GUILDHALL_SMOLLM2").ok().zip(std::env::var("GUILDHALL_LLAMA").ok());
    let full = std::env::var("GUILDHALL_TESTS").as_deref() == Ok("full");
    assert!(named.is_some() || !full, "GUILDHALL_SMOLLM2 and GUILDHALL_LLAMA name no model and no server");
    let Some((model, package)) = named else {
        eprintln!("skipped: GUILDHALL_SMOLLM2 and GUILDHALL_LLAMA name no model and no server");
        return None;
    };
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/llama_server.py")).args([&model, KEY]);
    command.env("PYTHONPATH", package).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().expect("python3 starts");
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http"), "the server doesn't start: {url:?}");
    Some(Server { url: url.trim().to_owned(), turn: Mutex::new(()), _process: process })
}

fn settings(server: &Server) -> EndpointSettings {
    EndpointSettings {
        dialect: Dialect::LlamaCpp,
        ..EndpointSettings::new(Address::new(&server.url).unwrap(), "smollm2")
    }
}

fn endpoint(settings: EndpointSettings) -> Endpoint {
    let source = KeySource::Environment("KEY".to_owned());
    Endpoint::new(settings, Some(source.read(&|_| Some(KEY.to_owned())).unwrap())).unwrap()
}

fn asked(samples: usize, max_tokens: usize, sampling: Sampling) -> Settings {
    Settings { samples, max_tokens, stops: Vec::new(), sampling }
}

fn warm(seed: u64) -> Sampling {
    Sampling { temperature: 0.9, seed, ..Sampling::default() }
}

fn texts(answered: &Answered) -> Vec<String> {
    answered.samples.iter().map(|sample| sample.text.clone()).collect()
}

#[derive(Default)]
struct Heard {
    pieces: Vec<String>,
    most: Option<usize>,
}

impl Listener for Heard {
    fn text(&mut self, _: usize, text: &str) -> ControlFlow<()> {
        self.pieces.push(text.to_owned());
        if self.most.is_some_and(|most| self.pieces.len() >= most) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[tokio::test]
async fn llama_cpp_answers_in_pieces_and_at_once_alike() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    let asked = asked(1, 24, Sampling::default());
    for prompt in [CHAT, EndpointPrompt::Text("The first three planets are")] {
        let mut heard = Heard::default();
        let streamed = endpoint(settings(server)).answer(prompt, &asked, &mut heard).await.unwrap();
        assert!(heard.pieces.len() > 12, "{:?}", heard.pieces);
        assert_eq!(heard.pieces.concat(), streamed.samples[0].text);
        assert_eq!(streamed.samples[0].stopped, EndpointStopped::Length);
        assert_eq!(streamed.answer_tokens, Some(24));
        assert!(streamed.prompt_tokens.unwrap() >= 5 && streamed.first_text.unwrap() < streamed.whole);
        let at_once = EndpointSettings { delivery: Delivery::Whole, ..settings(server) };
        let whole = endpoint(at_once).answer(prompt, &asked, &mut Unheard).await.unwrap();
        assert_eq!(texts(&whole), texts(&streamed));
        assert_eq!((whole.prompt_tokens, whole.answer_tokens), (streamed.prompt_tokens, Some(24)));
        assert_eq!(whole.samples[0].fingerprint, streamed.samples[0].fingerprint);
        assert!(whole.samples[0].fingerprint.is_some() && whole.samples[0].tokens.is_none());
    }
}

#[tokio::test]
async fn llama_cpp_tells_log_probabilities() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    for delivery in [Delivery::Streamed, Delivery::Whole] {
        for prompt in [CHAT, EndpointPrompt::Text("The first three planets are")] {
            let settings =
                EndpointSettings { log_probabilities: LogProbabilities::Likeliest(3), delivery, ..settings(server) };
            let answered =
                endpoint(settings).answer(prompt, &asked(1, 12, Sampling::default()), &mut Unheard).await.unwrap();
            let tokens = answered.samples[0].tokens.as_ref().unwrap();
            assert_eq!(tokens.len(), 12);
            assert_eq!(tokens.iter().map(|token| token.text.as_str()).collect::<String>(), answered.samples[0].text);
            for token in tokens {
                let own = token.log_probability.unwrap();
                assert!(token.id.is_some() && own < 0.0 && token.likeliest.len() == 3);
                assert!((token.likeliest[0].1 - own).abs() < 1e-3, "greedy takes the likeliest: {token:?}");
            }
        }
    }
}

/// `CHAT` as the model's template writes it, with the first word of an answer.
const WRITTEN: &str = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n\
    <|im_start|>user\nList the reversible causes (the Hs and Ts) of cardiac arrest.<|im_end|>\n<|im_start|>assistant\nHere";

/// What follows, with its logarithms, by llama.cpp, as in the reference of the local engine.
const NEXT: [(u32, f64); 5] = [(359, -0.40263), (260, -0.08164), (32_215, -0.12639), (2981, -0.00686), (282, -0.31721)];

#[tokio::test]
async fn llama_cpp_says_what_the_local_engine_is_held_to() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    let settings = EndpointSettings { log_probabilities: LogProbabilities::Chosen, ..settings(server) };
    let answered = endpoint(settings)
        .answer(EndpointPrompt::Text(WRITTEN), &asked(1, 5, Sampling::default()), &mut Unheard)
        .await
        .unwrap();
    let tokens = answered.samples[0].tokens.as_ref().unwrap();
    for (token, (id, logarithm)) in tokens.iter().zip(NEXT) {
        assert!(token.id == Some(id) && (token.log_probability.unwrap() - logarithm).abs() < 0.15, "{token:?}");
    }
    assert_eq!((tokens.len(), answered.prompt_tokens), (5, Some(46)));
    let as_chat =
        endpoint(self::settings(server)).answer(CHAT, &asked(1, 1, Sampling::default()), &mut Unheard).await.unwrap();
    assert_eq!(as_chat.prompt_tokens, Some(45));
}

#[tokio::test]
async fn llama_cpp_repeats_itself_with_a_seed() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    for several in [Several::Requests, Several::Field] {
        // side by side their sums may run in another order
        let settings = EndpointSettings { several, parallel: 1.try_into().unwrap(), ..settings(server) };
        let endpoint = endpoint(settings);
        let first = endpoint.answer(CHAT, &asked(3, 16, warm(5)), &mut Unheard).await.unwrap();
        let all = texts(&first);
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "{all:?}");
        let again = endpoint.answer(CHAT, &asked(3, 16, warm(5)), &mut Unheard).await.unwrap();
        assert_eq!(texts(&again), all);
        let other = endpoint.answer(CHAT, &asked(3, 16, warm(6)), &mut Unheard).await.unwrap();
        assert!(texts(&other).iter().all(|text| !all.contains(text)));
    }
}

#[tokio::test]
async fn llama_cpp_is_asked_side_by_side() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    let endpoint = endpoint(settings(server));
    let answered = endpoint.answer(CHAT, &asked(8, 8, warm(1)), &mut Unheard).await.unwrap();
    assert_eq!(answered.samples.len(), 8);
    assert!(answered.samples.iter().all(|sample| !sample.text.is_empty()));
    assert_eq!(answered.answer_tokens, Some(64));
}

#[tokio::test]
async fn llama_cpp_does_as_its_settings_say() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    let endpoint = endpoint(settings(server));
    let greedy = texts(&endpoint.answer(CHAT, &asked(1, 16, Sampling::default()), &mut Unheard).await.unwrap());
    let narrow =
        [Sampling { top_k: 1, ..warm(1) }, Sampling { min_p: 1.0, ..warm(1) }, Sampling { top_p: 1e-6, ..warm(1) }];
    for sampling in narrow {
        assert_eq!(texts(&endpoint.answer(CHAT, &asked(1, 16, sampling), &mut Unheard).await.unwrap()), greedy);
    }
    let penalised = Sampling { repeat_penalty: 5.0, ..Sampling::default() };
    assert_ne!(texts(&endpoint.answer(CHAT, &asked(1, 16, penalised), &mut Unheard).await.unwrap()), greedy);
    let word = greedy[0].split(' ').nth(3).unwrap().to_owned();
    let stopping =
        Settings { stops: vec!["no such text".to_owned(), word.clone()], ..asked(1, 16, Sampling::default()) };
    let stopped = endpoint.answer(CHAT, &stopping, &mut Unheard).await.unwrap();
    assert_eq!(stopped.samples[0].text, greedy[0].split_once(&word).unwrap().0);
    let why = &stopped.samples[0].stopped;
    assert!(matches!(why, EndpointStopped::EndOrStop | EndpointStopped::StopString(1)), "{why:?}");
}

#[tokio::test]
async fn llama_cpp_is_cancelled_within_a_piece() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    let endpoint = endpoint(settings(server));
    let started = Instant::now();
    let mut heard = Heard { most: Some(3), ..Heard::default() };
    let answered = endpoint.answer(CHAT, &asked(1, 900, warm(1)), &mut heard).await.unwrap();
    assert_eq!((heard.pieces.len(), &answered.samples[0].stopped), (3, &EndpointStopped::Cancelled));
    assert_eq!(answered.samples[0].text, heard.pieces.concat());
    // 900 tokens would take many times as long
    endpoint.answer(CHAT, &asked(4, 1, warm(1)), &mut Unheard).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn llama_cpp_says_no_in_words() {
    let Some(server) = server() else { return };
    let _turn = server.turn.lock().await;
    let scored = endpoint(settings(server)).score("The sky is", " blue", &mut Unheard).await;
    assert!(matches!(scored, Err(EndpointError::NoGivenLogProbabilities { .. })), "{scored:?}");
    let long = "word ".repeat(5000);
    let error =
        endpoint(settings(server)).answer(EndpointPrompt::Text(&long), &asked(1, 1, warm(1)), &mut Unheard).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("answered 400") && error.contains("context size"), "{error}");
    let keyless = Endpoint::new(settings(server), None).unwrap();
    let error = keyless.answer(CHAT, &asked(1, 1, warm(1)), &mut Unheard).await.unwrap_err().to_string();
    assert!(error.contains("the key is missing or wrong"), "{error}");
}

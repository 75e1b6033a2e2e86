//! The documents that requests send, in each server's dialect; what a dialect can't say is refused by name.

use serde::Serialize;

use crate::engine::Settings;
use crate::engine::text::Chat;

use super::endpoint_error::EndpointError;
use super::endpoint_settings::{Delivery, Dialect, EndpointSettings};

/// The most stop strings that OpenAI takes. Those beyond are still watched for here.
const OPENAI_STOPS: usize = 4;

/// What is said to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointPrompt<'p> {
    /// A chat, which the server writes with the model's template: `/chat/completions`.
    Chat(Chat<'p>),
    /// A text to go on with, as it is: `/completions`.
    Text(&'p str),
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is said.
    pub words: EndpointPrompt<'a>,
    /// How to answer.
    pub settings: &'a Settings,
    /// The seed.
    pub seed: u32,
    /// How many answers.
    pub answers: usize,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// Of a chat whether, of a completion how many.
#[derive(Serialize)]
#[serde(untagged)]
enum Logprobs {
    Whether(bool),
    Count(u8),
}

/// Fields without a value are left out.
#[derive(Serialize, Default)]
#[serde(default)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Message<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<usize>,
    temperature: f64,
    top_p: f64,
    seed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<usize>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<Logprobs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echo: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_last_n: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_prompt: Option<bool>,
}

/// Refuses what this endpoint can't be asked for; it would be left out, and a record would claim it.
pub fn check(endpoint: &EndpointSettings, settings: &Settings) -> Result<(), EndpointError> {
    settings.sampling.check()?;
    if settings.samples == 0 || settings.max_tokens == 0 {
        return Err(EndpointError::Request("at least one sample of at least one token is asked for".to_owned()));
    }
    if endpoint.log_probabilities.likeliest().is_some_and(|count| count > 20) {
        return Err(EndpointError::Request("at most 20 of the likeliest tokens can be told".to_owned()));
    }
    let sampling = &settings.sampling;
    let dialect = endpoint.dialect;
    let [wide, penalty] = match dialect {
        Dialect::Common | Dialect::OpenAi => [false, false],
        Dialect::Vllm => [true, false],
        Dialect::LlamaCpp => [true, true],
    };
    let asked = [
        ("top-k", "0", !wide && sampling.top_k != 0),
        ("min-p", "0", !wide && sampling.min_p > 0.0),
        ("repeat penalty over recent tokens", "1", !penalty && (sampling.repeat_penalty - 1.0).abs() > 0.0),
    ];
    match asked.into_iter().find(|(_, _, unsaid)| *unsaid) {
        None => Ok(()),
        Some((name, usual, _)) => Err(EndpointError::Request(format!(
            "an endpoint of the dialect `{}` can't be asked for a {name}: leave it at {usual}, or name another dialect",
            dialect.name()
        ))),
    }
}

/// The document for an answering.
pub fn body(endpoint: &EndpointSettings, ask: &Ask<'_>) -> Vec<u8> {
    let Settings { max_tokens, stops, sampling, .. } = ask.settings;
    let is_streamed = endpoint.delivery == Delivery::Streamed;
    let mut body = Body {
        model: &endpoint.model,
        max_tokens: Some(*max_tokens),
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        seed: ask.seed,
        n: Some(ask.answers).filter(|answers| *answers > 1),
        stop: stops,
        stream: is_streamed,
        stream_options: is_streamed.then_some(StreamOptions { include_usage: true }),
        ..Body::default()
    };
    // llama.cpp takes 0 for none at all
    let likeliest = endpoint.log_probabilities.likeliest().map(|count| count.max(1));
    match ask.words {
        EndpointPrompt::Chat(chat) => {
            let system = chat.system.map(|content| Message { role: "system", content });
            let turns = chat.turns.iter().map(|(role, content)| Message { role, content });
            body.messages = Some(system.into_iter().chain(turns).collect());
            body.logprobs = likeliest.map(|_| Logprobs::Whether(true));
            body.top_logprobs = likeliest;
        }
        EndpointPrompt::Text(text) => {
            body.prompt = Some(text);
            body.logprobs = likeliest.map(Logprobs::Count);
        }
    }
    match endpoint.dialect {
        Dialect::Common => {}
        Dialect::OpenAi => {
            body.stop = &stops[..stops.len().min(OPENAI_STOPS)];
            if body.messages.is_some() {
                body.max_completion_tokens = body.max_tokens.take();
            }
        }
        Dialect::LlamaCpp | Dialect::Vllm => {
            body.top_k = Some(top_k(endpoint.dialect, sampling.top_k));
            body.min_p = Some(sampling.min_p);
        }
    }
    if endpoint.dialect == Dialect::LlamaCpp {
        body.repeat_penalty = Some(sampling.repeat_penalty);
        body.repeat_last_n = Some(sampling.repeat_window);
        body.cache_prompt = Some(false);
    }
    written(&body)
}

/// The document that has a text echoed with its log-probabilities.
pub fn echo_body(endpoint: &EndpointSettings, text: &str) -> Vec<u8> {
    let is_llama = endpoint.dialect == Dialect::LlamaCpp;
    written(&Body {
        model: &endpoint.model,
        prompt: Some(text),
        // some servers take 0 for "without end"
        max_tokens: Some(1),
        top_p: 1.0,
        logprobs: Some(Logprobs::Count(1)),
        echo: Some(true),
        cache_prompt: is_llama.then_some(false),
        ..Body::default()
    })
}

/// All tokens: 0 for llama.cpp, -1 for every vLLM.
fn top_k(dialect: Dialect, top_k: usize) -> i64 {
    let all = if dialect == Dialect::Vllm { -1 } else { 0 };
    if top_k == 0 { all } else { i64::try_from(top_k).unwrap_or(i64::MAX) }
}

fn written(body: &Body<'_>) -> Vec<u8> {
    // strings and finite numbers can always be written
    serde_json::to_vec(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::super::endpoint_settings::LogProbabilities;
    use super::*;
    use crate::engine::text::Sampling;
    use serde_json::{Value, json};

    fn endpoint(dialect: Dialect) -> EndpointSettings {
        EndpointSettings { dialect, ..EndpointSettings::new(Address::new("http://localhost").unwrap(), "m") }
    }

    fn settings() -> Settings {
        let sampling = Sampling { temperature: 0.7, top_p: 0.9, seed: 5, ..Sampling::default() };
        Settings { samples: 2, max_tokens: 9, stops: ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec(), sampling }
    }

    fn written(endpoint: &EndpointSettings, words: EndpointPrompt<'_>, answers: usize) -> Value {
        let settings = settings();
        serde_json::from_slice(&body(endpoint, &Ask { words, settings: &settings, seed: 3, answers })).unwrap()
    }

    const CHAT: Chat<'static> = Chat { system: Some("Be brief."), turns: &[("user", "Hi\n\"you\"")] };

    #[test]
    fn common_servers_are_asked_for_what_all_know() {
        let mut endpoint = endpoint(Dialect::Common);
        assert_eq!(
            written(&endpoint, EndpointPrompt::Chat(CHAT), 1),
            json!({
                "model": "m", "max_tokens": 9, "temperature": 0.7, "top_p": 0.9, "seed": 3,
                "stop": ["a", "b", "c", "d", "e"], "stream": true, "stream_options": {"include_usage": true},
                "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi\n\"you\""}],
            })
        );
        endpoint.delivery = Delivery::Whole;
        endpoint.log_probabilities = LogProbabilities::Likeliest(5);
        assert_eq!(
            written(&endpoint, EndpointPrompt::Text("Once"), 2),
            json!({
                "model": "m", "max_tokens": 9, "temperature": 0.7, "top_p": 0.9, "seed": 3, "n": 2,
                "stop": ["a", "b", "c", "d", "e"], "stream": false, "prompt": "Once", "logprobs": 5,
            })
        );
        let chat = written(&endpoint, EndpointPrompt::Chat(CHAT), 1);
        assert_eq!((&chat["logprobs"], &chat["top_logprobs"]), (&json!(true), &json!(5)));
        endpoint.log_probabilities = LogProbabilities::Chosen;
        assert_eq!(written(&endpoint, EndpointPrompt::Chat(CHAT), 1)["top_logprobs"], 1);
        assert_eq!(written(&endpoint, EndpointPrompt::Text("Once"), 1)["logprobs"], 1);
    }

    #[test]
    fn dialects_differ() {
        let openai = written(&endpoint(Dialect::OpenAi), EndpointPrompt::Chat(CHAT), 1);
        assert_eq!((&openai["max_tokens"], &openai["max_completion_tokens"]), (&Value::Null, &json!(9)));
        assert_eq!(openai["stop"], json!(["a", "b", "c", "d"]));
        let text = written(&endpoint(Dialect::OpenAi), EndpointPrompt::Text("x"), 1);
        assert_eq!(text["max_tokens"], 9);
        let llama = written(&endpoint(Dialect::LlamaCpp), EndpointPrompt::Text("x"), 1);
        assert_eq!((&llama["top_k"], &llama["min_p"], &llama["cache_prompt"]), (&json!(0), &json!(0.0), &json!(false)));
        assert_eq!((&llama["repeat_penalty"], &llama["repeat_last_n"]), (&json!(1.0), &json!(64)));
        let vllm = written(&endpoint(Dialect::Vllm), EndpointPrompt::Text("x"), 1);
        assert_eq!((&vllm["top_k"], &vllm["repeat_penalty"]), (&json!(-1), &Value::Null));
    }

    #[test]
    fn what_a_dialect_cannot_say_is_refused() {
        let with = |change: fn(&mut Sampling), dialect| {
            let mut settings = settings();
            change(&mut settings.sampling);
            check(&endpoint(dialect), &settings).map_err(|error| error.to_string())
        };
        type Change = fn(&mut Sampling);
        let changes: [(Change, &str); 3] = [
            (|sampling| sampling.top_k = 4, "top-k"),
            (|sampling| sampling.min_p = 0.1, "min-p"),
            (|sampling| sampling.repeat_penalty = 1.1, "repeat penalty"),
        ];
        for (change, name) in changes {
            assert!(with(change, Dialect::Common).unwrap_err().contains(name));
            assert!(with(change, Dialect::OpenAi).unwrap_err().contains("`openai`"));
            assert_eq!(with(change, Dialect::Vllm).is_err(), name == "repeat penalty");
            assert_eq!(with(change, Dialect::LlamaCpp), Ok(()));
        }
        assert_eq!(with(|_| {}, Dialect::Common), Ok(()));
        assert!(with(|sampling| sampling.temperature = f64::NAN, Dialect::LlamaCpp).is_err());
        assert!(check(&endpoint(Dialect::Common), &Settings { samples: 0, ..settings() }).is_err());
        assert!(check(&endpoint(Dialect::Common), &Settings { max_tokens: 0, ..settings() }).is_err());
    }
}

//! What an endpoint's documents and events say: pieces of answers, and what is said of them all.

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use super::endpoint_sample::HeardToken;

/// The most answers in a document, and the most tokens that are listed for one place.
pub const MOST_CHOICES: usize = 128;

/// The most that a logarithm of a probability may be above 0, by rounding.
const ROUNDING: f64 = 0.01;

/// A document, or an event's data.
#[derive(Debug, Default)]
pub struct Reply {
    /// Pieces of answers.
    pub pieces: Vec<Piece>,
    /// The model's name, in the server's words.
    pub model: Option<String>,
    /// What the server says of its own state.
    pub fingerprint: Option<String>,
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answers.
    pub answer_tokens: Option<u64>,
}

/// More of an answer.
#[derive(Debug, Default, PartialEq)]
pub struct Piece {
    /// Which of the request's answers, from 0.
    pub index: usize,
    /// Text to add.
    pub text: String,
    /// Thoughts to add.
    pub reasoning: String,
    /// Tokens to add, where they are told.
    pub tokens: Option<Vec<HeardToken>>,
    /// Where each of the tokens starts, in characters, where it is told.
    pub offsets: Option<Vec<u64>>,
    /// Why it ended, if it did.
    pub finish: Option<String>,
    /// The stop string that ended it, where it is told.
    pub stop_string: Option<String>,
}

/// Why a document can't be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It isn't what an endpoint sends.
    Malformed(String),
    /// It is an error, in the peer's words.
    Error(String),
}

/// Reads a document or an event's data.
pub fn read(bytes: &[u8]) -> Result<Reply, Unusable> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| Unusable::Malformed(error.to_string()))?;
    if let Some(error) = document.error.filter(|error| !error.is_null()) {
        return Err(Unusable::Error(words_of(&error)));
    }
    let Usage { prompt_tokens, completion_tokens } = match (&document.choices, document.usage) {
        (None, None) => return Err(Unusable::Malformed("it has no `choices`".to_owned())),
        (_, usage) => usage.unwrap_or_default(),
    };
    let choices = document.choices.map(|choices| choices.0).unwrap_or_default();
    let pieces = choices.into_iter().map(piece).collect::<Result<_, _>>().map_err(Unusable::Malformed)?;
    let (model, fingerprint) = (document.model, document.system_fingerprint);
    Ok(Reply { pieces, model, fingerprint, prompt_tokens, answer_tokens: completion_tokens })
}

/// The words of an error, wherever a server puts them; else the body itself.
pub fn error_words(body: &[u8]) -> String {
    let text = || String::from_utf8_lossy(body).into_owned();
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut object)) => {
            let found = ["error", "detail", "message"].iter().find_map(|name| object.remove(*name));
            found.map_or_else(text, |found| words_of(&found))
        }
        _ => text(),
    }
}

fn words_of(error: &Value) -> String {
    let inner = error.get("message").unwrap_or(error);
    inner.as_str().map_or_else(|| inner.to_string(), str::to_owned)
}

#[derive(Deserialize)]
struct Document {
    choices: Option<Few<Choice>>,
    usage: Option<Usage>,
    model: Option<String>,
    system_fingerprint: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize, Default)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Choice {
    index: Option<usize>,
    text: Option<String>,
    message: Option<Said>,
    delta: Option<Said>,
    finish_reason: Option<String>,
    stop_reason: Option<Value>,
    logprobs: Option<Logprobs>,
}

/// The words of a chat's answer. A refusal stands in the place of the text.
#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

/// The likeliest tokens of a place.
type Likeliest = BTreeMap<String, Option<f64>>;

/// Of a chat `content`; of a completion the others, though some servers use one form for both.
#[derive(Deserialize)]
struct Logprobs {
    content: Option<Vec<Token>>,
    tokens: Option<Vec<String>>,
    token_logprobs: Option<Vec<Option<f64>>>,
    top_logprobs: Option<Vec<Option<Likeliest>>>,
    text_offset: Option<Vec<u64>>,
}

#[derive(Deserialize)]
struct Token {
    id: Option<u32>,
    token: String,
    logprob: Option<f64>,
    top_logprobs: Option<Few<Likely>>,
}

#[derive(Deserialize)]
struct Likely {
    token: String,
    logprob: Option<f64>,
}

fn piece(choice: Choice) -> Result<Piece, String> {
    let mut piece = Piece { index: choice.index.unwrap_or(0), finish: choice.finish_reason, ..Piece::default() };
    piece.text = choice.text.unwrap_or_default();
    if let Some(said) = choice.delta.or(choice.message) {
        piece.text += &said.content.or(said.refusal).unwrap_or_default();
        piece.reasoning = said.reasoning_content.or(said.reasoning).unwrap_or_default();
    }
    piece.stop_string = choice.stop_reason.and_then(|reason| reason.as_str().map(str::to_owned));
    if let Some(logprobs) = choice.logprobs {
        piece.offsets = logprobs.text_offset.clone();
        piece.tokens = tokens(logprobs)?;
    }
    Ok(piece)
}

fn tokens(logprobs: Logprobs) -> Result<Option<Vec<HeardToken>>, String> {
    if let Some(content) = logprobs.content {
        return content.into_iter().map(chat_token).collect::<Result<_, _>>().map(Some);
    }
    let (Some(texts), Some(logarithms)) = (logprobs.tokens, logprobs.token_logprobs) else { return Ok(None) };
    let mut tops = logprobs.top_logprobs.unwrap_or_default().into_iter();
    if texts.len() != logarithms.len() {
        return Err(format!("it has {} tokens and {} log-probabilities", texts.len(), logarithms.len()));
    }
    let tokens = texts.into_iter().zip(logarithms).map(|(text, logarithm)| {
        let top = tops.next().flatten().unwrap_or_default();
        let likeliest = top.into_iter().map(|(token, logprob)| Likely { token, logprob });
        let log_probability = logarithm.map(checked).transpose()?;
        Ok(HeardToken { id: None, text, log_probability, likeliest: ordered(likeliest)? })
    });
    tokens.collect::<Result<_, String>>().map(Some)
}

fn chat_token(token: Token) -> Result<HeardToken, String> {
    let likeliest = ordered(token.top_logprobs.map(|top| top.0).unwrap_or_default().into_iter())?;
    // what JSON can't say is written as null
    let log_probability = Some(checked(token.logprob.unwrap_or(f64::NEG_INFINITY))?);
    Ok(HeardToken { id: token.id, text: token.token, log_probability, likeliest })
}

fn ordered(likely: impl Iterator<Item = Likely>) -> Result<Vec<(String, f64)>, String> {
    let pairs = likely.map(|one| Ok((one.token, checked(one.logprob.unwrap_or(f64::NEG_INFINITY))?)));
    let mut pairs: Vec<(String, f64)> = pairs.collect::<Result<_, String>>()?;
    pairs.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(pairs)
}

fn checked(logarithm: f64) -> Result<f64, String> {
    if logarithm.is_nan() || logarithm > ROUNDING {
        return Err(format!("{logarithm} is no logarithm of a probability"));
    }
    Ok(logarithm.min(0.0))
}

/// A list that ends with an error once it has more than [`MOST_CHOICES`]: a small text can say a large list.
struct Few<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FewVisitor(PhantomData))
    }
}

struct FewVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FewVisitor<T> {
    type Value = Few<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST_CHOICES}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut few = Vec::new();
        while let Some(element) = list.next_element()? {
            if few.len() == MOST_CHOICES {
                return Err(de::Error::invalid_length(MOST_CHOICES + 1, &self));
            }
            few.push(element);
        }
        Ok(Few(few))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn only(text: &str) -> Piece {
        let mut reply = read(text.as_bytes()).unwrap();
        assert_eq!(reply.pieces.len(), 1);
        reply.pieces.remove(0)
    }

    fn malformed(text: &str) -> String {
        match read(text.as_bytes()) {
            Err(Unusable::Malformed(why)) => why,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_form_of_text_is_read() {
        for text in [
            r#"{"choices":[{"index":0,"text":"Hi"}]}"#,
            r#"{"choices":[{"message":{"role":"assistant","content":"Hi"}}],"unknown":[1]}"#,
            r#"{"choices":[{"index":null,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}"#,
            r#"{"choices":[{"delta":{"content":null,"refusal":"Hi"}}],"error":null}"#,
        ] {
            assert_eq!(only(text), Piece { text: "Hi".to_owned(), ..Piece::default() }, "{text}");
        }
        let thought = only(
            r#"{"choices":[{"delta":{"reasoning_content":"Hm","content":""},"finish_reason":"stop","stop_reason":"\n"}]}"#,
        );
        assert_eq!((thought.reasoning.as_str(), thought.finish.as_deref()), ("Hm", Some("stop")));
        assert_eq!(thought.stop_string.as_deref(), Some("\n"));
        assert_eq!(only(r#"{"choices":[{"delta":{},"stop_reason":128001}]}"#), Piece::default());
        let usage = read(br#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4},"model":"m"}"#).unwrap();
        assert_eq!((usage.prompt_tokens, usage.answer_tokens, usage.model.as_deref()), (Some(3), Some(4), Some("m")));
    }

    #[test]
    fn both_forms_of_log_probabilities_are_read() {
        let chat = only(
            r#"{"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"id":7,"token":"a","bytes":[97],"logprob":-0.5,
            "top_logprobs":[{"token":"b","logprob":-2},{"token":"a","logprob":-0.5},{"token":"c","logprob":null}]}]}}]}"#,
        );
        let completion = only(
            r#"{"choices":[{"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[-0.5],"text_offset":[3],
            "top_logprobs":[{"b":-2,"a":-0.5,"c":null}]}}]}"#,
        );
        let token = |id| HeardToken {
            id,
            text: "a".to_owned(),
            log_probability: Some(-0.5),
            likeliest: vec![("a".to_owned(), -0.5), ("b".to_owned(), -2.0), ("c".to_owned(), f64::NEG_INFINITY)],
        };
        assert_eq!(chat.tokens, Some(vec![token(Some(7))]));
        assert_eq!(completion.tokens, Some(vec![token(None)]));
        assert_eq!(completion.offsets, Some(vec![3]));
        let first = only(
            r#"{"choices":[{"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[null],"top_logprobs":[null]}}]}"#,
        );
        assert_eq!(first.tokens.unwrap()[0].log_probability, None);
        let rounded = only(r#"{"choices":[{"text":"a","logprobs":{"content":[{"token":"a","logprob":1e-7}]}}]}"#);
        assert_eq!(rounded.tokens.unwrap()[0].log_probability, Some(0.0));
        assert_eq!(only(r#"{"choices":[{"text":"a","logprobs":{"content":null}}]}"#).tokens, None);
    }

    #[test]
    fn what_is_no_reply_is_malformed() {
        for text in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"choices":7}"#,
            r#"{"choices":[{"index":-1}]}"#,
            r#"{"choices":[{"text":["a"]}]}"#,
            r#"{"choices":[{"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[]}}]}"#,
            r#"{"choices":[{"text":"a","logprobs":{"content":[{"token":"a","logprob":3}]}}]}"#,
            r#"{"choices":[{"text":"a","logprobs":{"content":[{"token":"a","logprob":1e999}]}}]}"#,
            "{\"choices\":[{\"text\":\"\u{fffd}",
        ] {
            malformed(text);
        }
        assert!(read(b"{\"choices\":[{\"text\":\"\xff\xfe\"}]}").is_err(), "bytes that are no UTF-8");
        malformed(&format!("{}1{}", "[".repeat(5000), "]".repeat(5000)));
        let many = format!(r#"{{"choices":[{}{{}}]}}"#, "{},".repeat(MOST_CHOICES));
        assert!(malformed(&many).contains("at most 128"));
    }

    #[test]
    fn errors_are_found_wherever_they_stand() {
        let error = |text: &str| match read(text.as_bytes()) {
            Err(Unusable::Error(words)) => words,
            other => panic!("{other:?}"),
        };
        assert_eq!(error(r#"{"error":{"message":"out of memory","code":500}}"#), "out of memory");
        assert_eq!(error(r#"{"error":"no","choices":[]}"#), "no");
        for (body, words) in [
            (r#"{"error":{"message":"bad key"}}"#, "bad key"),
            (r#"{"detail":[{"msg":"field"}]}"#, r#"[{"msg":"field"}]"#),
            (r#"{"message":"bad"}"#, "bad"),
            (r#"{"other":1}"#, r#"{"other":1}"#),
            ("Bad Gateway", "Bad Gateway"),
        ] {
            assert_eq!(error_words(body.as_bytes()), words);
        }
        assert_eq!(error_words(b"a\xff"), "a\u{fffd}");
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            values in prop::collection::vec(prop::sample::select(VALUES), 9),
        ) {
            let _ = (read(&bytes), error_words(&bytes));
            let [a, b, c, d, e, f, g, h, i] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|at: usize| values[at]);
            let text = format!(
                r#"{{"choices":[{{"index":{a},"text":{b},"delta":{c},"finish_reason":{d},"logprobs":{{"content":{e},
                "tokens":{f},"token_logprobs":{g},"top_logprobs":{h}}}}}],"error":{i}}}"#
            );
            if let Ok(reply) = read(text.as_bytes()) {
                prop_assert_eq!(reply.pieces.len(), 1);
            }
        }
    }

    const VALUES: &[&str] = &[
        "null",
        "0",
        "-1",
        "1e300",
        "\"a\"",
        "[]",
        "[null]",
        "[\"a\"]",
        "[-1]",
        "{}",
        "[{}]",
        "[[]]",
        "{\"content\":\"a\"}",
        "[{\"token\":\"a\"}]",
        "[{\"token\":\"a\",\"logprob\":-1,\"top_logprobs\":[{\"token\":\"a\"}]}]",
        "[{\"a\":-1}]",
    ];
}

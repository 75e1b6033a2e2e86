//! Scores by echo: servers that can, that can't, and that tell them in the wrong place.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use guildhall::engine::endpoint::{Address, Endpoint, EndpointError, EndpointScored, EndpointSettings};
use guildhall::engine::net::Backoff;
use guildhall::engine::{Listener, Unheard};
use serde_json::{Value, json};

use super::peer::{Act, Peer, answer, document, events, spoken};

const PROMPT: &str = "The sky";
const ANSWER: &str = " is blue";

async fn score(peer: &Peer) -> Result<EndpointScored, EndpointError> {
    endpoint(peer).score(PROMPT, ANSWER, &mut Unheard).await
}

fn endpoint(peer: &Peer) -> Endpoint {
    let mut settings = EndpointSettings::new(Address::new(&peer.url).unwrap(), "m");
    settings.backoff = Backoff { tries: 2, first: Duration::from_millis(1), ..Backoff::default() };
    Endpoint::new(settings, None).unwrap()
}

/// An echo of tokens with their logarithms; the likeliest at each place is as likely, or as `top` says.
fn echo(text: &str, tokens: &[(&str, f64)], top: Option<f64>) -> String {
    let texts: Vec<&str> = tokens.iter().map(|(text, _)| *text).collect();
    let mut own: Vec<Value> = tokens.iter().map(|(_, logarithm)| json!(logarithm)).collect();
    let mut likeliest: Vec<Value> =
        tokens.iter().map(|(text, own)| json!({*text: own, "x": top.unwrap_or(-9.0)})).collect();
    (own[0], likeliest[0]) = (Value::Null, Value::Null);
    let logprobs = json!({"tokens": texts, "token_logprobs": own, "top_logprobs": likeliest, "text_offset": null});
    json!({"model": "m", "choices": [{"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "length"}]})
        .to_string()
}

const TOKENS: [(&str, f64); 5] = [("The", 0.0), (" sky", -3.0), (" is", -0.5), (" blue", -1.5), (".", -0.1)];

#[tokio::test]
async fn an_echo_is_scored() {
    let mut peer = Peer::new(vec![document(echo("The sky is blue.", &TOKENS, None))]).await;
    let scored = score(&peer).await.unwrap();
    assert_eq!(scored.tokens, [(None, " is".to_owned(), -0.5), (None, " blue".to_owned(), -1.5)]);
    assert_eq!((scored.prompt_tokens, scored.sum, scored.model.as_deref()), (2, -2.0, Some("m")));
    assert!((scored.perplexity.unwrap() - 1.0_f64.exp()).abs() < 1e-12);
    let requests = peer.requests();
    assert_eq!((requests.len(), requests[0].line.as_str()), (1, "POST /v1/completions HTTP/1.1"));
    let body = &requests[0].body;
    assert_eq!(
        (&body["prompt"], &body["echo"], &body["max_tokens"]),
        (&json!("The sky is blue"), &json!(true), &json!(1))
    );
    assert_eq!((&body["logprobs"], &body["stream"], &body["temperature"]), (&json!(1), &json!(false), &json!(0.0)));
}

#[tokio::test]
async fn where_nothing_follows_the_prompt_alone_proves_the_places() {
    let whole = echo("The sky is blue", &TOKENS[..4], None);
    let prompt = echo("The sky is", &TOKENS[..3], None);
    let mut peer = Peer::new(vec![document(&whole), document(prompt)]).await;
    assert_eq!(score(&peer).await.unwrap().sum, -2.0);
    let bodies: Vec<Value> = peer.requests().iter().map(|request| request.body["prompt"].clone()).collect();
    assert_eq!(bodies, [json!("The sky is blue"), json!("The sky")]);
    let peer = Peer::new(vec![document(whole), document(echo("The sky", &TOKENS[..2], None))]).await;
    let error = score(&peer).await.unwrap_err().to_string();
    assert!(error.contains("don't stand beside their tokens"), "{error}");
}

#[tokio::test]
async fn log_probabilities_of_the_place_after_count_for_nothing() {
    let peer = Peer::new(vec![document(echo("The sky is blue.", &TOKENS, Some(-0.01)))]).await;
    let error = score(&peer).await.unwrap_err();
    assert!(error.to_string().contains("don't stand beside their tokens"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_is_told() {
    let plain = json!({"choices": [{"text": " today.", "logprobs": null}]}).to_string();
    let alone = echo(" today", &[(" today", -1.0)], None);
    let no_tokens = json!({"choices": [{"text": "The sky is blue.", "logprobs": null}]}).to_string();
    let gap = echo("The sky is blue.", &TOKENS, None).replace("-1.5,", "null,");
    for (acts, why) in [
        (document(plain), "it sent none"),
        (document(no_tokens), "it sent none"),
        (document(alone), "didn't echo"),
        (document(gap), "leaves some out"),
        (document(echo("The sky is blue.", &[("a", 0.0), ("b", -1.0), (".", -1.0)], None)), "don't spell"),
        (answer("400 No", &[], r#"{"error":{"message":"Only no echo is supported"}}"#), "Only no echo"),
        (answer("422 No", &[], r#"{"detail":"logprobs: extra fields"}"#), "extra fields"),
        (answer("404 No", &[], r#"{"detail":"Not Found"}"#), "it answered 404 to /completions"),
        (answer("405 No", &[], ""), "405"),
    ] {
        let mut peer = Peer::new(vec![acts]).await;
        let error = score(&peer).await.unwrap_err();
        assert!(matches!(error, EndpointError::NoGivenLogProbabilities { .. }), "{error:?}");
        let words = error.to_string();
        assert!(words.contains("gives no log-probabilities of a given text") && words.contains(why), "{words}");
        assert_eq!(peer.requests().len(), 1);
    }
}

#[tokio::test]
async fn other_faults_keep_their_names() {
    for (acts, requests) in [
        (answer("404 No", &[], r#"{"error":"the model `m` does not exist"}"#), 1),
        (answer("400 No", &[], r#"{"error":"the prompt is too long"}"#), 1),
        (answer("500 No", &[], r#"{"error":"echo failed"}"#), 2),
    ] {
        let mut peer = Peer::new(vec![acts]).await;
        assert!(matches!(score(&peer).await, Err(EndpointError::Status { .. })));
        assert_eq!(peer.requests().len(), requests);
    }
    for acts in [document("{}"), document("{\"choices\":[]}"), events(spoken(&["a"]))] {
        let peer = Peer::new(vec![acts]).await;
        assert!(matches!(score(&peer).await, Err(EndpointError::Malformed { .. })));
    }
    let across = [("The", 0.0), (" sky is", -3.0), (" blue", -1.5), (".", -0.1)];
    let peer = Peer::new(vec![document(echo("The sky is blue.", &across, None))]).await;
    let error = score(&peer).await.unwrap_err();
    assert!(matches!(&error, EndpointError::Straddled(token) if token == "\" sky is\""), "{error:?}");
    for (prompt, answer) in [("", "a"), ("a", "")] {
        let scored = endpoint(&peer).score(prompt, answer, &mut Unheard).await;
        assert!(matches!(scored, Err(EndpointError::Request(_))));
    }
}

/// Gives up after a time.
struct Impatient(Instant);

impl Listener for Impatient {
    fn goes_on(&mut self) -> ControlFlow<()> {
        if Instant::now() > self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[tokio::test]
async fn a_score_may_be_given_up() {
    let mut peer = Peer::new(vec![vec![Act::Stall]]).await;
    let mut impatient = Impatient(Instant::now() + Duration::from_millis(150));
    let scored = endpoint(&peer).score(PROMPT, ANSWER, &mut impatient).await;
    assert!(matches!(scored, Err(EndpointError::Cancelled)));
    peer.hung_up(1).await;
}

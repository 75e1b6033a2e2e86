//! Why an endpoint could not answer, with what a person needs to go on.

use std::time::Duration;

use crate::engine::net::KeyError;
use crate::engine::text::TextError;

/// See the module's first line. A peer's words are shortened, made visible, and without the key.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The address isn't one.
    #[error("the endpoint's address can't be used: {0}")]
    Address(String),
    /// The key isn't there, or not fit to be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key would cross the network for everyone to read.
    #[error("{0} isn't encrypted, so anyone on the way could read the key; use https://, or allow it in the settings")]
    KeyInClear(String),
    /// Something else about the settings or the request.
    #[error("{0}")]
    Request(String),
    /// A sampling setting out of its range.
    #[error(transparent)]
    Setting(#[from] TextError),
    /// No connection.
    #[error("{address} can't be reached, tried {tries} times: {why}")]
    Connect {
        /// The endpoint.
        address: String,
        /// How often it was tried.
        tries: u32,
        /// What the system said.
        why: String,
    },
    /// No trusted encryption.
    #[error("{address} is not trusted: {why}")]
    Untrusted {
        /// The endpoint.
        address: String,
        /// What is wrong with its certificate or its TLS.
        why: String,
    },
    /// Nothing came in time.
    #[error("{address} took longer than {limit:?} for {what}; the --wait flags give it more time")]
    Late {
        /// The endpoint.
        address: String,
        /// For what.
        what: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },
    /// An answer of HTTP that is no success.
    #[error("{address} answered {status}{}: {words}", hint(*.status, *.tries, *.told))]
    Status {
        /// The endpoint.
        address: String,
        /// The status.
        status: u16,
        /// How often it was tried.
        tries: u32,
        /// How long it asked to wait.
        told: Option<Duration>,
        /// The peer's words.
        words: String,
    },
    /// The peer sends us elsewhere; a key doesn't follow.
    #[error("{address} sends us on to {to}, which is not followed; if you trust that, make it the endpoint's address")]
    Redirected {
        /// The endpoint.
        address: String,
        /// Where to, in its words.
        to: String,
    },
    /// The connection ended in the middle.
    #[error("{address} broke off: {why}")]
    BrokeOff {
        /// The endpoint.
        address: String,
        /// What came last.
        why: String,
    },
    /// More than was to be expected.
    #[error("{address} sent more than {limit} {what}; the rest was not read")]
    TooMuch {
        /// The endpoint.
        address: String,
        /// Of what: bytes, tokens.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Not what an OpenAI-compatible endpoint sends.
    #[error("{address} sent what can't be understood: {why}")]
    Malformed {
        /// The endpoint.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The peer reports an error in the middle of an answer.
    #[error("{address} reports an error: {words}")]
    Peer {
        /// The endpoint.
        address: String,
        /// The peer's words.
        words: String,
    },
    /// A text can't be scored there.
    #[error("{address} gives no log-probabilities of a given text: {why}; a model on this machine can score it")]
    NoGivenLogProbabilities {
        /// The endpoint.
        address: String,
        /// How that showed.
        why: String,
    },
    /// The end of the prompt and the beginning of the answer are one token.
    #[error(
        "the token {0} holds the end of the prompt and the beginning of the answer; end the prompt where a token ends"
    )]
    Straddled(String),
    /// Whoever asked for a score gave up.
    #[error("cancelled")]
    Cancelled,
}

impl EndpointError {
    /// Whether it is about what was asked, so that another try won't help.
    pub fn is_of_the_request(&self) -> bool {
        matches!(
            self,
            Self::Address(_)
                | Self::Key(_)
                | Self::KeyInClear(_)
                | Self::Request(_)
                | Self::Setting(_)
                | Self::NoGivenLogProbabilities { .. }
                | Self::Straddled(_)
        )
    }
}

/// What a status means for whoever asked.
fn hint(status: u16, tries: u32, told: Option<Duration>) -> String {
    let meaning = match status {
        401 => " (the key is missing or wrong)",
        403 => " (the key may not use this)",
        404 => " (no such model, or not an OpenAI-compatible address)",
        413 => " (the prompt is too long)",
        429 => " (too many requests, or the quota is used up)",
        _ => "",
    };
    let tries = if tries > 1 { format!(", tried {tries} times") } else { String::new() };
    let told = told.map(|told| format!(", asks to wait {} s", told.as_secs())).unwrap_or_default();
    format!("{meaning}{tries}{told}")
}

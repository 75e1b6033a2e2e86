//! Which endpoint, and how it is asked; what is asked of the model is in the engine's settings, the key is not here.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::engine::net::Backoff;

/// What a server understands besides what all do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// What every OpenAI-compatible server understands.
    #[default]
    Common,
    /// OpenAI's own: the number of tokens has another name, and at most four stop strings are sent.
    OpenAi,
    /// llama.cpp's server: also top-k, min-p and the repeat penalty; no cache of earlier prompts, whose use changes results.
    #[serde(rename = "llama.cpp")]
    LlamaCpp,
    /// vLLM: also top-k and min-p.
    Vllm,
}

/// How an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// In pieces, as it is made.
    #[default]
    Streamed,
    /// All at once at its end.
    Whole,
}

/// How several samples are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Several {
    /// A request each, with a seed each.
    #[default]
    Requests,
    /// One request for `n`; what a server that ignores it leaves out is asked for by a request each.
    Field,
}

/// Which log-probabilities are asked for. A server that gives none is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogProbabilities {
    /// None.
    #[default]
    None,
    /// Those of the answer's tokens; the likeliest one's at each place may come with them.
    Chosen,
    /// Also those of so many of the likeliest tokens at each place, 1 to 20.
    Likeliest(u8),
}

/// Whether a key may cross a network unencrypted. On this machine it always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyInClear {
    /// It may not.
    #[default]
    Refused,
    /// It may: the network is trusted.
    Allowed,
}

/// How long is waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// For a connection.
    pub connect: Duration,
    /// From a request to the first byte of a streamed answer.
    pub first_byte: Duration,
    /// Between the pieces of an answer.
    pub between: Duration,
    /// For everything, other tries included.
    pub whole: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(120),
            between: Duration::from_secs(60),
            whole: Duration::from_secs(1800),
        }
    }
}

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSettings {
    /// Where it is.
    pub address: Address,
    /// The model's name there.
    pub model: String,
    /// What it understands.
    pub dialect: Dialect,
    /// How an answer comes.
    pub delivery: Delivery,
    /// How several samples are asked for.
    pub several: Several,
    /// Which log-probabilities are asked for.
    pub log_probabilities: LogProbabilities,
    /// Most requests at a time.
    pub parallel: NonZeroUsize,
    /// Whether a key may cross a network unencrypted.
    pub key_in_clear: KeyInClear,
    /// Certificates, as PEM, of authorities that are trusted besides the system's.
    pub authorities: Option<String>,
    /// How long is waited.
    pub times: Times,
    /// How requests are tried again.
    pub backoff: Backoff,
    /// Most bytes that are read for a request; what was asked for may set a lower limit.
    pub most_bytes: usize,
    /// Most bytes of a piece of a streamed answer.
    pub most_piece: usize,
}

impl EndpointSettings {
    /// A model at an address; all else as usual.
    pub fn new(address: Address, model: &str) -> Self {
        Self {
            address,
            model: model.to_owned(),
            dialect: Dialect::default(),
            delivery: Delivery::default(),
            several: Several::default(),
            log_probabilities: LogProbabilities::default(),
            parallel: NonZeroUsize::MIN.saturating_add(3),
            key_in_clear: KeyInClear::default(),
            authorities: None,
            times: Times::default(),
            backoff: Backoff::default(),
            most_bytes: 64 << 20,
            most_piece: 1 << 20,
        }
    }
}

impl LogProbabilities {
    /// How many of the likeliest tokens; none if no log-probabilities are asked for.
    pub(super) fn likeliest(self) -> Option<u8> {
        match self {
            Self::None => None,
            Self::Chosen => Some(0),
            Self::Likeliest(count) => Some(count),
        }
    }
}

impl Dialect {
    /// As people say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::OpenAi => "openai",
            Self::LlamaCpp => "llama.cpp",
            Self::Vllm => "vllm",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Common, Self::OpenAi, Self::LlamaCpp, Self::Vllm].into_iter().find(|dialect| dialect.name() == name)
    }
}

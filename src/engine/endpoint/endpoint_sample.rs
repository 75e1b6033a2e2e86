//! What an endpoint gave: samples and scores in the form of the local engine's, as far as a server tells.

use std::time::Duration;

/// A token as a server names it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardToken {
    /// Its id, where it is told.
    pub id: Option<u32>,
    /// Its text; a part of a character may be in the server's own spelling.
    pub text: String,
    /// The natural logarithm of its probability; none for a text's first token, negative infinity for one that is ruled out.
    pub log_probability: Option<f64>,
    /// The likeliest tokens at its place with their logarithms, the likeliest first.
    pub likeliest: Vec<(String, f64)>,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointStopped {
    /// The model ended it.
    EndOfText,
    /// A stop string, by its place in the list.
    StopString(usize),
    /// One of the two: the server doesn't say which.
    EndOrStop,
    /// It has as many tokens as were asked for.
    Length,
    /// The server held something back.
    Filtered,
    /// Whoever asked for it did.
    Cancelled,
    /// The server doesn't say.
    Unsaid,
    /// For a reason of the server's own.
    Other(String),
}

impl EndpointStopped {
    /// As documents say it.
    pub fn name(&self) -> &str {
        match self {
            Self::EndOfText => "end",
            Self::StopString(_) => "stop",
            Self::EndOrStop => "end or stop",
            Self::Length => "length",
            Self::Filtered => "filtered",
            Self::Cancelled => "cancelled",
            Self::Unsaid => "unsaid",
            Self::Other(reason) => reason,
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointSample {
    /// Its text.
    pub text: String,
    /// What the model thought before, where a server gives it apart.
    pub reasoning: String,
    /// Its tokens, where a server tells log-probabilities. If a stop string ended it here, they may go on behind the text.
    pub tokens: Option<Vec<HeardToken>>,
    /// Why it ended.
    pub stopped: EndpointStopped,
    /// The seed that the server was given.
    pub seed: u32,
    /// The model as the server names it, which may say more than the name that was asked for.
    pub model: Option<String>,
    /// What the server says of its own state; where it changes, the same seed may give another answer.
    pub fingerprint: Option<String>,
}

impl EndpointSample {
    /// The ids of its tokens, where all are told.
    pub fn ids(&self) -> Option<Vec<u32>> {
        self.tokens.as_ref()?.iter().map(|token| token.id).collect()
    }

    /// All that a server put into words.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let said = [Some(&self.text), Some(&self.reasoning), self.model.as_ref(), self.fingerprint.as_ref()];
        let tokens = self.tokens.iter().flatten().flat_map(HeardToken::words);
        said.into_iter().flatten().map(String::as_str).chain([self.stopped.name()]).chain(tokens)
    }
}

impl HeardToken {
    fn words(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.text.as_str()).chain(self.likeliest.iter().map(|(text, _)| text.as_str()))
    }
}

/// What an answering came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The answers, in order.
    pub samples: Vec<EndpointSample>,
    /// Tokens of the prompt, where they are told.
    pub prompt_tokens: Option<u64>,
    /// Tokens of all answers, where they are told for all.
    pub answer_tokens: Option<u64>,
    /// From the beginning to the first text.
    pub first_text: Option<Duration>,
    /// From the beginning to the end.
    pub whole: Duration,
}

/// How likely a model finds an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointScored {
    /// How many tokens the prompt has.
    pub prompt_tokens: usize,
    /// Each of the answer's tokens: id where it is told, text, natural logarithm of its probability given all before it.
    pub tokens: Vec<(Option<u32>, String, f64)>,
    /// The logarithm of the whole answer's probability.
    pub sum: f64,
    /// The inverse of the tokens' geometric mean probability; none where one is ruled out.
    pub perplexity: Option<f64>,
    /// The model as the server names it.
    pub model: Option<String>,
    /// What the server says of its own state.
    pub fingerprint: Option<String>,
}

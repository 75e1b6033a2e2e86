//! What is asked of a model, and what it gave.

use std::ops::ControlFlow;

use super::text::{Sampling, Stopped};

/// How answers are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How many answers.
    pub samples: usize,
    /// The most tokens of each.
    pub max_tokens: usize,
    /// Texts at which an answer ends; they aren't part of it.
    pub stops: Vec<String>,
    /// How tokens are chosen.
    pub sampling: Sampling,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its text.
    pub text: String,
    /// Its tokens, with the one that ended it.
    pub tokens: Vec<u32>,
    /// Why it ended.
    pub stopped: Stopped,
}

/// How likely a model finds an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The prompt's tokens.
    pub prompt_tokens: Vec<u32>,
    /// Each of the answer's tokens: id, text, natural logarithm of its probability given all before it.
    pub tokens: Vec<(u32, String, f64)>,
    /// The logarithm of the whole answer's probability.
    pub sum: f64,
    /// The inverse of the tokens' geometric mean probability; none for no token, or where one is ruled out.
    pub perplexity: Option<f64>,
}

/// Told of each piece of text: of which sample, and what. A break cancels all samples within a token.
pub type OnText<'a> = &'a mut (dyn FnMut(usize, &str) -> ControlFlow<()> + Send);

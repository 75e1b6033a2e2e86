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

/// Hears how an answering goes, and may end it: a break cancels all samples within a token, or within a layer of the prompt.
pub trait Listener: Send {
    /// How far a prompt, or a text that is scored, is taken in.
    fn prompt(&mut self, _done: usize, _of: usize) {}
    /// The prompt is through; answers begin.
    fn began(&mut self) {}
    /// A sample, counted from 0, goes on with a text.
    fn text(&mut self, _sample: usize, _text: &str) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    /// Whether to go on, asked between texts.
    fn goes_on(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Nobody hears anything, and nothing is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unheard;

impl Listener for Unheard {}

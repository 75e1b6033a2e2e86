//! All answers of an answering as they grow, and who listens to them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::{Listener, Settings};

use super::endpoint_error::EndpointError;
use super::endpoint_sample::{Answered, EndpointStopped};
use super::growing::Growing;
use super::reply::Reply;
use crate::engine::net::visible;

/// Tokens that a server may tell beyond what it was asked for: marks at the end.
const SLACK: usize = 8;

/// See the module's first line. Requests share it behind a lock that none holds while it waits.
pub struct Hearing<'l> {
    listener: &'l mut dyn Listener,
    growing: Vec<Growing>,
    most_tokens: usize,
    address: String,
    started: Instant,
    first_text: Option<Duration>,
    began: bool,
    cancelled: bool,
    prompt_tokens: Option<u64>,
    requests: usize,
    /// By the request's first sample.
    answer_tokens: BTreeMap<usize, u64>,
}

/// The samples that a request is for: the first, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The first one's number.
    pub first: usize,
    /// How many.
    pub count: usize,
}

impl Part {
    /// The numbers of its samples.
    pub fn numbers(self) -> std::ops::Range<usize> {
        self.first..self.first.saturating_add(self.count)
    }
}

impl<'l> Hearing<'l> {
    /// Before anything is heard from an endpoint.
    pub fn new(settings: &Settings, address: String, listener: &'l mut dyn Listener) -> Result<Self, EndpointError> {
        let growing = (0..settings.samples).map(|_| Growing::new(&settings.stops)).collect::<Result<_, _>>()?;
        Ok(Self {
            listener,
            growing,
            most_tokens: settings.max_tokens.saturating_add(SLACK),
            address,
            started: Instant::now(),
            first_text: None,
            began: false,
            cancelled: false,
            prompt_tokens: None,
            requests: 0,
            answer_tokens: BTreeMap::new(),
        })
    }

    /// A request for these samples begins.
    pub fn asked(&mut self, part: Part, seed: u32) {
        self.requests += 1;
        for number in part.numbers() {
            if let Some(growing) = self.growing.get_mut(number) {
                growing.seed = seed;
            }
        }
    }

    /// Takes what a server said. A break says that the request isn't needed any more.
    ///
    /// Errors: answers that weren't asked for, more tokens than were.
    pub fn take(&mut self, part: Part, reply: Reply) -> Result<ControlFlow<()>, EndpointError> {
        self.prompt_tokens = self.prompt_tokens.max(reply.prompt_tokens);
        // some servers tell it with every piece, so the last one counts
        self.answer_tokens.extend(reply.answer_tokens.map(|tokens| (part.first, tokens)));
        let said = (reply.model.as_deref().map(visible), reply.fingerprint.as_deref().map(visible));
        for piece in reply.pieces {
            let number = part.numbers().nth(piece.index);
            let Some((number, growing)) = number.and_then(|at| Some((at, self.growing.get_mut(at)?))) else {
                let why = format!("an answer {} where {} were asked for", piece.index.saturating_add(1), part.count);
                return Err(EndpointError::Malformed { address: self.address.clone(), why });
            };
            growing.said = (said.0.clone().or(growing.said.0.take()), said.1.clone().or(growing.said.1.take()));
            let text = growing.push(piece);
            if growing.token_count() > self.most_tokens {
                let (address, limit) = (self.address.clone(), self.most_tokens - SLACK);
                return Err(EndpointError::TooMuch { address, what: "tokens of an answer", limit });
            }
            self.give(number, &text);
        }
        let is_unwanted = self.is_complete(part) && self.of(part).any(Growing::is_unwanted);
        Ok(if self.cancelled || is_unwanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// The server says that all is said: what has no reason to have ended gets none.
    pub fn close(&mut self, part: Part) {
        for number in part.numbers() {
            let Some(growing) = self.growing.get_mut(number).filter(|growing| growing.is_heard()) else { continue };
            let rest = growing.end(&|_| EndpointStopped::Unsaid);
            self.give(number, &rest);
        }
    }

    /// Whether every answer of this part has ended.
    pub fn is_complete(&self, part: Part) -> bool {
        self.of(part).all(Growing::is_over)
    }

    /// Whether something was heard of this part, and all of that has ended: a server that ignores `n` gives one answer.
    pub fn is_over(&self, part: Part) -> bool {
        !self.is_silent(part) && self.of(part).all(|growing| growing.is_over() || !growing.is_heard())
    }

    /// Whether nothing was heard of this part.
    pub fn is_silent(&self, part: Part) -> bool {
        !self.of(part).any(Growing::is_heard)
    }

    /// The samples of which nothing was heard.
    pub fn unheard(&self) -> Vec<usize> {
        let unheard = self.growing.iter().enumerate().filter(|(_, growing)| !growing.is_heard());
        unheard.map(|(number, _)| number).collect()
    }

    /// Asks whether to go on.
    pub fn goes_on(&mut self) -> bool {
        self.cancelled |= self.listener.goes_on().is_break();
        !self.cancelled
    }

    /// Whether somebody gave up.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// What it came to.
    pub fn answered(self) -> Answered {
        let all_told = self.answer_tokens.len() == self.requests;
        let answer_tokens =
            all_told.then(|| self.answer_tokens.values().fold(0_u64, |sum, one| sum.saturating_add(*one)));
        Answered {
            samples: self.growing.into_iter().map(Growing::sample).collect(),
            prompt_tokens: self.prompt_tokens,
            answer_tokens,
            first_text: self.first_text,
            whole: self.started.elapsed(),
        }
    }

    fn of(&self, part: Part) -> impl Iterator<Item = &Growing> {
        part.numbers().filter_map(|number| self.growing.get(number))
    }

    fn give(&mut self, sample: usize, text: &str) {
        if !std::mem::replace(&mut self.began, true) {
            self.listener.began();
        }
        if !text.is_empty() {
            self.first_text.get_or_insert_with(|| self.started.elapsed());
            self.cancelled |= self.listener.text(sample, text).is_break();
        }
    }
}

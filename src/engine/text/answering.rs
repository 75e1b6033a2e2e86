//! One answer as it grows: tokens in, text out, until something ends it; choosing the tokens is not here.

use super::pieces::Pieces;
use super::stop::StopWatch;
use super::text_error::TextError;
use super::tokenizer::Tokenizer;

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The model ended it.
    EndOfText,
    /// A stop string, by its place in the list.
    StopString(usize),
    /// It has as many tokens as were asked for.
    Length,
    /// Whoever asked for it did.
    Cancelled,
}

/// What a token brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Text to give out: often empty, when a character or a stop string may yet be completed.
    pub text: String,
    /// Why the answer ended, if it did.
    pub stopped: Option<Stopped>,
}

/// An answer as it grows.
///
/// After it ended, further tokens change nothing. The text given out never contains a stop string, nor the text of the
/// token that ended it.
#[derive(Debug, Clone)]
pub struct Answering<'t> {
    tokenizer: &'t Tokenizer,
    pieces: Pieces<'t>,
    watch: StopWatch,
    max_tokens: usize,
    tokens: Vec<u32>,
    text: String,
    stopped: Option<Stopped>,
}

impl<'t> Answering<'t> {
    /// An empty answer of at most `max_tokens`; none at all is an error.
    pub fn new(tokenizer: &'t Tokenizer, max_tokens: usize, stops: &[String]) -> Result<Self, TextError> {
        if max_tokens == 0 {
            return Err(TextError::Setting { name: "the number of tokens", range: "at least 1" });
        }
        Ok(Self {
            tokenizer,
            pieces: Pieces::new(tokenizer),
            watch: StopWatch::new(stops)?,
            max_tokens,
            tokens: Vec::new(),
            text: String::new(),
            stopped: None,
        })
    }

    /// Takes the next token.
    pub fn push(&mut self, token: u32) -> Result<Given, TextError> {
        if self.stopped.is_some() {
            return Ok(Given { text: String::new(), stopped: self.stopped });
        }
        if self.tokenizer.is_ending(token) {
            self.tokens.push(token);
            return Ok(self.end(Stopped::EndOfText));
        }
        let piece = self.pieces.push(token)?;
        self.tokens.push(token);
        let watched = self.watch.push(&piece);
        self.text.push_str(&watched.text);
        if let Some(stop) = watched.stop {
            self.stopped = Some(Stopped::StopString(stop));
        } else if self.tokens.len() >= self.max_tokens {
            let Given { text, stopped } = self.end(Stopped::Length);
            return Ok(Given { text: watched.text + &text, stopped });
        }
        Ok(Given { text: watched.text, stopped: self.stopped })
    }

    /// Ends the answer as it is.
    pub fn cancel(&mut self) -> Given {
        match self.stopped {
            Some(_) => Given { text: String::new(), stopped: self.stopped },
            None => self.end(Stopped::Cancelled),
        }
    }

    /// All tokens so far, with the one that ended the answer.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// All text given out so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why the answer ended, if it did.
    pub fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// Gives out what was held back. Bytes of an incomplete character may complete a stop string only as U+FFFD.
    fn end(&mut self, reason: Stopped) -> Given {
        let rest = self.pieces.finish();
        let watched = self.watch.push(&rest);
        self.stopped = Some(watched.stop.map_or(reason, Stopped::StopString));
        let mut text = watched.text;
        if watched.stop.is_none() {
            text.push_str(&self.watch.finish());
        }
        self.text.push_str(&text);
        Given { text, stopped: self.stopped }
    }
}

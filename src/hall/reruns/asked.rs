//! What is asked of a model on an item, and what is heard while it computes.

use crate::hall::error::HallError;

use super::transcript::{RerunSettings, millionths};

/// Most samples of a rerun, and most tokens of all of them: a transcript is signed, and somebody reads it.
const MOST: (u16, u32) = (64, 65_536);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To answer the item's prompt again.
    Samples(RerunSettings),
    /// How likely it finds an output, by the item's own number.
    Score(u32),
}

/// How answers are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// How many.
    pub samples: u16,
    /// The most tokens of each.
    pub max_tokens: u32,
    /// Where chance begins.
    pub seed: u64,
    /// 0 takes the likeliest token.
    pub temperature: f64,
    /// So many of the likeliest tokens; 0 is all.
    pub top_k: u32,
    /// The likeliest tokens that together reach this.
    pub top_p: f64,
    /// Tokens with at least this share of the likeliest one's probability.
    pub min_p: f64,
    /// Makes repeated tokens less likely; 1 changes nothing.
    pub repeat_penalty: f64,
    /// Texts at which an answer ends.
    pub stops: Vec<String>,
}

impl Default for Sampled {
    fn default() -> Self {
        Self {
            samples: 8,
            max_tokens: 200,
            seed: 1,
            temperature: 0.8,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repeat_penalty: 1.0,
            stops: Vec::new(),
        }
    }
}

impl Sampled {
    /// With the day that templates are told.
    ///
    /// Errors: numbers out of range, or more than one transcript holds.
    pub fn on(&self, today: &str) -> Result<Asked, HallError> {
        let (samples, tokens) = MOST;
        let all = u32::from(self.samples).saturating_mul(self.max_tokens);
        if !(1..=samples).contains(&self.samples) || self.max_tokens == 0 || all > tokens {
            let why = format!("1 to {samples} samples of at least a token, at most {tokens} tokens in all");
            return Err(HallError::Usage(why));
        }
        // what a ledger's JSON can hold
        if self.seed > 1 << 53 {
            return Err(HallError::Usage("a seed is at most 2^53".to_owned()));
        }
        let settings = RerunSettings {
            max_tokens: self.max_tokens,
            min_p: millionths("min-p", self.min_p)?,
            repeat_penalty: millionths("repeat-penalty", self.repeat_penalty)?,
            samples: self.samples,
            seed: self.seed,
            stops: self.stops.clone(),
            temperature: millionths("temperature", self.temperature)?,
            today: today.to_owned(),
            top_k: self.top_k,
            top_p: millionths("top-p", self.top_p)?,
        };
        settings.for_engine().sampling.check().map_err(|error| HallError::Usage(error.to_string()))?;
        Ok(Asked::Samples(settings))
    }
}

/// What is heard while a model computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Others' jobs are before this one.
    Waiting(usize),
    /// The model is being loaded.
    Loading,
    /// It reads the prompt.
    Reading,
    /// A sample, counted from 0, goes on with a text.
    Text(usize, String),
    /// A sample has ended before the last of them; not told of a model elsewhere.
    Ended(usize),
}

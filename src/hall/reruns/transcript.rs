//! What a model said, in the form that is committed to: whole numbers only, and all that is needed to play it again.

use serde::{Deserialize, Serialize};

use crate::domain::Digest;
use crate::engine::endpoint::Dialect;
use crate::engine::text::Sampling;
use crate::engine::{Registered, Sample, Scored, Settings, made_by, stopped};
use crate::hall::error::HallError;

/// Millionths of 1.
const UNIT: f64 = 1e6;

/// Which model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelNamed {
    /// What this hall calls it.
    pub name: String,
    /// The hash of its files.
    pub digest: Digest,
    /// `llama`, `qwen3`.
    pub family: String,
    /// How most of its weights are stored.
    pub quantization: String,
    /// Where it was asked, if it isn't of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointNamed>,
    /// The version and the processor's instructions that computed it, if it is of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
}

/// A model elsewhere, and what its server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointNamed {
    /// The base address.
    pub address: String,
    /// How it was asked.
    pub dialect: Dialect,
    /// The state the server says it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The name that was asked for.
    pub model: String,
    /// The model's name in the server's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<String>,
}

/// How answers were made; amounts in millionths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RerunSettings {
    /// The most tokens of a sample.
    pub max_tokens: u32,
    /// Only tokens with this share of the likeliest one's probability.
    pub min_p: u32,
    /// Makes repeated tokens less likely; 1,000,000 changes nothing.
    pub repeat_penalty: u32,
    /// How many.
    pub samples: u16,
    /// Where chance began.
    pub seed: u64,
    /// Texts at which an answer ends.
    pub stops: Vec<String>,
    /// 0 is the likeliest token.
    pub temperature: u32,
    /// The day that was told to templates which state it.
    pub today: String,
    /// So many of the likeliest tokens; 0 is all.
    pub top_k: u32,
    /// The likeliest tokens that together reach this.
    pub top_p: u32,
}

/// A sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranscriptSample {
    /// What the model thought before, where an endpoint gives it apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Why it ended: `end`, `stop`, `length`, `cancelled`; of an endpoint also its own words.
    pub stopped: String,
    /// Its text.
    pub text: String,
    /// Its tokens; none where an endpoint doesn't tell them.
    pub tokens: Vec<u32>,
}

/// A token of a scored output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoredToken {
    /// Its id.
    pub id: u32,
    /// How surprising it was: minus the natural logarithm of its probability, in millionths; none if it was ruled out.
    pub surprisal: Option<u64>,
    /// Its text.
    pub text: String,
}

/// How likely a model finds an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoredTranscript {
    /// Which model.
    pub model: ModelNamed,
    /// Which output, by the item's own number.
    pub output: u32,
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// The day that was told to templates which state it.
    pub today: String,
    /// The output's tokens.
    pub tokens: Vec<ScoredToken>,
}

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transcript {
    /// Answers to the item's prompt.
    Samples {
        /// Which model.
        model: ModelNamed,
        /// Tokens of the prompt, where they are told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prompt_tokens: Option<u32>,
        /// What they said.
        samples: Vec<TranscriptSample>,
        /// How they were made.
        settings: RerunSettings,
    },
    /// An output of the item, scored.
    Score(ScoredTranscript),
}

impl Transcript {
    /// Which model.
    pub fn model(&self) -> &ModelNamed {
        match self {
            Self::Samples { model, .. } => model,
            Self::Score(score) => &score.model,
        }
    }
}

impl ModelNamed {
    /// As a hall has it.
    pub(super) fn of(model: &Registered) -> Result<Self, HallError> {
        let digest = model.digest.strip_prefix("sha256:").unwrap_or(&model.digest);
        Ok(Self {
            name: model.name.clone(),
            digest: digest.parse().map_err(|error| HallError::Usage(format!("{}: {error}", model.name)))?,
            family: model.family.clone(),
            quantization: model.quantization.clone(),
            endpoint: None,
            made_by: Some(made_by()),
        })
    }
}

impl RerunSettings {
    /// For the engine.
    pub(super) fn for_engine(&self) -> Settings {
        let part = |millionths: u32| f64::from(millionths) / UNIT;
        let sampling = Sampling {
            temperature: part(self.temperature),
            top_k: usize::try_from(self.top_k).unwrap_or(usize::MAX),
            top_p: part(self.top_p),
            min_p: part(self.min_p),
            repeat_penalty: part(self.repeat_penalty),
            seed: self.seed,
            ..Sampling::default()
        };
        let max_tokens = usize::try_from(self.max_tokens).unwrap_or(usize::MAX);
        Settings { samples: usize::from(self.samples), max_tokens, stops: self.stops.clone(), sampling }
    }
}

/// A positive number in millionths.
///
/// Errors: below 0 or above 4,000.
pub(super) fn millionths(name: &str, value: f64) -> Result<u32, HallError> {
    let scaled = (value * UNIT).round();
    if !(0.0..=4e9).contains(&scaled) {
        return Err(HallError::Usage(format!("{name} {value} is out of range")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, and whole")]
    Ok(scaled as u32)
}

pub(super) fn samples(all: Vec<Sample>) -> Vec<TranscriptSample> {
    let sample = |one: Sample| TranscriptSample {
        reasoning: String::new(),
        stopped: stopped(one.stopped).to_owned(),
        text: one.text,
        tokens: one.tokens,
    };
    all.into_iter().map(sample).collect()
}

pub(super) fn tokens(scored: &Scored) -> Vec<ScoredToken> {
    let surprisal = |logarithm: f64| {
        let scaled = (-logarithm * UNIT).round().max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, finite, and small")]
        scaled.is_finite().then_some(scaled as u64)
    };
    let token = |(id, text, logarithm): &(u32, String, f64)| ScoredToken {
        id: *id,
        surprisal: surprisal(*logarithm),
        text: text.clone(),
    };
    scored.tokens.iter().map(token).collect()
}

//! Why text could not become tokens, tokens text, or logits a next token; model files and their tensors are not here.

use thiserror::Error;

/// What went wrong between text and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// The model file lacks a key, or holds it in another form than the one that is needed.
    #[error("the model's metadata has no usable `{0}`")]
    Missing(String),
    /// A tokenizer of a kind that is not implemented; guessing would give wrong tokens silently.
    #[error("the tokenizer model `{0}` is not supported (known: gpt2, llama)")]
    UnknownModel(String),
    /// A pre-tokenizer that is not implemented; guessing would give wrong tokens silently.
    #[error("the pre-tokenizer `{0}` is not supported")]
    UnknownPreTokenizer(String),
    /// ModelFacts, or a `tokenizer.json`, that contradicts itself or cannot be read.
    #[error("the tokenizer cannot be used: {0}")]
    BadTokenizer(String),
    /// Text that the tokenizer could not encode.
    #[error("the text cannot be turned into tokens: {0}")]
    Encode(String),
    /// A token that the vocabulary does not have.
    #[error("token {token} is not in the vocabulary of {size}")]
    UnknownToken {
        /// The token's id.
        token: u32,
        /// How many tokens there are.
        size: usize,
    },
    /// A model without a chat template was asked for a chat.
    #[error("the model has no chat template; give one, or ask for the plain form")]
    NoTemplate,
    /// A chat template that cannot be read.
    #[error("the chat template cannot be read: {0}")]
    BadTemplate(String),
    /// A chat template that refuses these messages in its own words.
    #[error("the chat template refuses these messages: {0}")]
    Refused(String),
    /// A chat template that failed while rendering.
    #[error("the chat template failed: {0}")]
    Template(String),
    /// A chat template that ran too long or wrote too much.
    #[error("the chat template does not end within its limit of {0}")]
    TemplateLimit(&'static str),
    /// A setting outside its range.
    #[error("{name} must be {range}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// Logits from which no token can be drawn.
    #[error("the logit of token {token} is {value}: the model's output cannot be used")]
    BadLogit {
        /// The token's id.
        token: usize,
        /// `NaN` or `infinite`.
        value: &'static str,
    },
    /// A row of logits that gives no token a chance, or has no token at all.
    #[error("the model's output rules out every token")]
    NoCandidate,
    /// Rows of logits and tokens that don't pair up.
    #[error("{tokens} tokens cannot be scored with {rows} rows of logits")]
    Rows {
        /// How many tokens.
        tokens: usize,
        /// How many rows.
        rows: usize,
    },
}

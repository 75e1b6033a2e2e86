//! Why a model cannot be read, loaded or run.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// A failure of a model file or of a request to a model; each says what a person needs to find the cause.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not what the format asks for.
    #[error("{format} is malformed: {reason}")]
    Malformed {
        /// Which format: GGUF, safetensors, `config.json` …
        format: &'static str,
        /// What is wrong, and where.
        reason: String,
    },
    /// Well formed, and beyond what the decoder computes.
    #[error("{what} {name:?} is not supported")]
    Unsupported {
        /// What kind of thing: architecture, rope type, activation, tensor type …
        what: &'static str,
        /// Its name in the file.
        name: String,
    },
    /// A setting that the decoder needs is absent or has the wrong type.
    #[error("setting {0:?} is missing or has the wrong type")]
    Setting(String),
    /// Settings that contradict each other.
    #[error("settings do not fit: {0}")]
    Inconsistent(String),
    /// A tensor of the architecture is absent.
    #[error("tensor {0:?} is missing")]
    MissingTensor(String),
    /// A tensor that the architecture has no place for: leaving it out would change what the model says.
    #[error("tensor {0:?} is not part of this architecture")]
    UnexpectedTensor(String),
    /// A tensor of another shape than the settings ask for.
    #[error("tensor {name:?} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Its name in the file.
        name: String,
        /// Its shape, outermost dimension first.
        found: Vec<usize>,
        /// What the settings ask for.
        expected: Vec<usize>,
    },
    /// The model and its cache need more memory than may be used.
    #[error("the model needs {needed} bytes ({weights} for weights, {cache} for the cache), {available} are available")]
    Memory {
        /// All together.
        needed: u64,
        /// Weights as they are kept.
        weights: u64,
        /// The cache at the asked context and samples.
        cache: u64,
        /// The limit that was given.
        available: u64,
    },
    /// A token id outside the vocabulary.
    #[error("token {token} is outside the vocabulary of {vocabulary}")]
    Token {
        /// The id.
        token: u32,
        /// How many ids there are.
        vocabulary: usize,
    },
    /// A sequence of another model, or positions past what the model was made for.
    #[error("the request does not fit the model: {0}")]
    Request(String),
    /// The caller's progress function asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The worker threads could not be started.
    #[error("worker threads cannot be started: {0}")]
    Threads(String),
}

impl ModelError {
    /// Adds the path to a failure of the file system.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Names something that the decoder does not compute.
    pub fn unsupported(what: &'static str, name: impl Into<String>) -> Self {
        Self::Unsupported { what, name: name.into() }
    }

    /// Says what is wrong with a file's bytes.
    pub fn malformed(format: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed { format, reason: reason.into() }
    }
}

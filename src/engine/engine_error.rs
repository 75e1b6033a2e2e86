//! Why a model could not answer.

use std::path::PathBuf;

use super::download::DownloadError;
use super::endpoint::EndpointError;
use super::model::ModelError;
use super::text::TextError;

/// See the module's first line.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The model's files.
    #[error("{path}: {error}")]
    Model {
        /// Which model.
        path: PathBuf,
        /// What is wrong with it.
        error: ModelError,
    },
    /// Its tokenizer or template, or the text that was given.
    #[error("{path}: {error}")]
    Text {
        /// Which model.
        path: PathBuf,
        /// What is wrong.
        error: TextError,
    },
    /// A file beside the weights.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The request.
    #[error("{0}")]
    Request(String),
    /// A model that is asked elsewhere.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A model that is fetched.
    #[error(transparent)]
    Download(#[from] DownloadError),
}

//! What a use case can come to instead of done.

use crate::domain::{IdError, Refusal};
use crate::ledger::{EntryError, SignatureError};
use crate::store::StoreError;

use super::ports::SigningError;

/// Why a use case didn't do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum HallError {
    /// A rule said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The request itself is wrong; the text says how to mend it.
    #[error("{0}")]
    Usage(String),
    /// The answer is no, or the data is wrong.
    #[error("{0}")]
    Failed(String),
    /// No signature.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store.
    #[error(transparent)]
    Store(StoreError),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
}

impl From<StoreError> for HallError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            error => Self::Store(error),
        }
    }
}

impl From<Refusal> for HallError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<EntryError> for HallError {
    fn from(error: EntryError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<SignatureError> for HallError {
    fn from(error: SignatureError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<IdError> for HallError {
    fn from(error: IdError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<crate::domain::CanonicalError> for HallError {
    fn from(error: crate::domain::CanonicalError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A file error with its path.
pub(super) fn file_error(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> HallError {
    let path = path.display().to_string();
    move |error| HallError::File { path, error }
}

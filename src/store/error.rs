//! What can go wrong in a store, with what a person needs to act on it.

use crate::domain::Refusal;

/// Why a store didn't do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule said no while appending.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The author appended something else meanwhile, or the item changed; decide and sign again.
    #[error("the ledger moved on while this was being signed")]
    Moved,
    /// SQLite.
    #[error("database {file}: {error}")]
    Sqlite {
        /// Which file.
        file: String,
        /// What it said.
        error: rusqlite::Error,
    },
    /// Rows that can't be read back.
    #[error("{place}: {reason}")]
    Corrupt {
        /// Table and key.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The stored tree isn't the one that was last signed.
    #[error("refusing to sign: {0}")]
    Head(String),
    /// Signing or building entries failed.
    #[error("{0}")]
    Entry(String),
    /// A file of the hall.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The hall was made by another version of the program.
    #[error("{file} has schema {found}, this program knows {known}")]
    Schema {
        /// Which file.
        file: String,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The engine has stopped.
    #[error("the store has stopped")]
    Stopped,
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

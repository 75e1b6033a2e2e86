//! Why a model can't be fetched, with what a person needs to go on.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::engine::model::ModelError;
use crate::engine::net::{KeyError, is_passing};

/// See the module's first line. A server's words are shortened, made visible, and without the token.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// What was asked for can't be.
    #[error("{0}")]
    Request(String),
    /// The hub's token isn't fit to be used.
    #[error(transparent)]
    Token(#[from] KeyError),
    /// No connection.
    #[error("{address} can't be reached, tried {tries} times: {why}")]
    Connect {
        /// Where.
        address: String,
        /// How often it was tried.
        tries: u32,
        /// What the system said.
        why: String,
    },
    /// No trusted encryption.
    #[error("{address} is not trusted: {why}")]
    Untrusted {
        /// Where.
        address: String,
        /// What is wrong with its certificate or its TLS.
        why: String,
    },
    /// An answer of HTTP that is no success.
    #[error("{address} answered {status}{}{}{}", hint(*.status), often(*.tries), behind(.words))]
    Status {
        /// Where.
        address: String,
        /// The status.
        status: u16,
        /// How often it was tried.
        tries: u32,
        /// How long it asked to wait.
        told: Option<Duration>,
        /// The server's words.
        words: String,
    },
    /// It ended in the middle, again and again.
    #[error("{address} broke off after {bytes} bytes, tried {tries} times: {why}; the same command goes on from there")]
    BrokeOff {
        /// Where.
        address: String,
        /// What is here of the file.
        bytes: u64,
        /// How often it was tried without getting on.
        tries: u32,
        /// What came last.
        why: String,
    },
    /// Not what a server may send.
    #[error("{address} sent what can't be used: {why}")]
    Malformed {
        /// Where.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Too little room.
    #[error(
        "{path}: {need} MB are needed and {free} MB are free; make room, and the same command goes on",
        path = .path.display(), need = .need.div_ceil(1 << 20), free = .free >> 20
    )]
    Space {
        /// Where it was to be kept.
        path: PathBuf,
        /// Bytes that are missing of the file.
        need: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// What came isn't what was promised.
    #[error("{name}: sha256 {found}, but {expected} was promised; what came is thrown away")]
    Digest {
        /// The file.
        name: String,
        /// The hash that was promised.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// It can't be run, as its first bytes say.
    #[error("{name}: {error}")]
    Model {
        /// The file.
        name: String,
        /// What isn't supported, or what is wrong with it.
        error: ModelError,
    },
    /// Another is at it.
    #[error("{0} is being fetched already, by another command or session")]
    Busy(String),
    /// A file here.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl DownloadError {
    /// Whether it is about what was asked, so that another try won't help.
    pub fn is_of_the_request(&self) -> bool {
        matches!(self, Self::Request(_) | Self::Token(_) | Self::Busy(_) | Self::Model { .. })
    }

    /// Whether it may be otherwise the next time.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::BrokeOff { .. } => true,
            Self::Status { status, .. } => is_passing(*status),
            _ => false,
        }
    }

    /// How long a server asked to wait.
    pub(super) fn told(&self) -> Option<Duration> {
        if let Self::Status { told, .. } = self { *told } else { None }
    }

    /// The last error of so many tries.
    pub(super) fn after(mut self, count: u32) -> Self {
        if let Self::Connect { tries, .. } | Self::BrokeOff { tries, .. } | Self::Status { tries, .. } = &mut self {
            *tries = count;
        }
        self
    }
}

/// A file's trouble.
pub(super) fn at(path: &Path, error: io::Error) -> DownloadError {
    DownloadError::File { path: path.to_owned(), error }
}

/// What a status means for whoever asked.
fn hint(status: u16) -> &'static str {
    match status {
        401 => " (it wants a token, or knows no such repository; set HF_TOKEN)",
        403 => " (this token may not; for a gated model its terms are accepted on its page first)",
        404 => " (there is no such file)",
        429 => " (too many requests)",
        _ => "",
    }
}

fn often(tries: u32) -> String {
    if tries > 1 { format!(", tried {tries} times") } else { String::new() }
}

fn behind(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

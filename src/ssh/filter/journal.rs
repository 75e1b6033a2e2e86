//! What was signed, on the member's own machine: one line each, chained by hash, on the disk before the key is used. From
//! it come the hall a key is pinned to and the highest head seen.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Timestamp, canonical};
use crate::ledger::Seen;

/// One act that was signed, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Hash of its core.
    pub core: Digest,
    /// The hall.
    pub hall: String,
    /// Fingerprint of the host that asked, if its client said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Digest of the line before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
    /// The head it was signed over.
    pub seen: Seen,
    /// What it says.
    pub words: String,
}

/// Why the journal can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file.
    #[error("{file}: {error}")]
    File {
        /// Which.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A line that isn't as it was written.
    #[error("{file}:{line}: {reason}; move the file away to begin a new one")]
    Line {
        /// Which.
        file: String,
        /// From 1.
        line: usize,
        /// Why.
        reason: String,
    },
}

/// See the module's first line.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    last: Option<Digest>,
    /// The hall that was signed for first, if any.
    pub hall: Option<String>,
    /// The highest head signed over, by hall.
    pub heads: BTreeMap<String, Seen>,
    /// How many lines.
    pub count: usize,
    /// Half a line is at its end and can't be taken back.
    broken: bool,
}

impl Journal {
    /// Opens the journal of a key, or begins it; a last line that was torn by a crash is cut off, since nothing was signed.
    ///
    /// Errors: a file that can't be written, or whose chain is broken.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |error| JournalError::File { file: path.display().to_string(), error };
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode_private().create(folder).map_err(failed)?;
        }
        let mut open = OpenOptions::new();
        let file = open.read(true).write(true).create(true).truncate(false).mode(0o600).open(path).map_err(failed)?;
        file.try_lock().map_err(|_| failed(io::Error::other("another agent of this key runs")))?;
        let (lines, length) = read(path)?;
        let whole = file.metadata().map_err(failed)?.len();
        if length == 0 && whole > 0 && !std::fs::read(path).map_err(failed)?.starts_with(b"{\"at\":") {
            return Err(failed(io::Error::other("this is no journal of a guildhall agent")));
        }
        file.set_len(length).map_err(failed)?;
        let mut journal = Self {
            path: path.to_path_buf(),
            file,
            last: None,
            hall: None,
            heads: BTreeMap::new(),
            count: 0,
            broken: false,
        };
        for line in &lines {
            journal.took(line);
        }
        Ok(journal)
    }

    /// Whether an agent that runs writes this journal.
    pub fn is_held(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    fn took(&mut self, line: &Line) {
        self.last = canonical(line).ok().map(|bytes| Digest::of(&bytes));
        self.hall.get_or_insert_with(|| line.hall.clone());
        if self.heads.get(&line.hall).is_none_or(|head| head.size < line.seen.size) {
            self.heads.insert(line.hall.clone(), line.seen.clone());
        }
        self.count += 1;
    }

    /// Writes lines down, durably.
    pub fn note(&mut self, lines: Vec<Line>) -> Result<(), JournalError> {
        let failed = |error| JournalError::File { file: self.path.display().to_string(), error };
        if self.broken {
            return Err(failed(io::Error::other("an earlier line was cut short; start the agent again")));
        }
        let mut bytes = Vec::new();
        let mut chained = Vec::new();
        let mut prev = self.last.clone();
        for line in lines {
            let line = Line { prev, ..line };
            let written = canonical(&line).map_err(|error| failed(io::Error::other(error)))?;
            prev = Some(Digest::of(&written));
            bytes.extend(written);
            bytes.push(b'\n');
            chained.push(line);
        }
        let length = self.file.seek(io::SeekFrom::End(0)).map_err(failed)?;
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // half a line would break the chain
            self.broken = self.file.set_len(length).is_err();
            return Err(failed(error));
        }
        for line in &chained {
            self.took(line);
        }
        Ok(())
    }
}

/// The lines of a journal, oldest first, and how many bytes of it are whole lines.
///
/// Errors: a line that isn't as it was written, or doesn't follow the one before.
pub fn read(path: &Path) -> Result<(Vec<Line>, u64), JournalError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| JournalError::File { file: name.clone(), error })?;
    let mut reader = BufReader::new(file);
    let (mut lines, mut length, mut prev) = (Vec::new(), 0, None);
    loop {
        let mut bytes = Vec::new();
        let read =
            reader.read_until(b'\n', &mut bytes).map_err(|error| JournalError::File { file: name.clone(), error })?;
        if read == 0 || bytes.pop() != Some(b'\n') {
            return Ok((lines, length));
        }
        let wrong =
            |reason: &str| JournalError::Line { file: name.clone(), line: lines.len() + 1, reason: reason.to_owned() };
        let line: Line = serde_json::from_slice(&bytes).map_err(|error| wrong(&error.to_string()))?;
        if canonical(&line).ok().as_deref() != Some(&bytes) {
            return Err(wrong("it was changed after it was written"));
        }
        if line.prev != prev {
            return Err(wrong("it doesn't follow the line before; one was changed or taken out"));
        }
        prev = Some(Digest::of(&bytes));
        length += u64::try_from(read).unwrap_or(0);
        lines.push(line);
    }
}

/// Folders that only their owner enters.
trait Private {
    fn mode_private(&mut self) -> &mut Self;
}

impl Private for std::fs::DirBuilder {
    fn mode_private(&mut self) -> &mut Self {
        use std::os::unix::fs::DirBuilderExt as _;
        self.mode(0o700)
    }
}

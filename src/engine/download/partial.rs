//! What is here of a model that is still being fetched or copied: kept for the next try, and no model of the hall yet.
//!
//! `source` names it. `coming/NAME` grows, with the mark of its version in `coming/NAME.mark`; whole it becomes
//! `whole/files/NAME`. A lock keeps two from writing the same.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::download_error::{DownloadError, at};

/// What is left of a model that never became whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfinished {
    /// Where it comes from, as it was asked for.
    pub source: String,
    /// Bytes that are here.
    pub bytes: u64,
}

/// The file that names the source.
const SOURCE: &str = "source";

/// See the module's first line.
#[derive(Debug)]
pub struct Partial {
    dir: PathBuf,
    _lock: File,
}

impl Partial {
    /// Takes the directory for oneself; `shown` is what is fetched.
    ///
    /// Errors: another has it.
    pub fn open(dir: &Path, shown: &str) -> Result<Self, DownloadError> {
        fs::create_dir_all(dir).map_err(|error| at(dir, error))?;
        let path = dir.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| at(&path, error))?;
        match lock.try_lock() {
            Ok(()) => {
                let path = dir.join(SOURCE);
                fs::write(&path, shown).map_err(|error| at(&path, error))?;
                Ok(Self { dir: dir.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(DownloadError::Busy(shown.to_owned())),
            Err(TryLockError::Error(error)) => Err(at(&path, error)),
        }
    }

    /// Keeps what is here if it is of this version, named by a hash; else begins anew.
    pub fn of_version(&self, version: &str) -> Result<(), DownloadError> {
        let path = self.dir.join("version");
        if read(&path)?.as_deref() != Some(version) {
            self.clear()?;
            fs::write(&path, version).map_err(|error| at(&path, error))?;
        }
        for dir in [self.dir.join("coming"), self.dir.join("whole/files")] {
            fs::create_dir_all(&dir).map_err(|error| at(&dir, error))?;
        }
        Ok(())
    }

    /// Throws away what is here.
    pub fn clear(&self) -> Result<(), DownloadError> {
        for name in ["coming", "whole"] {
            let path = self.dir.join(name);
            match fs::remove_dir_all(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&path, error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Nothing is left to fetch.
    pub fn remove(&self) -> Result<(), DownloadError> {
        // first what is large, so that whoever is interrupted leaves it under its name
        self.clear()?;
        fs::remove_dir_all(&self.dir).map_err(|error| at(&self.dir, error))
    }

    /// Where the model is put together.
    pub fn whole(&self) -> PathBuf {
        self.dir.join("whole")
    }

    /// Whether a file is whole, and how large it is.
    pub fn finished(&self, name: &str) -> Option<u64> {
        fs::metadata(self.whole().join("files").join(name)).ok().map(|known| known.len())
    }

    /// Where a file grows.
    pub fn coming(&self, name: &str) -> PathBuf {
        self.dir.join("coming").join(name)
    }

    /// How much of a file is here, whole or not.
    pub fn here(&self, name: &str) -> u64 {
        self.finished(name).unwrap_or_else(|| self.bytes(name))
    }

    /// How much of it has come so far.
    pub fn bytes(&self, name: &str) -> u64 {
        fs::metadata(self.coming(name)).map_or(0, |known| known.len())
    }

    /// What marked the version that the file is growing from.
    pub fn mark(&self, name: &str) -> Result<Option<String>, DownloadError> {
        read(&self.mark_path(name))
    }

    /// Begins a file anew.
    pub fn begin(&self, name: &str, mark: Option<&str>) -> Result<(), DownloadError> {
        let (path, mark_path) = (self.coming(name), self.mark_path(name));
        // first the bytes go: a mark over older bytes would be a lie
        File::create(&path).map_err(|error| at(&path, error))?;
        match mark {
            Some(mark) => fs::write(&mark_path, mark),
            None => match fs::remove_file(&mark_path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
        .map_err(|error| at(&mark_path, error))
    }

    /// A file is whole.
    pub fn finish(&self, name: &str) -> Result<(), DownloadError> {
        let (from, to) = (self.coming(name), self.whole().join("files").join(name));
        File::open(&from).and_then(|file| file.sync_all()).map_err(|error| at(&from, error))?;
        fs::rename(&from, &to).map_err(|error| at(&to, error))
    }

    fn mark_path(&self, name: &str) -> PathBuf {
        self.dir.join("coming").join(format!("{name}.mark"))
    }
}

/// What is unfinished among the directories in `parent`, by source, each with its directory.
pub fn unfinished(parent: &Path) -> Result<Vec<(Unfinished, PathBuf)>, DownloadError> {
    let mut all = Vec::new();
    for dir in entries(parent)? {
        let bytes = size(&dir.join("coming"))?.saturating_add(size(&dir.join("whole"))?);
        if bytes > 0 {
            let name = || dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let source = read(&dir.join(SOURCE))?.unwrap_or_else(name);
            all.push((Unfinished { source, bytes }, dir));
        }
    }
    all.sort_by(|(one, _), (other, _)| one.source.cmp(&other.source));
    Ok(all)
}

/// What is in a directory; nothing if there is none.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, DownloadError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(|error| at(dir, error))?,
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|error| at(dir, error))).collect()
}

/// Bytes of the files below a directory; one that goes away meanwhile has none.
fn size(dir: &Path) -> Result<u64, DownloadError> {
    let mut bytes = 0_u64;
    for path in entries(dir)? {
        let known = fs::symlink_metadata(&path).ok();
        bytes = bytes.saturating_add(match known {
            Some(known) if known.is_dir() => size(&path)?,
            known => known.map_or(0, |known| known.len()),
        });
    }
    Ok(bytes)
}

/// A file's text; none if there is no such file.
fn read(path: &Path) -> Result<Option<String>, DownloadError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path, error)),
    }
}

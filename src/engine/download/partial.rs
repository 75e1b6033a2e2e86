//! What is here of a model that is still being fetched: kept for the next try, out of everybody's sight.
//!
//! `coming/NAME` grows, with the mark of its version in `coming/NAME.mark`; whole it becomes `whole/files/NAME`. A lock keeps
//! two from writing the same.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::download_error::{DownloadError, at};

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
            Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
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
    pub fn remove(self) -> Result<(), DownloadError> {
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

    /// How much of it is here.
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

/// A file's text; none if there is no such file.
fn read(path: &Path) -> Result<Option<String>, DownloadError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path, error)),
    }
}

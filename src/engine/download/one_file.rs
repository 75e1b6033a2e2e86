//! One file fetched: gone on with where it ended, tried again where that may help, and given up as soon as its first bytes say
//! that it can't be run.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use reqwest::header::{CONTENT_RANGE, ETAG, LAST_MODIFIED};
use reqwest::{Response, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::engine::model::is_supported_so_far;
use crate::engine::net::{causes, is_passing};

use super::download_error::{DownloadError, at};
use super::downloading::Downloading;
use super::partial::Partial;
use super::plan::Wanted;
use super::web::{BETWEEN, Have, Web, header, malformed, shown};

/// The most bytes of a file whose size nobody tells.
const MOST_UNSAID: u64 = 64 << 20;

/// After so many bytes a model's header is looked for, and then each time twice as many have come.
const FIRST_LOOK: u64 = 64 << 10;

/// How a try ended that wasn't the last.
struct Again {
    error: DownloadError,
    got_on: bool,
}

/// Where a file grows. Each write is done by a thread that may wait for the disk, and holds the lock until it is over, even if
/// the download was given up meanwhile.
struct Growing {
    file: File,
    path: PathBuf,
    _lock: Arc<Partial>,
}

impl Growing {
    async fn write(mut self, bytes: impl AsRef<[u8]> + Send + 'static) -> Result<Self, DownloadError> {
        let writing = spawn_blocking(move || match self.file.write_all(bytes.as_ref()) {
            Ok(()) => Ok(self),
            Err(error) => Err(at(&self.path, error)),
        });
        writing.await.unwrap_or_else(|error| Err(broken(&error)))
    }
}

/// A file on its way.
pub struct Fetch<'f> {
    /// Who asks.
    pub web: &'f Web,
    /// Where it is kept.
    pub partial: &'f Arc<Partial>,
    /// Which file.
    pub file: &'f Wanted,
    /// Whether it is the whole model, so that its header says whether it can be run.
    pub is_single: bool,
    /// How it is asked for.
    pub with: &'f Downloading<'f>,
    /// Bytes of the files before it.
    pub before: u64,
    /// Bytes of all files.
    pub all: u64,
}

impl Fetch<'_> {
    /// Its bytes, once they are all here.
    ///
    /// Errors: the last one, where trying again was no use; too little room; a model that can't be run.
    pub async fn to_its_end(&self) -> Result<u64, DownloadError> {
        let name = &self.file.name;
        if let Some(bytes) = self.partial.finished(name) {
            return Ok(bytes);
        }
        let (mut tries, backoff) = (0, &self.with.backoff);
        loop {
            let Err(Again { error, got_on }) = self.once().await? else { break };
            tries = if got_on { 1 } else { tries + 1 };
            if tries >= backoff.tries {
                return Err(error.after(tries));
            }
            sleep(backoff.wait(self.before, tries, error.told())).await;
        }
        let (partial, name) = (Arc::clone(self.partial), name.clone());
        let finishing = spawn_blocking(move || {
            let bytes = partial.bytes(&name);
            partial.finish(&name).map(|()| bytes)
        });
        finishing.await.unwrap_or_else(|error| Err(broken(&error)))
    }

    /// One try: whole, or to be tried again.
    async fn once(&self) -> Result<Result<(), Again>, DownloadError> {
        let Wanted { name, url, bytes, is_fixed, .. } = self.file;
        let mut have = self.partial.bytes(name);
        let mark = self.partial.mark(name)?;
        if have > 0 && mark.is_none() && !is_fixed {
            have = 0;
        }
        if have > 0 && *bytes == Some(have) {
            return Ok(Ok(()));
        }
        let asked = (have > 0).then_some(Have { bytes: have, mark: mark.as_deref().filter(|_| !is_fixed) });
        let again = |error| Ok(Err(Again { error, got_on: false }));
        let response = match self.web.get(url, asked).await {
            Err(error @ DownloadError::Connect { .. }) => return again(error),
            response => response?,
        };
        let status = response.status();
        let range = header(response.headers(), &CONTENT_RANGE).and_then(content_range);
        let (from, total) = match (status, range) {
            (StatusCode::OK, _) => (0, response.content_length()),
            (StatusCode::PARTIAL_CONTENT, Some((Some(from), total))) if have > 0 && from == have => (have, total),
            (StatusCode::RANGE_NOT_SATISFIABLE, Some((None, Some(total)))) if total == have => return Ok(Ok(())),
            (StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) => {
                // another part than was asked for, or the file has changed: from its beginning
                self.partial.begin(name, None)?;
                return again(malformed(url, "another part of the file than was asked for"));
            }
            _ if is_passing(status.as_u16()) => return again(self.web.refusal(response).await),
            _ => return Err(self.web.refusal(response).await),
        };
        self.fits(from, total)?;
        if from == 0 {
            let strong = header(response.headers(), &ETAG).filter(|mark| !mark.starts_with("W/"));
            self.partial.begin(name, strong.or_else(|| header(response.headers(), &LAST_MODIFIED)))?;
        }
        self.body(response, (from, have), total).await
    }

    /// Refuses what isn't as large as was promised, and what there is no room for.
    fn fits(&self, from: u64, total: Option<u64>) -> Result<(), DownloadError> {
        let Wanted { url, bytes, .. } = self.file;
        match (total, bytes) {
            (Some(total), Some(bytes)) if total != *bytes => {
                return Err(malformed(url, &format!("{total} bytes, but {bytes} were promised")));
            }
            _ => {}
        }
        let need = total.or(*bytes).unwrap_or(MOST_UNSAID).saturating_sub(from);
        let path = self.partial.coming(&self.file.name);
        match (self.with.free)(path.parent().unwrap_or(&path)) {
            Some(free) if free < need => Err(DownloadError::Space { path, need, free }),
            _ => Ok(()),
        }
    }

    /// Writes what comes behind what is here. A server that begins anew has got on once it is past what was here.
    async fn body(
        &self,
        mut response: Response,
        (from, had): (u64, u64),
        total: Option<u64>,
    ) -> Result<Result<(), Again>, DownloadError> {
        let url = &self.file.url;
        let path = self.partial.coming(&self.file.name);
        let file = OpenOptions::new().append(true).open(&path).map_err(|error| at(&path, error))?;
        let mut growing = Growing { file, path, _lock: Arc::clone(self.partial) };
        let (mut here, known) = (from, total.or(self.file.bytes));
        let mut next_look = if self.is_single { FIRST_LOOK } else { u64::MAX };
        loop {
            let broke = |why: String| {
                let error = DownloadError::BrokeOff { address: shown(url), bytes: here, tries: 1, why };
                Ok(Err(Again { error, got_on: here > had }))
            };
            let bytes = match timeout(BETWEEN, response.chunk()).await {
                Err(_) => return broke(format!("nothing came for {BETWEEN:?}")),
                Ok(Err(error)) => return broke(self.web.fit(&causes(&error))),
                Ok(Ok(None)) => break,
                Ok(Ok(Some(bytes))) => bytes,
            };
            let next = here + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if next > known.unwrap_or(MOST_UNSAID) {
                self.partial.begin(&self.file.name, None)?;
                return Err(malformed(url, &format!("more than {} bytes", known.unwrap_or(MOST_UNSAID))));
            }
            growing = growing.write(bytes).await?;
            here = next;
            (self.with.tell)(self.before + here, self.all.max(self.before + known.unwrap_or(here)));
            if here >= next_look {
                next_look = self.look(here, known).await?;
            }
        }
        match known {
            Some(all) if here < all => {
                let why = format!("{here} of {all} bytes came");
                let error = DownloadError::BrokeOff { address: shown(url), bytes: here, tries: 1, why };
                Ok(Err(Again { error, got_on: here > had }))
            }
            _ => Ok(Ok(())),
        }
    }

    /// Looks at the header of what is here: at how many bytes to look again, should it not be whole yet.
    ///
    /// Errors: it is whole, and no model that can be run; then nothing of it is kept.
    async fn look(&self, here: u64, length: Option<u64>) -> Result<u64, DownloadError> {
        let path = self.partial.coming(&self.file.name);
        let looking = spawn_blocking(move || is_supported_so_far(&path, length.unwrap_or(u64::MAX)));
        match looking.await.map_err(|error| broken(&error))? {
            Ok(true) => Ok(u64::MAX),
            Ok(false) => Ok(here.saturating_mul(2)),
            Err(error) => {
                self.partial.remove()?;
                Err(DownloadError::Model { name: self.file.name.clone(), error })
            }
        }
    }
}

/// A thread broke off.
fn broken(error: &tokio::task::JoinError) -> DownloadError {
    DownloadError::Request(format!("the file could not be written: {error}"))
}

/// `bytes 5-9/10`: where it starts, and how long the whole is; `bytes */10` starts nowhere.
fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    match range.split_once('-') {
        Some((from, _)) => Some((Some(from.parse().ok()?), total)),
        None => (range == "*").then_some((None, total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((Some(5), Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((Some(5), None)));
        assert_eq!(content_range("bytes */10"), Some((None, Some(10))));
        for bad in ["", "bytes", "bytes 5/10", "items 5-9/10", "bytes x-9/10", "bytes 5-9/x"] {
            assert_eq!(content_range(bad), None, "{bad}");
        }
    }
}

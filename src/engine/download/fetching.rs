//! A model fetched: its files one after the other, each gone on with where it ended, tried again where that may help; checked
//! and then registered at once.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use reqwest::header::{CONTENT_RANGE, ETAG, LAST_MODIFIED};
use reqwest::{Response, StatusCode, Url};
use tokio::time::{sleep, timeout};

use crate::engine::digest::text_digest;
use crate::engine::engine_error::EngineError;
use crate::engine::model::is_supported;
use crate::engine::net::{Backoff, is_passing};
use crate::engine::registered::{Origin, Registered};
use crate::engine::registry::Registry;

use super::download_error::{DownloadError, at};
use super::hub::Hub;
use super::listing::{Listed, chosen};
use super::partial::Partial;
use super::source::Source;
use super::web::{BETWEEN, Have, Web, header, malformed, shown};

/// The most bytes of a file whose size nobody tells.
const MOST_UNSAID: u64 = 64 << 20;

/// Says what a model of several files is.
const CONFIG: &str = "config.json";

/// What a download needs besides its source.
pub struct Downloading<'d> {
    /// The model hub.
    pub hub: Hub,
    /// How requests are tried again.
    pub backoff: Backoff,
    /// The hash that the file is to have, if one is insisted on.
    pub sha256: Option<String>,
    /// Bytes that are free where a path is; none if nobody knows.
    pub free: &'d (dyn Fn(&Path) -> Option<u64> + Send + Sync),
    /// Hears how many bytes are here, of how many.
    pub tell: &'d (dyn Fn(u64, u64) + Send + Sync),
}

/// A file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    name: String,
    url: Url,
    bytes: Option<u64>,
    sha256: Option<String>,
    /// Whether what is at its address never changes.
    is_fixed: bool,
}

/// What is fetched.
#[derive(Debug)]
struct Plan {
    /// What it is called unless somebody says.
    name: String,
    revision: Option<String>,
    licence: Option<String>,
    files: Vec<Wanted>,
}

/// How a try ended that wasn't the last.
struct Again {
    error: DownloadError,
    got_on: bool,
}

/// Fetches a model and registers it. Given up or interrupted, what came is kept, and the same source goes on from there.
///
/// Errors: nothing of the source, too little room, other bytes than were promised; a model that isn't supported.
pub async fn download(
    registry: &Registry,
    source: &Source,
    origin: Origin,
    with: &Downloading<'_>,
) -> Result<Registered, EngineError> {
    let web = match source {
        Source::Hub { .. } => with.hub.web()?,
        Source::Address(url) => Web::new(url, None)?,
    };
    let plan = plan(source, &web, with).await?;
    let name = registry.free_name(Path::new(&plan.name), &origin)?;
    let origin = Origin { name: Some(name), revision: plan.revision, licence: plan.licence, ..origin };
    let partial = Partial::open(&registry.staging(&source.shown()), &source.shown())?;
    let lines: String = plan.files.iter().map(|file| format!("{} {:?}\n", file.url, file.sha256)).collect();
    partial.of_version(&text_digest(&lines))?;
    let mut done = 0;
    let all: u64 = plan.files.iter().filter_map(|file| file.bytes).sum();
    for file in &plan.files {
        let fetch = Fetch { web: &web, partial: &partial, file, with, before: done, all };
        done += fetch.to_its_end().await?;
        // it comes first, so that nobody waits for weights that can't be run
        let path = partial.whole().join("files").join(&file.name);
        if let (true, Err(error)) = (file.name == CONFIG, is_supported(&path)) {
            partial.clear()?;
            return Err(EngineError::Model { path: CONFIG.into(), error });
        }
    }
    let promised: Vec<(String, String)> =
        plan.files.into_iter().filter_map(|file| Some((file.name, file.sha256?))).collect();
    let (registry, whole) = (registry.clone(), partial.whole());
    let adopting = tokio::task::spawn_blocking(move || registry.adopt(&whole, &origin, &promised));
    let broke = |error| EngineError::Request(format!("the model could not be looked at: {error}"));
    let adopted = adopting.await.map_err(broke)?;
    match &adopted {
        // the same bytes would come again; another name, or room, can help with these
        Err(EngineError::File { .. } | EngineError::Request(_)) => {}
        Err(_) => partial.clear()?,
        Ok(_) => partial.remove()?,
    }
    adopted
}

async fn plan(source: &Source, web: &Web, with: &Downloading<'_>) -> Result<Plan, DownloadError> {
    let insisted = with.sha256.as_ref().map(|hash| hash.to_ascii_lowercase());
    match source {
        Source::Address(url) => {
            let name = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
            let file = Wanted { name: name.clone(), url: url.clone(), bytes: None, sha256: insisted, is_fixed: false };
            Ok(Plan { name, revision: None, licence: None, files: vec![file] })
        }
        Source::Hub { repository, file, revision } => {
            let held = with.hub.repository(web, repository, revision).await?;
            let files = chosen(repository, &held.files, file.as_deref())?;
            if insisted.is_some() && files.len() > 1 {
                let why = "a hash is that of one file, but this model has several".to_owned();
                return Err(DownloadError::Request(why));
            }
            let wanted = |Listed { path, bytes, sha256 }: Listed| {
                let url = with.hub.file(repository, &held.commit, &path)?;
                let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                Ok(Wanted { name, url, bytes, sha256: insisted.clone().or(sha256), is_fixed: true })
            };
            let files = files.into_iter().map(wanted).collect::<Result<Vec<_>, DownloadError>>()?;
            let name = match files.as_slice() {
                [one] => one.name.clone(),
                _ => repository.rsplit('/').next().unwrap_or(repository).to_owned(),
            };
            Ok(Plan { name, revision: Some(held.commit), licence: held.licence, files })
        }
    }
}

/// A file on its way.
struct Fetch<'f> {
    web: &'f Web,
    partial: &'f Partial,
    file: &'f Wanted,
    with: &'f Downloading<'f>,
    /// Bytes of the files before it, and of all.
    before: u64,
    all: u64,
}

impl Fetch<'_> {
    /// Its bytes.
    async fn to_its_end(&self) -> Result<u64, DownloadError> {
        let name = &self.file.name;
        if let Some(bytes) = self.partial.finished(name) {
            return Ok(bytes);
        }
        let (mut tries, backoff) = (0, &self.with.backoff);
        loop {
            let Err(Again { error, got_on }) = self.once().await? else { break };
            tries = if got_on { 1 } else { tries + 1 };
            if tries >= backoff.tries {
                return Err(told_at_last(error, (self.partial.bytes(name), tries)));
            }
            let told = if let DownloadError::Status { told, .. } = &error { *told } else { None };
            sleep(backoff.wait(self.before, tries, told)).await;
        }
        let bytes = self.partial.bytes(name);
        self.partial.finish(name)?;
        Ok(bytes)
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
        let mut file = OpenOptions::new().append(true).open(&path).map_err(|error| at(&path, error))?;
        let (mut here, known) = (from, total.or(self.file.bytes));
        loop {
            let broke = |why: String| {
                let error = DownloadError::BrokeOff { address: shown(url), bytes: here, tries: 1, why };
                Ok(Err(Again { error, got_on: here > had }))
            };
            let bytes = match timeout(BETWEEN, response.chunk()).await {
                Err(_) => return broke(format!("nothing came for {BETWEEN:?}")),
                Ok(Err(error)) => return broke(self.web.fit(&crate::engine::net::causes(&error))),
                Ok(Ok(None)) => break,
                Ok(Ok(Some(bytes))) => bytes,
            };
            let next = here + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if next > known.unwrap_or(MOST_UNSAID) {
                self.partial.begin(&self.file.name, None)?;
                return Err(malformed(url, &format!("more than {} bytes", known.unwrap_or(MOST_UNSAID))));
            }
            file.write_all(&bytes).map_err(|error| at(&path, error))?;
            here = next;
            (self.with.tell)(self.before + here, self.all.max(self.before + known.unwrap_or(here)));
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
}

/// The last error, with how often it was tried.
fn told_at_last(error: DownloadError, (here, count): (u64, u32)) -> DownloadError {
    match error {
        DownloadError::Connect { address, why, .. } => DownloadError::Connect { address, tries: count, why },
        DownloadError::BrokeOff { address, why, .. } => {
            DownloadError::BrokeOff { address, bytes: here, tries: count, why }
        }
        other => other,
    }
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

//! The model hub: where it is, with which token, and what a repository of it holds.

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};

use crate::engine::net::{ApiKey, Backoff, KeySource, causes, is_local};

use super::download_error::DownloadError;
use super::listing::Listed;
use super::web::{Web, malformed, shown};

/// Where it is unless `HF_ENDPOINT` says otherwise.
const USUAL: &str = "https://huggingface.co";
/// Most bytes of what a repository says of itself.
const MOST_SAID: usize = 16 << 20;
/// How long is waited for all of it.
const SAYING: Duration = Duration::from_secs(120);

/// See the module's first line.
#[derive(Debug, Clone)]
pub struct Hub {
    base: Url,
    token: Option<ApiKey>,
}

/// A repository at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The commit.
    pub commit: String,
    /// What it says of its licence.
    pub licence: Option<String>,
    /// Its files.
    pub files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Said {
    sha: Option<String>,
    #[serde(default)]
    siblings: Vec<Sibling>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    sha256: Option<String>,
    size: Option<u64>,
}

impl Hub {
    /// As `HF_ENDPOINT` and `HF_TOKEN` say; `environment` looks a variable up.
    ///
    /// Errors: an address that is none; a token that would cross a network unencrypted.
    pub fn new(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, DownloadError> {
        let set = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let named = set("HF_ENDPOINT").unwrap_or_else(|| USUAL.to_owned());
        let wrong = |why: &str| DownloadError::Request(format!("HF_ENDPOINT can't be used: {why}"));
        let mut base = Url::parse(named.trim()).map_err(|error| wrong(&error.to_string()))?;
        if !["http", "https"].contains(&base.scheme()) || !base.username().is_empty() || base.query().is_some() {
            return Err(wrong("it is to be http:// or https://, without a user name or a query"));
        }
        base.set_path(&format!("{}/", base.path().trim_end_matches('/')));
        let source = KeySource::Environment("HF_TOKEN".to_owned());
        let token = set("HF_TOKEN").map(|token| source.read(&|_| Some(token.clone()))).transpose()?;
        if token.is_some() && base.scheme() == "http" && !is_local(&base) {
            return Err(wrong("it isn't encrypted, so anyone on the way could read HF_TOKEN; unset one of them"));
        }
        Ok(Self { base, token })
    }

    /// Ready to ask it.
    pub fn web(&self) -> Result<Web, DownloadError> {
        let token = self.token.clone().map(|token| (self.base.clone(), token));
        Web::new(&self.base, token)
    }

    /// What a repository holds; asked again where that may help.
    pub async fn repository(
        &self,
        web: &Web,
        (name, revision): (&str, &str),
        backoff: &Backoff,
    ) -> Result<Repository, DownloadError> {
        let mut url = self.at(&["api/models", name, "revision", revision])?;
        url.set_query(Some("blobs=true"));
        let mut tries = 1;
        loop {
            let error = match said(web, &url).await {
                Ok(bytes) => return read(web, &url, &bytes),
                Err(error) => error,
            };
            if !error.may_pass() || tries >= backoff.tries {
                return Err(error.after(tries));
            }
            sleep(backoff.wait(0, tries, error.told())).await;
            tries += 1;
        }
    }

    /// A file's address at a commit.
    pub fn file(&self, repository: &str, commit: &str, path: &str) -> Result<Url, DownloadError> {
        self.at(&[repository, "resolve", commit, path])
    }

    fn at(&self, parts: &[&str]) -> Result<Url, DownloadError> {
        let joined = self.base.join(&parts.join("/"));
        joined.map_err(|error| DownloadError::Request(format!("{}: {error}", parts.join("/"))))
    }
}

/// What a repository says of itself, as it came.
async fn said(web: &Web, url: &Url) -> Result<Vec<u8>, DownloadError> {
    let mut response = web.get(url, None).await?;
    if !response.status().is_success() {
        return Err(web.refusal(response).await);
    }
    let (mut bytes, until) = (Vec::new(), Instant::now() + SAYING);
    let broke = |bytes: &Vec<u8>, why: String| {
        let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        DownloadError::BrokeOff { address: shown(url), bytes: here, tries: 1, why }
    };
    loop {
        let chunk = timeout_at(until, response.chunk()).await;
        let chunk = chunk.map_err(|_| broke(&bytes, format!("it took longer than {SAYING:?}")))?;
        let Some(more) = chunk.map_err(|error| broke(&bytes, web.fit(&causes(&error))))? else { return Ok(bytes) };
        bytes.extend_from_slice(&more);
        if bytes.len() > MOST_SAID {
            return Err(malformed(url, "it says more than 16 MB of a repository"));
        }
    }
}

/// A repository from what it says of itself.
fn read(web: &Web, url: &Url, bytes: &[u8]) -> Result<Repository, DownloadError> {
    let broke = |why: String| malformed(url, &why);
    let said: Said = serde_json::from_slice(bytes).map_err(|error| broke(error.to_string()))?;
    let is_commit = |sha: &String| sha.len() >= 7 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = said.sha.filter(is_commit).ok_or_else(|| broke("it names no commit".to_owned()))?;
    let licence = said.tags.iter().find_map(|tag| tag.strip_prefix("license:")).map(|text| web.fit(text));
    let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let files = said.siblings.into_iter().map(|one| Listed {
        path: one.rfilename,
        bytes: one.lfs.as_ref().and_then(|stored| stored.size).or(one.size),
        sha256: one.lfs.and_then(|stored| stored.sha256).filter(is_hash).map(|hash| hash.to_ascii_lowercase()),
    });
    Ok(Repository { commit, licence, files: files.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(values: &[(&str, &str)]) -> Result<Hub, String> {
        let find = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Hub::new(&find).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_says_where_it_is() {
        let usual = hub(&[]).unwrap();
        assert_eq!(
            usual.file("o/r", "abc", "a.gguf").unwrap().as_str(),
            "https://huggingface.co/o/r/resolve/abc/a.gguf"
        );
        let mirror = hub(&[("HF_ENDPOINT", "http://localhost:9/hf/"), ("HF_TOKEN", "hf_x")]).unwrap();
        assert_eq!(mirror.file("o/r", "abc", "a").unwrap().as_str(), "http://localhost:9/hf/o/r/resolve/abc/a");
        assert!(!format!("{mirror:?}").contains("hf_x"));
        assert!(
            hub(&[("HF_ENDPOINT", "http://mirror.example.org"), ("HF_TOKEN", "x")])
                .unwrap_err()
                .contains("isn't encrypted")
        );
        assert!(hub(&[("HF_ENDPOINT", "mirror")]).is_err() && hub(&[("HF_ENDPOINT", "ftp://mirror")]).is_err());
        assert!(hub(&[("HF_TOKEN", "two words")]).unwrap_err().contains("HF_TOKEN"));
        assert!(hub(&[("HF_TOKEN", " "), ("HF_ENDPOINT", "")]).is_ok());
    }
}

//! Requests for files: redirects followed by hand, so that a token never leaves the hub it is for.

use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, DATE, HeaderMap, HeaderName, IF_RANGE, LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use tokio::time::{Instant, timeout, timeout_at};

use crate::engine::net::{ApiKey, causes, encryption, is_about_trust, told, visible};

use super::download_error::DownloadError;

/// How long is waited for a connection, and for each piece after it.
const CONNECT: Duration = Duration::from_secs(20);
/// See [`CONNECT`].
pub const BETWEEN: Duration = Duration::from_secs(60);
/// Most redirects.
const MOST_REDIRECTS: usize = 5;
/// Most bytes of an error's body that are read.
const MOST_ERROR: usize = 4096;
/// How long is waited for all of them.
const ERROR: Duration = Duration::from_secs(5);

/// See the module's first line.
#[derive(Debug)]
pub struct Web {
    client: Client,
    /// The token, and whose it is.
    token: Option<(Url, ApiKey)>,
}

/// What is there of a file, and what marked the version it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Have<'h> {
    /// Bytes.
    pub bytes: u64,
    /// The mark; none for what can't change.
    pub mark: Option<&'h str>,
}

impl Web {
    /// Prepares requests that begin at `first`; nothing is sent. Where that isn't encrypted, a system without certificates will do.
    pub fn new(first: &Url, token: Option<(Url, ApiKey)>) -> Result<Self, DownloadError> {
        let wrong = |why: String| DownloadError::Request(format!("nothing can be fetched: {why}"));
        let encryption = match encryption(Some(None)) {
            Err(_) if first.scheme() == "http" => encryption(None),
            prepared => prepared,
        }
        .map_err(wrong)?;
        let client = Client::builder()
            .tls_backend_preconfigured(encryption)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("guildhall/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| wrong(causes(&error)))?;
        Ok(Self { client, token })
    }

    /// Asks for a file, or for the rest of it; the answer's head, whatever it says, but redirects are followed.
    pub async fn get(&self, url: &Url, have: Option<Have<'_>>) -> Result<Response, DownloadError> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.once(&url, have).await?;
            let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
            let Some(location) = location else { return Ok(response) };
            let to = url.join(&String::from_utf8_lossy(location.as_bytes()));
            let to = to.map_err(|error| malformed(&url, &format!("it sends us on, but {error}")))?;
            let is_less = url.scheme() == "https" && to.scheme() != "https";
            if is_less || !["http", "https"].contains(&to.scheme()) {
                return Err(malformed(&url, "it sends us on to where nothing is encrypted"));
            }
            url = to;
        }
        Err(malformed(&url, "it sends us on again and again"))
    }

    async fn once(&self, url: &Url, have: Option<Have<'_>>) -> Result<Response, DownloadError> {
        let mut request = self.client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some((_, token)) = self.token.as_ref().filter(|(hub, _)| hub.origin() == url.origin()) {
            request = request.header(AUTHORIZATION, token.header());
        }
        if let Some(have) = have {
            request = request.header(RANGE, format!("bytes={}-", have.bytes));
            if let Some(mark) = have.mark {
                request = request.header(IF_RANGE, mark);
            }
        }
        let late = |_| DownloadError::Connect { address: shown(url), tries: 1, why: format!("{BETWEEN:?} went by") };
        timeout(BETWEEN, request.send()).await.map_err(late)?.map_err(|error| {
            let (address, why) = (shown(url), self.fit(&causes(&error)));
            if is_about_trust(&error) {
                DownloadError::Untrusted { address, why }
            } else {
                DownloadError::Connect { address, tries: 1, why }
            }
        })
    }

    /// A refusal in the server's words.
    pub async fn refusal(&self, mut response: Response) -> DownloadError {
        let (address, status) = (shown(response.url()), response.status().as_u16());
        let told = told(header(response.headers(), &RETRY_AFTER), header(response.headers(), &DATE));
        let (mut words, until) = (Vec::new(), Instant::now() + ERROR);
        while let Ok(Ok(Some(bytes))) = timeout_at(until, response.chunk()).await {
            words.extend_from_slice(&bytes);
            if words.len() >= MOST_ERROR {
                break;
            }
        }
        // a page for browsers says nothing in a line
        let words = String::from_utf8_lossy(&words).into_owned();
        let words = if words.trim_start().starts_with('<') { String::new() } else { self.fit(&words) };
        DownloadError::Status { address, status, tries: 1, told, words }
    }

    /// A server's words, without the token, fit to be shown.
    pub fn fit(&self, words: &str) -> String {
        visible(&self.token.as_ref().map_or_else(|| words.to_owned(), |(_, token)| token.hidden_in(words)))
    }
}

/// An address without what may be a secret in it.
pub fn shown(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    visible(bare.as_str())
}

/// Not what a server may send.
pub fn malformed(url: &Url, why: &str) -> DownloadError {
    DownloadError::Malformed { address: shown(url), why: visible(why) }
}

/// A header's text.
pub fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

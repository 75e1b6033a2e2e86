//! Requests over HTTP: encryption, other tries, time-outs up to the first byte, refused redirects. Reading what comes is in
//! `reading`; what it says is not here.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::{Instant, sleep, timeout_at};

use crate::engine::net::{ApiKey, causes, encryption, is_about_trust, is_passing, told, visible};

use super::endpoint_error::EndpointError;
use super::endpoint_settings::EndpointSettings;
use super::reading::{Awaited, Kind, Reading};
use super::reply::error_words;

/// Most bytes of an error's body.
const MOST_ERROR: usize = 16 * 1024;

/// Most redirects within an endpoint.
const MOST_REDIRECTS: usize = 3;

/// See the module's first line.
#[derive(Debug)]
pub struct Transport {
    client: Client,
    key: Option<ApiKey>,
    address: String,
    settings: EndpointSettings,
}

/// What a request sends, and what may come back.
#[derive(Debug)]
pub struct Post {
    /// Where to.
    pub url: Url,
    /// The document.
    pub body: Vec<u8>,
    /// The request's number, for the waits before other tries.
    pub number: u64,
    /// How long to wait for the first byte; none if only the whole is limited.
    pub first_byte: Option<Duration>,
    /// Most bytes to read.
    pub most: usize,
    /// What comes if the peer doesn't say.
    pub expected: Kind,
}

impl Transport {
    /// Prepares requests; nothing is sent.
    ///
    /// Errors: no certificates to trust, or some that can't be read.
    pub fn new(settings: EndpointSettings, key: Option<ApiKey>) -> Result<Self, EndpointError> {
        let wrong = |why: String| EndpointError::Request(format!("the endpoint can't be used: {why}"));
        let trusted = settings.address.is_encrypted().then_some(settings.authorities.as_deref());
        let encryption = encryption(trusted).map_err(wrong)?;
        let client = Client::builder()
            .tls_backend_preconfigured(encryption)
            .redirect(Policy::custom(redirected))
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            // servers close a kept connection just as it is used again; against an answer's time a new one is cheap
            .pool_max_idle_per_host(0)
            .connect_timeout(settings.times.connect)
            .user_agent(concat!("guildhall/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| wrong(causes(&error)))?;
        Ok(Self { client, key, address: settings.address.to_string(), settings })
    }

    /// Sends a request, and again where that may help, until a success is announced.
    pub async fn post(&self, post: &Post) -> Result<Reading, EndpointError> {
        let mut tries = 1;
        loop {
            let error = match self.once(post, tries).await {
                Ok(reading) => return Ok(reading),
                Err(error) => error,
            };
            let told = match &error {
                EndpointError::Connect { .. } => None,
                EndpointError::Status { status, told, .. } if is_passing(*status) => *told,
                _ => return Err(error),
            };
            if tries >= self.settings.backoff.tries {
                return Err(error);
            }
            sleep(self.settings.backoff.wait(post.number, tries, told)).await;
            tries += 1;
        }
    }

    /// A peer's words, without the key, fit to be shown.
    pub fn shown(&self, words: &str) -> String {
        visible(&self.key.as_ref().map_or_else(|| words.to_owned(), |key| key.hidden_in(words)))
    }

    /// Whether a peer quotes the key where its words may be recorded.
    pub fn quotes_key<'w>(&self, mut words: impl Iterator<Item = &'w str>) -> bool {
        self.key.as_ref().is_some_and(|key| words.any(|words| key.is_in(words)))
    }

    async fn once(&self, post: &Post, tries: u32) -> Result<Reading, EndpointError> {
        let mut request = self.client.post(post.url.clone()).header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.header());
        }
        let sending = request.body(post.body.clone()).send();
        let until = post.first_byte.map(|limit| (Instant::now() + limit, limit));
        let response = match until {
            None => sending.await,
            Some((deadline, limit)) => {
                timeout_at(deadline, sending).await.map_err(|_| self.late("the first byte", limit))?
            }
        };
        let response = response.map_err(|error| self.failed(&error, tries))?;
        let status = response.status();
        if status.is_success() {
            let kind = self.kind(&response, post.expected)?;
            let awaited = Awaited { first_byte: until, between: self.settings.times.between };
            return Ok(Reading::new(response, self.address.clone(), kind, (post.most, awaited)));
        }
        if let Some(to) = response.headers().get(LOCATION).filter(|_| status.is_redirection()) {
            let to = self.shown(&String::from_utf8_lossy(to.as_bytes()));
            return Err(EndpointError::Redirected { address: self.address.clone(), to });
        }
        let told = told(header(response.headers(), &RETRY_AFTER), header(response.headers(), &DATE));
        let words = self.shown(&error_words(&self.error_body(response).await));
        let status = status.as_u16();
        Err(EndpointError::Status { address: self.address.clone(), status, tries, told, words })
    }

    /// The beginning of an error's body; what can't be read, or doesn't come in time, is left out.
    async fn error_body(&self, mut response: Response) -> Vec<u8> {
        let until = Instant::now() + self.settings.times.between;
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = timeout_at(until, response.chunk()).await {
            let room = MOST_ERROR - body.len();
            body.extend_from_slice(&bytes[..bytes.len().min(room)]);
            if bytes.len() >= room {
                break;
            }
        }
        body
    }

    fn kind(&self, response: &Response, expected: Kind) -> Result<Kind, EndpointError> {
        let announced = header(response.headers(), &CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        match announced.split(';').next().unwrap_or_default().trim() {
            "text/event-stream" => Ok(Kind::Events),
            "application/json" => Ok(Kind::Document),
            "" => Ok(expected),
            other => {
                let why = format!("`{}` instead of JSON or events; is the address right?", self.shown(other));
                Err(EndpointError::Malformed { address: self.address.clone(), why })
            }
        }
    }

    fn late(&self, what: &'static str, limit: Duration) -> EndpointError {
        EndpointError::Late { address: self.address.clone(), what, limit }
    }

    /// Why no head of an answer came.
    fn failed(&self, error: &reqwest::Error, tries: u32) -> EndpointError {
        let (address, why) = (self.address.clone(), self.shown(&causes(error)));
        if is_about_trust(error) {
            EndpointError::Untrusted { address, why }
        } else if error.is_connect() {
            EndpointError::Connect { address, tries, why }
        } else {
            EndpointError::BrokeOff { address, why }
        }
    }
}

/// Only within the endpoint, so that nobody else gets the key; and only as the same request, not as one for a page.
fn redirected(attempt: Attempt<'_>) -> Action {
    let first = attempt.previous().first();
    let is_same = first.is_some_and(|first| first.origin() == attempt.url().origin());
    let is_kept = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT].contains(&attempt.status());
    let are_few = attempt.previous().len() <= MOST_REDIRECTS;
    if is_same && is_kept && are_few { attempt.follow() } else { attempt.stop() }
}

fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok())
}

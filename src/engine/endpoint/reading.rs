//! A body as it is read: in time, and up to a limit of bytes.

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use super::endpoint_error::EndpointError;
use crate::engine::net::causes;

/// What kind of body a peer announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Server-sent events.
    Events,
    /// One JSON document.
    Document,
}

/// How long is waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// Until when for the first byte, and what limit that was; none if it isn't limited apart.
    pub first_byte: Option<(Instant, Duration)>,
    /// For each piece after it.
    pub between: Duration,
}

/// See the module's first line. When it is dropped, the connection is closed.
#[derive(Debug)]
pub struct Reading {
    response: Response,
    address: String,
    kind: Kind,
    most: usize,
    read: usize,
    awaited: Awaited,
}

impl Reading {
    /// Of a response whose head is there, up to a number of bytes.
    pub fn new(response: Response, address: String, kind: Kind, (most, awaited): (usize, Awaited)) -> Self {
        Self { response, address, kind, most, read: 0, awaited }
    }

    /// What kind of body it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// From now on waits for a piece at most so long.
    pub fn hurry(&mut self, between: Duration) {
        self.awaited = Awaited { first_byte: None, between: self.awaited.between.min(between) };
    }

    /// The next bytes; none at the end.
    ///
    /// Errors: none in time, more than the limit, a connection that ends before the body does.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, EndpointError> {
        let (until, what, limit) = match self.awaited.first_byte.take() {
            Some((until, limit)) => (until, "the first byte", limit),
            None => (Instant::now() + self.awaited.between, "the next piece", self.awaited.between),
        };
        let address = || self.address.clone();
        let Ok(chunk) = timeout_at(until, self.response.chunk()).await else {
            return Err(EndpointError::Late { address: address(), what, limit });
        };
        let chunk = chunk.map_err(|error| EndpointError::BrokeOff { address: address(), why: causes(&error) })?;
        self.read = self.read.saturating_add(chunk.as_ref().map_or(0, |bytes| bytes.len()));
        if self.read > self.most {
            return Err(EndpointError::TooMuch { address: address(), what: "bytes", limit: self.most });
        }
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }
}

//! A model behind an endpoint as people name it: where, under which name, with a key from where; no secret is in it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::digest::text_digest;
use super::endpoint::{
    Address, Dialect, Endpoint, EndpointError, EndpointSettings, KeyInClear, LogProbabilities, Times,
};
use super::net::KeySource;

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteModel {
    /// The endpoint's base address.
    pub address: String,
    /// The model's name there.
    pub model: String,
    /// What the server understands.
    #[serde(default)]
    pub dialect: Dialect,
    /// Where the key is found; none where none is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeySource>,
    /// Whether the key may cross a network unencrypted.
    #[serde(default)]
    pub key_in_clear: bool,
    /// A file of certificates, PEM, that are trusted besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    /// How long it is waited for.
    #[serde(default, skip_serializing_if = "Waits::are_usual")]
    pub waits: Waits,
}

/// How long an endpoint is waited for, in seconds; none is as usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Waits {
    /// For a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<u32>,
    /// For the beginning of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    /// For its next piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// For everything, other tries included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<u32>,
}

impl Waits {
    /// Whether nothing is said.
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }

    /// As the endpoint takes them.
    fn times(self) -> Times {
        let usual = Times::default();
        let or = |said: Option<u32>, usual: Duration| said.map_or(usual, |said| Duration::from_secs(said.into()));
        Times {
            connect: or(self.connect, usual.connect),
            first_byte: or(self.first, usual.first_byte),
            between: or(self.next, usual.between),
            whole: or(self.whole, usual.whole),
        }
    }
}

impl RemoteModel {
    /// What names it anywhere: an endpoint shows no weights, so it is the hash of the address and the name. What is served
    /// under that name may change.
    pub fn digest(&self) -> String {
        format!("sha256:{}", text_digest(&format!("endpoint\n{}\n{}", self.address, self.model)))
    }

    /// Prepares requests; nothing is sent. The key is read now; `environment` looks a variable up.
    ///
    /// Errors: an address or a key that can't be used, certificates that can't be read.
    pub fn connect(
        &self,
        log_probabilities: LogProbabilities,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Endpoint, EndpointError> {
        let mut settings = EndpointSettings::new(Address::new(&self.address)?, &self.model);
        settings.dialect = self.dialect;
        settings.log_probabilities = log_probabilities;
        settings.times = self.waits.times();
        settings.key_in_clear = if self.key_in_clear { KeyInClear::Allowed } else { KeyInClear::Refused };
        let pem = |path: &PathBuf| {
            let wrong = |error| EndpointError::Request(format!("{}: {error}", path.display()));
            fs::read_to_string(path).map_err(wrong)
        };
        settings.authorities = self.authorities.as_ref().map(pem).transpose()?;
        let key = self.key.as_ref().map(|key| key.read(environment)).transpose()?;
        Endpoint::new(settings, key)
    }
}

//! A model behind an endpoint as people name it: where, under which name, with a key from where; no secret is in it.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::digest::text_digest;
use super::endpoint::{Address, Dialect, Endpoint, EndpointError, EndpointSettings, KeyInClear, LogProbabilities};
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

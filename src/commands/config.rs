//! `config.toml` of a hall: which key acts, and how the hall is served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::PublicKey;
use serde::Deserialize;

use crate::ledger::read_public_key;

use super::context::CommandError;

/// The file in a hall's directory.
pub const FILE: &str = "config.toml";

/// See the module's first line.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The key that acts when none is named, relative to the hall.
    pub key: Option<PathBuf>,
    /// See [`Serving`].
    #[serde(default)]
    pub serve: Serving,
}

/// How the hall is served over SSH.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Serving {
    /// Where SSH clients come in.
    pub listen: SocketAddr,
    /// Where `/metrics` is read; nowhere if none.
    pub metrics: Option<SocketAddr>,
    /// Whether strangers may ask to be admitted.
    pub petitions: bool,
    /// Keys whose user certificates let a member in, OpenSSH lines; the certificate's principal is the member's handle or id.
    pub certificate_authorities: Vec<String>,
    /// Sessions at a time.
    pub sessions: usize,
    /// Sessions of one member at a time.
    pub sessions_of_a_member: usize,
    /// Connections one address may open at once,
    pub connections_at_once: u32,
    /// and after that a minute.
    pub connections_a_minute: u32,
    /// Minutes without a key after which a session ends.
    pub idle_minutes: u64,
    /// Hours after which a session ends.
    pub session_hours: u64,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 2222)),
            metrics: None,
            petitions: false,
            certificate_authorities: Vec::new(),
            sessions: 1_000,
            sessions_of_a_member: 16,
            connections_at_once: 30,
            connections_a_minute: 60,
            idle_minutes: 30,
            session_hours: 12,
        }
    }
}

impl Config {
    /// Reads the file in a hall's directory; the defaults if there is none.
    ///
    /// Errors: an unknown field, a value of the wrong kind: with file and line.
    pub fn read(dir: &Path) -> Result<Self, CommandError> {
        let path = dir.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?,
        };
        let config: Self =
            toml::from_str(&text).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        config.serve.authorities().map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        Ok(config)
    }
}

impl Serving {
    /// The keys of the certificate authorities.
    ///
    /// Errors: a line that is no public key.
    pub fn authorities(&self) -> Result<Vec<PublicKey>, String> {
        let read = |line: &String| read_public_key(line).map_err(|error| format!("certificate_authorities: {error}"));
        self.certificate_authorities.iter().map(read).collect()
    }
}

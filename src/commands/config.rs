//! `config.toml` of a hall: which key acts, and how the hall is served; and `config`, which says what holds and from where.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ledger::read_public_key;

use super::context::{CommandError, Context, Outcome};

/// The file in a hall's directory.
pub const FILE: &str = "config.toml";

/// See the module's first line.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The key that acts when none is named, relative to the hall.
    pub key: Option<PathBuf>,
    /// See [`Serving`].
    #[serde(default)]
    pub serve: Serving,
}

/// How the hall is served over SSH.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether sessions may put texts on the clipboard beyond their terminal.
    pub clipboard: bool,
    /// Seconds without a key after which a session ends.
    pub idle_seconds: u64,
    /// Seconds after which a session ends.
    pub session_seconds: u64,
    /// Seconds that a member's agent may take over a signature: a touch, a yes.
    pub agent_seconds: u64,
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
            clipboard: false,
            idle_seconds: 1_800,
            session_seconds: 43_200,
            agent_seconds: 90,
        }
    }
}

impl Config {
    /// Reads the file in a hall's directory; the defaults if there is none.
    ///
    /// Errors: an unknown field, a value of the wrong kind: with file and line.
    pub fn read(dir: &Path) -> Result<Self, CommandError> {
        let path = dir.join(FILE);
        let text = text(&path)?;
        let config: Self =
            toml::from_str(&text).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        config.serve.bounds().map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        config.serve.authorities().map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        Ok(config)
    }
}

/// The longest time, in seconds: a year.
const LONGEST: u64 = 31_622_400;

impl Serving {
    /// Whether anybody can come in, and for how long.
    ///
    /// Errors: a number that lets nobody in, a time that is none or more than a year.
    pub fn bounds(&self) -> Result<(), String> {
        let times = [
            ("idle_seconds", self.idle_seconds),
            ("session_seconds", self.session_seconds),
            ("agent_seconds", self.agent_seconds),
        ];
        if let Some((name, _)) = times.iter().find(|(_, seconds)| !(1..=LONGEST).contains(seconds)) {
            return Err(format!("{name} is 1 to {LONGEST}"));
        }
        let sizes = [
            ("sessions", self.sessions == 0),
            ("sessions_of_a_member", self.sessions_of_a_member == 0),
            ("connections_at_once", self.connections_at_once == 0),
            ("connections_a_minute", self.connections_a_minute == 0),
        ];
        match sizes.iter().find(|(_, is_none)| *is_none) {
            Some((name, _)) => Err(format!("{name} is at least 1")),
            None => Ok(()),
        }
    }

    /// The keys of the certificate authorities.
    ///
    /// Errors: a line that is no public key.
    pub fn authorities(&self) -> Result<Vec<PublicKey>, String> {
        let read = |line: &String| read_public_key(line).map_err(|error| format!("certificate_authorities: {error}"));
        self.certificate_authorities.iter().map(read).collect()
    }
}

/// The file's text; nothing if there is none.
fn text(path: &Path) -> Result<String, CommandError> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|error| CommandError::Usage(format!("{}: {error}", path.display()))),
    }
}

/// A value that holds, and where it comes from.
#[derive(Debug, Serialize)]
struct Holding {
    name: String,
    value: Value,
    from: &'static str,
}

/// Runs `config`: every value of the hall's file, and whether it stands there or is the default.
pub async fn run(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let dir = context.dir()?.to_path_buf();
    let config = Config::read(&dir)?;
    let path = dir.join(FILE);
    let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", path.display()));
    let written: Value = toml::from_str(&text(&path)?).map_err(|error| wrong(&error))?;
    let all = serde_json::to_value(&config).map_err(|error| wrong(&error))?;
    let mut values = Vec::new();
    flatten(("", &all), Some(&written), &mut values);
    context.emit(&json!({ "values": values }), || {
        values.iter().map(|one| format!("{:32} {:40} {}\n", one.name, one.value.to_string(), one.from)).collect()
    })
}

fn flatten((prefix, all): (&str, &Value), written: Option<&Value>, into: &mut Vec<Holding>) {
    for (key, value) in all.as_object().into_iter().flatten() {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let here = written.and_then(|table| table.get(key));
        if value.is_object() {
            flatten((&name, value), here, into);
        } else {
            let from = if here.is_some() { "config.toml" } else { "default" };
            into.push(Holding { name, value: value.clone(), from });
        }
    }
}

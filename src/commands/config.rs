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
            clipboard: false,
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
        let text = text(&path)?;
        let config: Self =
            toml::from_str(&text).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        config.serve.times().map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        config.serve.authorities().map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        Ok(config)
    }
}

/// Most minutes a session may be idle, and hours it may last: a year's.
const LONGEST: (u64, u64) = (527_040, 8_784);

impl Serving {
    /// Whether a session's times are ones.
    ///
    /// Errors: none at all, or more than a year.
    pub fn times(&self) -> Result<(), String> {
        let fits = (1..=LONGEST.0).contains(&self.idle_minutes) && (1..=LONGEST.1).contains(&self.session_hours);
        let why = format!("idle_minutes is 1 to {}, session_hours 1 to {}", LONGEST.0, LONGEST.1);
        if fits { Ok(()) } else { Err(why) }
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

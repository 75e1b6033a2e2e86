//! Which key acts: the one named, else the one the hall's configuration records, else the agent's first enrolled one.

use std::path::Path;

use serde::Deserialize;

use crate::commands::{FindingSigner, Keys};
use crate::hall::{Hall, HallError, KeyInMemory, Signer, read_key};
use crate::ledger::{key_line, read_public_key};

use super::agent::{AgentKey, agent_keys};

/// `config.toml` of a hall.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    /// The key that acts when none is named, relative to the hall.
    key: Option<std::path::PathBuf>,
}

/// Keys in files and behind the agent of `SSH_AUTH_SOCK`.
pub struct RealKeys;

impl Keys for RealKeys {
    fn signer<'a>(&'a self, named: Option<&'a Path>, hall: &'a Hall) -> FindingSigner<'a> {
        Box::pin(find(named, hall))
    }
}

async fn find(named: Option<&Path>, hall: &Hall) -> Result<Box<dyn Signer>, HallError> {
    if let Some(path) = named {
        return at(path);
    }
    let path = hall.dir().join("config.toml");
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| HallError::Usage(format!("{}: {error}", path.display())))?,
    };
    let configuration: Configuration =
        toml::from_str(&text).map_err(|error| HallError::Usage(format!("{}: {error}", path.display())))?;
    match configuration.key {
        Some(key) => at(&hall.dir().join(key)),
        None => enrolled(hall).await,
    }
}

/// The key in a file: private, or the public half of one behind the agent.
fn at(path: &Path) -> Result<Box<dyn Signer>, HallError> {
    if path.extension().is_some_and(|extension| extension == "pub") {
        let text =
            std::fs::read_to_string(path).map_err(|error| HallError::Usage(format!("{}: {error}", path.display())))?;
        return Ok(Box::new(AgentKey::of(read_public_key(&text)?)));
    }
    Ok(Box::new(KeyInMemory::of(read_key(path)?)))
}

async fn enrolled(hall: &Hall) -> Result<Box<dyn Signer>, HallError> {
    let members = hall.state().await?.members;
    for key in agent_keys().await? {
        let line = key_line(&key)?;
        if members.values().any(|member| member.key == line) {
            return Ok(Box::new(AgentKey::of(key)));
        }
    }
    Err(HallError::Usage("the agent holds no key of a member of this hall; name one with --as".to_owned()))
}

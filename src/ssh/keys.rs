//! Which key acts: the one named, else the one the hall's configuration records, else the agent's first enrolled one.

use std::path::Path;
use std::sync::Arc;

use crate::commands::{Config, FindingSigner, Keys};
use crate::hall::{Hall, HallError, KeyInMemory, Signer, read_key};
use crate::ledger::{fingerprint, read_public_key};

use super::agent::{AgentKey, EnvironmentAgent, agent_keys};

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
    let configuration = Config::read(hall.dir()).map_err(|error| HallError::Usage(error.to_string()))?;
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
        return Ok(Box::new(AgentKey::of(read_public_key(&text)?, Arc::new(EnvironmentAgent))));
    }
    Ok(Box::new(KeyInMemory::of(read_key(path)?)))
}

async fn enrolled(hall: &Hall) -> Result<Box<dyn Signer>, HallError> {
    let state = hall.state().await?;
    let mut keys = agent_keys().await?.into_iter();
    if let Some(key) = keys.find(|key| state.member_with(&fingerprint(key)).is_some()) {
        return Ok(Box::new(AgentKey::of(key, Arc::new(EnvironmentAgent))));
    }
    Err(HallError::Usage("the agent holds no key of a member of this hall; name one with --as".to_owned()))
}

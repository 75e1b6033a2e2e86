//! Keys and agents: the signers that people really use.

mod agent;
mod keys;

pub use agent::{AgentKey, agent_keys};
pub use keys::RealKeys;

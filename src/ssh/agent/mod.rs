//! SSH agents: their messages, how they are asked, and the signers behind them.

mod asking;
mod signer;
mod wire;

pub use asking::Agent;
pub use signer::{AgentKey, Connect, Connecting, EnvironmentAgent, agent_keys};

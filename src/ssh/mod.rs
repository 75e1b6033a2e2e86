//! Keys and agents: the signers that people really use; and the door through which they come in over SSH.

mod agent;
mod keys;
mod server;

pub use agent::{AgentKey, agent_keys};
pub use keys::RealKeys;
pub use server::{Shared, Sockets, serve};

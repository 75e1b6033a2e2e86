//! Keys and agents: the signers that people really use; and the door through which they come in over SSH.

mod agent;
mod filter;
mod keys;
mod server;

pub use agent::{AgentKey, Connect, EnvironmentAgent, agent_keys};
pub use filter::{
    Allowed, Confirm, Confirming, Filter, FilterError, Journal, JournalError, Line, Telling, filter, read_journal,
    runs, socket_path,
};
pub use keys::RealKeys;
pub use server::{
    Offered, Ran, Shared, Sockets, Who, member_with, read_command, run_command, serve, session_of, signer,
};

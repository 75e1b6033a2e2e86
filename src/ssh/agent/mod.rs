//! SSH agents: their messages, how they are asked, and the signers behind them.

mod asking;
mod signer;
mod wire;

pub use asking::Agent;
pub use signer::{AgentKey, Connect, Connecting, EnvironmentAgent, agent_keys};
pub(super) use wire::{
    CORE, EXTENSION, EXTENSION_FAILURE, EXTENSION_RESPONSE, FAILURE, Fields, Frame, KEYS, LIST, QUERY, RSA_SHA2_512,
    SESSION_BIND, SIGN, SIGNED, SUCCESS, TEXT, read_frame, write_frame,
};

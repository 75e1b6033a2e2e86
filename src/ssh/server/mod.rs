//! The SSH front door: `ssh host` is the console, `ssh host queue` one command.

mod bucket;
mod channel;
mod command;
mod console;
mod cuttable;
mod door;
mod environment;
mod forwarded;
mod lines;
mod listen;
mod metrics;
mod petition;
mod state;
mod typed;
mod who;
mod wire;

pub use listen::{Sockets, serve};
pub use state::Shared;

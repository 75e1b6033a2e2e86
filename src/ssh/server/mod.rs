//! The SSH front door: `ssh host` is the console, `ssh host queue` one command.

mod accepting;
mod bucket;
mod channel;
mod command;
mod console;
mod cuttable;
mod door;
mod environment;
mod forwarded;
mod isolated;
mod lines;
mod listen;
mod metrics;
mod petition;
mod signing;
mod state;
mod told;
mod typed;
mod who;
mod wire;

pub use command::{Ran, command as run_command, read as read_command};
pub use console::session_of;
pub use listen::{Sockets, serve};
pub use signing::{Offered, signer};
pub use state::Shared;
pub use who::{Who, member_with};

//! The filtering agent on a member's machine: offers the guild key alone, and signs nothing but acts in its hall whose
//! bodies it was shown on the same connection. What it can't promise stands in the README.

mod act;
mod connection;
mod journal;
mod listen;
mod running;

pub use act::Allowed;
pub use journal::{Journal, JournalError, Line, read as read_journal};
pub use listen::{Confirm, Confirming, Filter, FilterError, Telling, filter, socket_path};
pub use running::runs;

//! Text as it may be drawn: made safe, wrapped, rendered, compared.

mod chips;
mod diff;
mod markdown;
mod prose;
mod reading;
mod shown;
mod table;

pub use diff::words;
pub use prose::{Found, Prose};
pub use reading::{Reading, View};
pub use shown::{Shown, visible};

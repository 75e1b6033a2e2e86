//! Text as it may be drawn: made safe, wrapped, rendered, compared.

mod chips;
mod columns;
mod diff;
mod markdown;
mod prose;
mod reading;
mod shown;
mod table;

pub(in crate::tui) use columns::{cell_columns, cells, columns};
pub use diff::words;
pub use prose::{Found, Prose};
pub use reading::{Reading, View};
pub use shown::{Shown, visible};

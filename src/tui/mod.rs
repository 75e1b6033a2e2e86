//! The console: a pure core (`update`, `view`), screens and pop-ups over `hall`'s rows; no terminal, no sockets.

mod text;
mod theme;

pub use text::Shown;
pub use theme::Role;

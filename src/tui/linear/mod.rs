//! The console by lines, for screen readers: append-only, numbered choices, no drawing.

mod fill;
mod lines;
mod session;

pub use lines::{Input as LineInput, LinearError, Lines, Reading};
pub use session::linear;

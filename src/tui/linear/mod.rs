//! The console by lines, for screen readers: append-only, numbered choices, no drawing.

mod fill;
mod law;
mod lines;
mod session;
mod told;

pub use lines::{Input as LineInput, LinearError, Lines, Reading};
pub use session::linear;

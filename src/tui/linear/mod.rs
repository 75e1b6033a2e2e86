//! The console by lines, for screen readers: append-only, numbered choices, no drawing.

mod errand;
mod evidence;
mod fill;
mod law;
mod lines;
mod models;
mod session;
mod surprises;
mod told;

pub use lines::{Input as LineInput, LinearError, Lines, Reading};
pub use session::linear;

//! Keys: actions, the table of bindings, the user's file over it.

mod action;
mod binding;
mod chord;
mod file;
mod keymap;

pub use action::Action;
pub use binding::Scope;
pub use chord::{Chord, Code, pretty};
pub use file::KeyFileError;
pub use keymap::{Bound, Keymap, Meaning};

//! Themes: roles, palettes, and what they come to on a terminal.

mod role;

pub use role::Role;

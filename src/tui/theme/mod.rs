//! Themes: roles, palettes, and what they come to on a terminal.

mod colour;
mod depth;
mod file;
mod role;
mod themed;

#[cfg(test)]
pub(in crate::tui) use colour::contrast;
pub use colour::rgb;
pub use depth::Depth;
pub use file::ThemeError;
pub use role::Role;
pub use themed::Theme;

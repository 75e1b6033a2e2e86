//! Parts that screens are made of.

mod editor;
mod list;
mod pane;

pub use editor::Editor;
pub use list::List;
pub use pane::Pane;

//! Text that may be drawn; nothing in it moves a cursor, hides or turns round.

use crate::tui::theme::Role;

/// See the module's first line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    text: String,
    runs: Vec<(usize, Role)>,
}

impl Shown {
    /// This text in a role.
    pub fn new(role: Role, text: &str) -> Self {
        Self { text: text.to_owned(), runs: vec![(0, role)] }
    }
}

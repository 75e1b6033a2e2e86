//! What a pop-up comes to after a key.

use crate::tui::keys::Action;

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It closes, and gives the screen what was filled in for its action.
    Filled(Action, Vec<String>),
    /// It closes; a yes was given to the card of an action, with its values and how sure one is.
    Confirmed(Action, Vec<String>, Option<u8>),
    /// It closes, and the screen does this.
    Do(Action),
    /// It closes, and the queue is searched.
    Search(String),
}

//! Sheets of answers: choices, the form's state, how it is drawn, what is signed in words.

mod choice;
mod draw;
mod marker;
mod state;

pub use choice::{Letters, choices, pages, said, words};
pub use draw::FormView;
pub use marker::Marker;
pub use state::{Form, Prose};

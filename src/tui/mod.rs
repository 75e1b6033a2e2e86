//! The console: a pure core (`update`, `view`), screens and pop-ups over `hall`'s rows; no terminal, no sockets.

mod asking;
mod drafts;
mod form;
mod ink;
mod keys;
mod layers;
mod linear;
mod model;
mod output;
mod parts;
mod perform;
mod pictures;
mod place;
mod request;
mod run;
mod scene;
mod screens;
mod session;
mod text;
mod theme;
mod update;
mod view;

pub use ink::Glyphs;
pub use keys::{Action, Bound, Chord, KeyFileError, Keymap, Scope, pretty};
pub use linear::{LineInput, LinearError, Lines, Reading, linear};
pub use model::{Model, Settings};
pub use output::{ENTER, LEAVE, Output, Writing};
pub use perform::Actor;
pub use pictures::{Stage, pictures, svg};
pub use run::{Input, Outside, Seat, run};
pub use session::{Seat as Sits, Session, SignedBy};
pub use text::Shown;
pub use theme::{Depth, Role, Theme, ThemeError};
pub use update::{Effect, Message, update};
pub use view::view;

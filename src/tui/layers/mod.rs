//! Pop-ups: a stack of layers over the screen; the topmost has the keys.

mod card;
mod fields;
mod frame;
mod help;
mod layer;
mod palette;
mod step;
mod told;

pub use card::Card;
pub use fields::Fields;
pub use help::{draw_continuations, help};
pub use layer::Layer;
pub use palette::Palette;
pub use step::Step;
pub use told::Told;

//! One screen a file.

mod acts;
mod guide;
mod hall;
mod judge;
mod news;
mod resume;
mod screen;
mod sheet;
mod texts;
mod wording;

pub use resume::place as resumed_at;
pub use screen::Screen;

//! Pictures made by the program: the console without a terminal, scenes, SVG.

mod scenes;
mod stage;
mod svg;

pub use scenes::pictures;
pub use stage::Stage;
pub use svg::svg;

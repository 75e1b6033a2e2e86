//! Text as it may be drawn: made safe, wrapped, rendered, compared.

mod shown;

pub use shown::Shown;

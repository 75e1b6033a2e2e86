//! Models from elsewhere: a file of a model hub or of any server, fetched whole or gone on with where it was interrupted.

mod download_error;
mod fetching;
mod hub;
mod listing;
mod partial;
mod source;
mod web;

pub use download_error::DownloadError;
pub use fetching::{Downloading, download};
pub use hub::Hub;
pub use source::Source;

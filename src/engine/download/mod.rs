//! Models from elsewhere: a file of a model hub or of any server, fetched whole or gone on with where it was interrupted.

mod download_error;
mod downloading;
mod fetching;
mod hub;
mod listing;
mod one_file;
mod partial;
mod plan;
mod source;
mod web;

pub use download_error::DownloadError;
pub use downloading::Downloading;
pub use fetching::download;
pub use hub::Hub;
pub use partial::Unfinished;
pub use source::Source;

pub(super) use partial::{Partial, unfinished};

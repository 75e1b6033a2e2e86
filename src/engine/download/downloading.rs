//! What a download needs besides its source: all that it is not to find out by itself.

use std::path::Path;

use crate::engine::net::Backoff;

/// See the module's first line.
pub struct Downloading<'d> {
    /// Looks a variable up: they say where the model hub is, and hold its token.
    pub environment: &'d (dyn Fn(&str) -> Option<String> + Send + Sync),
    /// How requests are tried again.
    pub backoff: Backoff,
    /// The hash that the file is to have, if one is insisted on.
    pub sha256: Option<String>,
    /// Bytes that are free where a path is; none if nobody knows.
    pub free: &'d (dyn Fn(&Path) -> Option<u64> + Send + Sync),
    /// Hears how many bytes are here, of how many.
    pub tell: &'d (dyn Fn(u64, u64) + Send + Sync),
}

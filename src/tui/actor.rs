//! Who acts at the console, in which hall.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::MemberId;
use crate::hall::{Hall, HallError, Signer};

use super::session::Seat;

/// The hall, and who acts in it.
#[derive(Clone)]
pub struct Actor {
    /// The hall.
    pub hall: Arc<Hall>,
    /// Signs.
    pub signer: Arc<dyn Signer>,
    /// Who.
    pub member: MemberId,
    /// Whether files of this machine are theirs.
    pub seat: Seat,
}

impl Actor {
    /// A release's directory: as named, or from afar among the hall's own.
    pub(super) fn release_dir(&self, named: &Path) -> Result<PathBuf, HallError> {
        match self.seat {
            Seat::Local => Ok(named.to_path_buf()),
            Seat::Remote => self.hall.release_dir(named),
        }
    }
}

//! Making the projections again from entries and surviving bodies.

use super::error::HallError;
use super::opened::Hall;
use super::replay::Replay;

impl Hall {
    /// Replays the ledger and replaces every projection; how many rows differed.
    ///
    /// Errors: the ledger itself is faulty; nothing is replaced then.
    pub async fn rebuild(&self) -> Result<u64, HallError> {
        let mut replay = Replay::default();
        if let Some(fault) = self.replay(&mut replay, &|_, _| {}).await? {
            return Err(HallError::Failed(format!("{} {}: {}; nothing was changed", fault.file, fault.at, fault.what)));
        }
        Ok(self.store.replace_projections(replay.state).await?)
    }
}

//! Tells the sessions of this process on which item something was said.

use tokio::sync::broadcast;

use crate::domain::ItemId;

/// Items that a session may be behind by; one that is further behind asks again at its next beat.
const BEHIND: usize = 64;

/// See the module's first line.
pub(super) struct Said(broadcast::Sender<ItemId>);

impl Default for Said {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Said {
    /// Something was said on this item.
    pub fn tell(&self, item: &ItemId) {
        // nobody may be listening
        let _ = self.0.send(item.clone());
    }

    /// What is told from now on.
    pub fn listen(&self) -> broadcast::Receiver<ItemId> {
        self.0.subscribe()
    }
}

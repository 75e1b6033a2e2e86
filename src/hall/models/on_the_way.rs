//! Models that are being fetched: how far each is, and how it is stopped. Fetching them is not here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

/// A model that is being fetched, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchView {
    /// From where.
    pub source: String,
    /// Bytes that are here.
    pub here: u64,
    /// Of so many, as far as they are known.
    pub all: u64,
    /// Why it ended; none while it is on its way.
    pub fault: Option<String>,
}

/// A model that is being fetched.
#[derive(Debug)]
pub(super) struct Fetch {
    /// How far it is.
    pub view: FetchView,
    /// Stops it.
    pub task: AbortHandle,
}

/// See the module's first line.
#[derive(Debug, Clone, Default)]
pub struct OnTheWay(Arc<Mutex<BTreeMap<String, Fetch>>>);

impl OnTheWay {
    /// Each by its source.
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<String, Fetch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how far one is.
    pub(super) fn tell(&self, source: &str, change: impl FnOnce(&mut FetchView)) {
        if let Some(fetch) = self.all().get_mut(source) {
            change(&mut fetch.view);
        }
    }
}

//! The models of a hall as reruns use them: one in memory however many sessions use it, one job at a time.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::engine::{EngineError, Local, Registered, Registry, available_memory};
use crate::hall::error::HallError;

use super::asked::Heard;
use super::turns::Turns;

/// See the module's first line.
pub struct Reruns {
    /// The models that there are.
    pub(super) registry: Registry,
    /// Whose turn it is to compute here.
    pub(super) turns: Turns,
    /// Whose turn it is to ask a model elsewhere.
    pub(super) asking: Turns,
    loaded: Mutex<Option<(String, Arc<Local>)>>,
}

/// Who listens to a job; `false` when they want no more of it.
pub type Listening<'a> = &'a (dyn Fn(Heard) -> bool + Send + Sync);

impl Reruns {
    /// Of a hall's directory.
    pub fn of(hall: &Path) -> Self {
        let (turns, asking) = (Turns::default(), Turns::default());
        Self { registry: Registry::of(hall), turns, asking, loaded: Mutex::default() }
    }

    /// The model, loaded unless it is; one that was loaded before makes room.
    pub(super) async fn local(&self, model: &Registered, tell: Listening<'_>) -> Result<Arc<Local>, HallError> {
        let mut loaded = self.loaded.lock().await;
        if let Some((_, local)) = loaded.as_ref().filter(|(digest, _)| *digest == model.digest) {
            return Ok(Arc::clone(local));
        }
        tell(Heard::Loading);
        *loaded = None;
        let (path, digest) = (self.registry.path(model), model.digest.clone());
        let local = blocking(move || {
            let found = crate::engine::digest(&path)?;
            if found != digest {
                let why = format!("{}: {found}, but {digest} was added; `guildhall model verify`", path.display());
                return Err(EngineError::Request(why));
            }
            // a core stays with the sessions
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            Local::load(&path, (cores - 1).max(1), available_memory().unwrap_or(u64::MAX))
        });
        let local = Arc::new(local.await?);
        *loaded = Some((model.digest.clone(), Arc::clone(&local)));
        Ok(local)
    }
}

/// Computes on a thread that may take its time.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, HallError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(wrong),
        Err(error) => Err(HallError::Failed(format!("the model broke off: {error}"))),
    }
}

/// The engine's words for whoever asked.
pub fn wrong(error: EngineError) -> HallError {
    match &error {
        EngineError::Endpoint(told) if !told.is_of_the_request() => HallError::Failed(error.to_string()),
        EngineError::Download(told) if !told.is_of_the_request() => HallError::Failed(error.to_string()),
        _ => HallError::Usage(error.to_string()),
    }
}

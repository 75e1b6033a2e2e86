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
    loaded: Held<Local>,
}

/// Who listens to a job; `false` when they want no more of it.
pub type Listening<'a> = &'a (dyn Fn(Heard) -> bool + Send + Sync);

impl Reruns {
    /// Of a hall's directory.
    pub fn of(hall: &Path) -> Self {
        let (turns, asking) = (Turns::default(), Turns::default());
        Self { registry: Registry::of(hall), turns, asking, loaded: Held::default() }
    }

    /// The model, loaded unless it is; one that was loaded before makes room. Whoever asks has the turn.
    pub(super) async fn local(&self, model: &Registered, tell: Listening<'_>) -> Result<Arc<Local>, HallError> {
        let (path, digest) = (self.registry.path(model), model.digest.clone());
        let load = move || {
            let found = crate::engine::digest(&path)?;
            if found != digest {
                let why = format!("{}: {found}, but {digest} was added; `guildhall model verify`", path.display());
                return Err(EngineError::Request(why));
            }
            // a core stays with the sessions
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            Local::load(&path, (cores - 1).max(1), available_memory().unwrap_or(u64::MAX))
        };
        let loading = || {
            tell(Heard::Loading);
        };
        self.loaded.of(&model.digest, loading, load).await
    }
}

/// One thing in memory, by its name. Loading one goes on when whoever asked gives up, and nobody loads another beside it.
#[derive(Debug)]
struct Held<T>(Arc<Mutex<Named<T>>>);

type Named<T> = Option<(String, Arc<T>)>;

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Send + Sync + 'static> Held<T> {
    /// What has this name, loaded unless it is; `loading` is told if it isn't.
    async fn of(
        &self,
        name: &str,
        loading: impl FnOnce(),
        load: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
    ) -> Result<Arc<T>, HallError> {
        let mut held = Arc::clone(&self.0).lock_owned().await;
        if let Some((_, known)) = held.as_ref().filter(|(known, _)| known == name) {
            return Ok(Arc::clone(known));
        }
        loading();
        let name = name.to_owned();
        // the lock goes along to the thread, which ends its work whoever has gone
        blocking(move || {
            *held = None;
            let loaded = Arc::new(load()?);
            *held = Some((name, Arc::clone(&loaded)));
            Ok(loaded)
        })
        .await
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    /// How many copies there are now, the most at a time, and how many were ever loaded.
    #[derive(Default)]
    struct Copies {
        now: AtomicUsize,
        most: AtomicUsize,
        loads: AtomicUsize,
    }

    struct Copied(Arc<Copies>);

    impl Copied {
        fn of(copies: &Arc<Copies>) -> Self {
            copies.loads.fetch_add(1, Ordering::SeqCst);
            copies.most.fetch_max(copies.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Self(Arc::clone(copies))
        }
    }

    impl Drop for Copied {
        fn drop(&mut self) {
            self.0.now.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn counted(copies: &Copies) -> [usize; 3] {
        [&copies.now, &copies.most, &copies.loads].map(|count| count.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn giving_up_a_loading_leaves_one_copy_which_the_next_is_given() {
        let (held, copies) = (Arc::new(Held::<Copied>::default()), Arc::<Copies>::default());
        let (begun, mut has_begun) = mpsc::unbounded_channel();
        let (let_go, hold) = std::sync::mpsc::channel::<()>();
        let first = {
            let (held, copies) = (Arc::clone(&held), Arc::clone(&copies));
            tokio::spawn(async move {
                let load = move || {
                    let copy = Copied::of(&copies);
                    begun.send(()).ok();
                    hold.recv().ok();
                    Ok(copy)
                };
                held.of("one", || (), load).await.map(|_| ())
            })
        };
        has_begun.recv().await.unwrap();
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let second = {
            let (held, copies) = (Arc::clone(&held), Arc::clone(&copies));
            tokio::spawn(async move { held.of("one", || (), move || Ok(Copied::of(&copies))).await })
        };
        tokio::task::yield_now().await;
        assert!(!second.is_finished(), "the one that is being loaded is waited for");
        let_go.send(()).unwrap();
        drop(second.await.unwrap().unwrap());
        assert_eq!(counted(&copies), [1, 1, 1]);
        // another one has its room
        let other = Arc::clone(&copies);
        drop(held.of("other", || (), move || Ok(Copied::of(&other))).await.unwrap());
        assert_eq!(counted(&copies), [1, 1, 2]);
    }

    #[tokio::test]
    async fn what_could_not_be_loaded_is_tried_again() {
        let held = Held::<u8>::default();
        let mut told = 0;
        let failed = held.of("one", || told += 1, || Err(EngineError::Request("no".to_owned()))).await;
        assert!(failed.is_err());
        assert_eq!(*held.of("one", || told += 1, || Ok(1)).await.unwrap(), 1);
        assert_eq!(*held.of("one", || told += 1, || Ok(2)).await.unwrap(), 1);
        assert_eq!(told, 2);
    }
}

//! Connections and threads of the SQLite engine; what they execute is in the neighbouring files.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

use crate::store::StoreError;

use super::load::Cache;
use super::readers::Readers;

const SCHEMA: i64 = 3;
/// At most this many jobs share a transaction, and so one flush to the disk.
const GROUP: usize = 64;

/// A job in the writer's transaction, or why there is none; its reply is told once the transaction is durable.
type Job = Box<dyn FnOnce(Result<(&Connection, &mut Cache), StoreError>) -> Reply + Send>;
/// Tells the caller; the argument is why the transaction failed, if it did.
type Reply = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// See the module's first line.
#[derive(Clone)]
pub(in crate::store) struct Sqlite {
    file: Arc<PathBuf>,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    facts: Arc<Mutex<Cache>>,
}

/// The writer's thread; the last one who drops it waits until it has closed the database.
struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            // a writer that panicked has nothing more to close
            let _ = thread.join();
        }
    }
}

impl Sqlite {
    /// Makes a new database.
    pub async fn create(path: &Path) -> Result<Self, StoreError> {
        let file = path.to_path_buf();
        let connection = connect(&file, true)?;
        let wrap = |error| wrong(&file, error);
        connection.execute_batch(include_str!("schema.sql")).map_err(wrap)?;
        connection.pragma_update(None, "user_version", SCHEMA).map_err(wrap)?;
        Ok(Self::start(file, connection))
    }

    /// Opens a database.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let file = path.to_path_buf();
        let connection = connect(&file, false)?;
        let found: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| wrong(&file, error))?;
        if found != SCHEMA {
            return Err(StoreError::Schema { file: file.display().to_string(), found, known: SCHEMA });
        }
        Ok(Self::start(file, connection))
    }

    fn start(file: PathBuf, connection: Connection) -> Self {
        let (writer, jobs) = channel();
        let named = file.clone();
        // a thread that can't start leaves the channel closed, which every write then reports
        let writing = move || write(&named, connection, &jobs);
        let thread = std::thread::Builder::new().name("hall-writer".into()).spawn(writing).ok();
        let writer = Arc::new(Writer { jobs: Some(writer), thread });
        Self { file: Arc::new(file), writer, readers: Arc::new(Readers::new()), facts: Arc::default() }
    }

    /// Runs `job` in the writer's transaction and waits until it is durable; an error undoes just this job.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection, &mut Cache) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |begun| {
            let result = begun.and_then(|(connection, cache)| job(connection, cache));
            Box::new(move |failure| {
                let _ = tell.send(failure.map_or(result, Err));
            })
        });
        let jobs = self.writer.jobs.as_ref().ok_or(StoreError::Stopped)?;
        jobs.send(job).map_err(|_| StoreError::Stopped)?;
        told.await.map_err(|_| StoreError::Stopped)?
    }

    /// The hall's rows apart from items, as readers share them.
    pub fn facts_cache(&self) -> Arc<Mutex<Cache>> {
        Arc::clone(&self.facts)
    }

    /// Runs `query` on a connection of the pool, in one read transaction.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            this.readers.with(
                || connect(&this.file, false),
                |connection| {
                    let tx = connection.transaction().map_err(|error| wrong(&this.file, error))?;
                    query(&tx)
                },
            )
        })
        .await
        .map_err(|_| StoreError::Stopped)?
    }
}

/// Names the file in a SQLite error.
pub(super) fn wrong(file: &Path, error: rusqlite::Error) -> StoreError {
    StoreError::Sqlite { file: file.display().to_string(), error }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite { file: "hall.db".to_owned(), error }
    }
}

fn connect(file: &Path, create: bool) -> Result<Connection, StoreError> {
    let wrap = |error| wrong(file, error);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(file, flags).map_err(wrap)?;
    connection.busy_timeout(Duration::from_secs(30)).map_err(wrap)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(wrap)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(wrap)?;
    connection.pragma_update(None, "foreign_keys", "ON").map_err(wrap)?;
    connection.pragma_update(None, "secure_delete", "ON").map_err(wrap)?;
    Ok(connection)
}

/// The writer thread: takes what waits, does it in one transaction, tells the callers once it is durable.
fn write(file: &Path, mut connection: Connection, jobs: &Receiver<Job>) {
    let mut cache = Cache::default();
    while let Ok(first) = jobs.recv() {
        let group = std::iter::once(first).chain(jobs.try_iter().take(GROUP - 1));
        let mut replies: Vec<Reply> = Vec::new();
        let failure = transact(file, &mut connection, &mut cache, group, &mut replies).err().map(|e| e.to_string());
        if failure.is_some() {
            cache = Cache::default();
        }
        for reply in replies {
            let corrupt =
                |reason: &String| StoreError::Corrupt { place: file.display().to_string(), reason: reason.clone() };
            reply(failure.as_ref().map(corrupt));
        }
    }
}

fn transact(
    file: &Path,
    connection: &mut Connection,
    cache: &mut Cache,
    group: impl Iterator<Item = Job>,
    replies: &mut Vec<Reply>,
) -> Result<(), StoreError> {
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            let why = error.to_string();
            let corrupt = || StoreError::Corrupt { place: file.display().to_string(), reason: why.clone() };
            replies.extend(group.map(|job| job(Err(corrupt()))));
            return Ok(());
        }
    };
    for job in group {
        replies.push(job(Ok((&tx, &mut *cache))));
    }
    tx.commit().map_err(|error| wrong(file, error))
}

/// Runs `job` so that an error undoes what it did, and only that.
pub(super) fn undoable<T>(
    connection: &Connection,
    job: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT job")?;
    match job() {
        Ok(done) => {
            connection.execute_batch("RELEASE job")?;
            Ok(done)
        }
        Err(error) => {
            connection.execute_batch("ROLLBACK TO job; RELEASE job")?;
            Err(error)
        }
    }
}

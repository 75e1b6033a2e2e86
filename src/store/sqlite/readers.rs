//! Connections for reading, shared by threads that may wait. Reading is work of the processor: more connections than it has
//! room for would only each keep a cache of pages.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::store::StoreError;

/// See the module's first line.
///
/// Whoever has a connection holds up nobody but other readers, and waits for nobody: so a thread may wait for one whatever
/// else it holds. Tasks mustn't, which is why [`with`](Self::with) blocks.
pub(super) struct Readers {
    pool: Mutex<Pool>,
    freed: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    /// How many more may be opened.
    room: usize,
}

impl Readers {
    /// As many as twice the processor's cores.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = Pool { idle: Vec::new(), room: (2 * cores).max(4) };
        Self { pool: Mutex::new(pool), freed: Condvar::new() }
    }

    /// Lets `query` have a connection, opened by `open` if none is idle; waits while all are taken.
    pub fn with<T>(
        &self,
        open: impl FnOnce() -> Result<Connection, StoreError>,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut place = Place { readers: self, connection: self.take() };
        let connection = match &mut place.connection {
            Some(connection) => connection,
            none => none.insert(open()?),
        };
        query(connection)
    }

    /// An idle connection, or the right to open one.
    fn take(&self) -> Option<Connection> {
        let mut pool = self.lock();
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Some(connection);
            }
            if pool.room > 0 {
                pool.room -= 1;
                return None;
            }
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the readers; given back however the query ends.
struct Place<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        match self.connection.take() {
            // one on which a query broke off may be in the middle of something
            Some(connection) if !std::thread::panicking() => pool.idle.push(connection),
            _ => pool.room += 1,
        }
        drop(pool);
        self.readers.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back_however_a_query_ends() {
        let readers = Readers::new();
        let open = || Connection::open_in_memory().map_err(StoreError::from);
        let room = readers.lock().room;
        for _ in 0..2 * room {
            let failed = readers.with(|| Err(StoreError::Stopped), |_| Ok(()));
            assert!(failed.is_err());
            let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                readers.with(open, |_| -> Result<(), StoreError> { panic!("a fault in a query") })
            }));
            assert!(broken.is_err());
        }
        std::thread::scope(|scope| {
            for _ in 0..8 * room {
                scope.spawn(|| readers.with(open, |connection| Ok(connection.is_autocommit())).unwrap());
            }
        });
        let pool = readers.lock();
        assert_eq!(pool.room + pool.idle.len(), room);
    }
}

//! The SQLite engine: one writer thread with group commit, readers from a pool, WAL with full synchronisation.

mod append;
mod engine;
mod import;
mod load;
mod project;
mod read;

pub(super) use engine::Sqlite;

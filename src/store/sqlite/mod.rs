//! The SQLite engine: one writer thread with group commit, readers from a pool, WAL with full synchronisation.

mod append;
mod engine;
mod import;
mod load;
mod page;
mod project;
mod read;
mod readers;
mod search;

pub(super) use engine::Sqlite;

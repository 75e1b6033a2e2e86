//! Working state, in its own file and never rebuilt: leases, drafts, the demo's clock, the last head signed.

use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use crate::domain::{ItemId, MemberId, Timestamp};

use super::StoreError;

const SCHEMA: i64 = 1;
const SQL: &str = "
CREATE TABLE IF NOT EXISTS leases(item TEXT NOT NULL, member TEXT NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY(item, member)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS leases_by_member ON leases(member);
CREATE TABLE IF NOT EXISTS drafts(member TEXT NOT NULL, item TEXT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY(member, item)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// A right to judge an item for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// On which item.
    pub item: ItemId,
    /// Whose.
    pub member: MemberId,
    /// Until when.
    pub until: Timestamp,
}

/// What a claim came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The lease is held until then.
    Held(Timestamp),
    /// All places are taken, by this many leases of others.
    Taken(usize),
}

/// A judgement in the making. Its nonce stays the same until it is submitted, so that a repeated submission is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The submission's nonce.
    pub nonce: String,
    /// Answers given so far.
    pub answers: std::collections::BTreeMap<String, String>,
    /// Rationale written so far.
    pub rationale: String,
    /// Reasons of other acts written so far, by the act's name.
    #[serde(default)]
    pub reasons: std::collections::BTreeMap<String, String>,
    /// Where typing stood.
    #[serde(default)]
    pub field: String,
    /// The item was on the screen.
    #[serde(default)]
    pub open: bool,
    /// When it was changed, milliseconds.
    #[serde(default)]
    pub at: i64,
    /// How sure, percent.
    #[serde(default)]
    pub confidence: Option<u8>,
    /// Time spent, seconds.
    #[serde(default)]
    pub seconds: u32,
}

/// The working state of a hall.
pub struct Work {
    connection: Mutex<Connection>,
    file: String,
}

impl Work {
    /// Opens or makes the file.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = path.display().to_string();
        let sqlite = |error| StoreError::Sqlite { file: file.clone(), error };
        let connection = Connection::open(path).map_err(sqlite)?;
        connection.busy_timeout(std::time::Duration::from_secs(30)).map_err(sqlite)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(sqlite)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(sqlite)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sqlite)?;
        if found > SCHEMA {
            return Err(StoreError::Schema { file, found, known: SCHEMA });
        }
        if found < SCHEMA {
            connection.execute_batch(SQL).map_err(sqlite)?;
            connection.pragma_update(None, "user_version", SCHEMA).map_err(sqlite)?;
        }
        Ok(Self { connection: Mutex::new(connection), file })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn error(&self, error: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { file: self.file.clone(), error }
    }

    /// Claims one of an item's open places for `member`, or renews the lease.
    ///
    /// `places` tells how many judgements the item still takes and who gave the live ones; it is asked after the leases
    /// are read, inside the claim's exclusive transaction, so that a judgement is seen as lease or as entry, never as neither.
    pub fn claim(
        &self,
        item: &ItemId,
        member: &MemberId,
        (now, until): (Timestamp, Timestamp),
        places: &mut dyn FnMut() -> Result<(usize, Vec<MemberId>), StoreError>,
    ) -> Result<Claim, StoreError> {
        let mut connection = self.connection();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| self.error(e))?;
        let result = (|| -> Result<Claim, StoreError> {
            tx.execute("DELETE FROM leases WHERE until <= ?1", [now.ms()]).map_err(|e| self.error(e))?;
            let holders: Vec<String> = {
                let mut query =
                    tx.prepare_cached("SELECT member FROM leases WHERE item = ?1").map_err(|e| self.error(e))?;
                let rows = query.query_map([item.as_str()], |row| row.get(0)).map_err(|e| self.error(e))?;
                rows.collect::<Result<_, _>>().map_err(|e| self.error(e))?
            };
            let (open, judged) = places()?;
            let others = holders
                .iter()
                .filter(|holder| *holder != member.as_str() && !judged.iter().any(|judge| judge.as_str() == **holder))
                .count();
            if others >= open {
                return Ok(Claim::Taken(others));
            }
            tx.execute(
                "INSERT INTO leases(item, member, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT(item, member) DO UPDATE SET until = excluded.until",
                params![item.as_str(), member.as_str(), until.ms()],
            )
            .map_err(|e| self.error(e))?;
            Ok(Claim::Held(until))
        })();
        if result.is_ok() {
            tx.commit().map_err(|e| self.error(e))?;
        }
        result
    }

    /// Gives a lease back.
    pub fn release(&self, item: &ItemId, member: &MemberId) -> Result<(), StoreError> {
        let sql = "DELETE FROM leases WHERE item = ?1 AND member = ?2";
        self.connection().execute(sql, [item.as_str(), member.as_str()]).map_err(|e| self.error(e)).map(|_| ())
    }

    /// Leases that run at `now`.
    pub fn leases(&self, now: Timestamp) -> Result<Vec<Lease>, StoreError> {
        let connection = self.connection();
        let mut query = connection
            .prepare_cached("SELECT item, member, until FROM leases WHERE until > ?1 ORDER BY until")
            .map_err(|e| self.error(e))?;
        let rows = query
            .query_map([now.ms()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            })
            .map_err(|e| self.error(e))?;
        let mut leases = Vec::new();
        for row in rows {
            let (item, member, until) = row.map_err(|e| self.error(e))?;
            if let (Ok(item), Ok(member)) = (item.parse(), member.parse()) {
                leases.push(Lease { item, member, until: Timestamp::from_ms(until) });
            }
        }
        Ok(leases)
    }

    /// A member's draft on an item.
    pub fn draft(&self, member: &MemberId, item: &ItemId) -> Result<Option<Draft>, StoreError> {
        let sql = "SELECT doc FROM drafts WHERE member = ?1 AND item = ?2";
        let doc: Option<String> = self
            .connection()
            .query_row(sql, [member.as_str(), item.as_str()], |row| row.get(0))
            .optional()
            .map_err(|e| self.error(e))?;
        Ok(doc.and_then(|doc| serde_json::from_str(&doc).ok()))
    }

    /// A member's drafts.
    pub fn drafts(&self, member: &MemberId) -> Result<Vec<(ItemId, Draft)>, StoreError> {
        let connection = self.connection();
        let mut query = connection
            .prepare_cached("SELECT item, doc FROM drafts WHERE member = ?1 ORDER BY item")
            .map_err(|e| self.error(e))?;
        let rows = query
            .query_map([member.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .map_err(|e| self.error(e))?;
        let mut drafts = Vec::new();
        for row in rows {
            let (item, doc) = row.map_err(|e| self.error(e))?;
            drafts.extend(item.parse().ok().zip(serde_json::from_str(&doc).ok()));
        }
        Ok(drafts)
    }

    /// Extends a lease that is held; whether one was.
    pub fn renew(&self, item: &ItemId, member: &MemberId, until: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE leases SET until = max(until, ?3) WHERE item = ?1 AND member = ?2";
        let extended = self.connection().execute(sql, params![item.as_str(), member.as_str(), until.ms()]);
        Ok(extended.map_err(|e| self.error(e))? > 0)
    }

    /// Keeps a draft, or drops it.
    pub fn keep_draft(&self, member: &MemberId, item: &ItemId, draft: Option<&Draft>) -> Result<(), StoreError> {
        let connection = self.connection();
        let key = [member.as_str(), item.as_str()];
        match draft.map(serde_json::to_string) {
            Some(Ok(doc)) => connection.execute(
                "INSERT INTO drafts(member, item, doc) VALUES (?1, ?2, ?3)
                 ON CONFLICT(member, item) DO UPDATE SET doc = excluded.doc",
                params![key[0], key[1], doc],
            ),
            _ => connection.execute("DELETE FROM drafts WHERE member = ?1 AND item = ?2", key),
        }
        .map_err(|e| self.error(e))
        .map(|_| ())
    }

    /// How far the demo's clock was advanced, milliseconds.
    pub fn clock_offset_ms(&self) -> Result<i64, StoreError> {
        Ok(self.setting("clock_offset_ms")?.and_then(|value| value.parse().ok()).unwrap_or(0))
    }

    /// Sets the demo's clock.
    pub fn set_clock_offset_ms(&self, offset: i64) -> Result<(), StoreError> {
        self.set("clock_offset_ms", &offset.to_string())
    }

    /// The largest head this hall signed: size and note.
    pub fn last_head(&self) -> Result<Option<(u64, String)>, StoreError> {
        let stored = self.setting("last_head")?;
        Ok(stored.and_then(|value| {
            let (size, note) = value.split_once('\n')?;
            Some((size.parse().ok()?, note.to_owned()))
        }))
    }

    /// Notes a signed head; called after it is durable, and never for a smaller one.
    pub fn note_head(&self, size: u64, note: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO settings(key, value) VALUES ('last_head', ?1) ON CONFLICT(key) DO UPDATE
                   SET value = excluded.value WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)";
        self.connection().execute(sql, [format!("{size}\n{note}")]).map_err(|e| self.error(e)).map(|_| ())
    }

    fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.connection()
            .query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0))
            .optional()
            .map_err(|e| self.error(e))
    }

    fn set(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO settings(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
        self.connection().execute(sql, [key, value]).map_err(|e| self.error(e)).map(|_| ())
    }
}

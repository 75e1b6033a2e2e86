//! Lists and single rows for readers; nothing here changes a row but the directory and the rules.

use rusqlite::{OptionalExtension, params};

use crate::domain::{Digest, GuildId, Item, ItemId, ItemShape, ItemState};
use crate::ledger::MemoryNodes;
use crate::store::request::Which;
use crate::store::{BodyRow, EntryRow, Fact, ItemFilter, ItemRow, StoreError, StoredItem};

use super::engine::Sqlite;
use super::load::{corrupt, document, facts, facts_changed, head, item_query, item_row};
use super::project::facts_of;

impl Sqlite {
    /// See [`crate::store::Store::put_rule`].
    pub async fn put_rule(&self, kind: &'static str, text: String) -> Result<Digest, StoreError> {
        self.write(move |connection, _| {
            let digest = Digest::of(text.as_bytes());
            let sql = "INSERT INTO rules(digest, kind, text) VALUES (?1, ?2, ?3) ON CONFLICT(digest) DO NOTHING";
            connection.execute(sql, params![digest.as_str(), kind, text])?;
            facts_changed(connection)?;
            Ok(digest)
        })
        .await
    }

    /// See [`crate::store::Store::rules`].
    pub async fn rules(&self) -> Result<Vec<(String, Digest, String)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT kind, digest, text FROM rules ORDER BY kind, digest")?;
            let mut rows = query.query([])?;
            let mut rules = Vec::new();
            while let Some(row) = rows.next()? {
                let digest: String = row.get(1)?;
                let digest = digest.parse().map_err(|error| corrupt(format!("rules {digest}"), error))?;
                rules.push((row.get(0)?, digest, row.get(2)?));
            }
            Ok(rules)
        })
        .await
    }

    /// See [`crate::store::Store::items`].
    pub async fn items(&self, filter: ItemFilter, after: i64, limit: usize) -> Result<Vec<ItemRow>, StoreError> {
        self.read(move |connection| {
            // only guild and state together have an index in this order; a `+` keeps others from being sorted anew each page
            let guild = match (&filter.guild, &filter.state) {
                (Some(_), Some(_)) => "AND items.guild = ?3",
                (Some(_), None) => "AND +items.guild = ?3",
                (None, _) => "AND ?3 IS NULL",
            };
            let state = match (&filter.guild, &filter.state) {
                (Some(_), Some(_)) => "AND items.state = ?4",
                (None, Some(_)) => "AND +items.state = ?4",
                (_, None) => "AND ?4 IS NULL",
            };
            let batch = if filter.batch.is_some() { "AND batches.root = ?5" } else { "AND ?5 IS NULL" };
            let touched = if filter.touched { "AND items.record IS NOT NULL" } else { "" };
            let wanted = format!("WHERE items.n > ?1 {guild} {state} {batch} {touched} ORDER BY items.n LIMIT ?2");
            let mut query = connection.prepare_cached(&item_query(&wanted))?;
            let mut rows = query.query(params![
                after,
                i64::try_from(limit).unwrap_or(i64::MAX),
                filter.guild.as_ref().map(|guild| guild.as_str()),
                filter.state.map(|state| state.to_string()),
                filter.batch.as_ref().map(|batch| batch.as_str()),
            ])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(item_row(row)?);
            }
            Ok(items)
        })
        .await
    }

    /// See [`crate::store::Store::settled`].
    pub async fn settled(&self, guild: GuildId) -> Result<(u64, Vec<Item>), StoreError> {
        self.read(move |connection| {
            let size = head(connection)?.map_or(0, |(size, _)| size);
            let sql = item_query(
                "WHERE items.guild = ?1 AND items.state IN ('agreed', 'adjudicated', 'gold') ORDER BY items.n",
            );
            let mut query = connection.prepare_cached(&sql)?;
            let mut rows = query.query([guild.as_str()])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(item_row(row)?.item);
            }
            Ok((size, items))
        })
        .await
    }

    /// See [`crate::store::Store::ids_starting`].
    pub async fn ids_starting(&self, prefix: String) -> Result<Vec<ItemId>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT items.id FROM items JOIN batches ON batches.n = items.batch AND batches.root IS NOT NULL
                       WHERE items.id >= ?1 AND items.id < ?2 LIMIT 2";
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([prefix.clone(), format!("{prefix}~")], |row| row.get::<_, String>(0))?;
            let parse = |id: Result<String, rusqlite::Error>| id?.parse().map_err(|error| corrupt("items", error));
            rows.map(parse).collect()
        })
        .await
    }

    /// See [`crate::store::Store::texts`].
    pub async fn texts(
        &self,
        which: Which,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Item, StoredItem)>, StoreError> {
        self.read(move |connection| {
            let (wanted, keys) = match &which {
                Which::Batch(batch) => ("batches.root = ?1", vec![batch.to_string()]),
                Which::Ids(ids) => ("items.id = ?1", ids.iter().map(ToString::to_string).collect()),
            };
            let sql = format!(
                "SELECT items.n, items.id, items.guild, batches.root, items.content FROM items
                 JOIN batches ON batches.n = items.batch WHERE {wanted} AND batches.root IS NOT NULL AND items.n > ?2
                 ORDER BY items.n LIMIT ?3"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let mut texts = Vec::new();
            for key in keys {
                let mut rows = query.query(params![key, after, i64::try_from(limit).unwrap_or(i64::MAX)])?;
                while let Some(row) = rows.next()? {
                    texts.push(text_row(row)?);
                }
            }
            Ok(texts)
        })
        .await
    }

    /// See [`crate::store::Store::content`].
    pub async fn content(&self, id: ItemId) -> Result<Option<StoredItem>, StoreError> {
        self.read(move |connection| {
            let sql =
                "SELECT items.content FROM items JOIN batches ON batches.n = items.batch AND batches.root IS NOT NULL
                       WHERE items.id = ?1";
            let found: Option<String> = connection.query_row(sql, [id.as_str()], |row| row.get(0)).optional()?;
            found.map(|doc| document(&format!("items {id}"), &doc)).transpose()
        })
        .await
    }

    /// See [`crate::store::Store::counts`].
    pub async fn counts(&self) -> Result<Vec<(GuildId, ItemState, u64)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT guild, state, n FROM counts WHERE n > 0")?;
            let mut rows = query.query([])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                let (guild, state): (String, String) = (row.get(0)?, row.get(1)?);
                let guild = guild.parse().map_err(|error| corrupt("counts", error))?;
                let state = document("counts", &format!("\"{state}\""))?;
                counts.push((guild, state, row.get(2)?));
            }
            Ok(counts)
        })
        .await
    }

    /// See [`crate::store::Store::entries`].
    pub async fn entries(&self, from: u64, limit: usize) -> Result<Vec<EntryRow>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT seq, bytes FROM entries WHERE seq >= ?1 ORDER BY seq LIMIT ?2";
            let mut query = connection.prepare_cached(sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows =
                query.query_map(params![from, limit], |row| Ok(EntryRow { seq: row.get(0)?, bytes: row.get(1)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// See [`crate::store::Store::entries_on`].
    pub async fn entries_on(&self, id: ItemId) -> Result<Vec<u64>, StoreError> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached("SELECT seq FROM entries WHERE item = ?1 ORDER BY seq")?;
            let rows = query.query_map([id.as_str()], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// See [`crate::store::Store::bodies`].
    pub async fn bodies(&self, from: u64, to: u64) -> Result<Vec<BodyRow>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT seq, part, salt, content FROM bodies WHERE seq >= ?1 AND seq < ?2 ORDER BY seq, part";
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([from, to], |row| {
                Ok(BodyRow { seq: row.get(0)?, part: row.get(1)?, salt: row.get(2)?, content: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// See [`crate::store::Store::head`].
    pub async fn head(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.read(head).await
    }

    /// See [`crate::store::Store::head_at`].
    pub async fn head_at(&self, size: u64) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT note FROM heads WHERE size = ?1";
            Ok(connection.query_row(sql, [size], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// See [`crate::store::Store::heads`].
    pub async fn heads(&self) -> Result<Vec<(u64, String)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare("SELECT size, note FROM heads ORDER BY size")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// See [`crate::store::Store::nodes`].
    pub async fn nodes(&self) -> Result<MemoryNodes, StoreError> {
        self.read(|connection| {
            let mut nodes = MemoryNodes::default();
            let mut query = connection.prepare("SELECT hash FROM nodes WHERE level = 0 ORDER BY place")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                nodes.push(row.get(0)?);
            }
            Ok(nodes)
        })
        .await
    }

    /// See [`crate::store::Store::tree`].
    pub async fn tree(&self) -> Result<Vec<(u8, u64, Vec<u8>)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare("SELECT level, place, hash FROM nodes ORDER BY level, place")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// See [`crate::store::Store::facts`].
    pub async fn facts(&self) -> Result<Vec<Fact>, StoreError> {
        self.read(|connection| facts_of(&facts(connection)?)).await
    }

    /// See [`crate::store::Store::directory`].
    pub async fn directory(&self) -> Result<Vec<(String, String, String)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT kind, id, name FROM directory ORDER BY kind, name")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// See [`crate::store::Store::put_name`].
    pub async fn put_name(&self, kind: &'static str, id: String, name: String) -> Result<(), StoreError> {
        self.write(move |connection, _| {
            connection.execute(
                "INSERT INTO directory(kind, id, name) VALUES (?1, ?2, ?3)
                 ON CONFLICT(kind, id) DO UPDATE SET name = excluded.name",
                params![kind, id, name],
            )?;
            Ok(())
        })
        .await
    }

    /// See [`crate::store::Store::drop_name`].
    pub async fn drop_name(&self, kind: &'static str, id: String) -> Result<(), StoreError> {
        self.write(move |connection, _| {
            connection.execute("DELETE FROM directory WHERE kind = ?1 AND id = ?2", params![kind, id])?;
            Ok(())
        })
        .await
    }

    /// See [`crate::store::Store::copy_to`].
    pub async fn copy_to(&self, path: std::path::PathBuf) -> Result<(), StoreError> {
        self.read(move |connection| {
            let mut copy = rusqlite::Connection::open(&path)?;
            let backup = rusqlite::backup::Backup::new(connection, &mut copy)?;
            backup.run_to_completion(1000, std::time::Duration::ZERO, None)?;
            Ok(())
        })
        .await
    }
}

fn text_row(row: &rusqlite::Row<'_>) -> Result<(i64, Item, StoredItem), StoreError> {
    let (id, guild, root, content): (String, String, String, String) =
        (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    let place = format!("items {id}");
    let content: StoredItem = document(&place, &content)?;
    let shape = ItemShape::of(&content.outputs);
    let id = id.parse().map_err(|error| corrupt(&place, error))?;
    let guild = guild.parse().map_err(|error| corrupt(&place, error))?;
    let batch = root.parse().map_err(|error| corrupt(&place, error))?;
    Ok((row.get(0)?, Item::untouched(id, guild, shape, Some(batch)), content))
}

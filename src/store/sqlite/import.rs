//! Imports: items staged in slices under a batch that nobody sees, until one entry publishes it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::{GuildId, ItemId, ItemState};
use crate::store::{StagedItem, StoreError};

use super::engine::{Sqlite, undoable};
use super::load::corrupt;
use super::project::count;

impl Sqlite {
    /// See [`crate::store::Store::begin_import`].
    pub async fn begin_import(&self, guild: GuildId) -> Result<i64, StoreError> {
        let dead = self.read(invisible).await?;
        for batch in dead {
            self.drop_import(batch).await?;
        }
        self.write(move |connection, _| {
            connection.execute("INSERT INTO batches(guild, root) VALUES (?1, NULL)", [guild.as_str()])?;
            Ok(connection.last_insert_rowid())
        })
        .await
    }

    /// See [`crate::store::Store::stage`].
    pub async fn stage(&self, import: i64, guild: GuildId, items: Vec<StagedItem>) -> Result<Vec<ItemId>, StoreError> {
        self.write(move |connection, _| undoable(connection, || stage(connection, import, &guild, &items))).await
    }

    /// See [`crate::store::Store::drop_import`].
    pub async fn drop_import(&self, import: i64) -> Result<(), StoreError> {
        loop {
            let dropped = self
                .write(move |connection, _| {
                    let sql = "DELETE FROM items WHERE n IN (SELECT items.n FROM items JOIN batches ON batches.n = items.batch
                               WHERE batches.n = ?1 AND batches.root IS NULL LIMIT 2000)";
                    Ok(connection.execute(sql, [import])?)
                })
                .await?;
            if dropped == 0 {
                break;
            }
        }
        self.write(move |connection, _| {
            connection.execute("DELETE FROM batches WHERE n = ?1 AND root IS NULL", [import])?;
            Ok(())
        })
        .await
    }
}

fn invisible(connection: &Connection) -> Result<Vec<i64>, StoreError> {
    let mut query = connection.prepare("SELECT n FROM batches WHERE root IS NULL")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn stage(
    connection: &Connection,
    import: i64,
    guild: &GuildId,
    items: &[StagedItem],
) -> Result<Vec<ItemId>, StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO items(id, guild, batch, shape, content) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO NOTHING",
    )?;
    let mut added = Vec::with_capacity(items.len());
    for item in items {
        let json = |value: Result<String, serde_json::Error>| value.map_err(|error| corrupt(item.id.as_str(), error));
        let (shape, content) = (json(serde_json::to_string(&item.shape))?, json(serde_json::to_string(&item.content))?);
        let rows = insert.execute(params![item.id.as_str(), guild.as_str(), import, shape, content])?;
        if rows == 1 {
            added.push(item.id.clone());
        }
    }
    Ok(added)
}

/// Makes an import visible under its root; part of the transaction that appends its entry.
pub(super) fn publish(connection: &Connection, import: i64, root: &str) -> Result<(), StoreError> {
    let sql = "UPDATE batches SET root = ?2 WHERE n = ?1 AND root IS NULL RETURNING guild";
    let guild: Option<String> = connection.query_row(sql, params![import, root], |row| row.get(0)).optional()?;
    let guild = guild.ok_or_else(|| corrupt(format!("batches {import}"), "the staged import is gone; import again"))?;
    let items: i64 = connection.query_row("SELECT count(*) FROM items WHERE batch = ?1", [import], |row| row.get(0))?;
    let guild: GuildId = guild.parse().map_err(|error| corrupt(format!("batches {import}"), error))?;
    count(connection, &guild, ItemState::Open, items)
}

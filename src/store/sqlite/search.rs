//! The search over prompts and outputs (FTS5): filled in slices after an import, so that importing stays quick.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::{ItemRow, StoreError, StoredItem};

use super::engine::{Sqlite, undoable};
use super::load::{document, item_query, item_row};

impl Sqlite {
    /// See [`crate::store::Store::index_some`].
    pub async fn index_some(&self, limit: usize) -> Result<(u64, u64), StoreError> {
        let (done, total) = self.read(progress).await?;
        if done >= total || limit == 0 {
            return Ok((done, total));
        }
        self.write(move |connection, _| undoable(connection, || index_some(connection, limit))).await?;
        self.read(progress).await
    }

    /// See [`crate::store::Store::search`].
    pub async fn search(
        &self,
        words: String,
        beyond: Option<i64>,
        down: bool,
        limit: usize,
    ) -> Result<Vec<ItemRow>, StoreError> {
        self.read(move |connection| {
            let (than, order) = if down { ("<", "DESC") } else { (">", "ASC") };
            let beyond = beyond.unwrap_or(if down { i64::MAX } else { i64::MIN });
            let found = format!(
                "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid {than} ?2 ORDER BY rowid {order} LIMIT ?3"
            );
            let sql = item_query(&format!("WHERE items.n IN ({found}) ORDER BY items.n {order}"));
            let mut query = connection.prepare_cached(&sql)?;
            let mut rows = query.query(params![matching(&words), beyond, i64::try_from(limit).unwrap_or(i64::MAX)])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(item_row(row)?);
            }
            Ok(items)
        })
        .await
    }
}

/// The words as FTS5 takes them: each quoted, so that nothing in them is an operator; the last may be a start.
fn matching(words: &str) -> String {
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let quoted: Vec<String> =
        words.split_whitespace().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    if quoted.is_empty() { "\"\"".to_owned() } else { format!("{}*", quoted.join(" ")) }
}

fn last_indexed(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'searched'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Items in the search, and items there are: positions, which is near enough for saying how far it is.
fn progress(connection: &Connection) -> Result<(u64, u64), StoreError> {
    let last = last_indexed(connection)?;
    let sql = "SELECT coalesce(max(items.n), 0) FROM items JOIN batches ON batches.n = items.batch AND batches.root IS NOT NULL
               WHERE items.batch = (SELECT max(n) FROM batches WHERE root IS NOT NULL)";
    let newest: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok((u64::try_from(last.min(newest)).unwrap_or(0), u64::try_from(newest).unwrap_or(0)))
}

fn index_some(connection: &Connection, limit: usize) -> Result<(), StoreError> {
    let mut last = last_indexed(connection)?;
    let sql = "SELECT items.n, items.id, items.content FROM items JOIN batches ON batches.n = items.batch
               WHERE items.n > ?1 AND batches.root IS NOT NULL ORDER BY items.n LIMIT ?2";
    let mut query = connection.prepare_cached(sql)?;
    let mut insert = connection.prepare_cached("INSERT INTO search(rowid, words) VALUES (?1, ?2)")?;
    let mut rows = query.query(params![last, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        let (n, id, content): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let content: StoredItem = document(&format!("items {id}"), &content)?;
        let prompt = content.prompt.iter().map(|turn| turn.content.clone());
        let words: Vec<String> = prompt.chain(content.outputs.iter().map(crate::domain::Output::flat)).collect();
        insert.execute(params![n, words.join("\n")])?;
        last = n;
    }
    connection.execute(
        "INSERT INTO meta(key, value) VALUES ('searched', ?1) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        [last.to_string()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_whatever_they_hold() {
        assert_eq!(matching("warfarin INR"), "\"warfarin\" \"INR\"*");
        assert_eq!(matching("a\" OR words:b NEAR("), "\"a\"\"\" \"OR\" \"words:b\" \"NEAR(\"*");
        assert_eq!(matching(" "), "\"\"");
    }
}

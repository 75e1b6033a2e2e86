//! Pages of items by key: one index range for each guild and state, merged; never an offset, never a sort of a table.

use rusqlite::params;

use crate::store::{EntryRow, ItemRow, Page, PageKey, StoreError};

use super::engine::Sqlite;
use super::load::{item_query, item_row};

/// The query of one guild and state.
pub(super) fn page_query(key: PageKey, down: bool) -> String {
    let column = match key {
        PageKey::Position => "items.n",
        PageKey::Touched => "items.touched",
    };
    let (beyond, order) = if down { ("<", "DESC") } else { (">", "ASC") };
    let touched = if key == PageKey::Touched { "AND items.touched > 0" } else { "" };
    item_query(&format!(
        "WHERE items.guild = ?1 AND items.state = ?2 {touched} AND {column} {beyond} ?3 ORDER BY {column} {order} LIMIT ?4"
    ))
}

impl Sqlite {
    /// See [`crate::store::Store::page`].
    pub async fn page(&self, page: Page) -> Result<Vec<ItemRow>, StoreError> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(&page_query(page.key, page.down))?;
            let beyond = page.beyond.unwrap_or(if page.down { i64::MAX } else { i64::MIN });
            let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
            let mut items: Vec<ItemRow> = Vec::new();
            for (guild, state) in &page.cells {
                let mut rows = query.query(params![guild.as_str(), state.to_string(), beyond, limit])?;
                while let Some(row) = rows.next()? {
                    items.push(item_row(row)?);
                }
            }
            items.sort_by_key(|row| match page.key {
                PageKey::Position => row.n,
                PageKey::Touched => i64::try_from(row.touched).unwrap_or(i64::MAX),
            });
            if page.down {
                items.reverse();
            }
            items.truncate(page.limit);
            Ok(items)
        })
        .await
    }

    /// See [`crate::store::Store::releases`].
    pub async fn releases(&self) -> Result<Vec<EntryRow>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT seq, bytes FROM entries WHERE kind = 'release.cut' ORDER BY seq";
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([], |row| Ok(EntryRow { seq: row.get(0)?, bytes: row.get(1)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_one_range_of_an_index() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        for (key, index) in [(PageKey::Position, "items_by_state"), (PageKey::Touched, "items_by_touch")] {
            for down in [false, true] {
                let sql = format!("EXPLAIN QUERY PLAN {}", page_query(key, down));
                let mut query = connection.prepare(&sql).unwrap();
                let plan = query.query_map(params!["g", "open", 0, 10], |row| row.get::<_, String>(3)).unwrap();
                let plan: Vec<String> = plan.map(Result::unwrap).collect();
                assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:?}");
            }
        }
    }
}

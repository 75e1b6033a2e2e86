//! Values into rows: what an append changed, and all projections at once after a rebuild.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::Serialize;

use crate::domain::{GuildId, Item, ItemState, State};
use crate::store::{Fact, StoreError};

use super::engine::{Sqlite, undoable};
use super::load::{corrupt, facts_changed, item_query, item_row};

fn doc(value: &impl Serialize) -> Result<String, StoreError> {
    let bytes = crate::domain::canonical(value).map_err(|error| corrupt("a row", error))?;
    String::from_utf8(bytes).map_err(|error| corrupt("a row", error))
}

/// The rows of a state that aren't items.
pub(super) fn facts_of(state: &State) -> Result<Vec<Fact>, StoreError> {
    let mut facts = Vec::new();
    if let Some(hall) = &state.hall {
        facts.push(Fact { kind: "hall", id: hall.id.to_string(), doc: doc(hall)? });
    }
    for guild in state.guilds.values() {
        facts.push(Fact { kind: "guild", id: guild.id.to_string(), doc: doc(guild)? });
    }
    for member in state.members.values() {
        facts.push(Fact { kind: "member", id: member.id.to_string(), doc: doc(member)? });
    }
    for petition in state.petitions.values() {
        facts.push(Fact { kind: "petition", id: petition.seq.to_string(), doc: doc(petition)? });
    }
    for (fingerprint, recovery) in &state.recoveries {
        facts.push(Fact { kind: "recovery", id: fingerprint.clone(), doc: doc(recovery)? });
    }
    for join in state.joins.values() {
        facts.push(Fact { kind: "join", id: join.institution.to_string(), doc: doc(join)? });
    }
    for (digest, terms) in &state.terms {
        facts.push(Fact { kind: "terms", id: digest.to_string(), doc: doc(terms)? });
    }
    for (seq, author) in &state.authors {
        facts.push(Fact { kind: "author", id: seq.to_string(), doc: doc(author)? });
    }
    Ok(facts)
}

/// Writes the rows in which `after` differs from `before`.
pub(super) fn write_changes(connection: &Connection, before: &State, after: &State) -> Result<(), StoreError> {
    if !before.has_facts_of(after) {
        let key = |fact: Fact| ((fact.kind, fact.id), fact.doc);
        let mut old: BTreeMap<(&str, String), String> = facts_of(before)?.into_iter().map(key).collect();
        for fact in facts_of(after)? {
            if old.remove(&(fact.kind, fact.id.clone())).as_ref() != Some(&fact.doc) {
                write_fact(connection, &fact)?;
            }
        }
        for (kind, id) in old.into_keys() {
            connection.execute("DELETE FROM facts WHERE kind = ?1 AND id = ?2", params![kind, id])?;
        }
        facts_changed(connection)?;
    }
    for (id, item) in &after.items {
        let old = before.items.get(id);
        if old != Some(item) {
            write_item(connection, item)?;
            if let Some(old) = old.filter(|old| old.state != item.state) {
                count(connection, &old.guild, old.state, -1)?;
                count(connection, &item.guild, item.state, 1)?;
            }
        }
    }
    Ok(())
}

fn write_fact(connection: &Connection, fact: &Fact) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO facts(kind, id, doc) VALUES (?1, ?2, ?3) ON CONFLICT(kind, id) DO UPDATE SET doc = excluded.doc",
        params![fact.kind, fact.id, fact.doc],
    )?;
    Ok(())
}

fn write_item(connection: &Connection, item: &Item) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE items SET state = ?2, record = ?3, touched = ?4 WHERE id = ?1")?.execute(
        params![item.id.as_str(), item.state.to_string(), doc(item)?, item.touched.map_or(0, |(seq, _)| seq)],
    )?;
    Ok(())
}

/// Adds to the count of a guild's items in a state.
pub(super) fn count(connection: &Connection, guild: &GuildId, state: ItemState, by: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO counts(guild, state, n) VALUES (?1, ?2, ?3)
             ON CONFLICT(guild, state) DO UPDATE SET n = n + excluded.n",
        )?
        .execute(params![guild.as_str(), state.to_string(), by])?;
    Ok(())
}

impl Sqlite {
    /// See [`crate::store::Store::replace_projections`].
    pub async fn replace_projections(&self, state: State) -> Result<u64, StoreError> {
        self.write(move |connection, _| undoable(connection, || replace(connection, &state))).await
    }
}

fn replace(connection: &Connection, state: &State) -> Result<u64, StoreError> {
    let mut differed = 0;
    let old: Vec<(String, String, String)> = {
        let mut query = connection.prepare("SELECT kind, id, doc FROM facts")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    let new = facts_of(state)?;
    let is_new = |(kind, id, doc): &(String, String, String)| {
        new.iter().any(|fact| fact.kind == kind && fact.id == *id && fact.doc == *doc)
    };
    let gone = u64::try_from(old.iter().filter(|row| !is_new(row)).count()).unwrap_or(u64::MAX);
    differed +=
        gone + u64::try_from((new.len() + usize::try_from(gone).unwrap_or(0)).saturating_sub(old.len())).unwrap_or(0);
    connection.execute("DELETE FROM facts", [])?;
    for fact in &new {
        write_fact(connection, fact)?;
    }
    let live: Vec<Item> = {
        let mut query = connection.prepare(&item_query("WHERE items.record IS NOT NULL"))?;
        let mut rows = query.query([])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(item_row(row)?.item);
        }
        items
    };
    for item in live.iter().filter(|item| !state.items.contains_key(&item.id)) {
        differed += 1;
        connection
            .execute("UPDATE items SET state = 'open', record = NULL, touched = 0 WHERE id = ?1", [item.id.as_str()])?;
    }
    let by_id: BTreeMap<_, &Item> = live.iter().map(|item| (&item.id, item)).collect();
    for item in state.items.values().filter(|item| by_id.get(&item.id) != Some(item)) {
        differed += 1;
        write_item(connection, item)?;
    }
    differed += listed_otherwise(connection, state)?;
    recount(connection)?;
    facts_changed(connection)?;
    Ok(differed)
}

/// Puts the columns that lists go by in line with the items; how many rows differed.
fn listed_otherwise(connection: &Connection, state: &State) -> Result<u64, StoreError> {
    let sql = "UPDATE items SET state = 'open', touched = 0 WHERE record IS NULL AND (state <> 'open' OR touched <> 0)";
    let mut differed = connection.execute(sql, [])?;
    let sql = "UPDATE items SET state = ?1, touched = ?3 WHERE id = ?2 AND (state <> ?1 OR touched <> ?3)";
    let mut update = connection.prepare(sql)?;
    for item in state.items.values() {
        let touched = item.touched.map_or(0, |(seq, _)| seq);
        differed += update.execute(params![item.state.to_string(), item.id.as_str(), touched])?;
    }
    Ok(u64::try_from(differed).unwrap_or(u64::MAX))
}

fn recount(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "DELETE FROM counts;
         INSERT INTO counts(guild, state, n)
         SELECT items.guild, items.state, count(*) FROM items
         JOIN batches ON batches.n = items.batch AND batches.root IS NOT NULL GROUP BY items.guild, items.state;",
    )?;
    Ok(())
}

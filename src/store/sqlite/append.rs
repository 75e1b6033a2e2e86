//! Appending: load what the act touches, let the caller fill it, write it back; and the read-only half of that.

use std::sync::PoisonError;

use rusqlite::{Connection, params};

use crate::domain::{ItemId, MemberId, State};
use crate::ledger::HALL_ACTOR;
use crate::store::StoreError;
use crate::store::appending::{Appending, AuthorTip, NewEntry, Tip};
use crate::store::request::{Appended, Fill, Touch};

use super::engine::{Sqlite, undoable};
use super::load::{Cache, corrupt, head, item, tip};
use super::project::write_changes;

impl Sqlite {
    /// See [`crate::store::Store::snapshot`].
    pub async fn snapshot(&self, touch: Touch) -> Result<(State, Tip), StoreError> {
        let cache = self.facts_cache();
        self.read(move |connection| {
            let mut state = cache.lock().unwrap_or_else(PoisonError::into_inner).state(connection)?;
            load_items(connection, &touch, &mut state)?;
            Ok((state, tip(connection, &touch)?))
        })
        .await
    }

    /// See [`crate::store::Store::repeated`].
    pub async fn repeated(&self, nonce: String) -> Result<Option<(Appended, MemberId)>, StoreError> {
        self.read(move |connection| repeated(connection, &nonce)).await
    }

    /// See [`crate::store::Store::append`].
    pub async fn append(&self, touch: Touch, fill: Fill) -> Result<Vec<Appended>, StoreError> {
        self.write(move |connection, cache| undoable(connection, || append(connection, cache, &touch, fill))).await
    }
}

fn load_items(connection: &Connection, touch: &Touch, state: &mut State) -> Result<(), StoreError> {
    for id in &touch.items {
        if let Some(found) = item(connection, id)? {
            state.items.insert(found.id.clone(), found);
        }
    }
    Ok(())
}

fn append(connection: &Connection, cache: &mut Cache, touch: &Touch, fill: Fill) -> Result<Vec<Appended>, StoreError> {
    let mut before = cache.state(connection)?;
    load_items(connection, touch, &mut before)?;
    let mut appending = Appending::on(before.clone(), tip(connection, touch)?);
    fill(&mut appending)?;
    let (Some(first), Some(head)) = (appending.entries.first(), appending.head.clone()) else {
        return Err(StoreError::Entry("nothing to append, or no head signed over it".to_owned()));
    };
    write_entries(connection, touch, &appending, &head)?;
    write_changes(connection, &before, &appending.state)?;
    if let Some((import, root)) = &appending.publish {
        super::import::publish(connection, *import, root)?;
    }
    let appended = |entry: &NewEntry| Appended {
        seq: entry.seq,
        bytes: entry.bytes.clone(),
        head: head.clone(),
        item: entry.item.as_ref().and_then(|id| appending.state.items.get(id).cloned()),
    };
    let members: Vec<Appended> =
        appending.entries.iter().filter(|entry| entry.actor != HALL_ACTOR).map(appended).collect();
    Ok(if members.is_empty() { vec![appended(first)] } else { members })
}

fn repeated(connection: &Connection, nonce: &str) -> Result<Option<(Appended, MemberId)>, StoreError> {
    let sql = "SELECT seq, bytes, (SELECT note FROM heads WHERE size > seq ORDER BY size LIMIT 1), item, actor
               FROM entries WHERE nonce = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([nonce])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (id, actor): (Option<String>, String) = (row.get(3)?, row.get(4)?);
    let wrong = |error| corrupt("entries", error);
    let id: Option<ItemId> = id.map(|id| id.parse()).transpose().map_err(wrong)?;
    let found = id.map(|id| item(connection, &id)).transpose()?.flatten();
    let appended = Appended { seq: row.get(0)?, bytes: row.get(1)?, head: row.get(2)?, item: found };
    Ok(Some((appended, actor.parse().map_err(wrong)?)))
}

fn write_entries(connection: &Connection, touch: &Touch, new: &Appending, note: &str) -> Result<(), StoreError> {
    let mut entry = connection
        .prepare_cached("INSERT INTO entries(seq, nonce, actor, item, kind, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for added in &new.entries {
        let item = added.item.as_ref().map(|item| item.as_str());
        entry.execute(params![added.seq, added.nonce, added.actor, item, added.kind, added.bytes])?;
    }
    let mut body = connection.prepare_cached("INSERT INTO bodies(seq, part, salt, content) VALUES (?1, ?2, ?3, ?4)")?;
    for part in &new.bodies {
        body.execute(params![part.seq, part.part, part.salt.as_slice(), part.content])?;
    }
    for (seq, part) in &new.erased {
        let sql = "DELETE FROM bodies WHERE seq = ?1 AND part = coalesce(?2, part)";
        connection.execute(sql, params![seq, part])?;
    }
    let mut node = connection.prepare_cached("INSERT INTO nodes(level, place, hash) VALUES (?1, ?2, ?3)")?;
    for added in &new.nodes {
        node.execute(params![added.level, added.index, added.hash.as_slice()])?;
    }
    write_author(connection, HALL_ACTOR, &new.tip.host)?;
    if let Some(actor) = &touch.actor {
        write_author(connection, actor.as_str(), &new.tip.author)?;
    }
    let before = head(connection)?.map_or(0, |(size, _)| size);
    if before >= new.tip.size() {
        return Err(StoreError::Head(format!("a head of size {before} was signed already")));
    }
    connection.execute("INSERT INTO heads(size, note) VALUES (?1, ?2)", params![new.tip.size(), note])?;
    Ok(())
}

fn write_author(connection: &Connection, actor: &str, tip: &AuthorTip) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO authors(actor, mine, prev) VALUES (?1, ?2, ?3)
         ON CONFLICT(actor) DO UPDATE SET mine = excluded.mine, prev = excluded.prev",
        params![actor, tip.mine, tip.prev.as_ref().map(|prev| prev.as_str())],
    )?;
    Ok(())
}

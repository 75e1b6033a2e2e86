//! Rows into values: the state an act touches and the tip of the ledger.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use crate::domain::{BatchId, Charter, Constitution, Digest, GuildId, Item, ItemId, ItemShape, State, Timestamp};
use crate::ledger::{Entry, Frontier, HALL_ACTOR};
use crate::store::appending::{AuthorTip, Tip};
use crate::store::request::Touch;
use crate::store::{ItemRow, StoreError};

/// The hall's rows apart from items, kept as long as nobody changes them, in this process or another.
#[derive(Default)]
pub(in crate::store) struct Cache {
    /// Version of the facts and the state read at it.
    facts: Option<(i64, State)>,
}

impl Cache {
    /// The state without items.
    pub fn state(&mut self, connection: &Connection) -> Result<State, StoreError> {
        let version = facts_version(connection)?;
        match &self.facts {
            Some((known, state)) if *known == version => Ok(state.clone()),
            _ => {
                let state = facts(connection)?;
                self.facts = Some((version, state.clone()));
                Ok(state)
            }
        }
    }
}

fn facts_version(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'facts'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Moves the version on, so that every process reads the facts anew.
pub(super) fn facts_changed(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO meta(key, value) VALUES ('facts', '1')
         ON CONFLICT(key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        [],
    )?;
    Ok(())
}

pub(super) fn corrupt(place: impl Into<String>, reason: impl ToString) -> StoreError {
    StoreError::Corrupt { place: place.into(), reason: reason.to_string() }
}

pub(super) fn document<T: DeserializeOwned>(place: &str, doc: &str) -> Result<T, StoreError> {
    serde_json::from_str(doc).map_err(|error| corrupt(place, error))
}

/// The state without items.
pub(super) fn facts(connection: &Connection) -> Result<State, StoreError> {
    let mut state = State::default();
    let mut query = connection.prepare_cached("SELECT kind, id, doc FROM facts")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, id, doc): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let place = format!("facts {kind} {id}");
        match kind.as_str() {
            "hall" => state.hall = Some(document(&place, &doc)?),
            "guild" => {
                let guild: crate::domain::Guild = document(&place, &doc)?;
                state.guilds.insert(guild.id.clone(), guild);
            }
            "petition" => {
                let petition: crate::domain::Petition = document(&place, &doc)?;
                state.petitions.insert(petition.seq, petition);
            }
            "recovery" => {
                state.recoveries.insert(id, document(&place, &doc)?);
            }
            "join" => {
                let join: crate::domain::Join = document(&place, &doc)?;
                state.joins.insert(join.institution.clone(), join);
            }
            "terms" => {
                let digest = id.parse().map_err(|error| corrupt(&place, error))?;
                state.terms.insert(digest, document(&place, &doc)?);
            }
            "author" => {
                let seq = id.parse().map_err(|error| corrupt(&place, error))?;
                state.authors.insert(seq, document(&place, &doc)?);
            }
            _ => {
                let member: crate::domain::Member = document(&place, &doc)?;
                state.members.insert(member.id.clone(), member);
            }
        }
    }
    load_rules(connection, &mut state)?;
    Ok(state)
}

fn load_rules(connection: &Connection, state: &mut State) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached("SELECT digest, kind, text FROM rules")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (digest, kind, text): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let place = format!("rules {digest}");
        let digest: Digest = digest.parse().map_err(|error| corrupt(&place, error))?;
        if kind == "charter" {
            let charter = Charter::read(&text).map_err(|error| corrupt(&place, error))?;
            state.charters.insert(digest, Arc::new(charter));
        } else {
            let constitution = Arc::new(Constitution::of_record(&text).map_err(|error| corrupt(&place, error))?);
            if state.hall.as_ref().is_none_or(|hall| hall.constitution == digest) {
                state.constitution = Some(Arc::clone(&constitution));
            }
            state.constitutions.insert(digest, constitution);
        }
    }
    Ok(())
}

const ITEM: &str =
    "SELECT items.n, items.id, items.guild, items.shape, items.record, batches.root, items.touched FROM items
                    CROSS JOIN batches ON batches.n = items.batch AND batches.root IS NOT NULL";

/// The columns and the join of every list of items.
pub(super) fn item_query(rest: &str) -> String {
    format!("{ITEM} {rest}")
}

/// An item's row from the columns of [`item_query`].
pub(super) fn item_row(row: &rusqlite::Row<'_>) -> Result<ItemRow, StoreError> {
    let (n, id, guild): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (shape, record, root): (String, Option<String>, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let touched = row.get(6)?;
    let place = format!("items {id}");
    if let Some(record) = record {
        return Ok(ItemRow { n, touched, item: document(&place, &record)? });
    }
    let shape: ItemShape = document(&place, &shape)?;
    let id: ItemId = id.parse().map_err(|error| corrupt(&place, error))?;
    let guild: GuildId = guild.parse().map_err(|error| corrupt(&place, error))?;
    let batch: BatchId = root.parse().map_err(|error| corrupt(&place, error))?;
    Ok(ItemRow { n, touched, item: Item::untouched(id, guild, shape, Some(batch)) })
}

/// The visible item with this id.
pub(super) fn item(connection: &Connection, id: &ItemId) -> Result<Option<Item>, StoreError> {
    let mut query = connection.prepare_cached(&item_query("WHERE items.id = ?1"))?;
    let mut rows = query.query([id.as_str()])?;
    rows.next()?.map(|row| item_row(row).map(|row| row.item)).transpose()
}

/// The last signed head.
pub(super) fn head(connection: &Connection) -> Result<Option<(u64, String)>, StoreError> {
    let sql = "SELECT size, note FROM heads ORDER BY size DESC LIMIT 1";
    Ok(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn author(connection: &Connection, actor: &str) -> Result<AuthorTip, StoreError> {
    let sql = "SELECT mine, prev FROM authors WHERE actor = ?1";
    let found: Option<(u64, Option<String>)> =
        connection.query_row(sql, [actor], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((mine, prev)) = found else { return Ok(AuthorTip::default()) };
    let prev = prev.map(|prev| prev.parse()).transpose().map_err(|error| corrupt(format!("authors {actor}"), error))?;
    Ok(AuthorTip { mine, prev })
}

/// Where the ledger stands for this author; the tree's edge must be the one that was signed last.
pub(super) fn tip(connection: &Connection, touch: &Touch) -> Result<Tip, StoreError> {
    let size: u64 = connection.query_row("SELECT coalesce(max(seq) + 1, 0) FROM entries", [], |row| row.get(0))?;
    let mut failed = None;
    let mut node = connection.prepare_cached("SELECT hash FROM nodes WHERE level = ?1 AND place = ?2")?;
    let frontier = Frontier::from_nodes(size, |level, place| {
        let found = node.query_row(params![level, place], |row| row.get::<_, [u8; 32]>(0)).optional();
        found.unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let frontier = frontier.ok_or_else(|| StoreError::Head(format!("the tree of size {size} lacks stored hashes")))?;
    let signed = head(connection)?;
    let root = data_encoding::BASE64.encode(&frontier.root());
    let says = signed.as_ref().map(|(size, note)| (*size, note.lines().nth(2).unwrap_or_default()));
    match says {
        None if size == 0 => {}
        Some((signed, line)) if signed == size && line == root => {}
        _ => {
            return Err(StoreError::Head(
                "the stored tree is not the one whose head was signed last; verify it".into(),
            ));
        }
    }
    let last: Option<Vec<u8>> =
        connection.query_row("SELECT bytes FROM entries ORDER BY seq DESC LIMIT 1", [], |row| row.get(0)).optional()?;
    let last_at = match last {
        None => Timestamp::from_ms(0),
        Some(bytes) => Entry::read(&bytes).map_err(|error| corrupt("the last entry", error))?.header.at,
    };
    let actor = touch.actor.as_ref().map(|actor| author(connection, actor.as_str())).transpose()?;
    Ok(Tip { frontier, last_at, author: actor.unwrap_or_default(), host: author(connection, HALL_ACTOR)? })
}

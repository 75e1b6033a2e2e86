//! Rows that a store gives and takes; no rule reads them.

use serde::{Deserialize, Serialize};

use crate::domain::{BatchId, GuildId, Item, ItemId, ItemShape, ItemState, Output, Turn};

/// Texts and source of an item, as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredItem {
    /// What was asked.
    pub prompt: Vec<Turn>,
    /// What models answered.
    pub outputs: Vec<Output>,
    /// The source's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Line in the source file.
    pub row: u64,
    /// Everything else of the source row, verbatim.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// An item ready to be staged.
#[derive(Debug, Clone)]
pub struct StagedItem {
    /// Its id.
    pub id: ItemId,
    /// Its shape.
    pub shape: ItemShape,
    /// Its texts.
    pub content: StoredItem,
}

/// A row of a list of items.
#[derive(Debug, Clone)]
pub struct ItemRow {
    /// Position in the queue, by which pages follow each other.
    pub n: i64,
    /// The last entry on it, as the list goes by it; 0 for none.
    pub touched: u64,
    /// What the ledger recorded.
    pub item: Item,
}

/// Which items a list holds.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Of one guild.
    pub guild: Option<GuildId>,
    /// In one state.
    pub state: Option<ItemState>,
    /// Of one import.
    pub batch: Option<BatchId>,
    /// Only those somebody acted on.
    pub touched: bool,
}

/// What a page of items is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKey {
    /// Their position.
    Position,
    /// The last entry on them; those nobody acted on are left out.
    Touched,
}

/// A page of items: where it starts and which way it goes.
#[derive(Debug, Clone)]
pub struct Page {
    /// Guilds and states to list.
    pub cells: Vec<(GuildId, ItemState)>,
    /// The order.
    pub key: PageKey,
    /// Towards smaller keys.
    pub down: bool,
    /// Only keys beyond this one.
    pub beyond: Option<i64>,
    /// At most this many.
    pub limit: usize,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Its place.
    pub seq: u64,
    /// Its three lines.
    pub bytes: Vec<u8>,
}

/// A part of a body as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyRow {
    /// The entry that commits to it.
    pub seq: u64,
    /// Its name.
    pub part: String,
    /// Its salt.
    pub salt: Vec<u8>,
    /// Its canonical bytes.
    pub content: Vec<u8>,
}

/// A projected row that isn't an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// `hall`, `guild`, `member`, `petition`, `recovery`, `join`, `terms` or `author`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its canonical JSON.
    pub doc: String,
}

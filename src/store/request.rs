//! What a store is asked with, and what an append gives back.

use crate::domain::{BatchId, Item, ItemId, MemberId};

use super::StoreError;
use super::appending::Appending;

/// What an append reads: whose entries, which items.
#[derive(Debug, Clone, Default)]
pub struct Touch {
    /// The acting member.
    pub actor: Option<MemberId>,
    /// The items acted on.
    pub items: Vec<ItemId>,
}

/// Whose texts are wanted.
#[derive(Debug, Clone)]
pub enum Which {
    /// All of an import.
    Batch(BatchId),
    /// These.
    Ids(Vec<ItemId>),
}

/// What an append did, for one of the entries it was asked for.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The entry's place.
    pub seq: u64,
    /// Its three lines.
    pub bytes: Vec<u8>,
    /// The head signed with it.
    pub head: String,
    /// The item's row afterwards, if one was acted on.
    pub item: Option<Item>,
}

/// Fills an append; runs inside the engine's transaction, so it must not wait for anybody.
pub type Fill = Box<dyn FnOnce(&mut Appending) -> Result<(), StoreError> + Send>;

//! The store's interface: one async method a need, the same for every engine.

use std::path::Path;
use std::sync::Arc;

use crate::domain::{Digest, GuildId, Item, ItemId, ItemState, MemberId, State};

use super::StoreError;
use super::appending::Tip;
use super::request::{Appended, Fill, Touch, Which};
use super::rows::{BodyRow, EntryRow, Fact, ItemFilter, ItemRow, Page, StagedItem, StoredItem};
use super::sqlite::Sqlite;
use super::work::Work;

/// A hall's store.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    work: Arc<Work>,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Sqlite),
}

macro_rules! delegate {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)+) => {
        impl Store {
            $($(#[$doc])*
            pub async fn $name(&self, $($arg: $type),*) -> Result<$result, StoreError> {
                match &self.engine {
                    Engine::Sqlite(engine) => engine.$name($($arg),*).await,
                }
            })+
        }
    };
}

delegate! {
    /// The rows and the tip as they stand, for deciding before signing.
    snapshot(touch: Touch) -> (State, Tip);
    /// Appends what `fill` adds, in one durable transaction; one for each member's entry, or for the hall's own.
    append(touch: Touch, fill: Fill) -> Vec<Appended>;
    /// What an append with this nonce did, if there was one: the entry and its author.
    repeated(nonce: String) -> Option<(Appended, MemberId)>;
    /// Keeps a rule's text by its digest.
    put_rule(kind: &'static str, text: String) -> Digest;
    /// Every rule's text, by kind and digest.
    rules() -> Vec<(String, Digest, String)>;
    /// Starts an import; earlier ones that never became visible are dropped.
    begin_import(guild: GuildId) -> i64;
    /// Adds items to an import; the ids that weren't in the hall yet, in order.
    stage(import: i64, guild: GuildId, items: Vec<StagedItem>) -> Vec<ItemId>;
    /// Drops an import that hasn't become visible.
    drop_import(import: i64) -> ();
    /// Items after position `after`, in order.
    items(filter: ItemFilter, after: i64, limit: usize) -> Vec<ItemRow>;
    /// A page of items in an order, by key.
    page(page: Page) -> Vec<ItemRow>;
    /// Items whose texts have these words, beyond a position, up or down from it.
    search(words: String, beyond: Option<i64>, down: bool, limit: usize) -> Vec<ItemRow>;
    /// Puts the words of at most this many more items into the search; how far it is, and how many there are.
    index_some(limit: usize) -> (u64, u64);
    /// Entries of releases, oldest first.
    releases() -> Vec<EntryRow>;
    /// The ledger's size and, at it, the guild's items that have a value.
    settled(guild: GuildId) -> (u64, Vec<Item>);
    /// Ids that start with this text, at most two.
    ids_starting(prefix: String) -> Vec<ItemId>;
    /// Items as nobody acted on them, with their texts: those after position `after`, of one import or with these ids.
    texts(which: Which, after: i64, limit: usize) -> Vec<(i64, Item, StoredItem)>;
    /// An item's texts.
    content(id: ItemId) -> Option<StoredItem>;
    /// Items by guild and state.
    counts() -> Vec<(GuildId, ItemState, u64)>;
    /// Entries from `from` on, in order.
    entries(from: u64, limit: usize) -> Vec<EntryRow>;
    /// Places of the entries on an item.
    entries_on(id: ItemId) -> Vec<u64>;
    /// Surviving parts of entries from `from` up to but without `to`.
    bodies(from: u64, to: u64) -> Vec<BodyRow>;
    /// The last signed head and its size.
    head() -> Option<(u64, String)>;
    /// The head signed at this size.
    head_at(size: u64) -> Option<String>;
    /// Every signed head.
    heads() -> Vec<(u64, String)>;
    /// The tree over all entries, from its stored leaves.
    nodes() -> crate::ledger::MemoryNodes;
    /// Every stored hash of the tree, by level and place.
    tree() -> Vec<(u8, u64, Vec<u8>)>;
    /// The projected rows that aren't items.
    facts() -> Vec<Fact>;
    /// Replaces all projections by those of `state`; how many rows differed.
    replace_projections(state: State) -> u64;
    /// Names in the erasable directory: kind, id, name.
    directory() -> Vec<(String, String, String)>;
    /// Puts a name into the directory.
    put_name(kind: &'static str, id: String, name: String) -> ();
    /// Erases a name from the directory.
    drop_name(kind: &'static str, id: String) -> ();
    /// Writes a consistent copy of the database to a new file.
    copy_to(path: std::path::PathBuf) -> ();
}

impl Store {
    /// Makes the files of a new hall in `dir`.
    pub async fn create(dir: &Path) -> Result<Self, StoreError> {
        let engine = Engine::Sqlite(Sqlite::create(&dir.join("hall.db")).await?);
        Ok(Self { engine, work: Arc::new(Work::open(&dir.join("work.db"))?) })
    }

    /// Opens a hall's files.
    ///
    /// Errors: no hall there, another schema, or a ledger that doesn't hold the last head signed.
    pub async fn open(dir: &Path) -> Result<Self, StoreError> {
        let engine = Engine::Sqlite(Sqlite::open(&dir.join("hall.db")).await?);
        let store = Self { engine, work: Arc::new(Work::open(&dir.join("work.db"))?) };
        // noted heads are durable: read the note first, or another process may append and note between the two
        let noted = store.work.last_head()?;
        let size = store.head().await?.map_or(0, |(size, _)| size);
        match noted {
            Some((signed, _)) if signed > size => Err(StoreError::Head(format!(
                "this hall signed a head of size {signed}, but its ledger ends at {size}; restore a newer backup"
            ))),
            Some((signed, note)) if store.head_at(signed).await?.as_ref() != Some(&note) => {
                Err(StoreError::Head(format!("this ledger parts from the head of size {signed} that this hall signed")))
            }
            _ => Ok(store),
        }
    }

    /// The largest head known to be signed by the hall in `dir`, even if its database is damaged.
    pub async fn last_signed(dir: &Path) -> Result<Option<(u64, String)>, StoreError> {
        let noted = Work::open(&dir.join("work.db"))?.last_head()?;
        let stored = match Sqlite::open(&dir.join("hall.db")).await {
            Ok(engine) => engine.head().await.ok().flatten(),
            Err(_) => None,
        };
        Ok(noted.max(stored))
    }

    /// Leases, drafts and other working state.
    pub fn work(&self) -> &Work {
        &self.work
    }
}

//! An append in the making: the rows it may read and change, the tree's right edge, and the entries it adds. Any engine
//! loads one, lets the caller fill it, and writes it back.

use crate::domain::{Digest, ItemId, State, Timestamp};
use crate::ledger::{Core, Frontier, Hash, Node, leaf_hash};

/// Where an author's entries stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorTip {
    /// How many.
    pub mine: u64,
    /// Hash of the last core.
    pub prev: Option<Digest>,
}

/// Where the ledger stands.
#[derive(Debug, Clone)]
pub struct Tip {
    /// The tree's right edge.
    pub frontier: Frontier,
    /// Time of the last entry.
    pub last_at: Timestamp,
    /// The acting member's entries.
    pub author: AuthorTip,
    /// The hall's own entries.
    pub host: AuthorTip,
}

impl Tip {
    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}

/// An entry to be stored.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Its place.
    pub seq: u64,
    /// Its three lines.
    pub bytes: Vec<u8>,
    /// Its nonce.
    pub nonce: String,
    /// A member's id or `hall`.
    pub actor: String,
    /// The item it acts on.
    pub item: Option<ItemId>,
    /// Its kind.
    pub kind: String,
}

/// A part to be stored.
#[derive(Debug, Clone)]
pub struct NewBody {
    /// The entry that commits to it.
    pub seq: u64,
    /// Its name.
    pub part: String,
    /// Its salt.
    pub salt: [u8; 32],
    /// Its canonical bytes.
    pub content: Vec<u8>,
}

/// See the module's first line.
#[derive(Debug)]
pub struct Appending {
    /// The rows; what differs afterwards is written back.
    pub state: State,
    /// Where the ledger stands, entries added here included.
    pub tip: Tip,
    /// Entries added.
    pub entries: Vec<NewEntry>,
    /// Parts added.
    pub bodies: Vec<NewBody>,
    /// Parts destroyed; all of an entry's if none is named.
    pub erased: Vec<(u64, Option<String>)>,
    /// Tree nodes completed.
    pub nodes: Vec<Node>,
    /// The signed head over all of it.
    pub head: Option<String>,
    /// The import to make visible, with its batch id.
    pub publish: Option<(i64, String)>,
}

impl Appending {
    /// An append on these rows at this tip.
    pub fn on(state: State, tip: Tip) -> Self {
        Self {
            state,
            tip,
            entries: Vec::new(),
            bodies: Vec::new(),
            erased: Vec::new(),
            nodes: Vec::new(),
            head: None,
            publish: None,
        }
    }

    /// Adds an entry's bytes to the tree and to what will be stored.
    pub fn push(&mut self, core: &Core, core_hash: Digest, bytes: Vec<u8>, at: Timestamp) {
        let seq = self.tip.size();
        self.nodes.extend(self.tip.frontier.append(leaf_hash(&bytes)));
        self.tip.last_at = at;
        let author = if core.actor == crate::ledger::HALL_ACTOR { &mut self.tip.host } else { &mut self.tip.author };
        author.mine += 1;
        author.prev = Some(core_hash);
        self.entries.push(NewEntry {
            seq,
            bytes,
            nonce: core.nonce.clone(),
            actor: core.actor.clone(),
            item: core.refs.first().cloned(),
            kind: core.event.kind(),
        });
    }
}

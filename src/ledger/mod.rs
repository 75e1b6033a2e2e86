//! The record: canonical entries, signatures, Merkle tree, checkpoints, proofs; no files, no clock, no meaning of events.

mod chain;
mod checkpoint;
mod entry;
mod proof;
mod sshsig;
mod tile;
mod tree;

pub use chain::{Chain, ChainError};
pub use checkpoint::*;
pub use entry::{
    Commit, Core, Entry, EntryError, HALL_ACTOR, Header, MAX_CORES, MAX_ENTRY, Manifest, Seen, Signer, hash_of_core,
    line,
};
pub use proof::*;
pub use sshsig::{
    NAMESPACE, SignatureError, encode, fingerprint, key_line, read_public_key, sign, to_be_signed, verify,
};
pub use tile::*;
pub use tree::{Frontier, Hash, MAX_SIZE, MemoryNodes, Node, Nodes, empty_root, leaf_hash, node_hash, root_at};

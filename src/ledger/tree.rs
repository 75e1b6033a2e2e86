//! The RFC 6962 Merkle tree over entries: hashes, the frontier that appends, and roots at any size; it leaves out
//! proofs, where nodes are stored and what a leaf's bytes mean.
//!
//! A node is named by `(level, index)`: level 0 holds the leaf hashes, and node `index` of level `level` spans the
//! leaves from `index * 2^level` up to `(index + 1) * 2^level`. Only complete subtrees have a node; the incomplete ones
//! on the right edge of a tree are hashed anew for each size.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The most leaves a tree may have, 2^63 - 1, which is also what Go's `tlog` can count.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// The hash of a leaf's bytes, `SHA-256(0x00 || leaf)`.
///
/// Source: RFC 6962, section 2.1.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of an inner node, `SHA-256(0x01 || left || right)`.
///
/// Source: RFC 6962, section 2.1.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves, `SHA-256("")`.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The hash of one complete subtree and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its height; 0 is a leaf.
    pub level: u8,
    /// Its place from the left within the level, from 0.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Where the hashes of complete subtrees are found.
pub trait Nodes {
    /// The hash of the complete subtree at a place, or `None` if it is not stored.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

/// The right edge of a tree: all that is needed to append a leaf and to know the root.
///
/// **Model**: one peak for each bit set in the size, the largest subtree first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a stored tree of `size` leaves; `None` if a node is missing or the size is over [`MAX_SIZE`].
    ///
    /// Asks for at most 63 nodes.
    pub fn from_nodes(size: u64, node: impl FnMut(u8, u64) -> Option<Hash>) -> Option<Self> {
        if size > MAX_SIZE {
            return None;
        }
        let peaks = peaks(0, size, node)?;
        Some(Self { size, peaks })
    }

    /// Appends a leaf hash; returns the nodes that it completes, the leaf first, then upward.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut node = Node { level: 0, index: self.size, hash: leaf };
        let mut completed = vec![node];
        while node.index % 2 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            let hash = node_hash(&left, &node.hash);
            node = Node { level: node.level + 1, index: node.index / 2, hash };
            completed.push(node);
        }
        self.peaks.push(node.hash);
        self.size += 1;
        completed
    }

    /// The root hash of the whole tree.
    pub fn root(&self) -> Hash {
        fold(&self.peaks).unwrap_or_else(empty_root)
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// The nodes of a whole tree in memory, one row a level.
#[derive(Debug, Clone, Default)]
pub struct MemoryNodes {
    levels: Vec<Vec<Hash>>,
}

impl MemoryNodes {
    /// Appends a leaf hash and every node that it completes.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for row in &mut self.levels {
            row.push(hash);
            match row.as_slice() {
                [.., left, right] if row.len().is_multiple_of(2) => hash = node_hash(left, right),
                _ => return,
            }
        }
        self.levels.push(vec![hash]);
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }
}

impl Nodes for MemoryNodes {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let row = self.levels.get(usize::from(level))?;
        row.get(usize::try_from(index).ok()?).copied()
    }
}

impl Extend<Hash> for MemoryNodes {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// The root hash of the tree's first `size` leaves; `None` if a node is missing.
pub fn root_at(nodes: &(impl Nodes + ?Sized), size: u64) -> Option<Hash> {
    Frontier::from_nodes(size, |level, index| nodes.node(level, index)).map(|frontier| frontier.root())
}

/// The Merkle tree hash of the leaves from `start` up to `end`, where `start` is a multiple of the next power of two
/// over their number; `None` for no leaves or if a node is missing.
pub(super) fn range_hash(nodes: &(impl Nodes + ?Sized), start: u64, end: u64) -> Option<Hash> {
    fold(&peaks(start, end, |level, index| nodes.node(level, index))?)
}

/// The complete subtrees that span the leaves from `start` up to `end`, the largest first.
fn peaks(start: u64, end: u64, mut node: impl FnMut(u8, u64) -> Option<Hash>) -> Option<Vec<Hash>> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(level) = end.saturating_sub(at).checked_ilog2() {
        found.push(node(u8::try_from(level).ok()?, at >> level)?);
        at += 1 << level;
    }
    Some(found)
}

/// Hashes peaks together from the right.
fn fold(peaks: &[Hash]) -> Option<Hash> {
    peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    /// The eight leaves of the Certificate Transparency reference tree.
    pub(in super::super) const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// Its roots at the sizes from 1 to 8.
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    pub(in super::super) fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A tree of `size` leaves, each its own index as a big-endian number.
    pub(in super::super) fn grown(size: u64) -> (MemoryNodes, MemoryBackedTree<Sha256, Vec<u8>>) {
        let (mut nodes, mut oracle) = (MemoryNodes::default(), MemoryBackedTree::new());
        for index in 0..size {
            nodes.push(leaf_hash(&index.to_be_bytes()));
            oracle.push(index.to_be_bytes().to_vec());
        }
        (nodes, oracle)
    }

    #[test]
    fn reference_roots_hold_at_every_size() {
        assert_eq!(hex(&empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let (mut nodes, mut frontier) = (MemoryNodes::default(), Frontier::default());
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            nodes.push(leaf_hash(leaf));
            frontier.append(leaf_hash(leaf));
            assert_eq!(hex(&frontier.root()), root);
            assert_eq!(root_at(&nodes, nodes.size()), Some(frontier.root()));
        }
    }

    #[test]
    fn frontier_nodes_and_oracle_agree_on_every_prefix() {
        let mut frontier = Frontier::default();
        let (nodes, _) = grown(70);
        assert_eq!(root_at(&nodes, 0), Some(empty_root()));
        for size in 1..=70_u64 {
            let index = size - 1;
            let completed = frontier.append(leaf_hash(&index.to_be_bytes()));
            assert_eq!(completed.len() as u32, 1 + size.trailing_zeros());
            for node in completed {
                assert_eq!(nodes.node(node.level, node.index), Some(node.hash));
            }
            let again = Frontier::from_nodes(size, |level, index| nodes.node(level, index));
            assert_eq!(again.as_ref(), Some(&frontier));
            assert_eq!(frontier.root(), grown(size).1.root().as_bytes().0);
            assert_eq!(root_at(&nodes, size), Some(frontier.root()));
        }
        assert_eq!((frontier.size(), nodes.size()), (70, 70));
    }

    #[test]
    fn a_missing_node_or_an_impossible_size_has_no_root() {
        let (nodes, _) = grown(9);
        assert_eq!(root_at(&nodes, 10), None);
        assert_eq!(root_at(&nodes, u64::MAX), None);
        assert!(Frontier::from_nodes(u64::MAX, |_, _| Some([0; 32])).is_none());
        let full = Frontier::from_nodes(MAX_SIZE, |_, _| Some([0; 32])).map(|mut f| f.append([0; 32]).len());
        assert_eq!(full, Some(64));
    }
}

//! The static export of a log: names and bytes of its hash tiles and entry bundles; it leaves out writing them to
//! disk and compressing them.
//!
//! A tile holds up to 256 hashes; each hash of a tile at level `l` spans `256^l` leaves. A bundle holds the entries
//! under one tile of level 0. Only the last tile of a level may be partial, and its width is then part of its name.
//!
//! Source: C2SP `tlog-tiles`.

use thiserror::Error;

use super::tree::{Hash, Nodes};

/// How many hashes a full tile holds, and how many entries a full bundle.
pub const FULL_WIDTH: u16 = 256;

/// How many levels of the tree one tile spans.
const TILE_HEIGHT: u8 = 8;

/// The highest level that a tile's name may state.
const LEVEL_LIMIT: u8 = 63;

/// Why the bytes of an entry bundle cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TileError {
    /// No bytes at all: empty bundles do not exist.
    #[error("the entry bundle is empty")]
    Empty,
    /// Bytes that end inside an entry, or inside its length.
    #[error("the entry bundle ends inside entry {0}")]
    Truncated(usize),
    /// More entries than a full bundle holds.
    #[error("the entry bundle holds more than 256 entries")]
    TooMany,
}

/// What a file of the export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of the subtrees of `256^level` leaves.
    Hashes {
        /// The tile level, from 0 to 63.
        level: u8,
    },
    /// Entries, each after its length.
    Entries,
}

/// One file of the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub kind: TileKind,
    /// Its place within its level, from 0.
    pub index: u64,
    /// How many hashes or entries it holds, from 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Its path below the export's root.
    pub fn path(&self) -> String {
        match self.kind {
            TileKind::Hashes { level } => tile_path(level, self.index, self.width),
            TileKind::Entries => entries_path(self.index, self.width),
        }
    }
}

/// The path of a hash tile; a width of 256 leaves out the suffix of partial tiles.
pub fn tile_path(level: u8, index: u64, width: u16) -> String {
    format!("tile/{level}/{}", place(index, width))
}

/// The path of an entry bundle; a width of 256 leaves out the suffix of partial bundles.
pub fn entries_path(index: u64, width: u16) -> String {
    format!("tile/entries/{}", place(index, width))
}

/// Reads a path that [`tile_path`] or [`entries_path`] writes for a possible tile, and no other.
pub fn parse_path(path: &str) -> Option<Tile> {
    let (kind, place) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes { level: level.parse().ok().filter(|level| *level <= LEVEL_LIMIT)? },
    };
    let (digits, width) = match place.split_once(".p/") {
        Some((digits, width)) => (digits, width.parse().ok().filter(|width| (1..FULL_WIDTH).contains(width))?),
        None => (place, FULL_WIDTH),
    };
    let index = digits.split('/').try_fold(0_u64, |index, group| {
        let group: u16 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(1000)?.checked_add(group.into())
    })?;
    let tile = Tile { kind, index, width };
    (tile.path() == path).then_some(tile)
}

/// Writes an index in groups of three digits, all but the last marked with an `x`, and the width if it is partial.
fn place(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width == FULL_WIDTH { path } else { format!("{path}.p/{width}") }
}

/// The bytes of a hash tile, 32 for each hash; `None` if a node is missing or no such tile can be.
pub fn hash_tile(nodes: &(impl Nodes + ?Sized), level: u8, index: u64, width: u16) -> Option<Vec<u8>> {
    if !(1..=FULL_WIDTH).contains(&width) {
        return None;
    }
    let (level, start) = (level.checked_mul(TILE_HEIGHT)?, index.checked_mul(FULL_WIDTH.into())?);
    let hashes = (0..u64::from(width)).map(|offset| nodes.node(level, start + offset));
    let hashes: Vec<Hash> = hashes.collect::<Option<_>>()?;
    Some(hashes.concat())
}

/// The bytes of an entry bundle, each entry after its length as two big-endian bytes; `None` for no entries, for more
/// than 256, or for one of more than 65,535 bytes.
pub fn entry_bundle(entries: &[&[u8]]) -> Option<Vec<u8>> {
    if entries.is_empty() || entries.len() > usize::from(FULL_WIDTH) {
        return None;
    }
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Some(bundle)
}

/// The entries of a bundle, in order; whether they are as many as its name says is for the caller to check.
pub fn split_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, TileError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        if entries.len() == usize::from(FULL_WIDTH) {
            return Err(TileError::TooMany);
        }
        let parts = rest.split_first_chunk().and_then(|(length, rest)| {
            let length = u16::from_be_bytes(*length);
            rest.split_at_checked(length.into())
        });
        let (entry, after) = parts.ok_or(TileError::Truncated(entries.len()))?;
        entries.push(entry);
        rest = after;
    }
    if entries.is_empty() { Err(TileError::Empty) } else { Ok(entries) }
}

/// Every file of the export of a tree of `size`: hash tiles from level 0 upward, then entry bundles, each row from the
/// left with its partial tile last. Made one at a time, so that a size read from elsewhere costs no memory.
pub fn tiles_for(size: u64) -> impl Iterator<Item = Tile> {
    let levels = (0..TILE_HEIGHT).map(move |level| (TileKind::Hashes { level }, size >> (level * TILE_HEIGHT)));
    levels.chain([(TileKind::Entries, size)]).flat_map(|(kind, count)| row(kind, count))
}

/// The tiles of one level that hold `count` hashes or entries.
fn row(kind: TileKind, count: u64) -> impl Iterator<Item = Tile> {
    let full = count / u64::from(FULL_WIDTH);
    let rest = u16::try_from(count % u64::from(FULL_WIDTH)).unwrap_or(0);
    let partial = (rest > 0).then_some(Tile { kind, index: full, width: rest });
    (0..full).map(move |index| Tile { kind, index, width: FULL_WIDTH }).chain(partial)
}

#[cfg(test)]
mod tests {
    use super::super::tree::{leaf_hash, root_at, tests::grown};
    use super::*;
    use proptest::prelude::*;

    fn paths(size: u64) -> Vec<String> {
        tiles_for(size).map(|tile| tile.path()).collect()
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_path(63, 0, 8), "tile/63/000.p/8");
        assert_eq!(entries_path(1_000_000, 255), "tile/entries/x001/x000/000.p/255");
        assert_eq!(entries_path(u64::MAX, 256), "tile/entries/x018/x446/x744/x073/x709/x551/615");
    }

    #[test]
    fn paths_in_another_form_are_refused() {
        for place in [
            "0",
            "00",
            "0000",
            "x000/001",
            "x001",
            "001/002",
            "x001/x002",
            "+01",
            "000.p/0",
            "000.p/256",
            "000.p/08",
            "000.p/",
            "000.p/+8",
            "",
            "/000",
            "000/",
            "x1/000",
            "X001/000",
            "000.p/8.p/8",
            "00a",
            "x018/x446/x744/x073/x709/x551/616",
        ] {
            assert_eq!(parse_path(&format!("tile/0/{place}")), None, "{place:?}");
        }
        for path in ["tile/64/000", "tile/00/000", "tile/+1/000", "tile/entries", "/tile/0/000", "0/000", "tile//000"] {
            assert_eq!(parse_path(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_tree_of_70_000_has_the_specification_s_tiles() {
        let all = paths(70_000);
        assert_eq!(all.len(), (273 + 1) + (1 + 1) + 1 + (273 + 1));
        for path in [
            "tile/0/272",
            "tile/0/273.p/112",
            "tile/1/000",
            "tile/1/001.p/17",
            "tile/2/000.p/1",
            "tile/entries/273.p/112",
        ] {
            assert!(all.iter().any(|found| found == path), "{path}");
        }
        assert_eq!(paths(256), ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
        assert_eq!(paths(0), [""; 0]);
        assert!(tiles_for(u64::MAX).take(3).all(|tile| tile.width == FULL_WIDTH));
    }

    #[test]
    fn hash_tiles_hold_leaf_hashes_and_subtree_roots() {
        let (nodes, _) = grown(300);
        let leaves: Vec<u8> = (256..300_u64).flat_map(|index| leaf_hash(&index.to_be_bytes())).collect();
        assert_eq!(hash_tile(&nodes, 0, 1, 44), Some(leaves));
        assert_eq!(hash_tile(&nodes, 1, 0, 1), root_at(&nodes, 256).map(|root| root.to_vec()));
        for (level, index, width) in [(0, 1, 45), (0, 0, 0), (0, 0, 257), (1, 0, 2), (32, 0, 1), (0, u64::MAX, 1)] {
            assert_eq!(hash_tile(&nodes, level, index, width), None);
        }
        for tile in tiles_for(300) {
            let TileKind::Hashes { level } = tile.kind else { continue };
            assert!(hash_tile(&nodes, level, tile.index, tile.width).is_some());
        }
    }

    #[test]
    fn impossible_bundles_are_refused() {
        let (long, most) = (vec![0; 65_536], vec![[].as_slice(); 257]);
        assert_eq!(entry_bundle(&[&long]), None);
        assert!(entry_bundle(&[&long[1..]]).is_some_and(|bundle| split_bundle(&bundle) == Ok(vec![&long[1..]])));
        assert_eq!((entry_bundle(&[]), entry_bundle(&most)), (None, None));
        assert_eq!(split_bundle(&[]), Err(TileError::Empty));
        assert_eq!(split_bundle(&[0; 514]), Err(TileError::TooMany));
        assert_eq!(split_bundle(&[0; 513]), Err(TileError::TooMany));
        assert_eq!(split_bundle(&[0, 1, 7, 0]), Err(TileError::Truncated(1)));
    }

    proptest! {
        #[test]
        fn paths_read_as_written(index: u64, digits in 0..20_u32, width in 1..=256_u16, level in 0..=64_u8) {
            let kind = if level == 64 { TileKind::Entries } else { TileKind::Hashes { level } };
            let tile = Tile { kind, index: index / 10_u64.pow(digits), width };
            prop_assert_eq!(parse_path(&tile.path()), Some(tile));
        }

        #[test]
        fn bundles_split_as_joined_and_no_cut_goes_unseen(entries: Vec<Vec<u8>>, cut: proptest::sample::Index) {
            let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
            prop_assume!(!entries.is_empty());
            let bundle = entry_bundle(&entries).unwrap();
            prop_assert_eq!(split_bundle(&bundle).unwrap(), entries.clone());
            let cut = split_bundle(&bundle[..cut.index(bundle.len())]);
            prop_assert!(cut.is_err() || cut.is_ok_and(|left| left.len() < entries.len()));
        }
    }
}

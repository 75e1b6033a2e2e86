//! Proofs that an entry is in a tree and that one tree extends another: made, checked, and written as a `.tlog-proof`;
//! it leaves out how nodes are stored and whether witnesses have seen the head.
//!
//! Source: RFC 6962, section 2.1, for proofs; C2SP `tlog-proof` for the file.

use base64::prelude::{BASE64_STANDARD, Engine};
use thiserror::Error;

use super::checkpoint::{Checkpoint, NoteError, NoteVerifier, open_checkpoint, parse_decimal, parse_hash};
use super::tree::{Hash, Nodes, empty_root, node_hash, range_hash};

/// The first line of a proof file.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a proof does not prove, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProofError {
    /// An entry, by its index, past the end of a tree, by its size.
    #[error("entry {0} is not in a tree of {1}")]
    Outside(u64, u64),
    /// The sizes of an older tree and of a newer one that is smaller.
    #[error("a tree of {1} does not extend a tree of {0}")]
    Shrinks(u64, u64),
    /// How many hashes the sizes ask for, and how many there are.
    #[error("the proof has {1} hashes where {0} are needed")]
    Length(usize, usize),
    /// Hashes that lead to another root than that of the tree of this size.
    #[error("the proof does not lead to the root hash of the tree of {0}")]
    Root(u64),
    /// A head of another log than was asked for, and the log that it names.
    #[error("the proof is for another log, {0}")]
    Origin(String),
    /// A line of a proof file, from 1, in another form, and what it should be.
    #[error("line {0} of the proof file is not {1}")]
    Text(usize, &'static str),
    /// A head that cannot be trusted.
    #[error("the proof's checkpoint is refused")]
    Checkpoint(#[from] NoteError),
}

/// The proof that entry `index` is in the tree of `size`: the sibling hashes, the leaf's first; `None` if it is outside
/// or a node is missing.
pub fn inclusion_proof(nodes: &(impl Nodes + ?Sized), index: u64, size: u64) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end, mut proof) = (0, size, Vec::new());
    while let Some(middle) = split(start, end) {
        if index < middle {
            proof.push(range_hash(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range_hash(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Some(proof)
}

/// The proof that the tree of `to` extends the tree of `from`; `None` if it is the smaller or a node is missing.
///
/// It is empty for equal sizes and for `from` 0: every tree extends the empty one.
pub fn consistency_proof(nodes: &(impl Nodes + ?Sized), from: u64, to: u64) -> Option<Vec<Hash>> {
    if from > to {
        return None;
    }
    let (mut start, mut end, mut proof) = (0, to, Vec::new());
    while from > 0 && from != end {
        let middle = split(start, end)?;
        if from <= middle {
            proof.push(range_hash(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range_hash(nodes, start, middle)?);
            start = middle;
        }
    }
    if start > 0 {
        proof.push(range_hash(nodes, start, end)?);
    }
    proof.reverse();
    Some(proof)
}

/// Where a subtree of two leaves or more divides: after the largest power of two below its size.
fn split(start: u64, end: u64) -> Option<u64> {
    let level = end.checked_sub(start)?.checked_sub(1)?.checked_ilog2()?;
    Some(start + (1 << level))
}

/// Checks that a leaf hash is at `index` in the tree of `size` with that root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside(index, size));
    }
    let (inner, border) = shape(index, size);
    let (below, above) = divide(proof, inner, inner + border)?;
    let mut hash = *leaf;
    for (level, sibling) in below.iter().enumerate() {
        hash = if index >> level & 1 == 0 { node_hash(&hash, sibling) } else { node_hash(sibling, &hash) };
    }
    is_root(climb(hash, above), root, size)
}

/// Checks that the tree of `to` extends the tree of `from`, each with its root.
pub fn verify_consistency(
    from: u64,
    to: u64,
    proof: &[Hash],
    from_root: &Hash,
    to_root: &Hash,
) -> Result<(), ProofError> {
    if from > to {
        return Err(ProofError::Shrinks(from, to));
    }
    if from == 0 || from == to {
        divide(proof, 0, 0)?;
        is_root(if from == 0 { empty_root() } else { *to_root }, from_root, from)?;
        return is_root(if to == 0 { empty_root() } else { *to_root }, to_root, to);
    }
    // The proof starts at the largest complete subtree that ends where the old tree ends; if that is the whole old
    // tree, its hash is the old root and the proof leaves it out.
    let shift = from.trailing_zeros() as usize;
    let (inner, border) = shape(from - 1, to);
    let inner = inner.saturating_sub(shift);
    let omitted = usize::from(from.is_power_of_two());
    let (below, above) = divide(proof, inner + 1 - omitted, inner + border + 1 - omitted)?;
    let (seed, below) = match below.split_first() {
        Some((first, rest)) if omitted == 0 => (first, rest),
        _ => (from_root, below),
    };
    let (mut old, mut new) = (*seed, *seed);
    for (level, sibling) in below.iter().enumerate() {
        if (from - 1) >> (shift + level) & 1 == 0 {
            new = node_hash(&new, sibling);
        } else {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        }
    }
    is_root(climb(old, above), from_root, from)?;
    is_root(climb(new, above), to_root, to)
}

/// How many siblings lie below the point where the paths of leaf `index` and of the last leaf part, and how many above.
fn shape(index: u64, size: u64) -> (usize, usize) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner as usize, border as usize)
}

/// Splits a proof of exactly `expected` hashes at `at`.
fn divide(proof: &[Hash], at: usize, expected: usize) -> Result<(&[Hash], &[Hash]), ProofError> {
    let parts = if proof.len() == expected { proof.split_at_checked(at) } else { None };
    parts.ok_or(ProofError::Length(expected, proof.len()))
}

/// Hashes along the right edge of the tree, where every sibling is on the left.
fn climb(hash: Hash, siblings: &[Hash]) -> Hash {
    siblings.iter().fold(hash, |hash, sibling| node_hash(sibling, &hash))
}

fn is_root(computed: Hash, root: &Hash, size: u64) -> Result<(), ProofError> {
    if computed == *root { Ok(()) } else { Err(ProofError::Root(size)) }
}

/// A `.tlog-proof`: all that is needed, beside the leaf and the log's key, to check that the leaf is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Data for the reader that nothing authenticates; empty if there is none.
    pub extra: Vec<u8>,
    /// The entry's index.
    pub index: u64,
    /// The sibling hashes, the leaf's first.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint of the tree, verbatim.
    pub checkpoint: String,
}

impl InclusionProof {
    /// The file's text.
    pub fn text(&self) -> String {
        let mut lines = vec![HEADER.to_owned()];
        if !self.extra.is_empty() {
            lines.push(format!("extra {}", BASE64_STANDARD.encode(&self.extra)));
        }
        lines.push(format!("index {}", self.index));
        lines.extend(self.hashes.iter().map(|hash| BASE64_STANDARD.encode(hash)));
        format!("{}\n\n{}", lines.join("\n"), self.checkpoint)
    }

    /// Reads a file as [`InclusionProof::text`] writes it; the checkpoint is not looked into.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let refused = ProofError::Text;
        let end = text.split('\n').take_while(|line| !line.is_empty()).count() + 1;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(refused(end, "an empty line before the checkpoint"))?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        if lines.next() != Some((1, HEADER)) {
            return Err(refused(1, "the header of a proof file"));
        }
        let mut extra = Vec::new();
        if let Some(encoded) = lines.peek().and_then(|(_, text)| text.strip_prefix("extra ")) {
            let data = BASE64_STANDARD.decode(encoded).ok().filter(|data| BASE64_STANDARD.encode(data) == encoded);
            extra = data.filter(|data| !data.is_empty()).ok_or(refused(2, "extra data in base64"))?;
            lines.next();
        }
        let index = lines.next().and_then(|(_, text)| parse_decimal(text.strip_prefix("index ")?));
        let index = index.ok_or(refused(if extra.is_empty() { 2 } else { 3 }, "an index"))?;
        let hash = |(line, text)| parse_hash(text).ok_or(refused(line, "a hash in base64"));
        let hashes = lines.map(hash).collect::<Result<_, _>>()?;
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that the verifier's key signed this head of the log `origin`, and that the leaf hash is in its tree.
    pub fn verify(&self, leaf: &Hash, origin: &str, verifier: &NoteVerifier) -> Result<Checkpoint, ProofError> {
        let head = open_checkpoint(&self.checkpoint, verifier)?;
        if head.origin != origin {
            return Err(ProofError::Origin(head.origin));
        }
        verify_inclusion(leaf, self.index, head.size, &self.hashes, &head.root)?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint::sign_checkpoint;
    use super::super::tree::{leaf_hash, root_at, tests::grown};
    use super::*;
    use ed25519_dalek::SigningKey;

    /// A proof with one hash too many, and with each hash in turn changed or left out.
    fn mutations(proof: &[Hash]) -> Vec<Vec<Hash>> {
        let mut all = vec![[proof, &[[0; 32]]].concat()];
        for at in 0..proof.len() {
            all.extend([proof.to_vec(), proof.to_vec()]);
            let [.., flipped, dropped] = all.as_mut_slice() else { continue };
            flipped[at][at % 32] ^= 1;
            dropped.remove(at);
        }
        all
    }

    #[test]
    fn proofs_equal_the_oracle_s_and_no_other_holds() {
        for size in 0..=70_u64 {
            let (nodes, oracle) = grown(size);
            let root = root_at(&nodes, size).unwrap();
            assert_eq!((inclusion_proof(&nodes, size, size), consistency_proof(&nodes, size + 1, size)), (None, None));
            for at in 0..size {
                let leaf = leaf_hash(&at.to_be_bytes());
                let proof = inclusion_proof(&nodes, at, size).unwrap();
                let check = |leaf, index, proof: &[Hash]| verify_inclusion(leaf, index, size, proof, &root);
                assert_eq!(proof.concat(), oracle.prove_inclusion(at as usize).as_bytes());
                assert_eq!(check(&leaf, at, &proof), Ok(()));
                assert!(check(&[1; 32], at, &proof).is_err() && (size == 1 || check(&leaf, at ^ 1, &proof).is_err()));
                assert!(mutations(&proof).iter().all(|bad| check(&leaf, at, bad).is_err()));
            }
            for from in 0..=size {
                let old = root_at(&nodes, from).unwrap();
                let proof = consistency_proof(&nodes, from, size).unwrap();
                let check = |proof: &[Hash], old, new| verify_consistency(from, size, proof, old, new);
                let is_trivial = from == 0 || from == size;
                assert!(is_trivial || proof.concat() == oracle.prove_consistency((size - from) as usize).as_bytes());
                assert_eq!(check(&proof, &old, &root), Ok(()));
                assert!(check(&proof, &[1; 32], &root).is_err());
                assert!(from == 0 || check(&proof, &old, &[1; 32]).is_err());
                assert!(mutations(&proof).iter().all(|bad| check(bad, &old, &root).is_err()));
            }
        }
        assert!(verify_inclusion(&[0; 32], u64::MAX - 1, u64::MAX, &[], &[0; 32]).is_err());
        assert!(verify_consistency(1 << 63, u64::MAX, &[], &[0; 32], &[0; 32]).is_err());
    }

    #[test]
    fn proof_files_read_as_written_and_no_changed_byte_holds() {
        let (nodes, key) = (grown(13).0, SigningKey::from_bytes(&[7; 32]));
        let head = Checkpoint { origin: "hall.example/log".into(), size: 13, root: root_at(&nodes, 13).unwrap() };
        let verifier = NoteVerifier::new(&head.origin, key.verifying_key()).unwrap();
        let checkpoint = sign_checkpoint(&head, &head.origin, &key).unwrap();
        let (leaf, hashes) = (leaf_hash(&5_u64.to_be_bytes()), inclusion_proof(&nodes, 5, 13).unwrap());
        let mut proof = InclusionProof { extra: Vec::new(), index: 5, hashes, checkpoint };
        let text = proof.text();
        assert_eq!(InclusionProof::parse(&text).as_ref(), Ok(&proof));
        assert_eq!(proof.verify(&leaf, &head.origin, &verifier), Ok(head.clone()));
        assert!(matches!(proof.verify(&leaf, "other", &verifier), Err(ProofError::Origin(_))));
        for (at, mask) in (0..text.len()).flat_map(|at| [1, 2, 4, 16, 32].map(|mask| (at, mask))) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= mask;
            let read = String::from_utf8(bytes).ok().and_then(|changed| InclusionProof::parse(&changed).ok());
            let Some(read) = read.filter(|read| read.checkpoint == proof.checkpoint) else { continue };
            assert!(verify_inclusion(&leaf, read.index, 13, &read.hashes, &head.root).is_err(), "{at} xor {mask}");
        }
        proof.extra = b"aside".to_vec();
        assert_eq!(InclusionProof::parse(&proof.text()), Ok(proof));
        let bad = ["", "\n\n", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n"];
        assert!(bad.iter().all(|text| InclusionProof::parse(text).is_err()));
    }
}

//! The one hash function; what is hashed with it for a meaning is made in `canonical`.

use sha2::{Digest as _, Sha256};

/// SHA-256 over the concatenated `pieces`.
pub fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finalize().into()
}

//! Numbers that follow from a seed.

use sha2::{Digest, Sha256};

/// The first 8 bytes of a hash over a purpose and numbers: the same everywhere, and unlike that of any other.
pub fn drawn(purpose: &str, numbers: &[u64]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(b"guildhall endpoint ");
    hash.update(purpose.as_bytes());
    for number in numbers {
        hash.update([0]);
        hash.update(number.to_le_bytes());
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

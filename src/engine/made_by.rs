//! What computes here, as records name it.

use super::model::Isa;

/// `guildhall 0.1.0, avx512`: another version, or another processor's instructions, may round otherwise.
pub fn made_by() -> String {
    format!("guildhall {}, {}", env!("CARGO_PKG_VERSION"), Isa::detect().name())
}

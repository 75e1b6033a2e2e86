//! What the hall needs from outside: a signer, a clock, randomness. Front doors bring the real ones, tests fixed ones.

use std::future::Future;
use std::pin::Pin;

use russh::keys::ssh_key::PublicKey;

use crate::domain::Timestamp;

/// Why there is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The key's holder, or their agent, said no.
    #[error("the signature was declined: {0}")]
    Declined(String),
    /// Nobody answered in time.
    #[error("the signature was not given in time: {0}")]
    TimedOut(String),
    /// The key or agent can't sign.
    #[error("the key can't sign: {0}")]
    Failed(String),
}

/// A signature in the making.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<String, SigningError>> + Send + 'a>>;

/// A member's key, in a file or behind an agent.
pub trait Signer: Send + Sync {
    /// The public key.
    fn public_key(&self) -> &PublicKey;
    /// Whether the key is behind an agent.
    fn is_agent(&self) -> bool {
        false
    }
    /// Base64 of the SSHSIG blob over `text`; may take as long as a person needs.
    fn sign<'a>(&'a self, text: &'a [u8]) -> Signing<'a>;
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// 16 random bytes.
pub(super) fn entropy(random: &dyn Random) -> [u8; 16] {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    bytes
}

/// 32 random bytes.
pub(super) fn salt(random: &dyn Random) -> [u8; 32] {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    bytes
}

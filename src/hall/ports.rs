//! What the hall needs from outside: a signer, a clock, randomness. Front doors bring the real ones, tests fixed ones.

use std::future::Future;
use std::pin::Pin;

use russh::keys::ssh_key::PublicKey;

use crate::domain::{MemberId, Timestamp};

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

/// A part of a body as it goes to whoever signs: its salt and canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartToSign {
    /// 32 bytes.
    pub salt: [u8; 32],
    /// Canonical JSON.
    pub content: Vec<u8>,
}

/// An event's core as it goes to whoever signs, with the parts it commits to, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreToSign {
    /// Canonical JSON, no line feed.
    pub core: Vec<u8>,
    /// See [`PartToSign`].
    pub parts: Vec<PartToSign>,
}

/// What is signed: the manifest's line, and all it stands for, so that a signer can show it before it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToSign {
    /// The text that the signature is over, its line feed included.
    pub text: Vec<u8>,
    /// What it lists, in order.
    pub cores: Vec<CoreToSign>,
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
    /// The member in whose name the hall's own key signs; none where the key is the author's.
    fn in_name_of(&self) -> Option<&MemberId> {
        None
    }
    /// Base64 of the SSHSIG blob over the text; may take as long as a person needs.
    fn sign<'a>(&'a self, what: &'a ToSign) -> Signing<'a>;
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
    /// A number, each as likely as any other.
    fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
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

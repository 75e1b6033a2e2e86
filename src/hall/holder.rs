//! Whoever holds a key and may go away meanwhile: once they are gone no signature of theirs is waited for; what they signed
//! before is finished all the same, since it is in the ledger by then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use russh::keys::ssh_key::PublicKey;
use tokio::sync::watch;

use crate::domain::MemberId;

use super::ports::{Signer, Signing, SigningError, ToSign};

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Holder {
    gone: watch::Sender<bool>,
    signed: AtomicBool,
}

impl Holder {
    /// They are gone.
    pub fn leaves(&self) {
        self.gone.send_replace(true);
    }

    /// Whether they signed anything.
    pub fn has_signed(&self) -> bool {
        self.signed.load(Ordering::Acquire)
    }

    async fn left(&self) {
        // the sender is here, so that the wait can't fail
        let _ = self.gone.subscribe().wait_for(|gone| *gone).await;
    }
}

/// A key as long as its holder is there.
pub struct HeldKey {
    key: Arc<dyn Signer>,
    holder: Arc<Holder>,
}

impl HeldKey {
    /// This key, of this holder.
    pub fn of(key: Arc<dyn Signer>, holder: Arc<Holder>) -> Self {
        Self { key, holder }
    }
}

impl Signer for HeldKey {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn is_agent(&self) -> bool {
        self.key.is_agent()
    }

    fn in_name_of(&self) -> Option<&MemberId> {
        self.key.in_name_of()
    }

    fn sign<'a>(&'a self, what: &'a ToSign) -> Signing<'a> {
        Box::pin(async {
            tokio::select! {
                biased;
                () = self.holder.left() => Err(SigningError::TimedOut("whoever was to give it is gone".to_owned())),
                signed = self.key.sign(what) => {
                    self.holder.signed.fetch_or(signed.is_ok(), Ordering::AcqRel);
                    signed
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::KeyInMemory;

    #[tokio::test]
    async fn who_is_gone_signs_nothing_more() {
        let seed = russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&[7; 32]);
        let holder = Arc::new(Holder::default());
        let key = HeldKey::of(Arc::new(KeyInMemory::of(seed.into())), Arc::clone(&holder));
        let what = ToSign { text: b"text\n".to_vec(), cores: Vec::new() };
        assert!(!holder.has_signed());
        key.sign(&what).await.unwrap();
        assert!(holder.has_signed());
        holder.leaves();
        assert!(matches!(key.sign(&what).await, Err(SigningError::TimedOut(_))));
    }
}

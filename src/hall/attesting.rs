//! The hall's key as a signer in the name of a member who has proved who they are, but whose key isn't at hand.

use std::sync::Arc;

use russh::keys::ssh_key::PublicKey;

use crate::domain::MemberId;

use super::keys::HostKey;
use super::opened::Hall;
use super::ports::{Signer, Signing, SigningError, ToSign};

/// See the module's first line.
pub struct Attesting {
    host: Arc<HostKey>,
    member: MemberId,
}

impl Signer for Attesting {
    fn public_key(&self) -> &PublicKey {
        self.host.public_key()
    }

    fn in_name_of(&self) -> Option<&MemberId> {
        Some(&self.member)
    }

    fn sign<'a>(&'a self, what: &'a ToSign) -> Signing<'a> {
        let signed = self.host.sign(&what.text).map_err(|error| SigningError::Failed(error.to_string()));
        Box::pin(std::future::ready(signed))
    }
}

impl Hall {
    /// A signer that attests acts of `member`; for a front door that has checked who they are.
    pub fn attesting(&self, member: MemberId) -> Attesting {
        Attesting { host: Arc::clone(&self.host), member }
    }
}

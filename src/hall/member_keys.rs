//! A member's keys: enrolling one more, and revoking one for good.

use russh::keys::ssh_key::PublicKey;

use crate::domain::{Event, MemberId};
use crate::ledger::key_line;

use super::error::HallError;
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

impl Hall {
    /// Enrols one more key of a member.
    pub async fn add_key(&self, signer: &dyn Signer, member: &MemberId, key: &PublicKey) -> Result<Receipt, HallError> {
        let event = Event::KeyAdded { key: key_line(key)?, member: member.clone() };
        self.submit(signer, Proposal::new(None, None, event)).await
    }

    /// Revokes the key with this fingerprint, or unique start of one, of a member; what it signed before stands.
    pub async fn revoke_key(
        &self,
        signer: &dyn Signer,
        member: &MemberId,
        fingerprint: &str,
    ) -> Result<Receipt, HallError> {
        let state = self.state().await?;
        let keys = state.members.get(member).map(|member| member.live_keys().collect::<Vec<_>>()).unwrap_or_default();
        let wanted = fingerprint.strip_prefix("SHA256:").unwrap_or(fingerprint);
        let is_meant = |known: &str| known.strip_prefix("SHA256:").is_some_and(|known| known.starts_with(wanted));
        let mut meant = keys.iter().filter(|key| wanted.len() >= 4 && is_meant(&key.fingerprint));
        let (Some(key), None) = (meant.next(), meant.next()) else {
            let all: Vec<&str> = keys.iter().map(|key| key.fingerprint.as_str()).collect();
            let hint = format!("name one of their keys by at least 4 characters: {}", all.join(", "));
            return Err(HallError::Usage(format!("`{fingerprint}` is no key of that member; {hint}")));
        };
        let event = Event::KeyRevoked { key: key.fingerprint.clone(), member: member.clone() };
        self.submit(signer, Proposal::new(None, None, event)).await
    }
}

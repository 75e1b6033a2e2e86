//! A member's keys: enrolling one more, revoking one for good, and vouching for one that replaces lost ones.

use russh::keys::ssh_key::PublicKey;

use serde::Serialize;

use crate::domain::{Event, MemberId, Recovery, Timestamp, recovered_from};
use crate::ledger::key_line;

use super::error::HallError;
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// A key that is to replace a member's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoveryRow {
    /// Its fingerprint.
    pub key: String,
    /// How many vouch for it.
    pub vouches: usize,
    /// From when on it alone signs, if nobody stops it; none while too few vouch.
    pub signs_from: Option<Timestamp>,
}

impl Hall {
    /// Enrols one more key of a member.
    pub async fn add_key(&self, signer: &dyn Signer, member: &MemberId, key: &PublicKey) -> Result<Receipt, HallError> {
        let event = Event::KeyAdded { key: key_line(key)?, member: member.clone() };
        self.submit(signer, Proposal::new(None, None, event)).await
    }

    /// Vouches for a key as another member's who lost theirs.
    pub async fn vouch_for_key(
        &self,
        signer: &dyn Signer,
        member: &MemberId,
        key: &PublicKey,
    ) -> Result<Receipt, HallError> {
        let event = Event::RecoveryVouched { key: key_line(key)?, member: member.clone() };
        self.submit(signer, Proposal::new(None, None, event)).await
    }

    /// Says with an old key that one for which others vouch isn't one's own.
    pub async fn stop_recovery(&self, signer: &dyn Signer, fingerprint: &str) -> Result<Receipt, HallError> {
        let state = self.state().await?;
        let who = self.member(signer).await?;
        let open = state.recoveries.iter().filter(|(_, known)| known.member == who && known.stopped.is_none());
        let wanted = fingerprint.strip_prefix("SHA256:").unwrap_or(fingerprint);
        let known = open.map(|(name, _)| name).find(|name| {
            wanted.len() >= 4 && name.strip_prefix("SHA256:").is_some_and(|known| known.starts_with(wanted))
        });
        let key = known.cloned().unwrap_or_else(|| fingerprint.to_owned());
        self.submit(signer, Proposal::new(None, None, Event::RecoveryStopped { key })).await
    }

    /// Keys that are to replace a member's: fingerprint, how many vouch for it, and from when on it alone signs.
    pub async fn recoveries(&self, member: &MemberId) -> Result<Vec<RecoveryRow>, HallError> {
        let state = self.state().await?;
        let open = state.recoveries.iter().filter(|(_, known)| known.member == *member && known.stopped.is_none());
        let row = |(key, known): (&String, &Recovery)| RecoveryRow {
            key: key.clone(),
            vouches: known.vouches.len(),
            signs_from: recovered_from(&state, known, self.now()),
        };
        Ok(open.map(row).collect())
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

//! Members and their credentials; who may act in which role is in `roles`.

use serde::{Deserialize, Serialize};

use super::{GuildId, InstitutionId, MemberId, Timestamp};

/// The class, and the shared institution, of whoever has no attested credential.
pub const UNATTESTED: &str = "unattested";

/// An attested credential in one guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// For which guild.
    pub guild: GuildId,
    /// One of the charter's classes.
    pub class: String,
    /// Where the member works.
    pub institution: InstitutionId,
    /// From then on it doesn't count.
    pub expires: Timestamp,
    /// Who attested it.
    pub attester: MemberId,
}

/// What a member counts as in a guild at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    /// Credential class.
    pub class: String,
    /// Institution, or `unattested`.
    pub institution: String,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Random id.
    pub id: MemberId,
    /// The guild key, one OpenSSH line without comment.
    pub key: String,
    /// Named in the genesis entry.
    pub founder: bool,
    /// May curate.
    pub steward: bool,
    /// In order of attestation.
    pub credentials: Vec<Credential>,
}

impl Member {
    /// Class and institution in `guild` at `at`: those of the latest credential that hasn't expired.
    pub fn standing(&self, guild: &GuildId, at: Timestamp) -> Standing {
        let counts = |credential: &&Credential| credential.guild == *guild && at < credential.expires;
        match self.credentials.iter().rev().find(counts) {
            Some(found) => Standing { class: found.class.clone(), institution: found.institution.to_string() },
            None => Standing { class: UNATTESTED.to_owned(), institution: UNATTESTED.to_owned() },
        }
    }
}

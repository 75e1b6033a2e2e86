//! Members, their keys, credentials and terms; who may act in which role is in `roles`, who vouches for whom in `vouching`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{GuildId, InstitutionId, MemberId, Terms, Timestamp, sha256};

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
    /// Its entry, by which the directory knows the evidence.
    pub seq: u64,
}

/// What a member counts as in a guild at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    /// Credential class.
    pub class: String,
    /// Institution, or `unattested`.
    pub institution: String,
}

/// A key a member signs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberKey {
    /// One OpenSSH line without comment.
    pub line: String,
    /// Its name in entries, `SHA256:...`.
    pub fingerprint: String,
    /// The entry from which on it signs nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<u64>,
}

impl MemberKey {
    /// A key that signs from now on.
    pub fn new(line: &str) -> Self {
        Self { line: line.to_owned(), fingerprint: fingerprint_of(line), revoked: None }
    }
}

/// The fingerprint of an OpenSSH key line; of a line that is none, a text that no entry names.
pub fn fingerprint_of(line: &str) -> String {
    let blob = line.split(' ').nth(1).and_then(|blob| data_encoding::BASE64.decode(blob.as_bytes()).ok());
    let hash = blob.map(|blob| data_encoding::BASE64_NOPAD.encode(&sha256(&[&blob])));
    format!("SHA256:{}", hash.unwrap_or_default())
}

/// A steward took a member's part in the hall away for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Its entry.
    pub seq: u64,
    /// Who did it.
    pub by: MemberId,
    /// The article it rests on.
    pub article: u32,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The entry of their appeal.
    pub appeal: Option<u64>,
    /// The entry that lifted it.
    pub lifted: Option<u64>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Random id.
    pub id: MemberId,
    /// Every key they ever signed with, in the order of enrolment.
    pub keys: Vec<MemberKey>,
    /// Named in the genesis entry.
    pub founder: bool,
    /// May curate.
    pub steward: bool,
    /// Since when.
    pub joined: Timestamp,
    /// On whose word they came in after the founding.
    pub vouchers: BTreeSet<MemberId>,
    /// When they attested newcomers.
    pub attested: Vec<Timestamp>,
    /// In order of attestation.
    pub credentials: Vec<Credential>,
    /// Their own terms, by guild.
    pub terms: BTreeMap<GuildId, Terms>,
    /// The entry in which they gave the name they are to be listed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<u64>,
    /// Institutions in which they declared an interest, beside those they work in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub interests: BTreeSet<InstitutionId>,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
}

impl Member {
    /// Somebody who comes in with this key.
    pub fn new(id: MemberId, key: &str, joined: Timestamp) -> Self {
        Self {
            id,
            keys: vec![MemberKey::new(key)],
            founder: false,
            steward: false,
            joined,
            vouchers: BTreeSet::new(),
            attested: Vec::new(),
            credentials: Vec::new(),
            terms: BTreeMap::new(),
            named: None,
            interests: BTreeSet::new(),
            suspension: None,
        }
    }

    /// Until when they are suspended, if they are at `at`.
    pub fn suspended_until(&self, at: Timestamp) -> Option<Timestamp> {
        let suspension = self.suspension.as_ref().filter(|held| held.lifted.is_none() && at < held.until)?;
        Some(suspension.until)
    }

    /// Where their credentials of `at` say that they work, in any guild.
    pub fn institutions(&self, at: Timestamp) -> impl Iterator<Item = &InstitutionId> {
        self.credentials.iter().filter(move |held| at < held.expires).map(|held| &held.institution)
    }

    /// The keys that sign now.
    pub fn live_keys(&self) -> impl Iterator<Item = &MemberKey> {
        self.keys.iter().filter(|key| key.revoked.is_none())
    }

    /// Whether the key with this fingerprint signs for them now.
    pub fn signs_with(&self, fingerprint: &str) -> bool {
        self.live_keys().any(|key| key.fingerprint == fingerprint)
    }

    /// Class and institution in `guild` at `at`: those of the latest credential that hasn't expired. Institutions that were
    /// joined are told apart here still; ask the state.
    pub(super) fn credential_in(&self, guild: &GuildId, at: Timestamp) -> Standing {
        let counts = |credential: &&Credential| credential.guild == *guild && at < credential.expires;
        match self.credentials.iter().rev().find(counts) {
            Some(found) => Standing { class: found.class.clone(), institution: found.institution.to_string() },
            None => Standing { class: UNATTESTED.to_owned(), institution: UNATTESTED.to_owned() },
        }
    }
}

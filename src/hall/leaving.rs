//! What a member takes along: their entries with proofs, their texts with salts, keys, credentials and terms. Releases, the
//! whole ledger and the rules are anybody's to take.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{GuildId, HallId, MemberId, MemberKey, Suspension, Timestamp};
use crate::ledger::{Entry, InclusionProof, inclusion_proof};

use super::credentials::Evidence;
use super::error::HallError;
use super::opened::{Hall, corrupt};
use super::own_terms::TermsView;
use super::ports::Signer;
use super::stake::StakeRow;

/// A part of an entry's body, with what opens its commitment.
#[derive(Debug, Clone, Serialize)]
pub struct TakenPart {
    /// Its name.
    pub part: String,
    /// 32 bytes, hexadecimal.
    pub salt: String,
    /// Its content.
    pub content: serde_json::Value,
}

/// An entry, with proof that it is under the head.
#[derive(Debug, Clone, Serialize)]
pub struct TakenEntry {
    /// Its place.
    pub seq: u64,
    /// Whether it is the member's own, rather than one that names them.
    pub own: bool,
    /// Its three lines.
    pub entry: String,
    /// C2SP tlog-proof.
    pub proof: String,
    /// Texts that survive, of one's own entries alone.
    pub parts: Vec<TakenPart>,
}

/// A credential with what it rests on.
#[derive(Debug, Clone, Serialize)]
pub struct TakenCredential {
    /// For which guild.
    pub guild: GuildId,
    /// One of the charter's classes.
    pub class: String,
    /// Name of the institution, or its code.
    pub institution: String,
    /// From then on it doesn't count.
    pub expires: Timestamp,
    /// Its entry.
    pub entry: u64,
    /// What it rests on, if that was given and not erased.
    pub evidence: Option<Evidence>,
}

/// See the module's first line.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// The hall.
    pub hall: HallId,
    /// Its name.
    pub name: String,
    /// Licence of its data.
    pub licence: String,
    /// Who.
    pub member: MemberId,
    /// Their name in the directory.
    pub handle: String,
    /// Since when they are a member.
    pub joined: Timestamp,
    /// Every key they signed with.
    pub keys: Vec<MemberKey>,
    /// In order.
    pub credentials: Vec<TakenCredential>,
    /// Their terms, guild by guild.
    pub terms: Vec<TermsView>,
    /// The last one, if they ever were suspended.
    pub suspension: Option<Suspension>,
    /// How their stake is found: it is computed from the ledger, by anyone who has it.
    pub stake: String,
    /// Their line in each guild's pending register now.
    pub stake_pending: BTreeMap<GuildId, StakeRow>,
    /// Key of the hall's heads.
    pub vkey: String,
    /// The head that the proofs are under.
    pub checkpoint: String,
    /// Their entries, and those that name them.
    pub entries: Vec<TakenEntry>,
}

impl Hall {
    /// Everything of the member who signs.
    ///
    /// Complexity: linear in the ledger.
    pub async fn take_along(&self, signer: &dyn Signer) -> Result<Taken, HallError> {
        let who = self.member(signer).await?;
        let (state, facts) = (self.state().await?, self.facts().await?);
        let member = state.members.get(&who).cloned();
        let member = member.ok_or_else(|| HallError::Failed(format!("{who} is no member")))?;
        let places = self.names("institution").await?;
        let mut credentials = Vec::new();
        for held in &member.credentials {
            let place = places.iter().find(|(id, _)| id == held.institution.as_str());
            credentials.push(TakenCredential {
                guild: held.guild.clone(),
                class: held.class.clone(),
                institution: place.map_or_else(|| held.institution.to_string(), |(_, name)| name.clone()),
                expires: held.expires,
                entry: held.seq,
                evidence: self.evidence(held.seq).await?,
            });
        }
        Ok(Taken {
            hall: facts.id,
            name: facts.name,
            licence: facts.licence,
            handle: self.handle(&who).await?,
            joined: member.joined,
            keys: member.keys,
            credentials,
            terms: self.terms(&who).await?,
            suspension: member.suspension,
            stake_pending: self.stake_of(&who).await?.into_iter().collect(),
            stake: format!(
                "guildhall stake show --member {who}, on the hall; the stake.csv of each release holds it too"
            ),
            vkey: self.vkey().await?,
            checkpoint: self.head().await?,
            entries: self.entries_of(&who).await?,
            member: who,
        })
    }

    /// Entries by a member, and those that name them.
    async fn entries_of(&self, who: &MemberId) -> Result<Vec<TakenEntry>, HallError> {
        let (nodes, checkpoint) = (self.store.nodes().await?, self.head().await?);
        let mut taken = Vec::new();
        for (seq, bytes) in (0..nodes.size()).zip(self.all_entries().await?) {
            let entry = Entry::read(&bytes).map_err(|error| corrupt(format!("entries {seq}"), error))?;
            let own = entry.core.actor == who.as_str();
            let facts = serde_json::to_string(&entry.core.event).unwrap_or_default();
            if !own && !facts.contains(&format!("\"{who}\"")) {
                continue;
            }
            let hashes = inclusion_proof(&nodes, seq, nodes.size());
            let hashes =
                hashes.ok_or_else(|| HallError::Failed("the stored tree lacks hashes; verify it".to_owned()))?;
            let proof = InclusionProof { extra: Vec::new(), index: seq, hashes, checkpoint: checkpoint.clone() }.text();
            let bodies = if own { self.store.bodies(seq, seq + 1).await? } else { Vec::new() };
            let mut parts = Vec::new();
            for body in bodies {
                let content = serde_json::from_slice(&body.content)
                    .map_err(|error| corrupt(format!("bodies {seq} {}", body.part), error))?;
                parts.push(TakenPart { part: body.part, salt: data_encoding::HEXLOWER.encode(&body.salt), content });
            }
            taken.push(TakenEntry { seq, own, entry: String::from_utf8_lossy(&bytes).into_owned(), proof, parts });
        }
        Ok(taken)
    }
}

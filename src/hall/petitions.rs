//! Petitions: somebody who proved to hold a key asks to be admitted; members attest or object, stewards decline, and the
//! hall admits when the rules say so.

use std::collections::BTreeSet;

use russh::keys::ssh_key::PublicKey;
use serde::{Deserialize, Serialize};

use crate::domain::{Event, MemberId, Petition, Rule, State, Timestamp, admitted_from, fingerprint_of, may_attest};
use crate::ledger::{key_line, verify};

use super::error::HallError;
use super::opened::{Hall, corrupt};
use super::ports::{Signer, ToSign, entropy};
use super::submit::{Proposal, Receipt};

/// Characters that each text of a petition may have.
const LONGEST: [(&str, usize); 4] = [("name", 100), ("institution", 200), ("credentials", 1_000), ("statement", 4_000)];

/// What a petition says; it stays in the directory, not in the ledger, until it is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PetitionText {
    /// What they are called.
    pub name: String,
    /// Where they work.
    pub institution: String,
    /// What they are.
    pub credentials: String,
    /// Why they want to be a member.
    pub statement: String,
}

impl PetitionText {
    /// What is wrong with it, in words.
    pub fn fault(&self) -> Option<String> {
        let given = [&self.name, &self.institution, &self.credentials, &self.statement];
        given.into_iter().zip(LONGEST).find_map(|(text, (what, longest))| match text.chars().count() {
            0 => Some(format!("{what} is missing")),
            _ if text.trim().is_empty() => Some(format!("{what} is blank")),
            length if length > longest => Some(format!("{what} has {length} characters, over {longest}")),
            _ => None,
        })
    }
}

/// A petition as those who may attest it see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PetitionRow {
    /// Its entry.
    pub petition: u64,
    /// When.
    pub at: Timestamp,
    /// Fingerprint of the key that asks.
    pub key: String,
    /// Who attests it.
    pub attested_by: Vec<String>,
    /// Why somebody objects; the text may be erased.
    pub objection: Option<String>,
    /// From when on the hall admits them, if nothing changes.
    pub admits: Option<Timestamp>,
    /// What it says.
    #[serde(flatten)]
    pub text: Option<PetitionText>,
}

impl PetitionRow {
    /// What it waits for, in words.
    pub fn waits_for(&self) -> String {
        match (&self.objection, self.admits) {
            (Some(_), _) => "somebody objects, so the members vote on it; until ballots are built it waits".to_owned(),
            (None, Some(at)) => format!("admitted from {at} on, unless somebody objects or takes their word back"),
            (None, None) => "it waits for members who attest it".to_owned(),
        }
    }
}

impl Hall {
    /// Files a petition of whoever holds this key; for a front door that had the key proved.
    ///
    /// Errors: a text that is missing or too long; a refusal, if the key is known, asks already, or too many ask.
    pub async fn petition(&self, key: &PublicKey, text: &PetitionText) -> Result<Receipt, HallError> {
        if let Some(fault) = text.fault() {
            return Err(HallError::Usage(fault));
        }
        let line = key_line(key)?;
        let name = fingerprint_of(&line);
        let doc = serde_json::to_string(text).map_err(|error| HallError::Failed(error.to_string()))?;
        let waits = |state: &State| state.petitions.values().any(|petition| petition.key == line);
        if waits(&self.state().await?) {
            let why = "a petition of this key waits already";
            return Err(self.state().await?.refusal(Rule::Petition, why).into());
        }
        // the text first: an entry without one could be answered by nobody
        self.store.put_name("petition", name.clone(), doc).await?;
        let member = MemberId::from_entropy(entropy(self.random.as_ref()));
        let filed = self.state_event(Event::PetitionFiled { key: line.clone(), member }).await;
        if filed.is_err() && !waits(&self.state().await?) {
            self.store.drop_name("petition", name).await?;
        }
        filed
    }

    /// Files a petition of whoever signs: a signature over the hall's name shows that they hold the key.
    ///
    /// Errors: as of [`petition`](Self::petition); a key that the hall would sign for, or that doesn't sign.
    pub async fn petition_signed(&self, signer: &dyn Signer, text: &PetitionText) -> Result<Receipt, HallError> {
        if signer.in_name_of().is_some() {
            return Err(HallError::Usage("a petition is signed with the key that asks".to_owned()));
        }
        let shown = format!("petition to {}\n", self.id).into_bytes();
        let sig = signer.sign(&ToSign { text: shown.clone(), cores: Vec::new() }).await?;
        verify(signer.public_key(), &shown, &sig)?;
        self.petition(signer.public_key(), text).await
    }

    /// Petitions that wait, for stewards and those who may attest them; nobody else reads them.
    pub async fn petitions(&self, viewer: &MemberId) -> Result<Vec<PetitionRow>, HallError> {
        self.settle().await?;
        self.welcome().await?;
        let state = self.state().await?;
        let now = self.now();
        if !state.members.get(viewer).is_some_and(|member| member.steward && member.suspended_until(now).is_none()) {
            may_attest(&state, viewer, now)?;
        }
        let mut rows = Vec::new();
        let texts = self.names("petition").await?;
        for petition in state.petitions.values() {
            let key = fingerprint_of(&petition.key);
            let text = texts.iter().find(|(id, _)| *id == key).map(|(_, doc)| serde_json::from_str(doc)).transpose();
            let text = text.map_err(|error| corrupt(format!("directory petition {key}"), error))?;
            let mut attested_by = Vec::new();
            for by in petition.vouches.iter().map(|vouch| &vouch.by).collect::<BTreeSet<_>>() {
                attested_by.push(self.handle(by).await?);
            }
            let objection = match &petition.objection {
                Some(vouch) => Some(self.text_part(vouch.seq, "reason").await?.unwrap_or_default()),
                None => None,
            };
            let admits = admitted_from(&state, petition, now);
            rows.push(PetitionRow {
                petition: petition.seq,
                at: petition.at,
                key,
                attested_by,
                objection,
                admits,
                text,
            });
        }
        Ok(rows)
    }

    /// How many petitions wait for this member's word: nobody objects to them, and they may attest them and didn't.
    pub(super) fn petitions_for(&self, state: &State, who: &MemberId) -> usize {
        let waits = |petition: &&Petition| {
            petition.objection.is_none() && !petition.vouches.iter().any(|vouch| vouch.by == *who)
        };
        match may_attest(state, who, self.now()) {
            Ok(()) => state.petitions.values().filter(waits).count(),
            Err(_) => 0,
        }
    }

    /// Attests a petition; whether who asked is a member now.
    pub async fn attest_petition(&self, signer: &dyn Signer, petition: u64) -> Result<(Receipt, bool), HallError> {
        let member = self.petitioner(petition).await?.member;
        let event = Event::PetitionAttested { petition };
        let receipt = self.submit(signer, Proposal::new(None, None, event)).await?;
        self.welcome().await?;
        Ok((receipt, self.state().await?.members.contains_key(&member)))
    }

    /// Takes an attestation back.
    pub async fn revoke_attestation(&self, signer: &dyn Signer, petition: u64) -> Result<Receipt, HallError> {
        self.submit(signer, Proposal::new(None, None, Event::AttestationRevoked { petition })).await
    }

    /// Objects to a petition; the reason stays in the record.
    pub async fn object(&self, signer: &dyn Signer, petition: u64, reason: &str) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(None, None, Event::PetitionObjected { petition });
        self.submit(signer, proposal.with("reason", Some(reason))).await
    }

    /// Declines a petition; the reason stays in the record.
    pub async fn decline(&self, signer: &dyn Signer, petition: u64, reason: &str) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(None, None, Event::PetitionDeclined { petition });
        let key = fingerprint_of(&self.petitioner(petition).await?.key);
        let receipt = self.submit(signer, proposal.with("reason", Some(reason))).await?;
        self.store.drop_name("petition", key).await?;
        Ok(receipt)
    }

    /// A petition that waits.
    pub(super) async fn petitioner(&self, petition: u64) -> Result<Petition, HallError> {
        let found = self.state().await?.petitions.get(&petition).cloned();
        found.ok_or_else(|| {
            HallError::Usage(format!("no petition {petition} waits; `guildhall member petitions` lists them"))
        })
    }

    /// Gives those whom the hall admitted a handle, made of the name they asked under, and erases what they wrote.
    pub(super) async fn welcome(&self) -> Result<(), HallError> {
        let texts = self.names("petition").await?;
        if texts.is_empty() {
            return Ok(());
        }
        let state = self.state().await?;
        for (key, doc) in texts {
            let Some(member) = state.members.values().find(|member| member.signs_with(&key)) else { continue };
            let names = self.names("member").await?;
            if !names.iter().any(|(id, _)| id == member.id.as_str()) {
                let text: PetitionText = serde_json::from_str(&doc).unwrap_or_default();
                let handle = free_handle(&text.name, &mut names.iter().map(|(_, name)| name.as_str()));
                self.store.put_name("member", member.id.to_string(), handle).await?;
            }
            self.store.drop_name("petition", key).await?;
        }
        Ok(())
    }
}

/// A handle made of a name: its letters and digits in lower case, other characters as hyphens, a number if it is taken.
fn free_handle(name: &str, taken: &mut dyn Iterator<Item = &str>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: String = name.chars().map(plain).collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let base: String = words.join("-").chars().take(40).collect();
    let base = if base.is_empty() || base == "hall" { "member".to_owned() } else { base };
    let taken: Vec<&str> = taken.collect();
    let numbered = (2..).map(|n: u32| format!("{base}-{n}"));
    std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(&name.as_str())).unwrap_or(base)
}

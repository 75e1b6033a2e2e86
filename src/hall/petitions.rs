//! Petitions: somebody who proved to hold a key asks to be admitted; stewards read, grant or decline.

use russh::keys::ssh_key::PublicKey;
use serde::{Deserialize, Serialize};

use crate::domain::{Event, MemberId, Rule, Timestamp, fingerprint_of};
use crate::ledger::key_line;

use super::error::HallError;
use super::opened::{Hall, corrupt};
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// Characters that each text of a petition may have.
const LONGEST: [(&str, usize); 4] = [("name", 100), ("institution", 200), ("credentials", 1_000), ("statement", 4_000)];

/// What a petition says; it stays in the directory, not in the ledger, until a steward has answered.
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

/// A petition as stewards see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PetitionRow {
    /// Its entry.
    pub petition: u64,
    /// When.
    pub at: Timestamp,
    /// Fingerprint of the key that asks.
    pub key: String,
    /// What it says.
    #[serde(flatten)]
    pub text: Option<PetitionText>,
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
        let waits = |state: &crate::domain::State| state.petitions.values().any(|petition| petition.key == line);
        if waits(&self.state().await?) {
            let why = "a petition of this key waits for a steward already";
            return Err(self.state().await?.refusal(Rule::Petition, why).into());
        }
        // the text first: an entry without one could be answered by nobody
        self.store.put_name("petition", name.clone(), doc).await?;
        let filed = self.state_event(Event::PetitionFiled { key: line.clone() }).await;
        if filed.is_err() && !waits(&self.state().await?) {
            self.store.drop_name("petition", name).await?;
        }
        filed
    }

    /// Petitions that wait, for stewards; nobody else reads them.
    pub async fn petitions(&self, viewer: &MemberId) -> Result<Vec<PetitionRow>, HallError> {
        let state = self.state().await?;
        let steward = state.members.get(viewer).is_some_and(|member| member.steward);
        state.require(steward, Rule::StewardOnly, "stewards read petitions")?;
        let mut rows = Vec::new();
        let texts = self.names("petition").await?;
        for petition in state.petitions.values() {
            let key = fingerprint_of(&petition.key);
            let text = texts.iter().find(|(id, _)| *id == key).map(|(_, doc)| serde_json::from_str(doc)).transpose();
            let text = text.map_err(|error| corrupt(format!("directory petition {key}"), error))?;
            rows.push(PetitionRow { petition: petition.seq, at: petition.at, key, text });
        }
        Ok(rows)
    }

    /// Declines a petition; the reason stays in the record.
    pub async fn decline(&self, signer: &dyn Signer, petition: u64, reason: &str) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(None, None, Event::PetitionDeclined { petition });
        let key = fingerprint_of(&self.petition_key(petition).await?);
        let receipt = self.submit(signer, proposal.with("reason", Some(reason))).await?;
        self.store.drop_name("petition", key).await?;
        Ok(receipt)
    }

    /// The key line of a petition that waits.
    pub(super) async fn petition_key(&self, petition: u64) -> Result<String, HallError> {
        let found = self.state().await?.petitions.get(&petition).map(|petition| petition.key.clone());
        found.ok_or_else(|| {
            HallError::Usage(format!("no petition {petition} waits; `guildhall member petitions` lists them"))
        })
    }
}

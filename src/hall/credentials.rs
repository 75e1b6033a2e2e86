//! Credentials: attesting what somebody is, with a salted digest of the evidence; salt and digest are in the directory.

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Event, GuildId, InstitutionId, MemberId, Timestamp, sha256};

use super::error::HallError;
use super::opened::{Hall, corrupt};
use super::ports::{Signer, salt};
use super::submit::{Proposal, Receipt};

/// What a credential rests on, as the directory has it; the ledger has the salted digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// SHA-256 of the document.
    pub sha256: Digest,
    /// 32 bytes, hexadecimal.
    pub salt: String,
}

impl Evidence {
    /// What the ledger has: SHA-256 over a prefix, the salt and the digest's bytes.
    pub fn salted(&self) -> Digest {
        let salt = data_encoding::HEXLOWER.decode(self.salt.as_bytes()).unwrap_or_default();
        Digest::from_bytes(sha256(&[b"guildhall/evidence/v1\0", &salt, &self.sha256.to_bytes()]))
    }
}

impl Hall {
    /// Attests a member's credential in a guild.
    pub async fn attest(
        &self,
        signer: &dyn Signer,
        member: &MemberId,
        guild: GuildId,
        facts: (String, InstitutionId, Timestamp),
    ) -> Result<Receipt, HallError> {
        self.attest_on(signer, member, guild, (facts, None)).await
    }

    /// The same, on the evidence of a document, of which a salted digest is kept and nothing else.
    pub async fn attest_on(
        &self,
        signer: &dyn Signer,
        member: &MemberId,
        guild: GuildId,
        ((class, institution, expires), document): ((String, InstitutionId, Timestamp), Option<&[u8]>),
    ) -> Result<Receipt, HallError> {
        let salt = data_encoding::HEXLOWER.encode(&salt(self.random.as_ref()));
        let evidence = document.map(|document| Evidence { sha256: Digest::of(document), salt });
        let salted = evidence.as_ref().map(Evidence::salted);
        let event = Event::CredentialAttested { class, evidence: salted, expires, institution, member: member.clone() };
        let receipt = self.submit(signer, Proposal::new(Some(guild), None, event)).await?;
        if let Some(evidence) = evidence {
            let doc = serde_json::to_string(&evidence).map_err(|error| HallError::Failed(error.to_string()))?;
            self.store.put_name("evidence", receipt.event.to_string(), doc).await?;
        }
        Ok(receipt)
    }

    /// What a credential's entry rests on, if that was given and not erased.
    pub async fn evidence(&self, entry: u64) -> Result<Option<Evidence>, HallError> {
        let found = self.names("evidence").await?.into_iter().find(|(id, _)| *id == entry.to_string());
        let read = |(id, doc): (String, String)| {
            serde_json::from_str(&doc).map_err(|error| corrupt(format!("directory evidence {id}"), error))
        };
        found.map(read).transpose()
    }

    /// Erases from the directory what it has of a member: their name, and what their credentials rest on. The ledger
    /// holds neither.
    pub async fn forget(&self, signer: &dyn Signer) -> Result<MemberId, HallError> {
        let who = self.member(signer).await?;
        let held = self.state().await?.members.get(&who).map(|member| member.credentials.clone()).unwrap_or_default();
        for credential in held {
            self.store.drop_name("evidence", credential.seq.to_string()).await?;
        }
        self.store.drop_name("member", who.to_string()).await?;
        Ok(who)
    }
}

//! Standing: suspending a member, their appeal, lifting it; and joining institutions that are one house.

use crate::domain::{Event, InstitutionId, MemberId};

use super::error::HallError;
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// What a member says of an interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interested {
    /// They have it.
    FromNowOn,
    /// They have it no more.
    NoMore,
}

impl Hall {
    /// Suspends a member under an article, for as long as the constitution says.
    pub async fn suspend(
        &self,
        signer: &dyn Signer,
        member: &MemberId,
        (article, reason): (u32, &str),
    ) -> Result<Receipt, HallError> {
        let event = Event::MemberSuspended { article, member: member.clone() };
        self.submit(signer, Proposal::new(None, None, event).with("reason", Some(reason))).await
    }

    /// Appeals against one's suspension.
    pub async fn appeal(&self, signer: &dyn Signer, reason: &str) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(None, None, Event::SuspensionAppealed {});
        self.submit(signer, proposal.with("reason", Some(reason))).await
    }

    /// Lifts a suspension that another steward made.
    pub async fn lift(&self, signer: &dyn Signer, member: &MemberId, reason: &str) -> Result<Receipt, HallError> {
        let event = Event::SuspensionLifted { member: member.clone() };
        self.submit(signer, Proposal::new(None, None, event).with("reason", Some(reason))).await
    }

    /// Has one institution count as another from now on.
    pub async fn join_institutions(
        &self,
        signer: &dyn Signer,
        (institution, into): (&InstitutionId, &InstitutionId),
        (article, reason): (u32, &str),
    ) -> Result<Receipt, HallError> {
        let event = Event::InstitutionJoined { article, institution: institution.clone(), into: into.clone() };
        self.submit(signer, Proposal::new(None, None, event).with("reason", Some(reason))).await
    }

    /// Declares an interest in an institution, or that it has ended.
    pub async fn declare_interest(
        &self,
        signer: &dyn Signer,
        institution: &InstitutionId,
        interest: Interested,
    ) -> Result<Receipt, HallError> {
        let institution = institution.clone();
        let event = match interest {
            Interested::FromNowOn => Event::InterestDeclared { institution },
            Interested::NoMore => Event::InterestEnded { institution },
        };
        self.submit(signer, Proposal::new(None, None, event)).await
    }

    /// An institution by its name in the directory, or its code.
    pub async fn find_institution(&self, text: &str) -> Result<InstitutionId, HallError> {
        if let Some((id, _)) = self.names("institution").await?.into_iter().find(|(_, name)| name == text) {
            return Ok(id.parse()?);
        }
        let unknown = |_| HallError::Usage(format!("no institution `{text}`; `guildhall institution list` lists them"));
        text.parse().map_err(unknown)
    }

    /// Destroys a text of an entry that acts on no item: a reason, or the name that a member gave to be listed by.
    ///
    /// Errors: a refusal, or no such part (it was erased before, or never was).
    pub async fn erase_text(
        &self,
        signer: &dyn Signer,
        (entry, part): (u64, &str),
        article: Option<u32>,
    ) -> Result<Receipt, HallError> {
        self.check_part(entry, part).await?;
        let event = Event::BodyErased { article, entry, part: part.to_owned() };
        self.submit(signer, Proposal::new(None, None, event)).await
    }

    /// Checks that an entry still holds this part.
    pub(super) async fn check_part(&self, entry: u64, part: &str) -> Result<(), HallError> {
        let bodies = self.store.bodies(entry, entry + 1).await?;
        if bodies.iter().any(|body| body.part == part) {
            return Ok(());
        }
        let parts: Vec<&str> = bodies.iter().map(|body| body.part.as_str()).collect();
        Err(HallError::Usage(format!("entry {entry} holds no `{part}`; it holds {}", parts.join(", "))))
    }
}

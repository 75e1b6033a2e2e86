//! A member's own terms in a guild: what holds for what they contribute from now on.

use serde::Serialize;

use crate::domain::{Event, GuildId, MemberId, Terms};

use super::error::HallError;
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// The terms that hold for a member in a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermsView {
    /// Where.
    pub guild: GuildId,
    /// The hall's licence.
    pub licence: String,
    /// The terms.
    #[serde(flatten)]
    pub terms: Terms,
    /// Set by the member, rather than the charter's.
    pub own: bool,
    /// Digest that contributions are signed under.
    pub digest: String,
}

impl Hall {
    /// Sets one's terms in a guild; `name` is what one is listed by, where the terms ask for that.
    pub async fn set_terms(
        &self,
        signer: &dyn Signer,
        guild: GuildId,
        (terms, name): (Terms, Option<&str>),
    ) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(Some(guild), None, Event::TermsSet { terms });
        self.submit(signer, proposal.with("name", name)).await
    }

    /// The terms that hold for a member, guild by guild.
    pub async fn terms(&self, member: &MemberId) -> Result<Vec<TermsView>, HallError> {
        let state = self.state().await?;
        let licence = state.hall.as_ref().map(|hall| hall.licence.clone()).unwrap_or_default();
        let mut found = Vec::new();
        for guild in state.guilds.keys() {
            let Some((_, charter)) = state.charter_in_force(guild) else { continue };
            let terms = state.terms_in(guild, member, charter).clone();
            let own = state.members.get(member).is_some_and(|member| member.terms.contains_key(guild));
            let digest = state.digest_of_terms(&terms).map(|digest| digest.to_string()).unwrap_or_default();
            found.push(TermsView { guild: guild.clone(), licence: licence.clone(), terms, own, digest });
        }
        Ok(found)
    }
}

//! A member's own terms in a guild: what holds for what they contribute from now on.

use serde::Serialize;

use crate::domain::{Attribution, Event, GuildId, MemberId, Models, Terms, Use};

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

/// What a member changes of their terms, as it is spelled in charters; what isn't named stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsChange {
    /// What is allowed, by commas; nothing, if it is empty.
    pub uses: Option<String>,
    /// How one is named.
    pub attribution: Option<String>,
    /// Which models may learn from it.
    pub models: Option<String>,
    /// The name that one is listed by, where one is listed by name.
    pub name: Option<String>,
}

impl TermsChange {
    /// The terms that it makes of those in force.
    ///
    /// Errors: a word that isn't known, with those that are; a wish to be named without a name.
    pub fn of(&self, now: Terms) -> Result<Terms, HallError> {
        let uses = match &self.uses {
            None => now.uses,
            Some(given) => {
                let names = given.split(',').map(str::trim).filter(|name| !name.is_empty());
                names
                    .map(|name| one_of("uses", name, &Use::ALL.map(|one| (one.name(), one))))
                    .collect::<Result<_, _>>()?
            }
        };
        let ways = [Attribution::Pseudonym, Attribution::RealName, Attribution::Unnamed].map(|one| (one.name(), one));
        let attribution = self.attribution.as_deref().map(|given| one_of("attribution", given, &ways)).transpose()?;
        let kinds = [Models::AnyOpenWeight, Models::GuildRatified].map(|one| (one.name(), one));
        let models = self.models.as_deref().map(|given| one_of("models", given, &kinds)).transpose()?;
        let attribution = attribution.unwrap_or(now.attribution);
        if attribution == Attribution::RealName && self.name.is_none() {
            return Err(HallError::Usage("real_name needs a name that releases list you by (`--name`)".to_owned()));
        }
        Ok(Terms { attribution, models: models.unwrap_or(now.models), uses })
    }
}

fn one_of<T: Copy>(what: &str, given: &str, known: &[(&str, T)]) -> Result<T, HallError> {
    let unknown = || {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        HallError::Usage(format!("{what} `{given}`: it is of {}", names.join(", ")))
    };
    known.iter().find(|(name, _)| *name == given).map(|(_, one)| *one).ok_or_else(unknown)
}

impl Hall {
    /// Changes one's terms in a guild, for what one contributes from now on.
    ///
    /// Errors: as of [`TermsChange::of`]; no such guild; a refusal.
    pub async fn change_terms(
        &self,
        signer: &dyn Signer,
        guild: &GuildId,
        change: &TermsChange,
    ) -> Result<Receipt, HallError> {
        let member = self.member(signer).await?;
        let now = self.terms(&member).await?.into_iter().find(|row| row.guild == *guild);
        let now = now.ok_or_else(|| HallError::Usage(format!("no charter of {guild} is in force")))?.terms;
        self.set_terms(signer, guild.clone(), (change.of(now)?, change.name.as_deref())).await
    }

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

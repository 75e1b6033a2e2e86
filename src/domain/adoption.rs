//! New texts of constitution and charters: who signs them, and what they must keep. After the founding it takes a vote.

use super::state::member;
use super::{Digest, GuildId, MemberId, Refusal, Rule, State, Timestamp};

/// Whether a founder may sign this text, the constitution's or a guild's charter's.
pub(super) fn may_sign_text(
    state: &State,
    (guild, text): (Option<&GuildId>, &Digest),
    who: &MemberId,
    at: Timestamp,
) -> Result<(), Refusal> {
    let why = "the founding is over, so it takes a vote of the members to change this";
    state.require(state.is_founding(at), Rule::Founding, why)?;
    state.require(member(state, who)?.founder, Rule::Founding, "during the founding only founders change this")?;
    match guild {
        None => constitution(state, text)?,
        Some(guild) => {
            let fits = state.charters.get(text).is_some_and(|charter| charter.id == *guild);
            state.require(fits, Rule::Adoption, "the charter's text is not here, or is another guild's")?;
            let known = state.guilds.get(guild).ok_or_else(|| state.refusal(Rule::Adoption, "no such guild"))?;
            state.require(known.charter != *text, Rule::Adoption, "this charter is in force")?;
        }
    }
    let mut signing = state.hall.iter().flat_map(|hall| &hall.signing);
    let again =
        signing.any(|signing| signing.guild.as_ref() == guild && signing.text == *text && signing.by.contains(who));
    state.require(!again, Rule::Adoption, "you signed this text; it waits for the other founders")
}

fn constitution(state: &State, text: &Digest) -> Result<(), Refusal> {
    let new = state.constitutions.get(text);
    let new = new.ok_or_else(|| state.refusal(Rule::Adoption, "the constitution's text is not here"))?;
    let in_force = state.hall.as_ref().is_some_and(|hall| hall.constitution == *text);
    state.require(!in_force, Rule::Adoption, "this constitution is in force")?;
    match state.constitution.as_ref().and_then(|old| old.broken_by(new)) {
        None => Ok(()),
        Some(article) => {
            Err(state.refusal(Rule::Entrenched, format!("it changes article {article}, which is entrenched")))
        }
    }
}

//! The rules for acts on members, their keys, standing and terms, and on the hall's own rules; part of `decide`.

use super::admission::{attests, may_decline, objects, takes_back};
use super::adoption::may_sign_text;
use super::institutions::{may_declare, may_join};
use super::membership::{key_act, may_add};
use super::recovery::{stops, vouches};
use super::state::member;
use super::suspension::{may_appeal, may_lift, may_suspend};
use super::{Act, Attribution, Event, MemberId, Refusal, Rule, State, Timestamp};

/// Whether the event is one of these acts.
pub(super) fn is_of_members(event: &Event) -> bool {
    matches!(
        event,
        Event::ConstitutionSigned { .. }
            | Event::CharterSigned { .. }
            | Event::MemberAdded { .. }
            | Event::KeyAdded { .. }
            | Event::KeyRevoked { .. }
            | Event::RecoveryVouched { .. }
            | Event::RecoveryStopped { .. }
            | Event::PetitionAttested { .. }
            | Event::AttestationRevoked { .. }
            | Event::PetitionObjected { .. }
            | Event::PetitionDeclined { .. }
            | Event::InstitutionJoined { .. }
            | Event::InterestDeclared { .. }
            | Event::InterestEnded { .. }
            | Event::MemberSuspended { .. }
            | Event::SuspensionAppealed {}
            | Event::SuspensionLifted { .. }
            | Event::TermsSet { .. }
    )
}

/// Decides on one of them.
pub(super) fn members_act(state: &State, act: &Act, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    state.require(act.item.is_none(), Rule::Sender, "this is no act on an item")?;
    let in_guild = matches!(act.event, Event::CharterSigned { .. } | Event::TermsSet { .. });
    state.require(act.guild.is_some() == in_guild, Rule::Sender, "the act names no guild, or names one for nothing")?;
    match &act.event {
        Event::KeyAdded { .. } | Event::KeyRevoked { .. } => key_act(state, &act.event, (who, at)),
        Event::ConstitutionSigned { constitution } => may_sign_text(state, (None, constitution), who, at),
        Event::CharterSigned { charter } => may_sign_text(state, (act.guild.as_ref(), charter), who, at),
        Event::RecoveryVouched { key, member } => vouches(state, (key, member), who, at),
        Event::RecoveryStopped { key } => stops(state, key, who),
        Event::PetitionAttested { petition } => attests(state, *petition, who, at),
        Event::AttestationRevoked { petition } => takes_back(state, *petition, who),
        Event::PetitionObjected { petition } => {
            objects(state, *petition)?;
            reasoned(state, act)
        }
        Event::InterestDeclared { institution } => may_declare(state, institution, who),
        Event::InterestEnded { institution } => {
            let declared = member(state, who)?.interests.contains(institution);
            state.require(declared, Rule::Interest, "you declared no interest in this institution")
        }
        Event::SuspensionAppealed {} => {
            may_appeal(state, who, at)?;
            reasoned(state, act)
        }
        Event::TermsSet { .. } => terms(state, act, who),
        _ => stewards_act(state, act, who, at),
    }
}

/// Those of them that stewards do.
fn stewards_act(state: &State, act: &Act, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let actor = member(state, who)?;
    state.require(actor.steward, Rule::StewardOnly, "a steward does this")?;
    match &act.event {
        Event::MemberAdded { key, member, petition, .. } => may_add(state, (member, key), *petition, (actor, at)),
        Event::PetitionDeclined { petition } => {
            may_decline(state, *petition, at)?;
            reasoned(state, act)
        }
        Event::InstitutionJoined { article, institution, into } => {
            may_join(state, institution, into)?;
            under(state, act, *article)
        }
        Event::MemberSuspended { article, member } => {
            may_suspend(state, who, member, at)?;
            under(state, act, *article)
        }
        Event::SuspensionLifted { member } => {
            may_lift(state, who, member, at)?;
            reasoned(state, act)
        }
        _ => Ok(()),
    }
}

/// A steward's act names an article, and has a reason.
fn under(state: &State, act: &Act, article: u32) -> Result<(), Refusal> {
    names_article(state, article)?;
    reasoned(state, act)
}

/// Whether the constitution has this article.
pub(super) fn names_article(state: &State, number: u32) -> Result<(), Refusal> {
    let known = state.constitution.as_ref().is_some_and(|text| text.article(number).is_some());
    state.require(known, Rule::ArticleRequired, &format!("the constitution has no article {number}"))
}

fn reasoned(state: &State, act: &Act) -> Result<(), Refusal> {
    needs_text(state, act, "reason", Rule::ReasonRequired)
}

/// A part that must be a text of more than blanks.
pub(super) fn needs_text(state: &State, act: &Act, part: &str, rule: Rule) -> Result<(), Refusal> {
    let given = match act.parts.get(part) {
        None => false,
        Some(None) => true,
        Some(Some(content)) => content.as_str().is_some_and(|text| !text.trim().is_empty()),
    };
    state.require(given, rule, &format!("a written {part} is needed"))
}

/// A member's own terms: of a guild that is here, with a name if they are to be named and gave none yet, and none else.
fn terms(state: &State, act: &Act, who: &MemberId) -> Result<(), Refusal> {
    let Event::TermsSet { terms } = &act.event else { return Ok(()) };
    let known = act.guild.as_ref().is_some_and(|guild| state.guilds.contains_key(guild));
    state.require(known, Rule::Terms, "no such guild is in this hall")?;
    match terms.attribution {
        Attribution::RealName if act.parts.is_empty() && member(state, who)?.named.is_some() => Ok(()),
        Attribution::RealName => needs_text(state, act, "name", Rule::Terms),
        _ => state.require(act.parts.is_empty(), Rule::Terms, "a name is given only to be listed by it"),
    }
}

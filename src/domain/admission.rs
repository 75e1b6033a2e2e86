//! From a petition to a member: who attests, objects, declines, and when the hall admits.

use super::state::member;
use super::vouching::{Needed, good_from, has_place, is_live, may_vouch};
use super::{DAY_MS, MemberId, Number, Petition, Refusal, Rule, State, Timestamp};

const NEEDED: Needed = Needed { members: Number::AdmissionAttestations, institutions: Number::AdmissionInstitutions };

/// The petition, if it waits.
pub(super) fn waiting(state: &State, seq: u64) -> Result<&Petition, Refusal> {
    state.petitions.get(&seq).ok_or_else(|| state.refusal(Rule::Petition, format!("no petition {seq} waits")))
}

/// Whether `who` may attest newcomers at all, and so read what they write.
pub fn may_attest(state: &State, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let who = member(state, who)?;
    if who.founder && state.is_founding(at) {
        return match who.suspended_until(at) {
            None => Ok(()),
            Some(_) => Err(state.refusal(Rule::Suspended, "whoever is suspended vouches for nobody")),
        };
    }
    may_vouch(state, who, at)
}

/// Whether `who` may attest this petition.
pub(super) fn attests(state: &State, seq: u64, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let petition = waiting(state, seq)?;
    may_attest(state, who, at)?;
    let again = petition.vouches.iter().any(|vouch| vouch.by == *who && is_live(state, vouch, at));
    state.require(!again, Rule::Attestation, "you attest this petition already; take that back to renew it")?;
    let place = has_place(state, &petition.vouches, at);
    state.require(place, Rule::Attestation, "as many attest this petition as it takes")?;
    let (limit, days) = (state.number(Number::AttesterLimit), state.number(Number::QuarterDays));
    let since = at.plus_ms(-days * DAY_MS);
    let given = member(state, who)?.attested.iter().filter(|when| **when > since).count();
    let rarely = i64::try_from(given).is_ok_and(|given| given < limit);
    state.require(rarely, Rule::Attestation, &format!("you attested {limit} newcomers within {days} days; others may"))
}

/// Whether `who` attests this petition, and so may take that back.
pub(super) fn takes_back(state: &State, seq: u64, who: &MemberId) -> Result<(), Refusal> {
    let attests = waiting(state, seq)?.vouches.iter().any(|vouch| vouch.by == *who);
    state.require(attests, Rule::Attestation, &format!("you don't attest petition {seq}"))
}

/// Whether somebody may object.
pub(super) fn objects(state: &State, seq: u64) -> Result<(), Refusal> {
    let first = waiting(state, seq)?.objection.is_none();
    state.require(first, Rule::Objection, "somebody objected already, so the members vote on it")
}

/// Whether a petition that waits may be declined.
pub(super) fn may_decline(state: &State, seq: u64, at: Timestamp) -> Result<(), Refusal> {
    let attested = waiting(state, seq)?.vouches.iter().any(|vouch| is_live(state, vouch, at));
    state.require(
        !attested,
        Rule::Petition,
        "members attest this petition, so a steward doesn't decline it; object to it",
    )
}

/// When the hall admits who asked, given the words that stand; none while they don't suffice, or after an objection.
///
/// Room for admissions is another matter.
pub fn admitted_from(state: &State, petition: &Petition, at: Timestamp) -> Option<Timestamp> {
    if petition.objection.is_some() || state.members.contains_key(&petition.member) {
        return None;
    }
    if state.is_founding(at) {
        let founders = petition.vouches.iter().filter(|vouch| {
            let by = state.members.get(&vouch.by);
            by.is_some_and(|by| by.founder && by.suspended_until(at).is_none())
        });
        if let Some(first) = founders.map(|vouch| vouch.at).min() {
            return Some(first);
        }
    }
    good_from(state, &petition.vouches, (NEEDED, Number::ObjectionDays), at)
}

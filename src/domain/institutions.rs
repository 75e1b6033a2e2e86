//! Institutions that count as one, and interests that members declare in them.

use std::collections::BTreeSet;

use super::state::member;
use super::{InstitutionId, Item, Member, MemberId, Refusal, Role, Rule, State, Timestamp, UNATTESTED};

/// Whether a credential names the institution.
fn is_known(state: &State, id: &InstitutionId) -> Result<(), Refusal> {
    let mut all = state.members.values().flat_map(|member| &member.credentials);
    let held = id.as_str() != UNATTESTED && all.any(|credential| credential.institution == *id);
    state.require(held, Rule::Institution, &format!("no credential names the institution {id}"))
}

/// Whether `who` may declare an interest in an institution.
pub(super) fn may_declare(state: &State, which: &InstitutionId, who: &MemberId) -> Result<(), Refusal> {
    is_known(state, which)?;
    let again = member(state, who)?.interests.contains(which);
    state.require(!again, Rule::Interest, "you declared an interest in this institution already")
}

/// Whether two institutions may be joined: both known, and two.
pub(super) fn may_join(state: &State, which: &InstitutionId, into: &InstitutionId) -> Result<(), Refusal> {
    is_known(state, which)?;
    is_known(state, into)?;
    let two = state.institution(which.as_str(), None) != state.institution(into.as_str(), None);
    state.require(two, Rule::Institution, "they count as one already")
}

/// Whether somebody declared no interest in an institution that had a part in the item, as far as they can know: for a rater,
/// who is blind to the others, that of whoever imported it.
pub(super) fn without_interest(
    state: &State,
    item: &Item,
    role: Role,
    (who, at): (&MemberId, Timestamp),
) -> Result<(), Refusal> {
    let declared = declared(state, member(state, who)?);
    let brought = state.importer(item).and_then(|id| state.members.get(id));
    let mut houses: BTreeSet<String> = brought.map(|member| state.homes(member, at)).unwrap_or_default();
    if role != Role::Rater {
        let rated = item.live().map(|judgement| &judgement.standing);
        let ruled = item.standing_rulings().map(|ruling| &ruling.standing);
        houses.extend(rated.chain(ruled).map(|standing| state.institution(&standing.institution, None).to_owned()));
    }
    let why = "you declared an interest in an institution that had a part in this item, so others act on it";
    state.require(declared.is_disjoint(&houses), Rule::Interest, why)
}

/// Institutions that a member declared an interest in, joined ones as one.
pub(super) fn declared(state: &State, member: &Member) -> BTreeSet<String> {
    member.interests.iter().map(|id| state.institution(id.as_str(), None).to_owned()).collect()
}

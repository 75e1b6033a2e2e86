//! Lost keys: members vouch for another one; an old key stops that, or after a while the new one alone signs.

use super::membership::is_free;
use super::state::member;
use super::vouching::{Needed, good_from, has_place, is_live, may_vouch};
use super::{MemberId, Number, Recovery, Refusal, Rule, State, Timestamp, fingerprint_of};

const NEEDED: Needed = Needed { members: Number::RecoveryMembers, institutions: Number::RecoveryInstitutions };
/// Whether `who` may vouch for this key as another's. Their word for another key of the same member ends by that, so that
/// nobody's words fill more than one place.
pub(super) fn vouches(
    state: &State,
    (key, whose): (&str, &MemberId),
    who: &MemberId,
    at: Timestamp,
) -> Result<(), Refusal> {
    member(state, whose)?;
    state.require(
        whose != who,
        Rule::Recovery,
        "nobody vouches for a key of their own; enrol it with the one you have",
    )?;
    may_vouch(state, member(state, who)?, at)?;
    is_free(state, key, (whose, at))?;
    let theirs = state.recoveries.get(&fingerprint_of(key)).filter(|known| known.member == *whose);
    let Some(known) = theirs else { return Ok(()) };
    state.require(known.stopped.is_none(), Rule::Recovery, "an old key of theirs said that this one isn't theirs")?;
    let again = known.vouches.iter().any(|vouch| vouch.by == *who && is_live(state, vouch, at));
    state.require(!again, Rule::Recovery, "you vouch for this key already")?;
    state.require(has_place(state, &known.vouches, at), Rule::Recovery, "as many vouch for this key as it takes")
}

/// Whether `who`, with a key that signs for them still, may stop a recovery.
pub(super) fn stops(state: &State, fingerprint: &str, who: &MemberId) -> Result<(), Refusal> {
    let open = state.recoveries.get(fingerprint).is_some_and(|known| known.member == *who && known.stopped.is_none());
    state.require(open, Rule::Recovery, &format!("nobody vouches for {fingerprint} as a key of yours"))
}

/// When the new key alone signs, given the words that stand; none while they don't suffice, or if it was stopped.
pub fn recovered_from(state: &State, recovery: &Recovery, at: Timestamp) -> Option<Timestamp> {
    let open = recovery.stopped.is_none().then_some(&recovery.vouches)?;
    good_from(state, open, (NEEDED, Number::RecoveryDays), at)
}

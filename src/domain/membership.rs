//! Who may be added, hold which keys, and ask to be; and which acts the hall may attest in a member's name.

use super::state::member;
use super::vouching::is_live;
use super::{
    Act, Attested, Event, Founder, ItemState, Member, MemberId, Recovery, Refusal, Rule, State, Timestamp,
    fingerprint_of,
};

/// Petitions that may wait at a time, so that a flood of them fills nothing.
pub const MAX_PETITIONS: usize = 64;
/// Live keys a member may have.
const MAX_KEYS: usize = 16;

/// Whether the key that signs may: it is a live one of `who`, or the hall's for an act that the hall may attest.
pub(super) fn may_sign_with(state: &State, act: &Act, who: &Member) -> Result<(), Refusal> {
    if !state.is_attested(act) {
        let live = who.signs_with(&act.key);
        return state.require(live, Rule::Stranger, "this key is none of the author's, or it was revoked");
    }
    state.require(who.live_keys().next().is_some(), Rule::Stranger, "every key of this member was revoked")?;
    let attestable = matches!(
        act.event,
        Event::JudgementSubmitted {}
            | Event::JudgementRevised { .. }
            | Event::JudgementWithdrawn { .. }
            | Event::ItemSkipped {}
            | Event::ItemFlagged { .. }
            | Event::ItemNoted {}
            | Event::ItemRerun { .. }
            | Event::RulingGiven {}
            | Event::RaterRequested {}
            | Event::AdjudicatorRecused {}
    );
    let connect = "forward your key's agent: `guildhall connect HOST`, or `ssh -A`";
    state.require(attestable, Rule::Attested, &format!("this act needs your own signature; {connect}"))?;
    let Some(item) = act.item.as_ref().and_then(|id| state.items.get(id)) else { return Ok(()) };
    if let Event::JudgementRevised { replaces: seq } | Event::JudgementWithdrawn { judgement: seq } = &act.event {
        let signed = item.judgements.iter().any(|judgement| judgement.seq == *seq && !judgement.attested);
        let why = format!("what its author signed is changed by their signature alone; {connect}");
        state.require(!signed, Rule::Attested, &why)?;
    }
    let taken = match state.charter_of(item).map_or(Attested::Refused, |charter| charter.attested) {
        Attested::Refused => false,
        Attested::NoGold => item.state != ItemState::Gold,
        Attested::Gold => true,
    };
    state.require(
        taken,
        Rule::Attested,
        &format!("the guild's charter takes no act here that only the hall attests; {connect}"),
    )
}

/// A key in its one form that is nobody's, and never was.
pub(super) fn is_new(state: &State, key: &str) -> Result<(), Refusal> {
    let plain = key.split(' ').count() == 2 && fingerprint_of(key) != fingerprint_of("");
    state.require(plain, Rule::MemberExists, "this is no OpenSSH public key line without comment")?;
    let name = fingerprint_of(key);
    let known = state.members.values().any(|member| member.keys.iter().any(|known| known.fingerprint == name));
    let hall = state.hall.as_ref().is_some_and(|hall| fingerprint_of(&hall.key) == name);
    state.require(!known && !hall, Rule::MemberExists, "this key belongs to a member already, or did")
}

/// A new key that nobody else lays claim to: neither somebody who asks to be admitted, nor those who vouch for it as another
/// member's and whose words still stand. `whose` may be the one it is vouched for.
pub(super) fn is_free(state: &State, key: &str, (whose, at): (&MemberId, Timestamp)) -> Result<(), Refusal> {
    is_new(state, key)?;
    let asks = state.petitions.values().any(|petition| petition.key == key);
    state.require(!asks, Rule::MemberExists, "somebody asks to be admitted with this key")?;
    let waits = |known: &&Recovery| {
        known.member != *whose && known.stopped.is_none() && known.vouches.iter().any(|vouch| is_live(state, vouch, at))
    };
    let another_s = state.recoveries.get(&fingerprint_of(key)).filter(waits).is_some();
    state.require(!another_s, Rule::MemberExists, "members vouch for this key as another's")
}

/// Whether a founder may add somebody by their own word.
pub(super) fn may_add(
    state: &State,
    (member, key): (&MemberId, &str),
    petition: Option<u64>,
    (who, at): (&Member, Timestamp),
) -> Result<(), Refusal> {
    state.require(!state.members.contains_key(member), Rule::MemberExists, "this member is in the hall already")?;
    let why = "the founding is over, so newcomers petition, and members attest them: `guildhall member attest`";
    state.require(state.is_founding(at), Rule::Founding, why)?;
    state.require(who.founder, Rule::Founding, "during the founding a founder who is a steward adds members")?;
    state.require(state.has_room(at), Rule::Admissions, "no more are admitted in this quarter")?;
    let asks = state.petitions.values().find(|waits| waits.key == key);
    let Some(seq) = petition else {
        let hint = asks.map(|waits| format!("this key asks to be admitted; name its petition: {}", waits.seq));
        return hint.map_or(is_free(state, key, (member, at)), |hint| Err(state.refusal(Rule::Petition, hint)));
    };
    is_new(state, key)?;
    let waits = asks.filter(|waits| waits.seq == seq && waits.member == *member);
    let waits = waits.ok_or_else(|| state.refusal(Rule::Petition, format!("no petition {seq} of this key waits")))?;
    state.require(waits.objection.is_none(), Rule::Objection, "somebody objected, so the members vote on it")
}

/// Whether the hall may state that the holder of this key asks to be admitted.
pub(super) fn may_petition(state: &State, act: &Act, (key, member): (&str, &MemberId)) -> Result<(), Refusal> {
    let bare = act.item.is_none() && act.guild.is_none() && act.parts.is_empty() && act.terms.is_none();
    state.require(bare, Rule::Sender, "a petition's entry says whose it is, and nothing else")?;
    is_new(state, key)?;
    let taken = state.members.contains_key(member) || state.petitions.values().any(|known| known.member == *member);
    state.require(!taken, Rule::MemberExists, "this number is somebody's")?;
    let asks = state.petitions.values().any(|petition| petition.key == key);
    state.require(!asks, Rule::Petition, "a petition of this key waits already")?;
    let room = state.petitions.len() < MAX_PETITIONS;
    state.require(room, Rule::Petition, "too many petitions wait; try again when the members have looked at them")
}

/// Whether `who` may enrol a key, or revoke one, of `whose`.
pub(super) fn key_act(state: &State, event: &Event, (who, at): (&MemberId, Timestamp)) -> Result<(), Refusal> {
    let own = "a member's keys are changed by the member, and a steward revokes any; for a lost one two members of two \
               institutions vouch for another: `guildhall member recover`";
    match event {
        Event::KeyAdded { key, member: whose } => {
            is_free(state, key, (whose, at))?;
            let live = member(state, whose)?.live_keys().count();
            let replaces = member(state, who)?.steward && live == 0 && state.is_founding(at);
            state.require(whose == who || replaces, Rule::KeyOwner, own)?;
            state.require(live < MAX_KEYS, Rule::KeyOwner, "a member has at most 16 keys; revoke one first")
        }
        Event::KeyRevoked { key, member: whose } => {
            let allowed = whose == who || member(state, who)?.steward;
            state.require(allowed, Rule::KeyOwner, own)?;
            let live = member(state, whose)?.signs_with(key);
            state.require(live, Rule::KeyOwner, &format!("{key} is no live key of that member"))?;
            let mut stewards = state.members.values().filter(|member| member.steward);
            let left = stewards
                .any(|steward| steward.live_keys().any(|live| live.fingerprint != *key || steward.id != *whose));
            state.require(left, Rule::KeyOwner, "it is the last key of the last steward; add another first")
        }
        _ => Ok(()),
    }
}

/// Whether a hall may be founded by these: different people with different keys, a steward among them.
pub(super) fn may_found(state: &State, founders: &[Founder], hall_key: &str) -> Result<(), Refusal> {
    let mut keys: Vec<String> = founders.iter().map(|founder| fingerprint_of(&founder.key)).collect();
    keys.push(fingerprint_of(hall_key));
    let mut ids: Vec<&MemberId> = founders.iter().map(|founder| &founder.member).collect();
    let (all_keys, all_ids) = (keys.len(), ids.len());
    keys.sort_unstable();
    keys.dedup();
    ids.sort_unstable();
    ids.dedup();
    let different = keys.len() == all_keys && ids.len() == all_ids && !keys.contains(&fingerprint_of(""));
    state.require(different, Rule::MemberExists, "founders have different keys, none of them the hall's")?;
    state.require(founders.iter().any(|founder| founder.steward), Rule::StewardOnly, "one founder is a steward")
}

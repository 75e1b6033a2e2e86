//! What follows from the members' rows and the time that has passed: texts that every founder signed, keys that nobody
//! stopped, newcomers to whom nobody objected. The hall writes it down before the next act, and anyone derives it again.

use std::collections::BTreeSet;

use super::{Event, GuildId, MemberId, Signing, State, Timestamp, admitted_from, recovered_from};

/// The next entry that the hall owes at `at`, and in which guild; none if it owes none.
pub fn due(state: &State, at: Timestamp) -> Option<(Option<GuildId>, Event)> {
    signed(state)
        .or_else(|| recovered(state, at).map(|event| (None, event)))
        .or_else(|| admitted(state, at).map(|event| (None, event)))
}

fn signed(state: &State) -> Option<(Option<GuildId>, Event)> {
    let hall = state.hall.as_ref().filter(|hall| !hall.signing.is_empty())?;
    let founders: BTreeSet<&MemberId> =
        state.members.values().filter(|member| member.founder).map(|member| &member.id).collect();
    let whole = |signing: &&Signing| founders.iter().all(|founder| signing.by.contains(founder));
    let Signing { guild, text, .. } = hall.signing.iter().find(whole)?.clone();
    let event = match guild {
        None => Event::ConstitutionAdopted { constitution: text },
        Some(_) => Event::CharterAdopted { charter: text },
    };
    Some((guild, event))
}

fn recovered(state: &State, at: Timestamp) -> Option<Event> {
    let ripe = state.recoveries.values().find(|one| recovered_from(state, one, at).is_some_and(|from| from <= at))?;
    Some(Event::KeyRecovered { key: ripe.key.clone(), member: ripe.member.clone() })
}

fn admitted(state: &State, at: Timestamp) -> Option<Event> {
    let ripe = state.petitions.values().find(|one| admitted_from(state, one, at).is_some_and(|from| from <= at))?;
    let (key, member, petition) = (ripe.key.clone(), ripe.member.clone(), ripe.seq);
    state.has_room(at).then_some(Event::MemberAdmitted { key, member, petition })
}

//! Whose word counts for a newcomer, or for a key that replaces lost ones, and from when on enough of them stand: members of
//! different institutions, none of whom came in on another's word, nor two on the same one's.

use super::{DAY_MS, Member, MemberId, Number, Refusal, Rule, State, Timestamp, Vouch};

/// Words that one petition or key takes at a time.
const MAX_VOUCHES: usize = 16;

/// Whether the word hasn't expired.
pub(super) fn is_live(state: &State, vouch: &Vouch, at: Timestamp) -> bool {
    vouch.at <= at && at < vouch.at.plus_ms(state.number(Number::AttestationDays) * DAY_MS)
}

/// Whether another word is taken; those that expired leave their places.
pub(super) fn has_place(state: &State, vouches: &[Vouch], at: Timestamp) -> bool {
    vouches.iter().filter(|vouch| is_live(state, vouch, at)).count() < MAX_VOUCHES
}

/// Whether the word of `who` counts.
pub(super) fn may_vouch(state: &State, who: &Member, at: Timestamp) -> Result<(), Refusal> {
    let suspended = who.suspended_until(at).is_some();
    state.require(!suspended, Rule::Suspended, "whoever is suspended vouches for nobody")?;
    state.require(
        who.institutions(at).next().is_some(),
        Rule::Attestation,
        "whoever attests has an attested credential, which says where they work",
    )?;
    let days = state.number(Number::AttesterDays);
    let old = who.founder || who.joined.plus_ms(days * DAY_MS) <= at;
    state.require(old, Rule::Attestation, &format!("whoever attests has been a member for {days} days"))
}

/// Words and institutions that are needed.
#[derive(Clone, Copy)]
pub(super) struct Needed {
    pub members: Number,
    pub institutions: Number,
}

/// From when on these words are good, once enough of them have stood for so many days; none while they don't stand at `at`.
///
/// That they expired since is no matter: nobody acted meanwhile, or there was no room.
pub(super) fn good_from(
    state: &State,
    vouches: &[Vouch],
    (needed, days): (Needed, Number),
    at: Timestamp,
) -> Option<Timestamp> {
    let wait = state.number(days) * DAY_MS;
    let ripe = |vouch: &Vouch| {
        let then = vouch.at.plus_ms(wait);
        let stood = then <= at && standing_since(state, vouches, needed, then).is_some_and(|since| since <= vouch.at);
        stood.then_some(then)
    };
    let earliest = vouches.iter().filter_map(ripe).min();
    earliest.or_else(|| Some(standing_since(state, vouches, needed, at)?.plus_ms(wait)))
}

/// Since when enough of these words stand that still count at `at`; none if they don't.
fn standing_since(state: &State, vouches: &[Vouch], needed: Needed, at: Timestamp) -> Option<Timestamp> {
    let counts = |vouch: &&Vouch| {
        let by = state.members.get(&vouch.by).filter(|_| is_live(state, vouch, at));
        by.is_some_and(|by| may_vouch(state, by, at).is_ok())
    };
    let mut live: Vec<&Vouch> = vouches.iter().filter(counts).collect();
    live.sort_by_key(|vouch| (vouch.at, vouch.seq));
    let size = |number: Number| usize::try_from(state.number(number)).unwrap_or(usize::MAX);
    let (members, institutions) = (size(needed.members), size(needed.institutions));
    let unrelated = |a: &&Vouch, b: &&Vouch| a.by != b.by && !related(state, &a.by, &b.by);
    let apart = |a: &&Vouch, b: &&Vouch| are_apart(state, (&a.by, &b.by), at);
    let enough = |group: &[&Vouch]| has_group(group, &[], institutions, (&apart, &|_| true));
    (1..=live.len())
        .find(|count| has_group(&live[..*count], &[], members, (&unrelated, &enough)))
        .map(|count| live[count - 1].at)
}

/// Whether one of two came in on the other's word, or both on the same member's.
fn related(state: &State, a: &MemberId, b: &MemberId) -> bool {
    let (Some(one), Some(other)) = (state.members.get(a), state.members.get(b)) else { return false };
    one.vouchers.contains(b) || other.vouchers.contains(a) || !one.vouchers.is_disjoint(&other.vouchers)
}

/// Whether two share no institution.
fn are_apart(state: &State, (a, b): (&MemberId, &MemberId), at: Timestamp) -> bool {
    let homes = |id: &MemberId| state.members.get(id).map(|member| state.homes(member, at)).unwrap_or_default();
    homes(a).is_disjoint(&homes(b))
}

/// Which pairs may stand together, and which groups are enough.
type Fits<'a, T> = (&'a dyn Fn(&T, &T) -> bool, &'a dyn Fn(&[T]) -> bool);

/// Whether `size` of these, with those chosen, stand together in pairs and are enough as a group.
///
/// Complexity: exponential in `size`, which is at most 8, among at most 16.
fn has_group<T: Copy>(from: &[T], chosen: &[T], size: usize, (pair, group): Fits<'_, T>) -> bool {
    if chosen.len() == size {
        return group(chosen);
    }
    from.iter().enumerate().any(|(n, next)| {
        let fits = chosen.iter().all(|one| pair(one, next));
        fits && has_group(&from[n + 1..], &[chosen, &[*next]].concat(), size, (pair, group))
    })
}

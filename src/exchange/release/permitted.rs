//! What the terms of contributions allow of a release: an item's labels only if all they rest on does; and who is named.

use std::collections::{BTreeMap, BTreeSet};

use crate::consensus::{Tier, tier};
use crate::domain::{Attribution, GuildId, Item, Member, MemberId, State, Terms, Use};

/// Items that a release leaves out, by the term that isn't given.
pub type LeftOut = BTreeMap<Use, u64>;

/// What all contributions to an item allow together; none if some are under terms that nobody knows.
pub fn terms_of(state: &State, item: &Item) -> Option<Terms> {
    let mut given = item.given_under().map(|digest| state.terms.get(digest));
    let first = given.next()??.clone();
    given.try_fold(first, |all, terms| Some(all.and(terms?)))
}

/// The term for want of which a release takes nothing of this item.
pub fn blocked(state: &State, item: &Item) -> Option<Use> {
    match terms_of(state, item) {
        Some(terms) => terms.blocks(),
        None => Some(Use::PublishAnswers),
    }
}

/// Settled items of the guild from `lowest` on that their terms keep out.
pub fn left_out<'a>(state: &State, items: impl Iterator<Item = &'a Item>, guild: &GuildId, lowest: Tier) -> LeftOut {
    let mut left = LeftOut::new();
    for item in items.filter(|item| item.guild == *guild && item.is_settled() && !item.paused) {
        let high = state.charter_of(item).is_some_and(|charter| tier(charter, item) >= lowest);
        if let Some(term) = blocked(state, item).filter(|_| high) {
            *left.entry(term).or_default() += 1;
        }
    }
    left
}

/// Entries whose rationale, or opinion, their author's terms let be published.
pub fn open_rationales(state: &State, item: &Item) -> Vec<(u64, String)> {
    let open = |terms: &Option<crate::domain::Digest>| {
        let terms = terms.as_ref().and_then(|digest| state.terms.get(digest));
        terms.is_some_and(|terms| terms.uses.contains(&Use::PublishRationale))
    };
    let judged = item.live().filter(|one| open(&one.terms)).map(|one| (one.seq, "rationale".to_owned()));
    let ruled = item.rulings.iter().filter(|one| open(&one.terms)).map(|one| (one.seq, "opinion".to_owned()));
    judged.chain(ruled).collect()
}

/// Contributors to an item, by how they are named.
fn contributors(state: &State, item: &Item) -> Vec<(MemberId, Attribution)> {
    let how = |terms: &Option<crate::domain::Digest>| {
        let terms = terms.as_ref().and_then(|digest| state.terms.get(digest));
        terms.map_or(Attribution::Unnamed, |terms| terms.attribution)
    };
    let judged = item.live().map(|one| (one.actor.clone(), how(&one.terms)));
    let ruled = item.standing_rulings().map(|one| (one.actor.clone(), how(&one.terms)));
    let signed = item.sign_offs().map(|one| (one.actor.clone(), how(&one.terms)));
    judged.chain(ruled).chain(signed).collect()
}

/// Who contributed to these items and how they are listed; whoever asked anywhere not to be named isn't.
pub fn attribution<'a>(state: &State, items: impl Iterator<Item = &'a Item>) -> BTreeMap<MemberId, Attribution> {
    let mut found: BTreeMap<MemberId, Attribution> = BTreeMap::new();
    for (member, how) in items.flat_map(|item| contributors(state, item)) {
        let known = found.entry(member).or_insert(how);
        *known = how.min(*known);
    }
    found
}

/// Entries that hold the names by which contributors asked to be listed.
pub fn names(state: &State, listed: &BTreeMap<MemberId, Attribution>) -> BTreeSet<u64> {
    let real = listed.iter().filter(|(_, how)| **how == Attribution::RealName).map(|(member, _)| member);
    real.filter_map(|member| state.members.get(member).and_then(|member: &Member| member.named)).collect()
}

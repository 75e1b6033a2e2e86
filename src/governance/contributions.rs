//! Who made a gold label, found in the rows that the ledger's entries make: the item's importer, the raters that counted, the
//! adjudicator whose ruling decides, the reviewers whose sign-off stands.

use std::collections::BTreeMap;

use crate::domain::{Charter, Item, LabelKey, MemberId, State, UNATTESTED};

use super::split::Contributed;

/// A gold label as the rule `consensus/1` finds it.
#[derive(Debug, Clone, Copy)]
pub struct GoldLabel<'a> {
    /// Its item.
    pub item: &'a Item,
    /// What it is about.
    pub key: &'a LabelKey,
    /// Entries of the judgements that counted for it.
    pub votes: &'a [u64],
    /// Its training weight, millionths.
    pub weight: i64,
}

/// Who made it, under the charter revision that its round was under; none if that charter isn't known.
///
/// An act that the hall attested counts as far as the charter lets gold rest on it: where it doesn't, there is no gold label
/// to ask about.
pub fn contributed(state: &State, label: GoldLabel<'_>) -> Option<Contributed> {
    let GoldLabel { item, key, votes, weight } = label;
    let charter = state.charter_of(item)?;
    let mut raters: BTreeMap<MemberId, u32> = BTreeMap::new();
    for judgement in item.live().filter(|judgement| votes.contains(&judgement.seq)) {
        // the class they had when they judged: a later credential changes no round
        raters.insert(judgement.actor.clone(), weight_of(charter, &judgement.standing.class));
    }
    let ruling = item.standing_rulings().filter(|ruling| ruling.labels.contains(key)).last();
    Some(Contributed {
        label: key.id(&item.id),
        item: item.id.clone(),
        weight: u64::try_from(weight).unwrap_or(0),
        split: charter.stake,
        author: state.importer(item).cloned(),
        raters,
        adjudicator: ruling.map(|ruling| ruling.actor.clone()),
        reviewers: item.sign_offs().map(|review| review.actor.clone()).collect(),
    })
}

fn weight_of(charter: &Charter, class: &str) -> u32 {
    charter.class(class).or_else(|| charter.class(UNATTESTED)).map_or(0, |class| class.stake)
}

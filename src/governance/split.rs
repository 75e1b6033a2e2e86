//! SR-1, rule 1: how the units of one gold label are split among those who made it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::domain::{ItemId, LabelId, MemberId, StakeSplit};

use super::apportion::apportion;

/// What somebody did for a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Brought the item.
    Author,
    /// Judged it.
    Rater,
    /// Gave the ruling that decides it.
    Adjudicator,
    /// Signed it off.
    Reviewer,
}

impl Part {
    /// Every part, in the order of the charter's split.
    pub const ALL: [Self; 4] = [Self::Author, Self::Rater, Self::Adjudicator, Self::Reviewer];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Rater => "rater",
            Self::Adjudicator => "adjudicator",
            Self::Reviewer => "reviewer",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A gold label and who made it, as its item's charter revision counts them.
///
/// It holds no answer: what somebody said, or whether they agreed with the outcome, can't change their units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributed {
    /// Which label.
    pub label: LabelId,
    /// Of which item.
    pub item: ItemId,
    /// The label's training weight, millionths.
    pub weight: u64,
    /// The split of the charter revision that its round was under.
    pub split: StakeSplit,
    /// Who brought the item.
    pub author: Option<MemberId>,
    /// Its raters, each with the weight of their class.
    pub raters: BTreeMap<MemberId, u32>,
    /// Whose ruling decides it.
    pub adjudicator: Option<MemberId>,
    /// Who signed it off.
    pub reviewers: BTreeSet<MemberId>,
}

/// Units that a member has of a label, and for what.
pub type Units = BTreeMap<MemberId, (Part, u64)>;

impl Contributed {
    /// Who has which part with which weight: nobody has two. A rater counts as that; who ruled or signed off draws nothing
    /// as author beside it.
    pub fn parts(&self) -> BTreeMap<Part, BTreeMap<&MemberId, u32>> {
        let mut taken = BTreeSet::new();
        let mut parts: BTreeMap<Part, BTreeMap<&MemberId, u32>> = BTreeMap::new();
        let raters = self.raters.iter().map(|(member, weight)| (Part::Rater, member, *weight));
        let ruled = self.adjudicator.iter().map(|member| (Part::Adjudicator, member, 1));
        let signed = self.reviewers.iter().map(|member| (Part::Reviewer, member, 1));
        let brought = self.author.iter().map(|member| (Part::Author, member, 1));
        for (part, member, weight) in raters.chain(ruled).chain(signed).chain(brought) {
            if weight > 0 && taken.insert(member) {
                parts.entry(part).or_default().insert(member, weight);
            }
        }
        parts
    }

    /// Everybody's units; they sum to `label_units`, or to 0 if the split gives nothing to anybody who is there.
    pub fn units(&self, label_units: u64) -> Units {
        let parts = self.parts();
        let StakeSplit { author, raters, adjudicator, reviewers } = self.split;
        let shares = Part::ALL.into_iter().zip([author, raters, adjudicator, reviewers]);
        // a part that nobody has weighs nothing, so that the others share it in proportion
        let weights = shares.map(|(part, share)| if parts.contains_key(&part) { u128::from(share) } else { 0 });
        let of_parts = apportion(label_units, &weights.collect::<Vec<_>>());
        let mut units = Units::new();
        for (part, total) in Part::ALL.into_iter().zip(of_parts) {
            let Some(members) = parts.get(&part) else { continue };
            let weights: Vec<u128> = members.values().map(|weight| u128::from(*weight)).collect();
            let each = members.keys().zip(apportion(total, &weights));
            units.extend(each.map(|(member, units)| ((*member).clone(), (part, units))));
        }
        units
    }
}

//! How each unit of stake comes about, label by label, and why an item has none.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Digest, GuildId, ItemId, ItemState, LabelId, LabelKey, MemberId, StakeSplit};
use crate::governance::{Contributed, Part, StakeRule};

use super::error::HallError;
use super::opened::Hall;
use super::stake::{Names, named};

/// One member's part of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedShare {
    /// Who.
    pub member: MemberId,
    /// Name from the directory, or the id.
    pub handle: String,
    /// Their weight in the part: of their class for raters, else 1.
    pub weight: u32,
    /// What comes to them.
    pub units: u64,
}

/// A part of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedPart {
    /// Which.
    pub part: Part,
    /// The charter's share for it, millionths.
    pub split: u32,
    /// What comes to it, with its share of what parts that nobody has leave.
    pub units: u64,
    /// Who has it; nobody if it wasn't needed.
    pub members: Vec<ExplainedShare>,
}

/// How a label's units come about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedLabel {
    /// Which label.
    pub label: LabelId,
    /// What it is about.
    pub key: LabelKey,
    /// Of which item.
    pub item: ItemId,
    /// Of which guild.
    pub guild: GuildId,
    /// Digest of the charter revision its split is of.
    pub charter: Option<Digest>,
    /// The label's training weight, millionths: how much it counts in the register.
    pub weight: u64,
    /// Every part, in the split's order.
    pub parts: Vec<ExplainedPart>,
}

/// What is to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StakeOf {
    /// A label.
    Label(LabelId),
    /// All labels of an item.
    Item(ItemId),
    /// All labels a member had a part in.
    Member(MemberId),
}

impl Hall {
    /// What a text names: a label or an item by id or the start of it, else a member by handle or id.
    pub async fn find_stake(&self, text: &str) -> Result<StakeOf, HallError> {
        if let Ok(label) = text.parse() {
            return Ok(StakeOf::Label(label));
        }
        if let Ok(member) = self.find_member(text).await {
            return Ok(StakeOf::Member(member));
        }
        match self.find_item(text).await {
            Ok(item) => Ok(StakeOf::Item(item)),
            Err(HallError::Usage(_)) => {
                Err(HallError::Usage(format!("`{text}` is no label (lb_...), item (it_...) or member of this hall")))
            }
            Err(error) => Err(error),
        }
    }

    /// How units come about, label by label; empty where there is no gold to speak of.
    ///
    /// Complexity: linear in the settled items of the guilds looked at.
    pub async fn explain_stake(&self, of: &StakeOf) -> Result<Vec<ExplainedLabel>, HallError> {
        let guilds: Vec<GuildId> = match of {
            StakeOf::Item(item) => vec![self.state_with(item).await?.1.guild],
            _ => self.state().await?.guilds.into_keys().collect(),
        };
        let handles: BTreeMap<String, String> = self.names("member").await?.into_iter().collect();
        let mut found = Vec::new();
        for guild in guilds {
            let gold = self.gold(&guild).await?;
            let units = StakeRule::of(&gold.state).label_units;
            let wanted = |made: &&Contributed| match of {
                StakeOf::Label(label) => made.label == *label,
                StakeOf::Item(item) => made.item == *item,
                StakeOf::Member(member) => made.parts().values().any(|having| having.contains_key(member)),
            };
            let keys: BTreeMap<&LabelId, &LabelKey> =
                gold.labels.iter().map(|released| (&released.label.id, &released.label.key)).collect();
            for made in gold.made.iter().filter(wanted) {
                let Some(key) = keys.get(&made.label).copied().cloned() else { continue };
                let charter = gold.state.items.get(&made.item).and_then(|item| item.charter.clone());
                let parts = explained(made, units, &handles);
                found.push(ExplainedLabel {
                    label: made.label.clone(),
                    key,
                    item: made.item.clone(),
                    guild: guild.clone(),
                    charter,
                    weight: made.weight,
                    parts,
                });
            }
        }
        Ok(found)
    }

    /// Why an item has no stake, in words, if it has none.
    pub async fn without_stake(&self, item: &ItemId) -> Result<String, HallError> {
        let (_, item) = self.state_with(item).await?;
        Ok(match item.state {
            ItemState::Gold if item.paused => "a flag stands, so no release takes it".to_owned(),
            ItemState::Gold => {
                "it is gold, but its contributors' terms, or answers that were erased, keep it out of releases"
                    .to_owned()
            }
            ItemState::Withdrawn => {
                let void = self.void_stake(&item.guild, &self.releases().await?).await?;
                match void.into_iter().find(|void| void.item == item.id) {
                    Some(void) => format!(
                        "void: release {} published it, and entry {} withdrew it before a model vested it",
                        void.release, void.withdrawn
                    ),
                    None => "it was withdrawn, and no release had published it as it was".to_owned(),
                }
            }
            state => format!("it is {state}; only gold counts"),
        })
    }
}

fn explained(made: &Contributed, label_units: u64, handles: &Names) -> Vec<ExplainedPart> {
    let StakeSplit { author, raters, adjudicator, reviewers } = made.split;
    let (units, parts) = (made.units(label_units), made.parts());
    let part = |(part, split): (Part, u32)| {
        let having = parts.get(&part).cloned().unwrap_or_default();
        let share = |(member, weight): (&MemberId, u32)| ExplainedShare {
            member: member.clone(),
            handle: named(handles, member.as_str()),
            weight,
            units: units.get(member).map_or(0, |(_, units)| *units),
        };
        let members: Vec<ExplainedShare> = having.into_iter().map(share).collect();
        ExplainedPart { part, split, units: members.iter().map(|share| share.units).sum(), members }
    };
    Part::ALL.into_iter().zip([author, raters, adjudicator, reviewers]).map(part).collect()
}

//! Lists of items with their marks, and the items on which nobody can act.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{BatchId, GuildId, Item, ItemId, ItemState, Mark, Refusal, Role, State, Timestamp, missing_for};
use crate::store::ItemFilter;

use super::error::HallError;
use super::opened::Hall;

/// Items looked at in one query.
const PAGE: usize = 500;

/// An item in a list.
#[derive(Debug, Clone, Serialize)]
pub struct ListedItem {
    /// Its id.
    pub id: ItemId,
    /// Its state.
    pub state: ItemState,
    /// How many judgements count.
    pub judgements: usize,
    /// What holds beside the state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// An item on which nobody can act.
#[derive(Debug, Clone, Serialize)]
pub struct StuckItem {
    /// Its id.
    pub id: ItemId,
    /// Its guild.
    pub guild: GuildId,
    /// Its state.
    pub state: ItemState,
    /// Who is missing.
    pub missing: Role,
    /// Why, and the article.
    pub because: Refusal,
}

/// Who is missing on an item, if anybody; the answer for items that nobody acted on is one for each import.
#[derive(Default)]
pub(super) struct Missing {
    untouched: BTreeMap<(GuildId, Option<BatchId>), WhoIsMissing>,
}

/// The role that nobody can take, and why.
type WhoIsMissing = Option<(Role, Refusal)>;

impl Missing {
    /// The role that is missing on `item`, which must be the one that `state` has loaded.
    pub fn on(&mut self, state: &State, item: &Item, now: Timestamp) -> WhoIsMissing {
        if !item.is_untouched() {
            return missing_for(state, item, now);
        }
        let key = (item.guild.clone(), item.batch.clone());
        self.untouched.entry(key).or_insert_with(|| missing_for(state, item, now)).clone()
    }
}

/// What holds of the one item that `state` has loaded, beside its state.
pub(super) fn marks(missing: &mut Missing, state: &State, item: &Item, now: Timestamp) -> Vec<Mark> {
    let marks = [
        (item.paused, Mark::Paused),
        (missing.on(state, item, now).is_some(), Mark::Stuck),
        (item.challenged, Mark::Challenged),
    ];
    marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark).collect()
}

impl Hall {
    /// A guild's items, in one state or with one mark.
    pub async fn list_items(
        &self,
        guild: &GuildId,
        state: Option<ItemState>,
        mark: Option<Mark>,
    ) -> Result<Vec<ListedItem>, HallError> {
        let mut rows = self.state().await?;
        let mut listed = Vec::new();
        let mut missing = Missing::default();
        let mut after = 0;
        loop {
            let filter = ItemFilter { guild: Some(guild.clone()), state, ..ItemFilter::default() };
            let page = self.store.items(filter, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(listed) };
            after = last.n;
            for row in page {
                rows.items = [(row.item.id.clone(), row.item.clone())].into();
                let marks = marks(&mut missing, &rows, &row.item, self.now());
                if mark.is_none_or(|mark| marks.contains(&mark)) {
                    let judgements = row.item.live_count();
                    listed.push(ListedItem { id: row.item.id, state: row.item.state, judgements, marks });
                }
            }
        }
    }

    /// Items on which nobody can act, with who is missing.
    pub async fn stuck(&self) -> Result<Vec<StuckItem>, HallError> {
        let mut state = self.state().await?;
        let mut stuck = Vec::new();
        let mut memo = Missing::default();
        let mut after = 0;
        loop {
            let page = self.store.items(ItemFilter::default(), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(stuck) };
            after = last.n;
            for row in page {
                state.items = [(row.item.id.clone(), row.item.clone())].into();
                if let Some((missing, because)) = memo.on(&state, &row.item, self.now()) {
                    let Item { id, guild, state, .. } = row.item;
                    stuck.push(StuckItem { id, guild, state, missing, because });
                }
            }
        }
    }
}

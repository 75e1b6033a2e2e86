//! What has become of gold so far: whether a release published it, and stake that is void since its item was withdrawn after
//! one. When a model is ratified, this is where vesting is told.

use serde::Serialize;

use crate::domain::{Event, GuildId, Item, ItemId, ItemState, State};
use crate::exchange::release::blocked;
use crate::governance::{Fate, Life};
use crate::ledger::Entry;
use crate::store::ItemFilter;

use super::error::HallError;
use super::news::ReleaseRow;
use super::opened::{Hall, corrupt};

/// Items read at a time.
const PAGE: usize = 500;

/// Stake that was pending and is void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoidStake {
    /// Of which item.
    pub item: ItemId,
    /// How many of its labels.
    pub labels: u64,
    /// The release that published them.
    pub release: String,
    /// The entry that withdrew the item.
    pub withdrawn: u64,
}

/// The first release of a guild that held an item as it is: cut after its last sign-off.
pub(super) fn published<'a>(releases: &'a [ReleaseRow], item: &Item) -> Option<&'a ReleaseRow> {
    let gold_since = item.sign_offs().map(|review| review.seq).max()?;
    let held = releases.iter().filter(|release| release.guild == item.guild && release.seq > gold_since);
    held.min_by_key(|release| release.seq)
}

/// Whether every sign-off that the charter asks for stands.
fn was_gold(state: &State, item: &Item) -> bool {
    let needed = state.charter_of(item).map(|charter| charter.sign_offs as usize);
    needed.is_some_and(|needed| item.sign_offs().count() >= needed)
}

/// Whether its contributors' terms let a release take it; they stay those of when they contributed.
fn is_free(state: &State, item: &Item) -> bool {
    blocked(state, item).is_none()
}

impl Hall {
    /// Stake of a guild that is void, in the order of its items.
    ///
    /// Complexity: linear in the guild's withdrawn items.
    pub(super) async fn void_stake(
        &self,
        guild: &GuildId,
        releases: &[ReleaseRow],
    ) -> Result<Vec<VoidStake>, HallError> {
        let state = self.state().await?;
        let filter =
            ItemFilter { guild: Some(guild.clone()), state: Some(ItemState::Withdrawn), ..ItemFilter::default() };
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let rows = self.store.items(filter.clone(), after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(found) };
            after = last.n;
            for item in rows.iter().map(|row| &row.item).filter(|item| was_gold(&state, item) && is_free(&state, item))
            {
                found.extend(self.void_of(&state, item, releases).await?);
            }
        }
    }

    async fn void_of(
        &self,
        state: &State,
        item: &Item,
        releases: &[ReleaseRow],
    ) -> Result<Option<VoidStake>, HallError> {
        let Some(release) = published(releases, item) else { return Ok(None) };
        let withdrawn = self.withdrawn_by(&item.id).await?;
        let life = Life { published: Some(release.seq), withdrawn, ratified: None };
        let Some(withdrawn) = withdrawn.filter(|at| *at > release.seq && life.fate() == Fate::Void) else {
            return Ok(None);
        };
        let labels = state.charter_of(item).map_or(0, |charter| charter.deciding(&item.shape).len());
        let labels = u64::try_from(labels).unwrap_or(u64::MAX);
        Ok(Some(VoidStake { item: item.id.clone(), labels, release: release.version.clone(), withdrawn }))
    }

    /// The entry that withdrew an item.
    async fn withdrawn_by(&self, item: &ItemId) -> Result<Option<u64>, HallError> {
        for seq in self.store.entries_on(item.clone()).await?.into_iter().rev() {
            for row in self.store.entries(seq, 1).await? {
                let entry = Entry::read(&row.bytes).map_err(|error| corrupt(format!("entries {seq}"), error))?;
                if matches!(entry.core.event, Event::ItemWithdrawn { .. }) {
                    return Ok(Some(seq));
                }
            }
        }
        Ok(None)
    }
}

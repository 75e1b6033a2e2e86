//! The hall at a glance: counts, and what waits for a member.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{GuildId, ItemId, ItemState, MemberId, Role};
use crate::store::ItemFilter;

use super::error::HallError;
use super::opened::Hall;

/// At most this many items of each state are looked at for what waits.
const PAGE: usize = 200;

/// A guild's counts, and what waits for the viewer.
#[derive(Debug, Clone, Serialize)]
pub struct GuildStatus {
    /// The guild.
    pub id: GuildId,
    /// Items by state.
    pub items: BTreeMap<String, u64>,
    /// Open items.
    pub open: u64,
    /// Disputed items.
    pub disputed: u64,
    /// Items the viewer could judge, rule on or review now, as far as looked at.
    pub waiting_for_me: Waiting,
    /// Versions released.
    pub releases: Vec<String>,
}

/// What waits for a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Items to judge.
    pub judge: usize,
    /// Disputes to rule on.
    pub adjudicate: usize,
    /// Items to review.
    pub review: usize,
    /// There may be more of each: not every item was looked at.
    pub more: bool,
}

/// The hall at a glance.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Its id.
    pub hall: String,
    /// Its name.
    pub name: String,
    /// The viewer.
    pub member: MemberId,
    /// Their handle.
    pub handle: String,
    /// Guilds in order.
    pub guilds: Vec<GuildStatus>,
    /// Petitions that wait for the viewer's word.
    pub petitions: usize,
    /// Entries in the ledger.
    pub entries: u64,
    /// The hall is a demo.
    pub demo: bool,
}

impl Hall {
    /// What waits for a member, item by item, in the order of the hall.
    pub async fn inbox(&self, who: &MemberId) -> Result<Vec<(Role, GuildId, ItemId)>, HallError> {
        let mut state = self.state().await?;
        let mut waiting = Vec::new();
        for guild in state.guilds.keys().cloned().collect::<Vec<_>>() {
            for wanted in
                [ItemState::Open, ItemState::Disputed, ItemState::Agreed, ItemState::Adjudicated, ItemState::Gold]
            {
                let filter = ItemFilter { guild: Some(guild.clone()), state: Some(wanted), ..ItemFilter::default() };
                for row in self.store.items(filter, 0, PAGE).await? {
                    let id = row.item.id.clone();
                    state.items = [(id.clone(), row.item.clone())].into();
                    waiting.extend(
                        self.may(&state, &row.item, who).into_iter().map(|role| (role, guild.clone(), id.clone())),
                    );
                }
            }
        }
        Ok(waiting)
    }

    /// The hall at a glance.
    pub async fn status(&self, who: &MemberId) -> Result<Status, HallError> {
        let state = self.state().await?;
        let facts = self.facts().await?;
        let counts = self.store.counts().await?;
        let inbox = self.inbox(who).await?;
        let page = u64::try_from(PAGE).unwrap_or(u64::MAX);
        let mut guilds = Vec::new();
        for guild in state.guilds.values() {
            let of = |role: Role| inbox.iter().filter(|(found, of, _)| *found == role && *of == guild.id).count();
            let count = |wanted: ItemState| {
                counts.iter().filter(|(of, state, _)| *of == guild.id && *state == wanted).map(|(.., n)| n).sum()
            };
            let states = [
                ItemState::Open,
                ItemState::Agreed,
                ItemState::Disputed,
                ItemState::Adjudicated,
                ItemState::Gold,
                ItemState::Withdrawn,
            ];
            guilds.push(GuildStatus {
                id: guild.id.clone(),
                items: states.into_iter().map(|state| (state.to_string(), count(state))).collect(),
                open: count(ItemState::Open),
                disputed: count(ItemState::Disputed),
                waiting_for_me: Waiting {
                    judge: of(Role::Rater),
                    adjudicate: of(Role::Adjudicator),
                    review: of(Role::Reviewer),
                    more: count(ItemState::Open).max(count(ItemState::Gold)) > page,
                },
                releases: guild.releases.iter().cloned().collect(),
            });
        }
        Ok(Status {
            hall: facts.id.to_string(),
            name: facts.name,
            member: who.clone(),
            handle: self.handle(who).await?,
            guilds,
            petitions: self.petitions_for(&state, who),
            entries: self.store.head().await?.map_or(0, |(size, _)| size),
            demo: facts.demo,
        })
    }
}

//! The queue as lists show it: pages by key, filtered by what the ledger recorded and by what the viewer may do.

use serde::Serialize;

use crate::domain::{GuildId, ItemId, ItemState, Mark, MemberId, Role, State, Timestamp};
use crate::store::{ItemRow, Page, PageKey};

use super::error::HallError;
use super::lists::{Missing, marks};
use super::opened::Hall;

/// Rows looked at in one query.
const CHUNK: usize = 200;
/// Rows looked at for one page, so that a filter which little passes stays quick.
const LOOKED_AT: usize = 2_000;
/// Characters of a prompt that lists show.
const OPENING: usize = 160;
/// Every state.
const STATES: [ItemState; 6] = [
    ItemState::Open,
    ItemState::Agreed,
    ItemState::Disputed,
    ItemState::Adjudicated,
    ItemState::Gold,
    ItemState::Withdrawn,
];

/// Which items a list holds; what is none isn't asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Of one guild.
    pub guild: Option<GuildId>,
    /// In one state.
    pub state: Option<ItemState>,
    /// With a mark.
    pub mark: Option<Mark>,
    /// On which the viewer could act in this role.
    pub role: Option<Role>,
    /// With these words in prompt or outputs, or whose id starts so.
    pub search: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueSort {
    /// As they were imported.
    #[default]
    Oldest,
    /// The last imported first.
    Newest,
    /// The last acted on first; those nobody acted on are left out.
    Touched,
}

/// A place between two rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Cursor(pub i64);

/// Where a page begins, or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueFrom {
    /// The first page.
    Start,
    /// The page after this place.
    After(Cursor),
    /// The page before this place.
    Before(Cursor),
}

/// An item in the queue.
#[derive(Debug, Clone, Serialize)]
pub struct QueueRow {
    /// Its id.
    pub id: ItemId,
    /// Its guild.
    pub guild: GuildId,
    /// Its state.
    pub state: ItemState,
    /// What holds beside the state.
    pub marks: Vec<Mark>,
    /// Judgements that count.
    pub judgements: usize,
    /// How many others are at work on it.
    pub at_work: usize,
    /// How its prompt begins.
    pub opening: String,
    /// What the viewer may do with it.
    pub mine: Vec<Role>,
    /// The viewer passed on it.
    pub skipped: bool,
    /// The last entry on it, and when.
    pub touched: Option<(u64, Timestamp)>,
}

/// A page of the queue.
#[derive(Debug, Clone, Serialize)]
pub struct QueuePage {
    /// Its rows, in the list's order.
    pub rows: Vec<QueueRow>,
    /// There are rows before this place.
    pub before: Option<Cursor>,
    /// There may be rows after this place.
    pub after: Option<Cursor>,
    /// How many rows the list has in all, where that is known.
    pub total: Option<u64>,
    /// Items in the search, and items there are, if that isn't all of them yet.
    pub searched: Option<(u64, u64)>,
}

impl Hall {
    /// A page of the queue as `who` may see it.
    ///
    /// Complexity: by the rows looked at, at most 2,000, whatever the hall's size.
    pub async fn queue(
        &self,
        who: &MemberId,
        filter: &QueueFilter,
        sort: QueueSort,
        (from, limit): (QueueFrom, usize),
    ) -> Result<QueuePage, HallError> {
        let mut state = self.state().await?;
        let backwards = matches!(from, QueueFrom::Before(_));
        let down = (sort != QueueSort::Oldest) != backwards;
        let start = match from {
            QueueFrom::Start => None,
            QueueFrom::After(cursor) | QueueFrom::Before(cursor) => Some(cursor.0),
        };
        let key = |row: &ItemRow| match (sort, &filter.search) {
            (QueueSort::Touched, None) => i64::try_from(row.touched).unwrap_or(i64::MAX),
            _ => row.n,
        };
        let (mut rows, mut keys, mut beyond, mut looked_at, mut ended) = (Vec::new(), Vec::new(), start, 0, false);
        let mut missing = Missing::default();
        while rows.len() < limit && looked_at < LOOKED_AT && !ended {
            let wanted = CHUNK.min(limit.saturating_mul(4)).max(limit);
            let chunk = self.chunk(&state, filter, (sort, down, beyond, wanted)).await?;
            ended = chunk.len() < wanted;
            looked_at += chunk.len();
            for row in chunk {
                if rows.len() == limit {
                    ended = false;
                    break;
                }
                beyond = Some(key(&row));
                if let Some(listed) = self.listed(&mut state, (who, filter), (&row, &mut missing)).await? {
                    keys.push(key(&row));
                    rows.push(listed);
                }
            }
        }
        if backwards {
            rows.reverse();
            keys.reverse();
        }
        let (first, last) = (keys.first().copied().map(Cursor), keys.last().copied().map(Cursor));
        let more = (!ended).then_some(beyond).flatten().map(Cursor);
        let (before, after) = match (backwards, from) {
            (true, _) => (more, last.or(start.map(|start| Cursor(start - 1)))),
            (false, QueueFrom::Start) => (None, more),
            (false, _) => (first.or(start.map(Cursor)), more),
        };
        let at_work = self.at_work(who)?;
        for row in &mut rows {
            row.at_work = at_work.get(&row.id).copied().unwrap_or(0);
        }
        Ok(QueuePage {
            rows,
            before,
            after,
            total: self.total(filter).await?,
            searched: self.unsearched(filter).await?,
        })
    }

    /// The next rows that may be on the page.
    async fn chunk(
        &self,
        state: &State,
        filter: &QueueFilter,
        (sort, down, beyond, limit): (QueueSort, bool, Option<i64>, usize),
    ) -> Result<Vec<ItemRow>, HallError> {
        if let Some(words) = &filter.search {
            if words.trim().starts_with("it_") {
                return self.with_id(words.trim(), beyond).await;
            }
            return Ok(self.store.search(words.clone(), beyond, down, limit).await?);
        }
        let guilds = state.guilds.keys().filter(|guild| filter.guild.as_ref().is_none_or(|wanted| wanted == *guild));
        let states: Vec<ItemState> = STATES.into_iter().filter(|one| possible(filter, *one)).collect();
        let cells = guilds.flat_map(|guild| states.iter().map(|state| (guild.clone(), *state))).collect();
        let key = if sort == QueueSort::Touched { PageKey::Touched } else { PageKey::Position };
        Ok(self.store.page(Page { cells, key, down, beyond, limit }).await?)
    }

    /// The item whose id starts so, once.
    async fn with_id(&self, prefix: &str, beyond: Option<i64>) -> Result<Vec<ItemRow>, HallError> {
        let mut rows = Vec::new();
        for id in self.store.ids_starting(prefix.to_owned()).await? {
            let (_, item) = self.state_with(&id).await?;
            rows.push(ItemRow { n: i64::MAX, touched: item.touched.map_or(0, |(seq, _)| seq), item });
        }
        Ok(if beyond.is_some() { Vec::new() } else { rows })
    }

    /// The row as it is listed, if it passes the filter.
    async fn listed(
        &self,
        state: &mut State,
        (who, filter): (&MemberId, &QueueFilter),
        (row, missing): (&ItemRow, &mut Missing),
    ) -> Result<Option<QueueRow>, HallError> {
        let item = &row.item;
        let elsewhere = filter.guild.as_ref().is_some_and(|guild| *guild != item.guild);
        if elsewhere || filter.state.is_some_and(|wanted| wanted != item.state) {
            return Ok(None);
        }
        state.items = [(item.id.clone(), item.clone())].into();
        let mine = self.may(state, item, who);
        let marks = marks(missing, state, item, self.now());
        let wanted =
            filter.role.is_none_or(|role| mine.contains(&role)) && filter.mark.is_none_or(|mark| marks.contains(&mark));
        if !wanted {
            return Ok(None);
        }
        Ok(Some(QueueRow {
            id: item.id.clone(),
            guild: item.guild.clone(),
            state: item.state,
            marks,
            judgements: item.live_count(),
            at_work: 0,
            opening: self.opening(&item.id).await?,
            mine,
            skipped: item.skipped.contains(who),
            touched: item.touched,
        }))
    }

    /// How an item's prompt begins.
    pub(super) async fn opening(&self, id: &ItemId) -> Result<String, HallError> {
        let content = self.store.content(id.clone()).await?;
        let last = content.and_then(|content| content.prompt.into_iter().next_back());
        Ok(last.map(|turn| turn.content.chars().take(OPENING).collect()).unwrap_or_default())
    }

    /// The kept count, if the filter asks for nothing but guild and state.
    async fn total(&self, filter: &QueueFilter) -> Result<Option<u64>, HallError> {
        if filter.mark.is_some() || filter.role.is_some() || filter.search.is_some() {
            return Ok(None);
        }
        let counts = self.store.counts().await?.into_iter();
        let of = counts.filter(|(guild, state, _)| {
            filter.guild.as_ref().is_none_or(|wanted| wanted == guild)
                && filter.state.is_none_or(|wanted| wanted == *state)
        });
        Ok(Some(of.map(|(.., n)| n).sum()))
    }

    async fn unsearched(&self, filter: &QueueFilter) -> Result<Option<(u64, u64)>, HallError> {
        match filter.search {
            None => Ok(None),
            Some(_) => Ok(Some(self.store.index_some(0).await?).filter(|(done, total)| done < total)),
        }
    }

    /// Puts at most this many more items into the search; how far it is, and how many there are.
    pub async fn index_some(&self, limit: usize) -> Result<(u64, u64), HallError> {
        Ok(self.store.index_some(limit).await?)
    }
}

/// Whether an item in this state can pass the filter: a role is open in some states only.
fn possible(filter: &QueueFilter, state: ItemState) -> bool {
    let by_role = match filter.role {
        Some(Role::Rater) => state == ItemState::Open,
        Some(Role::Adjudicator) => matches!(state, ItemState::Disputed | ItemState::Gold),
        Some(Role::Reviewer) => matches!(state, ItemState::Agreed | ItemState::Adjudicated),
        _ => true,
    };
    by_role && filter.state.is_none_or(|wanted| wanted == state)
}

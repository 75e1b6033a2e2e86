//! What happened lately, as far as everybody may know it; and the releases.

use serde::Serialize;

use crate::domain::{Event, GuildId, ItemId, Route, Timestamp};
use crate::ledger::{Entry, leaf_hash};

use super::error::HallError;
use super::opened::{Hall, corrupt};

/// Entries looked at for news.
const LOOKED_AT: u64 = 300;

/// Something worth telling; nobody's act on an open item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// Where an item went.
    Routed(Route),
    /// An item was taken out.
    Withdrawn,
    /// Gold was challenged, or an answer it rests on erased.
    Challenged,
    /// A release.
    Released {
        /// Its version.
        version: String,
        /// Its labels.
        labels: u64,
    },
    /// Somebody joined.
    MemberAdded,
    /// Items came in.
    Imported {
        /// How many.
        items: u64,
    },
}

/// A piece of news.
#[derive(Debug, Clone, Serialize)]
pub struct News {
    /// When.
    pub at: Timestamp,
    /// Its entry.
    pub seq: u64,
    /// In which guild.
    pub guild: Option<GuildId>,
    /// About which item.
    pub item: Option<ItemId>,
    /// What.
    pub what: NewsKind,
}

/// A release as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseRow {
    /// Whose labels.
    pub guild: GuildId,
    /// Its version.
    pub version: String,
    /// When it was cut.
    pub at: Timestamp,
    /// Its entry.
    pub seq: u64,
    /// The entry's leaf hash, hexadecimal.
    pub entry_hash: String,
    /// The lowest tier it holds.
    pub tier: String,
    /// Its labels.
    pub labels: u64,
}

impl Hall {
    /// News, newest first.
    pub async fn news(&self, limit: usize) -> Result<Vec<News>, HallError> {
        let size = self.size().await?;
        let from = size.saturating_sub(LOOKED_AT);
        let mut news = Vec::new();
        for row in self.store.entries(from, usize::try_from(LOOKED_AT).unwrap_or(usize::MAX)).await? {
            let entry = Entry::read(&row.bytes).map_err(|error| corrupt(format!("entries {}", row.seq), error))?;
            let Some(what) = worth_telling(&entry.core.event) else { continue };
            let (guild, item) = (entry.core.guild, entry.core.refs.into_iter().next());
            news.push(News { at: entry.header.at, seq: row.seq, guild, item, what });
        }
        news.reverse();
        news.truncate(limit);
        Ok(news)
    }

    /// Releases, newest first.
    pub async fn releases(&self) -> Result<Vec<ReleaseRow>, HallError> {
        let mut releases = Vec::new();
        for row in self.store.releases().await? {
            let entry = Entry::read(&row.bytes).map_err(|error| corrupt(format!("entries {}", row.seq), error))?;
            if let (Event::ReleaseCut { labels, tier, version, .. }, Some(guild)) = (entry.core.event, entry.core.guild)
            {
                let entry_hash = data_encoding::HEXLOWER.encode(&leaf_hash(&row.bytes));
                releases.push(ReleaseRow {
                    guild,
                    version,
                    at: entry.header.at,
                    seq: row.seq,
                    entry_hash,
                    tier,
                    labels,
                });
            }
        }
        releases.reverse();
        Ok(releases)
    }
}

fn worth_telling(event: &Event) -> Option<NewsKind> {
    match event {
        Event::ItemRouted { to: Route::AnotherRater, .. } => None,
        Event::ItemRouted { to, .. } => Some(NewsKind::Routed(*to)),
        Event::ItemWithdrawn { .. } => Some(NewsKind::Withdrawn),
        Event::GoldChallenged {} => Some(NewsKind::Challenged),
        Event::ReleaseCut { labels, version, .. } => {
            Some(NewsKind::Released { version: version.clone(), labels: *labels })
        }
        Event::MemberAdded { .. } => Some(NewsKind::MemberAdded),
        Event::ItemsImported { count, .. } => Some(NewsKind::Imported { items: *count }),
        _ => None,
    }
}

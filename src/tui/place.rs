//! Where in the console one can be.

use std::path::PathBuf;

use crate::domain::{GuildId, ItemId, ItemState, Role};

/// A screen to open, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// What waits, guilds, news.
    Hall,
    /// Items by page.
    Queue {
        /// Of one guild, or of all.
        guild: Option<GuildId>,
        /// In one state.
        state: Option<ItemState>,
        /// What one could do in this role.
        role: Option<Role>,
        /// That have these words.
        search: Option<String>,
    },
    /// What waits to be judged, one after the other.
    Judge {
        /// In this guild.
        guild: GuildId,
        /// Starting with this item.
        first: Option<ItemId>,
    },
    /// One's judgement of an item, to be revised.
    Revise(ItemId),
    /// Open disputes.
    Disputes(Option<GuildId>),
    /// A dispute to rule on.
    Adjudicate(ItemId),
    /// What models say of an item.
    Evidence(ItemId),
    /// An item to read, sign off, return, challenge.
    Item(ItemId),
    /// Gold and releases.
    Gold(Option<GuildId>),
    /// A release to verify.
    Release(PathBuf),
    /// Members and credentials.
    Members,
    /// The hall's models.
    Models,
    /// Entries, head, verification.
    Ledger,
    /// An entry's three lines.
    Entry(u64),
    /// How far raters agree, of a guild or of the first.
    Agreement(Option<GuildId>),
    /// Where two raters part on a question, by their letters.
    Parting {
        /// Of this guild.
        guild: GuildId,
        /// The question's key.
        question: String,
        /// Their letters.
        pair: (String, String),
    },
    /// Who made the gold of a guild, or of the first.
    Stake(Option<GuildId>),
    /// Items on which nobody can act.
    Stuck,
    /// The constitution in force.
    Constitution,
    /// A guild's charter and guidelines.
    Charter(GuildId),
}

impl Place {
    /// The item whose record is read here.
    pub fn item(&self) -> Option<&ItemId> {
        match self {
            Self::Item(item) | Self::Adjudicate(item) | Self::Evidence(item) => Some(item),
            _ => None,
        }
    }

    /// The queue of a guild, in a state, of what one could do in a role.
    pub fn queue(guild: Option<GuildId>, state: Option<ItemState>, role: Option<Role>) -> Self {
        Self::Queue { guild, state, role, search: None }
    }
}

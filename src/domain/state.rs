//! The rows that rules read and events change; a store loads the few that an act touches, `verify` keeps them all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Act, BatchId, Charter, Constitution, Digest, GuildId, HallId, Item, ItemId, Member, MemberId, Refusal, Rule,
    Timestamp, fingerprint_of,
};

/// What the genesis entry fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HallFacts {
    /// Its id.
    pub id: HallId,
    /// Its name.
    pub name: String,
    /// Licence of the guilds' data, SPDX.
    pub licence: String,
    /// The hall's own key, one OpenSSH line without comment.
    pub key: String,
    /// Digest of the constitution in force.
    pub constitution: Digest,
    /// A throwaway hall.
    pub demo: bool,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its entry.
    pub seq: u64,
    /// Who imported it.
    pub importer: MemberId,
    /// How many items.
    pub count: u64,
}

/// A guild's facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guild {
    /// Its id.
    pub id: GuildId,
    /// Digest of the charter in force.
    pub charter: Digest,
    /// Its imports.
    pub batches: BTreeMap<BatchId, Batch>,
    /// Versions released.
    pub releases: BTreeSet<String>,
}

/// Somebody asks to be admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Petition {
    /// Its entry.
    pub seq: u64,
    /// Their key, one OpenSSH line without comment.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

/// See the module's first line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// None before the genesis entry.
    pub hall: Option<HallFacts>,
    /// The constitution in force.
    pub constitution: Option<Arc<Constitution>>,
    /// Charters by digest, all that were ever in force.
    pub charters: BTreeMap<Digest, Arc<Charter>>,
    /// Guilds.
    pub guilds: BTreeMap<GuildId, Guild>,
    /// Members.
    pub members: BTreeMap<MemberId, Member>,
    /// Petitions that wait for a steward, by entry.
    pub petitions: BTreeMap<u64, Petition>,
    /// Items; a store loads only those an act refers to.
    pub items: BTreeMap<ItemId, Item>,
}

impl State {
    /// A refusal under `rule`, with the article that states it.
    pub fn refusal(&self, rule: Rule, reason: impl Into<String>) -> Refusal {
        let article = self.constitution.as_ref().map(|text| text.source(rule)).unwrap_or_default();
        Refusal { rule, article, reason: reason.into() }
    }

    /// A refusal unless `holds`.
    pub fn require(&self, holds: bool, rule: Rule, reason: &str) -> Result<(), Refusal> {
        if holds { Ok(()) } else { Err(self.refusal(rule, reason)) }
    }

    /// Whether the hall signed the act in its author's name.
    pub fn is_attested(&self, act: &Act) -> bool {
        act.actor.is_some() && self.hall.as_ref().is_some_and(|hall| fingerprint_of(&hall.key) == act.key)
    }

    /// The member who signs with this key now.
    pub fn member_with(&self, fingerprint: &str) -> Option<&Member> {
        self.members.values().find(|member| member.signs_with(fingerprint))
    }

    /// The charter an item's answers are under: its own, else the one in force.
    pub fn charter_of(&self, item: &Item) -> Option<&Arc<Charter>> {
        let in_force = || self.guilds.get(&item.guild).map(|guild| &guild.charter);
        self.charters.get(item.charter.as_ref().or_else(in_force)?)
    }

    /// The charter in force in a guild.
    pub fn charter_in_force(&self, guild: &GuildId) -> Option<(&Digest, &Arc<Charter>)> {
        let digest = &self.guilds.get(guild)?.charter;
        Some((digest, self.charters.get(digest)?))
    }

    /// Who imported the item, if known.
    pub fn importer(&self, item: &Item) -> Option<&MemberId> {
        let batch = self.guilds.get(&item.guild)?.batches.get(item.batch.as_ref()?)?;
        Some(&batch.importer)
    }
}

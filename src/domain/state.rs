//! The rows that rules read and events change; a store loads the few that an act touches, `verify` keeps them all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Act, BatchId, Charter, Constitution, Digest, GuildId, HallId, InstitutionId, Item, ItemId, Member, MemberId,
    Number, Refusal, Rule, Standing, Terms, Timestamp, fingerprint_of, terms_digest,
};

/// A text that founders sign, so that it comes into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// Whose charter it is; none for the constitution.
    pub guild: Option<GuildId>,
    /// Its digest.
    pub text: Digest,
    /// Who signed it.
    pub by: BTreeSet<MemberId>,
}

/// What holds for the whole hall.
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
    /// Time of the genesis entry.
    pub founded: Timestamp,
    /// The first entry after the founding; it doesn't begin again.
    pub founding_over: Option<u64>,
    /// Texts that founders sign.
    pub signing: Vec<Signing>,
    /// Every text of a rule that an entry names.
    pub named: BTreeSet<Digest>,
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

/// A member's word, for a newcomer or for a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouch {
    /// Its entry.
    pub seq: u64,
    /// Whose.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
}

/// Somebody asks to be admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Petition {
    /// Its entry.
    pub seq: u64,
    /// Their key, one OpenSSH line without comment.
    pub key: String,
    /// Who they will be.
    pub member: MemberId,
    /// When.
    pub at: Timestamp,
    /// Who attests them, in order.
    pub vouches: Vec<Vouch>,
    /// Who objects.
    pub objection: Option<Vouch>,
}

/// A key that is to replace a member's lost ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// One OpenSSH line without comment.
    pub key: String,
    /// Whose it is to be.
    pub member: MemberId,
    /// Who vouches for that, in order.
    pub vouches: Vec<Vouch>,
    /// The entry in which an old key of theirs stopped it.
    pub stopped: Option<u64>,
}

/// An institution that counts as another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// Which.
    pub institution: InstitutionId,
    /// The one it counts as.
    pub into: InstitutionId,
    /// From which entry on.
    pub seq: u64,
}

/// See the module's first line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// None before the genesis entry.
    pub hall: Option<HallFacts>,
    /// The constitution in force.
    pub constitution: Option<Arc<Constitution>>,
    /// Constitutions by digest, all that were ever in force or are to be.
    pub constitutions: BTreeMap<Digest, Arc<Constitution>>,
    /// Charters by digest, all that were ever in force or are to be.
    pub charters: BTreeMap<Digest, Arc<Charter>>,
    /// Guilds.
    pub guilds: BTreeMap<GuildId, Guild>,
    /// Members.
    pub members: BTreeMap<MemberId, Member>,
    /// Petitions that wait, by entry.
    pub petitions: BTreeMap<u64, Petition>,
    /// Keys that are to replace lost ones, by fingerprint.
    pub recoveries: BTreeMap<String, Recovery>,
    /// Institutions that count as others.
    pub joins: BTreeMap<InstitutionId, Join>,
    /// Terms by digest, all under which anybody ever contributed or could.
    pub terms: BTreeMap<Digest, Terms>,
    /// Who wrote the texts of entries that act on no item.
    pub authors: BTreeMap<u64, MemberId>,
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

    /// Whether the rows that aren't items are the other's.
    pub fn has_facts_of(&self, other: &Self) -> bool {
        (&self.hall, &self.guilds, &self.members, &self.petitions)
            == (&other.hall, &other.guilds, &other.members, &other.petitions)
            && (&self.recoveries, &self.joins, &self.terms, &self.authors)
                == (&other.recoveries, &other.joins, &other.terms, &other.authors)
    }

    /// A number of the constitution in force.
    pub fn number(&self, number: Number) -> i64 {
        self.constitution.as_ref().map_or(0, |text| text.get(number))
    }

    /// What a member counts as in a guild at a moment.
    pub fn standing(&self, member: &Member, guild: &GuildId, at: Timestamp) -> Standing {
        let Standing { class, institution } = member.credential_in(guild, at);
        Standing { class, institution: self.institution(&institution, None).to_owned() }
    }

    /// The institution that this one counts as, now or by what was joined before entry `before`.
    pub fn institution<'a>(&'a self, institution: &'a str, before: Option<u64>) -> &'a str {
        let mut found = institution;
        // each join leads to another institution, and none back
        for _ in 0..=self.joins.len() {
            let id: Option<InstitutionId> = found.parse().ok();
            let join = id.and_then(|id| self.joins.get(&id)).filter(|join| before.is_none_or(|seq| join.seq < seq));
            match join {
                Some(join) => found = join.into.as_str(),
                None => break,
            }
        }
        found
    }

    /// The institutions of a member's credentials, joined ones as one.
    pub fn homes(&self, member: &Member, at: Timestamp) -> BTreeSet<String> {
        member.institutions(at).map(|id| self.institution(id.as_str(), None).to_owned()).collect()
    }

    /// The terms under which `who` contributes to a guild: their own, or else its charter's.
    pub fn terms_in<'a>(&'a self, guild: &GuildId, who: &MemberId, charter: &'a Charter) -> &'a Terms {
        self.members.get(who).and_then(|member| member.terms.get(guild)).unwrap_or(&charter.terms)
    }

    /// The digest by which a contribution names these terms.
    pub fn digest_of_terms(&self, terms: &Terms) -> Option<Digest> {
        terms_digest(terms, self.hall.as_ref().map_or("", |hall| &hall.licence)).ok()
    }
}

/// The member, or a refusal of strangers.
pub(super) fn member<'a>(state: &'a State, id: &MemberId) -> Result<&'a Member, Refusal> {
    state.members.get(id).ok_or_else(|| state.refusal(Rule::Stranger, "only members of this hall act in it"))
}

/// The item, or a refusal that tells nothing about others' items.
pub(super) fn item<'a>(state: &'a State, id: &ItemId) -> Result<&'a Item, Refusal> {
    state.items.get(id).ok_or_else(|| state.refusal(Rule::ItemClosed, format!("no item {id} is in this hall")))
}

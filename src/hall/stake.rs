//! Stake as people read it: a guild's pending register, a member's claims, and how each unit comes about. It is computed from
//! the rows each time; nothing of it is stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::consensus::Tier;
use crate::domain::{GuildId, ItemId, ItemState, MemberId, State};
use crate::exchange::release::{ReleasedLabel, gold_of, register_of, released_labels};
use crate::governance::{Alarms, Concentration, Contributed, Part, Register};

use super::error::HallError;
use super::opened::Hall;
use super::stake_fate::{VoidStake, published};

/// The constitution's article on stake.
const ARTICLE: u32 = 20;

/// A member's line in a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StakeRow {
    /// Who.
    pub member: MemberId,
    /// Name from the directory, or the id.
    pub handle: String,
    /// What they count as.
    pub institution: String,
    /// Its name from the directory, or the code.
    pub institution_name: String,
    /// Gold labels they had a part in.
    pub labels: u64,
    /// Units over all of them, by part.
    pub units: BTreeMap<Part, u64>,
    /// Millionths before the caps.
    pub share: u64,
    /// Millionths under the caps.
    pub claim: u64,
}

/// A guild's pending register, as a release of its gold would hold it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StakeView {
    /// Which guild.
    pub guild: GuildId,
    /// Gold labels that a release may hold now.
    pub labels: u64,
    /// How many of them a release published already; their stake is pending, the others' will be.
    pub published: u64,
    /// What was pending and is void, since its item was withdrawn after a release.
    pub void: Vec<VoidStake>,
    /// Gold labels that their contributors' terms, or a flag, keep out of any release.
    pub kept_out: u64,
    /// Members, the largest claim first.
    pub rows: Vec<StakeRow>,
    /// What is nobody's, millionths.
    pub commons: u64,
    /// The cap on a member here, millionths.
    pub member_cap: u64,
    /// The cap on an institution here, millionths.
    pub institution_cap: u64,
    /// Institutions' names and what their members claim, the largest first.
    pub institutions: Vec<(String, u64)>,
    /// By member.
    pub by_member: Concentration,
    /// By institution.
    pub by_institution: Concentration,
    /// When the constitution wants it said.
    pub limits: Alarms,
    /// What it says now.
    pub alarms: Vec<String>,
    /// The article it all stands in.
    pub article: String,
}

/// A guild's gold with the rows to read it by.
pub(super) struct Gold {
    pub state: State,
    pub labels: Vec<ReleasedLabel>,
    pub made: Vec<Contributed>,
    kept_out: u64,
}

impl Hall {
    /// A guild's pending register, over the gold that a release cut now would publish.
    ///
    /// Complexity: linear in the guild's settled items.
    pub async fn stake(&self, guild: &GuildId) -> Result<StakeView, HallError> {
        let gold = self.gold(guild).await?;
        let register = register_of(&gold.state, guild, &gold.made, self.now());
        let handles: BTreeMap<String, String> = self.names("member").await?.into_iter().collect();
        let places: BTreeMap<String, String> = self.names("institution").await?.into_iter().collect();
        let releases = self.releases().await?;
        let held = |made: &&Contributed| {
            gold.state.items.get(&made.item).is_some_and(|item| published(&releases, item).is_some())
        };
        let count = gold.made.iter().filter(held).count();
        let mut view = view(guild, &gold, &register, (&handles, &places));
        view.published = u64::try_from(count).unwrap_or(u64::MAX);
        view.void = self.void_stake(guild, &releases).await?;
        Ok(view)
    }

    /// A member's line in each guild's register, where they have one.
    pub async fn stake_of(&self, member: &MemberId) -> Result<Vec<(GuildId, StakeRow)>, HallError> {
        let guilds: Vec<GuildId> = self.state().await?.guilds.into_keys().collect();
        let mut rows = Vec::new();
        for guild in guilds {
            let row = self.stake(&guild).await?.rows.into_iter().find(|row| row.member == *member);
            rows.extend(row.map(|row| (guild, row)));
        }
        Ok(rows)
    }

    pub(super) async fn gold(&self, guild: &GuildId) -> Result<Gold, HallError> {
        let (_, items) = self.store.settled(guild.clone()).await?;
        let mut state = self.state().await?;
        state.items = items.into_iter().map(|item| (item.id.clone(), item)).collect();
        let labels = released_labels(&state, state.items.values(), guild, Tier::Gold);
        let made = gold_of(&state, &labels);
        let taken: BTreeSet<&ItemId> = made.iter().map(|made| &made.item).collect();
        let kept = state.items.values().filter(|item| item.state == ItemState::Gold && !taken.contains(&item.id));
        let labels_of = |item| state.charter_of(item).map_or(0, |charter| charter.deciding(&item.shape).len());
        let kept_out = kept.map(labels_of).sum::<usize>();
        let kept_out = u64::try_from(kept_out).unwrap_or(u64::MAX);
        Ok(Gold { labels, made, kept_out, state })
    }
}

pub(super) type Names = BTreeMap<String, String>;

pub(super) fn named(names: &Names, id: &str) -> String {
    names.get(id).cloned().unwrap_or_else(|| id.to_owned())
}

fn view(guild: &GuildId, gold: &Gold, register: &Register, (handles, places): (&Names, &Names)) -> StakeView {
    let mut rows: Vec<StakeRow> = register
        .claims
        .iter()
        .map(|(member, claim)| StakeRow {
            member: member.clone(),
            handle: named(handles, member.as_str()),
            institution: claim.institution.clone(),
            institution_name: named(places, &claim.institution),
            labels: claim.labels,
            units: Part::ALL.into_iter().zip(claim.units).collect(),
            share: claim.share,
            claim: claim.claim,
        })
        .collect();
    // stable: ids stay in order among equals
    rows.sort_by_key(|row| std::cmp::Reverse(row.claim));
    let held = register.institutions();
    let mut institutions: Vec<(String, u64)> = held.iter().map(|(code, claim)| (named(places, code), *claim)).collect();
    institutions.sort_by_key(|(_, claim)| std::cmp::Reverse(*claim));
    let by_member = Concentration::of(register.claims.values().map(|claim| claim.claim));
    let by_institution = Concentration::of(held.into_values());
    let limits = Alarms::of(&gold.state);
    let mut alarms = by_member.alarms(&limits, "members");
    alarms.extend(by_institution.alarms(&limits, "institutions"));
    let article = gold.state.constitution.as_ref().and_then(|text| text.article(ARTICLE).cloned());
    StakeView {
        guild: guild.clone(),
        labels: register.labels,
        published: 0,
        void: Vec::new(),
        kept_out: gold.kept_out,
        rows,
        commons: register.commons,
        member_cap: register.member_cap,
        institution_cap: register.institution_cap,
        institutions,
        by_member,
        by_institution,
        limits,
        alarms,
        article: article.map(|article| format!("Article {}. {}", article.number, article.title)).unwrap_or_default(),
    }
}

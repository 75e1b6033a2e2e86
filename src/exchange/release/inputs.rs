//! What a release is made from.

use std::collections::BTreeMap;

use crate::consensus::Tier;
use crate::domain::{Charter, Digest, GuildId, ItemId, State, Timestamp};

use super::disclosed::Disclosed;
use super::labels::ReleasedLabel;
use super::permitted::LeftOut;

/// The entry that settled an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Its place.
    pub seq: u64,
    /// Its leaf hash.
    pub leaf: [u8; 32],
}

/// Texts of rules by digest: kind and text.
pub type RuleTexts = BTreeMap<Digest, (String, String)>;

/// What a release is made from.
pub struct Release<'a> {
    /// The rows at the release.
    pub state: &'a State,
    /// Whose labels.
    pub guild: GuildId,
    /// Which version.
    pub version: String,
    /// The lowest tier it holds.
    pub lowest: Tier,
    /// Place of its entry, the last of the ledger it ships.
    pub seq: u64,
    /// Time of its entry.
    pub at: Timestamp,
    /// Its labels.
    pub labels: Vec<ReleasedLabel>,
    /// Items that their contributors' terms keep out.
    pub left_out: LeftOut,
    /// Cut while the founders act for the hall.
    pub founding: bool,
    /// For each released item the entry that settled it.
    pub settled: BTreeMap<ItemId, Settled>,
    /// What it discloses.
    pub disclosed: Disclosed,
    /// Texts of all rules.
    pub rules: RuleTexts,
    /// The static log's files, below `ledger/`.
    pub log: Vec<(String, Vec<u8>)>,
}

impl Release<'_> {
    /// Size of the ledger it ships.
    pub fn size(&self) -> u64 {
        self.seq + 1
    }

    fn charter(&self) -> Option<&Charter> {
        self.state.charter_in_force(&self.guild).map(|(_, charter)| charter.as_ref())
    }

    pub(super) fn charter_digest(&self) -> Option<Digest> {
        self.state.charter_in_force(&self.guild).map(|(digest, _)| digest.clone())
    }

    pub(super) fn constitution_digest(&self) -> Option<Digest> {
        self.state.hall.as_ref().map(|hall| hall.constitution.clone())
    }

    pub(super) fn constitution(&self) -> String {
        self.constitution_digest().map(|digest| digest.to_string()).unwrap_or_default()
    }

    pub(super) fn licence(&self) -> String {
        self.state.hall.as_ref().map(|hall| hall.licence.clone()).unwrap_or_default()
    }

    pub(super) fn hall_name(&self) -> &str {
        self.state.hall.as_ref().map_or("", |hall| &hall.name)
    }

    pub(super) fn hall_id(&self) -> String {
        self.state.hall.as_ref().map(|hall| hall.id.to_string()).unwrap_or_default()
    }

    pub(super) fn is_demo(&self) -> bool {
        self.state.hall.as_ref().is_some_and(|hall| hall.demo)
    }

    pub(super) fn title(&self) -> &str {
        self.charter().map_or("", |charter| &charter.title)
    }

    pub(super) fn summary(&self) -> &str {
        self.charter().map_or("", |charter| &charter.summary)
    }
}

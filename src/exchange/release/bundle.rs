//! All files of a release from its inputs.

use std::collections::BTreeMap;

use serde_json::json;

use crate::consensus::Tier;
use crate::domain::{Charter, Digest, GuildId, ItemId, State, Timestamp, canonical};

use super::card::card;
use super::disclosed::Disclosed;
use super::labels::ReleasedLabel;
use super::sums::write_sums;
use super::tables::{ConfigFile, tables};

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
    /// For each released item the entry that settled it.
    pub settled: BTreeMap<ItemId, Settled>,
    /// What it discloses.
    pub disclosed: Disclosed,
    /// Texts of all rules.
    pub rules: RuleTexts,
    /// The static log's files, below `ledger/`.
    pub log: Vec<(String, Vec<u8>)>,
}

/// All files by path, sums included.
///
/// Errors: in words; a table or a line that can't be written.
pub fn files(release: &Release<'_>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let mut configs = Vec::new();
    for ConfigFile { name, rows, bytes } in tables(release).map_err(|error| error.to_string())? {
        files.insert(format!("data/{name}/train-00000-of-00001.parquet"), bytes);
        configs.push((name, rows));
    }
    files.insert("README.md".to_owned(), card(release, &configs).into_bytes());
    files.insert("LICENSE".to_owned(), format!("SPDX-License-Identifier: {}\n", release.licence()).into_bytes());
    files.insert("ledger/disclosed.jsonl".to_owned(), release.disclosed.write().map_err(|error| error.to_string())?);
    files.insert("ledger/members.jsonl".to_owned(), members(release)?);
    for (digest, (kind, text)) in &release.rules {
        let suffix = if kind == "charter" { "toml" } else { "md" };
        files.insert(format!("ledger/rules/{digest}.{suffix}"), text.as_bytes().to_vec());
    }
    for (name, digest) in
        [("charter.toml", release.charter_digest()), ("constitution.md", release.constitution_digest())]
    {
        let (_, text) = digest.and_then(|digest| release.rules.get(&digest)).ok_or(format!("no text for {name}"))?;
        files.insert(name.to_owned(), text.as_bytes().to_vec());
    }
    for (path, bytes) in &release.log {
        files.insert(format!("ledger/{path}"), bytes.clone());
    }
    let sums = write_sums(&files);
    files.insert("SHA256SUMS".to_owned(), sums);
    Ok(files)
}

/// One line a member: id, class and institution code in the guild, key.
fn members(release: &Release<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for member in release.state.members.values() {
        let standing = member.standing(&release.guild, release.at);
        let row = json!({
            "actor": member.id,
            "class": standing.class,
            "institution": standing.institution,
            "key": member.key,
        });
        bytes.extend(canonical(&row).map_err(|error| error.to_string())?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

impl Release<'_> {
    /// Size of the ledger it ships.
    pub fn size(&self) -> u64 {
        self.seq + 1
    }

    fn charter(&self) -> Option<&Charter> {
        self.state.charter_in_force(&self.guild).map(|(_, charter)| charter.as_ref())
    }

    fn charter_digest(&self) -> Option<Digest> {
        self.state.charter_in_force(&self.guild).map(|(digest, _)| digest.clone())
    }

    fn constitution_digest(&self) -> Option<Digest> {
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

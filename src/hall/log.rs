//! The ledger as people read it: lines of the log, heads, proofs, and the static export.

use std::path::Path;

use serde::Serialize;

use crate::domain::{ItemId, MemberId, Timestamp};
use crate::ledger::{Entry, InclusionProof, TileKind, entry_bundle, hash_tile, inclusion_proof, leaf_hash, tiles_for};

use super::error::{HallError, file_error};
use super::keys::origin;
use super::opened::{Hall, corrupt};
use super::verify::{is_host, note_verifier};

/// An entry as the log shows it.
#[derive(Debug, Clone, Serialize)]
pub struct LogLine {
    /// Its place.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: String,
    /// Who; hidden on items that aren't settled from all but stewards.
    pub actor: String,
    /// On which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// In which guild.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild: Option<String>,
    /// Its public facts.
    #[serde(rename = "pub")]
    pub facts: serde_json::Value,
}

impl Hall {
    /// Log lines from `from` on, as `viewer` may see them.
    pub async fn log(&self, viewer: &MemberId, from: u64, limit: usize) -> Result<Vec<LogLine>, HallError> {
        let state = self.state().await?;
        let steward = state.members.get(viewer).is_some_and(|member| member.steward);
        let mut lines = Vec::new();
        for row in self.store.entries(from, limit).await? {
            let entry = Entry::read(&row.bytes).map_err(|error| corrupt(format!("entries {}", row.seq), error))?;
            let item = entry.core.refs.first().cloned();
            let hidden = !steward && self.hides(viewer, &entry).await?;
            let event = serde_json::to_value(&entry.core.event).unwrap_or_default();
            lines.push(LogLine {
                seq: row.seq,
                at: entry.header.at,
                kind: entry.core.event.kind(),
                actor: if hidden { "(hidden until settled)".to_owned() } else { entry.core.actor.clone() },
                item,
                guild: entry.core.guild.as_ref().map(ToString::to_string),
                facts: event.get("pub").cloned().unwrap_or_default(),
            });
        }
        Ok(lines)
    }

    /// Whether an entry's author is hidden from `viewer`, who is no steward: another's act on an item without a value.
    async fn hides(&self, viewer: &MemberId, entry: &Entry) -> Result<bool, HallError> {
        match entry.core.refs.first() {
            Some(id) if !is_host(entry) && entry.core.actor != viewer.as_str() => {
                Ok(!self.state_with(id).await?.1.is_settled())
            }
            _ => Ok(false),
        }
    }

    /// The raw entry at a place, as `viewer` may see it: whole, or not at all.
    pub async fn entry_for(&self, viewer: &MemberId, seq: u64) -> Result<Vec<u8>, HallError> {
        let bytes = self.entry(seq).await?;
        let entry = Entry::read(&bytes).map_err(|error| corrupt(format!("entries {seq}"), error))?;
        let steward = self.state().await?.members.get(viewer).is_some_and(|member| member.steward);
        if !steward && self.hides(viewer, &entry).await? {
            let why = "it names who acted on an item that isn't settled, which stewards alone see";
            return Err(HallError::Failed(format!("entry {seq} is not shown: {why}")));
        }
        Ok(bytes)
    }

    /// The last signed head.
    pub async fn head(&self) -> Result<String, HallError> {
        let head = self.store.head().await?;
        head.map(|(_, note)| note).ok_or_else(|| HallError::Failed("no head was signed yet".to_owned()))
    }

    /// The verifier key of the hall's heads, as Go's sumdb tools take it.
    pub async fn vkey(&self) -> Result<String, HallError> {
        let facts = self.facts().await?;
        Ok(note_verifier(&origin(&facts.id), &facts.key).map_err(HallError::Failed)?.vkey())
    }

    /// The raw entry at a place, for those who may read the hall itself.
    pub async fn entry(&self, seq: u64) -> Result<Vec<u8>, HallError> {
        let found = self.store.entries(seq, 1).await?.into_iter().find(|row| row.seq == seq);
        found.map(|row| row.bytes).ok_or_else(|| HallError::Usage(format!("the ledger has no entry {seq}")))
    }

    /// A C2SP tlog-proof that an entry is under the last head.
    pub async fn prove(&self, seq: u64) -> Result<String, HallError> {
        self.entry(seq).await?;
        let nodes = self.store.nodes().await?;
        let checkpoint = self.head().await?;
        let hashes = inclusion_proof(&nodes, seq, nodes.size());
        let hashes = hashes.ok_or_else(|| HallError::Failed("the stored tree lacks hashes; verify it".to_owned()))?;
        Ok(InclusionProof { extra: Vec::new(), index: seq, hashes, checkpoint }.text())
    }

    /// The entry that last acted on an item.
    pub async fn last_entry_on(&self, id: &ItemId) -> Result<u64, HallError> {
        let on = self.store.entries_on(id.clone()).await?;
        on.last().copied().ok_or_else(|| HallError::Usage(format!("nobody has acted on {id}")))
    }

    /// Writes the log as a static tile directory: `checkpoint`, `policy`, `tile/...`.
    pub async fn export_log(&self, dir: &Path) -> Result<u64, HallError> {
        if dir.exists() && dir.read_dir().map_err(file_error(dir))?.next().is_some() {
            return Err(HallError::Usage(format!("{} is not empty", dir.display())));
        }
        let entries: Vec<Vec<u8>> = self.all_entries().await?;
        let note = self.head().await?;
        for (path, bytes) in log_files(&entries, &note, &self.vkey().await?)? {
            let file = dir.join(path);
            let parent = file.parent().unwrap_or(dir);
            std::fs::create_dir_all(parent).map_err(file_error(parent))?;
            std::fs::write(&file, bytes).map_err(file_error(&file))?;
        }
        Ok(u64::try_from(entries.len()).unwrap_or(u64::MAX))
    }

    pub(super) async fn all_entries(&self) -> Result<Vec<Vec<u8>>, HallError> {
        let mut entries = Vec::new();
        loop {
            let from = u64::try_from(entries.len()).unwrap_or(u64::MAX);
            let page = self.store.entries(from, 1_000).await?;
            if page.is_empty() {
                return Ok(entries);
            }
            entries.extend(page.into_iter().map(|row| row.bytes));
        }
    }
}

/// The static log's files: path and bytes.
pub(super) fn log_files(entries: &[Vec<u8>], note: &str, vkey: &str) -> Result<Vec<(String, Vec<u8>)>, HallError> {
    let mut nodes = crate::ledger::MemoryNodes::default();
    for entry in entries {
        nodes.push(leaf_hash(entry));
    }
    let mut files = vec![("checkpoint".to_owned(), note.as_bytes().to_vec()), ("policy".to_owned(), policy(vkey))];
    for tile in tiles_for(nodes.size()) {
        let bytes = match tile.kind {
            TileKind::Hashes { level } => hash_tile(&nodes, level, tile.index, tile.width),
            TileKind::Entries => bundle(entries, tile.index, tile.width),
        };
        let bytes = bytes.ok_or_else(|| HallError::Failed(format!("tile {} can't be made", tile.path())))?;
        files.push((tile.path(), bytes));
    }
    Ok(files)
}

fn bundle(entries: &[Vec<u8>], index: u64, width: u16) -> Option<Vec<u8>> {
    let first = usize::try_from(index).ok()?.checked_mul(256)?;
    let slice = entries.get(first..first.checked_add(usize::from(width))?)?;
    entry_bundle(&slice.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// A tlog-policy: the log's key, no witnesses yet.
fn policy(vkey: &str) -> Vec<u8> {
    format!("log {vkey}\nquorum none\n").into_bytes()
}

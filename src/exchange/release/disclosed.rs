//! `ledger/disclosed.jsonl`: the answers and texts of released items, each opened against its commitment or id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{BatchId, CanonicalError, ItemId, Turn, canonical};

/// Why a line can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct DisclosedError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// The texts of an item, with proof that they were imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosedItem {
    /// Its import.
    pub batch: BatchId,
    /// Its place in the import.
    pub index: u64,
    /// Its id.
    pub item: ItemId,
    /// What models answered.
    pub outputs: Vec<Vec<Turn>>,
    /// RFC 6962 inclusion proof of the id under the import's root, hexadecimal.
    pub proof: Vec<String>,
    /// What was asked.
    pub prompt: Vec<Turn>,
}

/// A part of an entry's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosedPart {
    /// Its content.
    pub content: Value,
    /// Its name.
    pub part: String,
    /// Its salt, hexadecimal.
    pub salt: String,
    /// The entry.
    pub seq: u64,
}

/// Everything a release discloses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disclosed {
    /// By id.
    pub items: BTreeMap<ItemId, DisclosedItem>,
    /// By entry and name.
    pub parts: BTreeMap<(u64, String), DisclosedPart>,
}

impl Disclosed {
    /// The file's bytes: items, then parts, one canonical line each.
    pub fn write(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut bytes = Vec::new();
        let items = self.items.values().map(canonical);
        for line in items.chain(self.parts.values().map(canonical)) {
            bytes.extend(line?);
            bytes.push(b'\n');
        }
        Ok(bytes)
    }

    /// Reads a file; the caller compares [`Disclosed::write`] with its bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, DisclosedError> {
        let mut disclosed = Self::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
            let wrong = |reason: String| DisclosedError { line: index + 1, reason };
            let value: Value = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
            if value.get("item").is_some() {
                let item: DisclosedItem = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
                disclosed.items.insert(item.item.clone(), item);
            } else {
                let part: DisclosedPart = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
                disclosed.parts.insert((part.seq, part.part.clone()), part);
            }
        }
        Ok(disclosed)
    }
}

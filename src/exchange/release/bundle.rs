//! All files of a release from its inputs.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::canonical;

use super::card::card;
use super::inputs::Release;
use super::stake::{gold_of, register_of, stake_csv};
use super::sums::write_sums;
use super::tables::{ConfigFile, tables};

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
    let register = register_of(release.state, &release.guild, &gold_of(release.state, &release.labels), release.at);
    files.insert("README.md".to_owned(), card(release, &configs, &register).into_bytes());
    files.insert("stake.csv".to_owned(), stake_csv(&register).into_bytes());
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

/// One line a member: id, class and institution code in the guild, the key they were admitted with, and any later ones.
fn members(release: &Release<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for member in release.state.members.values() {
        let standing = release.state.standing(member, &release.guild, release.at);
        let mut row = json!({
            "actor": member.id,
            "class": standing.class,
            "institution": standing.institution,
        });
        let mut keys = member.keys.iter().map(|key| &key.line);
        row["key"] = json!(keys.next());
        let more: Vec<&String> = keys.collect();
        if !more.is_empty() {
            row["more_keys"] = json!(more);
        }
        bytes.extend(canonical(&row).map_err(|error| error.to_string())?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

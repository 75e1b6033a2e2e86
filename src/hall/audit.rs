//! One member's own acts in a log: all that is signed with their key or attested in their name, on a log whose order and
//! signatures hold. Needs no hall: a release or an exported log is enough.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::domain::{Digest, Event, ItemId, Timestamp, fingerprint_of};
use crate::ledger::{Chain, Checkpoint, Entry, Frontier, Seen, Signer, TileKind, leaf_hash, split_bundle, tiles_for};

use super::error::{HallError, file_error};
use super::opened::Hall;

/// An act in the member's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnAct {
    /// Its place.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: String,
    /// On which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// Hash of its core.
    pub core: Digest,
    /// Fingerprint of the key that signed it.
    pub key: String,
    /// `member`, or `host` where the hall attests it.
    pub signed_by: Signer,
}

/// What a log says of a member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Their id, if the key is a member's.
    pub member: Option<String>,
    /// The hall.
    pub hall: String,
    /// Entries in the log.
    pub size: u64,
    /// Acts in their name, in order.
    pub acts: Vec<OwnAct>,
    /// What doesn't hold: an entry, and why.
    pub faults: Vec<String>,
    /// Fingerprint of the key that was asked about.
    #[serde(skip)]
    pub key: String,
    /// The log's head at every size.
    #[serde(skip)]
    heads: Vec<Seen>,
}

impl Audit {
    /// The head at a size, if the log is as large.
    pub fn head_at(&self, size: u64) -> Option<&Seen> {
        self.heads.get(usize::try_from(size).ok()?)
    }

    /// How many acts the hall attests, rather than the member's key.
    pub fn attested(&self) -> usize {
        self.acts.iter().filter(|act| act.signed_by == Signer::Host).count()
    }
}

/// Looks through a log's entries for whoever holds the key with this fingerprint.
///
/// Order, authors' sequences and signatures of all entries are checked; whether rules allowed them is `verify`'s.
pub fn audit(entries: &[Vec<u8>], fingerprint: &str) -> Audit {
    let mut found = Audit { key: fingerprint.to_owned(), ..Audit::default() };
    let mut acts: Vec<(String, OwnAct)> = Vec::new();
    let mut chain = Chain::default();
    let mut keys: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut hall_key = String::new();
    for (seq, bytes) in entries.iter().enumerate() {
        // keys that an entry brings sign from the next on, the founders' their own
        if let (0, Ok(Entry { core, .. })) = (seq, Entry::read(bytes)) {
            if let Event::HallFounded { founders, hall_key: key, .. } = &core.event {
                hall_key.clone_from(key);
                for founder in founders {
                    keys.insert(fingerprint_of(&founder.key), (founder.member.to_string(), founder.key.clone()));
                }
            }
            found.hall = core.hall.to_string();
        }
        let key_of = |entry: &Entry| match entry.header.signer {
            Signer::Host => Some(hall_key.clone()),
            Signer::Member => {
                let (owner, line) = keys.get(&entry.core.key)?;
                (*owner == entry.core.actor).then(|| line.clone())
            }
        };
        let entry = match chain.accept(bytes, &key_of) {
            Ok(entry) => entry,
            Err(error) => {
                found.faults.push(format!("entry {seq}: {error}"));
                break;
            }
        };
        if let Event::MemberAdded { key, member, .. }
        | Event::MemberAdmitted { key, member, .. }
        | Event::KeyRecovered { key, member }
        | Event::KeyAdded { key, member } = &entry.core.event
        {
            keys.insert(fingerprint_of(key), (member.to_string(), key.clone()));
        }
        let act = OwnAct {
            seq: entry.header.seq,
            at: entry.header.at,
            kind: entry.core.event.kind(),
            item: entry.core.refs.first().cloned(),
            core: entry.core_hash,
            key: entry.core.key,
            signed_by: entry.header.signer,
        };
        acts.push((entry.core.actor, act));
    }
    if found.faults.is_empty() && !chain.is_whole() {
        found.faults.push("at the end: entries signed in one batch are missing".to_owned());
    }
    // a key that came later is of the same member
    found.member = keys.get(fingerprint).map(|(member, _)| member.clone());
    found.acts =
        acts.into_iter().filter(|(actor, _)| found.member.as_ref() == Some(actor)).map(|(_, act)| act).collect();
    found.size = chain.size();
    found.heads = (0..=found.size).filter_map(|size| Some(Seen::of(size, chain.root_at(size)?))).collect();
    found
}

/// The entries of an exported log, or of a release.
///
/// Errors: no such log, or files that aren't one.
pub fn read_log(dir: &Path) -> Result<Vec<Vec<u8>>, HallError> {
    let log = if dir.join("ledger/checkpoint").is_file() { dir.join("ledger") } else { dir.to_path_buf() };
    let path = log.join("checkpoint");
    let note = std::fs::read_to_string(&path).map_err(file_error(&path))?;
    let wrong = |what: &dyn std::fmt::Display| HallError::Usage(format!("{}: {what}", path.display()));
    let (text, _) = note.split_once("\n\n").ok_or_else(|| wrong(&"not a signed note"))?;
    let head = Checkpoint::parse(&format!("{text}\n")).map_err(|error| wrong(&error))?;
    let mut entries = Vec::new();
    for tile in tiles_for(head.size).filter(|tile| tile.kind == TileKind::Entries) {
        let path = log.join(tile.path());
        let bundle = std::fs::read(&path).map_err(file_error(&path))?;
        let split = split_bundle(&bundle).map_err(|error| HallError::Usage(format!("{}: {error}", path.display())))?;
        entries.extend(split.into_iter().map(<[u8]>::to_vec));
    }
    let mut tree = Frontier::default();
    for bytes in &entries {
        tree.append(leaf_hash(bytes));
    }
    if (tree.size(), tree.root()) != (head.size, head.root) {
        return Err(wrong(&"its head is not of these entries; the log was cut short or changed"));
    }
    Ok(entries)
}

impl Hall {
    /// What its own log says of whoever holds a key.
    pub async fn audit(&self, fingerprint: &str) -> Result<Audit, HallError> {
        Ok(audit(&self.all_entries().await?, fingerprint))
    }
}

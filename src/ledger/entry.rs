//! Entries: three canonical JSON lines, read strictly and written in their one form. Signatures are in `sshsig`, the
//! order among entries in `chain`.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Act, CanonicalError, Digest, Event, GuildId, HallId, ItemId, MemberId, Parts, Timestamp, canonical, core_hash,
};

use super::tree::Hash;

/// An entry's three lines have at most this many bytes.
pub const MAX_ENTRY: usize = 65_535;
/// A manifest lists at most this many cores.
pub const MAX_CORES: usize = 64;
/// What the hall calls itself as an actor.
pub const HALL_ACTOR: &str = "hall";

/// Why bytes are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EntryError(pub String);

impl From<CanonicalError> for EntryError {
    fn from(error: CanonicalError) -> Self {
        Self(error.to_string())
    }
}

/// Who signed the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signer {
    /// The actor's own key.
    Member,
    /// The hall's key.
    Host,
}

/// Line 1, by the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// When it was appended.
    pub at: Timestamp,
    /// Its place in the log, from 0.
    pub seq: u64,
    /// Base64 of the raw SSHSIG blob over line 3, its line feed included.
    pub sig: String,
    /// See [`Signer`].
    pub signer: Signer,
}

/// A commitment to one part of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// See [`crate::domain::commitment`].
    pub commit: Digest,
    /// Name of the part.
    pub part: String,
}

/// The tree head that the author had seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Base64 of the root hash.
    pub root: String,
    /// Tree size.
    pub size: u64,
}

impl Seen {
    /// The head of this size and root.
    pub fn of(size: u64, root: &Hash) -> Self {
        Self { root: data_encoding::BASE64.encode(root), size }
    }
}

/// Line 2, the event and what binds it to its author, its history and its hall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Core {
    /// A member's id, or `hall`.
    pub actor: String,
    /// Commitments to the parts.
    pub body: Vec<Commit>,
    /// Charter revision that answers are under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charter: Option<Digest>,
    /// Present and true in a demo hall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<bool>,
    /// Present and true while the founders act for the hall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founding: Option<bool>,
    /// Guild, if in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild: Option<GuildId>,
    /// The hall.
    pub hall: HallId,
    /// Fingerprint of the author's key.
    pub key: String,
    /// How many entries the author made before.
    pub mine: u64,
    /// 128 random bits, hexadecimal; names the submission.
    pub nonce: String,
    /// Hash of the author's last core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
    /// The item acted on, if one.
    pub refs: Vec<ItemId>,
    /// See [`Seen`].
    pub seen: Seen,
    /// The item as it was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Digest>,
    /// Contributor terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Digest>,
    /// Form, 1.
    pub v: u32,
    /// `kind` and `pub`.
    #[serde(flatten)]
    pub event: Event,
}

/// Line 3, the text that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Hashes of the cores it covers.
    pub cores: Vec<Digest>,
    /// The hall.
    pub hall: HallId,
    /// Fingerprint of the signing key.
    pub key: String,
    /// `manifest`.
    pub kind: String,
    /// Form, 1.
    pub v: u32,
}

impl Manifest {
    /// The manifest over these cores.
    pub fn over(cores: Vec<Digest>, hall: HallId, key: String) -> Self {
        Self { cores, hall, key, kind: "manifest".to_owned(), v: 1 }
    }
}

/// A line's canonical bytes with its line feed.
pub fn line(value: &impl Serialize) -> Result<Vec<u8>, EntryError> {
    let mut bytes = canonical(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The hash by which a core is listed in manifests and in its author's next core.
pub fn hash_of_core(core: &Core) -> Result<Digest, EntryError> {
    Ok(core_hash(&canonical(core)?))
}

/// A read entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Line 1.
    pub header: Header,
    /// Line 2.
    pub core: Core,
    /// Line 3.
    pub manifest: Manifest,
    /// Line 3 as stored, its line feed included.
    pub signed: Vec<u8>,
    /// Hash of line 2.
    pub core_hash: Digest,
}

impl Entry {
    /// Reads three lines; any byte that a writer of this form would not have written is an error.
    pub fn read(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_ENTRY {
            return Err(EntryError(format!("an entry of {} bytes is over {MAX_ENTRY}", bytes.len())));
        }
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let (Some(first), Some(second), Some(third), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(EntryError("an entry is three lines".to_owned()));
        };
        let header: Header = read_line(first, "header")?;
        let core: Core = read_line(second, "core")?;
        let manifest: Manifest = read_line(third, "manifest")?;
        if core.v != 1 || manifest.v != 1 || manifest.kind != "manifest" {
            return Err(EntryError("the entry is of an unknown form (v is not 1)".to_owned()));
        }
        if !(1..=MAX_CORES).contains(&manifest.cores.len()) {
            return Err(EntryError(format!("a manifest lists 1 to {MAX_CORES} cores")));
        }
        let core_hash = core_hash(second.strip_suffix(b"\n").unwrap_or(second));
        Ok(Self { header, core, manifest, signed: third.to_vec(), core_hash })
    }

    /// The three lines.
    pub fn write(header: &Header, core: &Core, manifest: &Manifest) -> Result<Vec<u8>, EntryError> {
        let bytes = [line(header)?, line(core)?, line(manifest)?].concat();
        if bytes.len() > MAX_ENTRY {
            return Err(EntryError(format!("the entry would have {} bytes, over {MAX_ENTRY}", bytes.len())));
        }
        Ok(bytes)
    }
}

fn read_line<T: Serialize + serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, EntryError> {
    let value: T = serde_json::from_slice(bytes).map_err(|error| EntryError(format!("{what}: {error}")))?;
    if line(&value)? == bytes {
        Ok(value)
    } else {
        Err(EntryError(format!("{what}: not in canonical form, or with fields that are none of the format's")))
    }
}

impl Core {
    /// The act this core states, with the parts it commits to and those of their contents that are known.
    pub fn act(&self, known: &mut dyn FnMut(&str) -> Option<serde_json::Value>) -> Result<Act, EntryError> {
        let actor = if self.actor == HALL_ACTOR {
            None
        } else {
            Some(self.actor.parse::<MemberId>().map_err(|error| EntryError(error.to_string()))?)
        };
        if self.refs.len() > 1 {
            return Err(EntryError("an entry acts on at most one item".to_owned()));
        }
        let parts: Parts = self.body.iter().map(|commit| (commit.part.clone(), known(&commit.part))).collect();
        if parts.len() != self.body.len() {
            return Err(EntryError("a part is committed to twice".to_owned()));
        }
        Ok(Act {
            actor,
            key: self.key.clone(),
            guild: self.guild.clone(),
            item: self.refs.first().cloned(),
            charter: self.charter.clone(),
            shown: self.shown.clone(),
            terms: self.terms.clone(),
            event: self.event.clone(),
            parts,
        })
    }
}

//! What may be signed: cores and manifests in their one form, of the pinned key and hall, with every part opened; and all
//! of it in words.

use sha2::{Digest as _, Sha512};

use crate::domain::{Digest, commitment, core_hash};
use crate::ledger::{Core, MAX_ENTRY, Manifest, Seen, line};

/// Bytes that may be shown for one signature.
pub const MOST_SHOWN: usize = 1 << 20;

/// Which acts are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Those of raters, adjudicators and reviewers.
    Daily,
    /// Stewards' too: keys, members, imports, releases, erasures. Only where each is confirmed.
    All,
}

/// What every act must be of.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// Fingerprint of the guild key.
    pub key: String,
    /// The hall; none until the first act tells.
    pub hall: Option<String>,
    /// The highest head seen in it.
    pub head: Option<Seen>,
    /// See [`Allowed`].
    pub allowed: Allowed,
}

/// A core that was shown and taken.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its hash.
    pub hash: Digest,
    /// The hall it is of.
    pub hall: String,
    /// Its kind.
    pub kind: String,
    /// The head its author is said to have seen.
    pub seen: Seen,
    /// All it says.
    pub words: String,
    /// How many bytes were shown for it.
    pub bytes: usize,
}

/// Acts signed without `--ask`.
const DAILY: [&str; 15] = [
    "judgement.submitted",
    "judgement.revised",
    "judgement.withdrawn",
    "item.skipped",
    "item.flagged",
    "item.noted",
    "ruling.given",
    "rater.requested",
    "adjudicator.recused",
    "review.signed",
    "review.returned",
    "gold.challenged",
    "flag.resolved",
    "item.withdrawn",
    "ballot.cast",
];

/// Takes a core with its parts in.
///
/// Errors: why it isn't taken, in words.
pub fn take(pinned: &Pinned, bytes: &[u8], parts: &[(&[u8], &[u8])]) -> Result<Shown, String> {
    let shown = bytes.len() + parts.iter().map(|(_, content)| content.len()).sum::<usize>();
    if bytes.len() > MAX_ENTRY || shown > MOST_SHOWN {
        return Err("it is larger than an entry can be".to_owned());
    }
    let core: Core = serde_json::from_slice(bytes).map_err(|error| format!("it is no event's core: {error}"))?;
    if line(&core).ok().as_deref().and_then(|line| line.strip_suffix(b"\n")) != Some(bytes) || core.v != 1 {
        return Err("it is not in its one form".to_owned());
    }
    if core.key != pinned.key {
        return Err(format!("it is for the key {}", core.key));
    }
    if pinned.hall.as_ref().is_some_and(|hall| *hall != core.hall.as_str()) {
        return Err(format!("it is of the hall {}, and this key is pinned to another", core.hall));
    }
    let kind = core.event.kind();
    if pinned.allowed == Allowed::Daily && !DAILY.contains(&kind.as_str()) {
        return Err(format!("`{kind}` is signed with --ask alone"));
    }
    if let Some(head) = &pinned.head {
        let back = core.seen.size < head.size;
        let parted = core.seen.size == head.size && core.seen.root != head.root;
        if back || parted {
            return Err(format!(
                "the hall shows a ledger of size {}, which isn't the one of size {} that you signed over before",
                core.seen.size, head.size
            ));
        }
    }
    if core.body.len() != parts.len() {
        return Err("not every part it commits to was shown".to_owned());
    }
    let mut words = about(&core, &kind);
    for (commit, (salt, content)) in core.body.iter().zip(parts) {
        let salt: &[u8; 32] = (*salt).try_into().map_err(|_| "a salt isn't 32 bytes".to_owned())?;
        let value: serde_json::Value =
            serde_json::from_slice(content).map_err(|error| format!("`{}` isn't JSON: {error}", commit.part))?;
        if crate::domain::canonical_value(&value).ok().as_deref() != Some(*content) {
            return Err(format!("`{}` is not in its one form", commit.part));
        }
        if commitment(salt, &value).ok().as_ref() != Some(&commit.commit) {
            return Err(format!("`{}` is not what the core commits to", commit.part));
        }
        words.push_str(&part_in_words(&commit.part, &value));
    }
    let hash = core_hash(bytes);
    Ok(Shown { hash, hall: core.hall.to_string(), kind, seen: core.seen, words, bytes: shown })
}

/// Takes the manifest over cores that were shown, in their order.
///
/// Errors: why it isn't taken, in words.
pub fn take_manifest(pinned: &Pinned, text: &[u8], cores: &[Shown]) -> Result<[u8; 64], String> {
    let manifest: Manifest = serde_json::from_slice(text).map_err(|error| format!("it is no manifest: {error}"))?;
    let whole = line(&manifest).ok().as_deref() == Some(text) && manifest.v == 1 && manifest.kind == "manifest";
    if !whole {
        return Err("it is not in its one form".to_owned());
    }
    let hall = cores.first().map(|core| core.hall.as_str());
    if manifest.key != pinned.key || Some(manifest.hall.as_str()) != hall {
        return Err("it is for another key or hall".to_owned());
    }
    let shown = manifest.cores.iter().eq(cores.iter().map(|core| &core.hash));
    if !shown || cores.is_empty() || cores.iter().any(|core| Some(core.hall.as_str()) != hall) {
        return Err("it lists other acts than were shown".to_owned());
    }
    Ok(Sha512::digest(text).into())
}

fn about(core: &Core, kind: &str) -> String {
    let mut words = kind.to_owned();
    if let Some(guild) = &core.guild {
        words.push_str(&format!(" in {guild}"));
    }
    for item in &core.refs {
        words.push_str(&format!(" on {item}"));
    }
    let facts = serde_json::to_value(&core.event).unwrap_or_default();
    for (name, value) in facts.get("pub").and_then(serde_json::Value::as_object).into_iter().flatten() {
        words.push_str(&format!("\n  {name}: {}", plain(value)));
    }
    words
}

fn part_in_words(part: &str, value: &serde_json::Value) -> String {
    match value.as_object() {
        Some(fields) => fields.iter().map(|(key, value)| format!("\n  {key} = {}", plain(value))).collect(),
        None => format!("\n  {part}: {}", plain(value)),
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

//! What may be signed: cores and manifests in their one form, of the pinned key and hall, with every part opened; and all
//! of it in words.

use std::collections::BTreeMap;

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
    /// The highest head seen, by hall.
    pub heads: BTreeMap<String, Seen>,
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
const DAILY: [&str; 14] = [
    "judgement.submitted",
    "judgement.revised",
    "judgement.withdrawn",
    "item.skipped",
    "item.flagged",
    "item.noted",
    "item.rerun",
    "ruling.given",
    "rater.requested",
    "adjudicator.recused",
    "review.signed",
    "review.returned",
    "gold.challenged",
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
    if let Some(head) = pinned.heads.get(core.hall.as_str()) {
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
    if cores.iter().any(|core| Some(&core.seen) != cores.first().map(|first| &first.seen)) {
        return Err("its acts were not made over one head".to_owned());
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
    words.push_str(&format!("\n  hall: {}\n  as: {}", core.hall, name(&core.actor)));
    let facts = serde_json::to_value(&core.event).unwrap_or_default();
    for (field, value) in facts.get("pub").and_then(serde_json::Value::as_object).into_iter().flatten() {
        words.push_str(&format!("\n  {}: {}", name(field), plain(value)));
    }
    let digests = [("charter", &core.charter), ("terms", &core.terms), ("shown", &core.shown)];
    for (what, digest) in digests {
        if let Some(digest) = digest {
            words.push_str(&format!("\n  {what}: {digest}"));
        }
    }
    if core.demo == Some(true) {
        words.push_str("\n  demo: true");
    }
    words
}

/// A part, each field under the part's name, so that no two parts read alike.
fn part_in_words(part: &str, value: &serde_json::Value) -> String {
    match value.as_object() {
        Some(fields) if !fields.is_empty() => {
            fields.iter().map(|(key, value)| format!("\n  {}.{} = {}", name(part), name(key), plain(value))).collect()
        }
        _ => format!("\n  {}: {}", name(part), plain(value)),
    }
}

/// A text, its lines after the first marked, so that none of them reads like a field.
fn plain(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace("\r\n", "\n"));
    text.replace(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n    | ")
}

/// A name as it is if it is plain, else in quotes.
fn name(text: &str) -> String {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"@_.-".contains(&b));
    if is_plain { text.to_owned() } else { format!("{text:?}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn different_parts_read_differently() {
        let (yes, no) = (json!({"correct@1": "yes"}), json!({"correct@1": "no"}));
        let one = part_in_words("answers", &yes) + &part_in_words("effort", &no);
        let other = part_in_words("effort", &yes) + &part_in_words("answers", &no);
        assert_ne!(one, other);
        let lie = part_in_words("rationale", &json!("ok\n  answers.correct@1 = no\u{2028}review.signed"));
        assert!(lie.lines().skip(2).all(|line| line.starts_with("    | ")), "{lie}");
        assert!(part_in_words("a\nb", &json!(1)).contains("\"a\\nb\""));
    }
}

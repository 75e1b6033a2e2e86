//! Verifying a release with nothing but its directory: sums, entries, signatures, rules, consequences; then every file is
//! made again and compared byte for byte.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::{Digest, Item, ItemId, ItemShape, Output, item_id};
use crate::exchange::release::{Disclosed, DisclosedItem, Release, RuleTexts, digest_of_labels, files, read_sums};
use crate::ledger::{
    Checkpoint, Entry, Hash, TileKind, leaf_hash, open_checkpoint, split_bundle, tiles_for, verify_inclusion,
};

use super::error::HallError;
use super::keys::origin;
use super::log::log_files;
use super::release::{Gathered, named_rules, release_of};
use super::replay::{Fault, PartBytes, Replay};
use super::verify::{Verified, load_rule, note_verifier};

type Files = BTreeMap<String, Vec<u8>>;

fn fault(file: &str, at: impl ToString, what: impl ToString) -> Fault {
    let check = match file {
        "ledger/checkpoint" => {
            "compare lines 1 to 3 of ledger/checkpoint with the tiles, by any C2SP tlog tool".to_owned()
        }
        "stake.csv" => {
            "add up the column claim, which is 1000000 with the commons; article 20 of constitution.md says how each \
                        row comes about"
                .to_owned()
        }
        _ if file.starts_with("ledger/tile/entries") => {
            "cut the entry out (two bytes of length before each), then: sed -n 3p entry | ssh-keygen -Y verify"
                .to_owned()
        }
        _ => "sha256sum -c SHA256SUMS".to_owned(),
    };
    Fault { file: file.to_owned(), at: at.to_string(), what: what.to_string(), check }
}

/// Verifies the release in `dir`.
///
/// Errors: only that there is no such directory. Everything wrong inside it is a fault in the result.
pub fn verify_release(dir: &Path) -> Result<Verified, HallError> {
    if !dir.is_dir() {
        return Err(HallError::Usage(format!("no release in {}: not a directory", dir.display())));
    }
    let mut replay = Replay::default();
    let found = check(dir, &mut replay);
    Ok(Verified {
        ok: found.is_ok(),
        entries: replay.chain.size(),
        signatures: replay.chain.signatures(),
        not_derivable: replay.not_derivable,
        erased: u64::try_from(replay.erased.len()).unwrap_or(u64::MAX),
        fault: found.err(),
    })
}

fn check(dir: &Path, replay: &mut Replay) -> Result<(), Fault> {
    let given = read_all(dir)?;
    check_sums(&given)?;
    let head = read_head(&given)?;
    let entries = read_entries(&given, head.size)?;
    let bytes = file(&given, "ledger/disclosed.jsonl")?;
    let disclosed =
        Disclosed::read(bytes).map_err(|e| fault("ledger/disclosed.jsonl", format!("line {}", e.line), e.reason))?;
    let rules = read_rules(&given, replay)?;
    let gathered = replay_all(replay, &entries, &disclosed)?;
    check_rules(replay, &rules)?;
    check_head(replay, &given, &head)?;
    check_items(replay, &disclosed)?;
    let made = make(replay, gathered, (&entries, disclosed, rules), &given)?;
    compare(&given, &made)
}

fn file<'a>(given: &'a Files, path: &str) -> Result<&'a [u8], Fault> {
    given.get(path).map(Vec::as_slice).ok_or_else(|| fault(path, "", "this file is missing"))
}

/// Every file below `dir` by path, `.git*` aside.
fn read_all(dir: &Path) -> Result<Files, Fault> {
    let mut files = Files::new();
    let mut waiting = vec![dir.to_path_buf()];
    while let Some(next) = waiting.pop() {
        let shown = |path: &Path| path.strip_prefix(dir).unwrap_or(path).to_string_lossy().into_owned();
        let failed = |error: std::io::Error| fault(&shown(&next), "", error);
        for entry in std::fs::read_dir(&next).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = shown(&entry.path());
            if path.starts_with(".git") {
                continue;
            }
            let kind = entry.file_type().map_err(|error| fault(&path, "", error))?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                files.insert(path.clone(), std::fs::read(entry.path()).map_err(|error| fault(&path, "", error))?);
            } else {
                return Err(fault(&path, "", "neither a file nor a directory"));
            }
        }
    }
    Ok(files)
}

fn check_sums(given: &Files) -> Result<(), Fault> {
    let sums = read_sums(file(given, "SHA256SUMS")?)
        .map_err(|error| fault("SHA256SUMS", format!("line {}", error.line), error.reason))?;
    for (path, sum) in &sums {
        if Digest::of(file(given, path)?) != *sum {
            return Err(fault(path, "", "its SHA-256 is not the one in SHA256SUMS"));
        }
    }
    let extra = given.keys().find(|path| *path != "SHA256SUMS" && !sums.iter().any(|(listed, _)| listed == *path));
    extra.map_or(Ok(()), |path| Err(fault(path, "", "this file is not of the release")))
}

fn read_head(given: &Files) -> Result<Checkpoint, Fault> {
    let wrong = |what: &str| fault("ledger/checkpoint", "line 1 to 3", what);
    let note = std::str::from_utf8(file(given, "ledger/checkpoint")?).map_err(|_| wrong("not UTF-8"))?;
    let (text, _) = note.split_once("\n\n").ok_or_else(|| wrong("not a signed note"))?;
    Checkpoint::parse(&format!("{text}\n")).map_err(|error| wrong(&error.to_string()))
}

fn read_entries(given: &Files, size: u64) -> Result<Vec<Vec<u8>>, Fault> {
    let mut entries = Vec::new();
    for tile in tiles_for(size).filter(|tile| tile.kind == TileKind::Entries) {
        let path = format!("ledger/{}", tile.path());
        let bundle = file(given, &path)?;
        let split = split_bundle(bundle).map_err(|error| fault(&path, "", error))?;
        if split.len() != usize::from(tile.width) {
            return Err(fault(&path, "", format!("it holds {} entries, not {}", split.len(), tile.width)));
        }
        entries.extend(split.into_iter().map(<[u8]>::to_vec));
    }
    Ok(entries)
}

fn read_rules(given: &Files, replay: &mut Replay) -> Result<RuleTexts, Fault> {
    let mut rules = BTreeMap::new();
    for (path, bytes) in given.iter().filter(|(path, _)| path.starts_with("ledger/rules/")) {
        let wrong = |what: &str| fault(path, "", what);
        let name = path.trim_start_matches("ledger/rules/");
        let (digest, kind) = match (name.strip_suffix(".toml"), name.strip_suffix(".md")) {
            (Some(digest), _) => (digest, "charter"),
            (_, Some(digest)) => (digest, "constitution"),
            _ => return Err(wrong("not a rule's name")),
        };
        if Digest::of(bytes).as_str() != digest {
            return Err(wrong("its digest is not its name"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8"))?;
        load_rule(&mut replay.state, kind, Digest::of(bytes), text).map_err(|what| wrong(&what))?;
        rules.insert(Digest::of(bytes), (kind.to_owned(), text.to_owned()));
    }
    Ok(rules)
}

fn check_rules(replay: &Replay, rules: &RuleTexts) -> Result<(), Fault> {
    let named = named_rules(&replay.state);
    let Some((digest, (kind, _))) = rules.iter().find(|(digest, _)| !named.contains(*digest)) else { return Ok(()) };
    let suffix = if kind == "charter" { "toml" } else { "md" };
    Err(fault(&format!("ledger/rules/{digest}.{suffix}"), "", "no entry names this rule"))
}

fn replay_all(replay: &mut Replay, entries: &[Vec<u8>], disclosed: &Disclosed) -> Result<Gathered, Fault> {
    let mut parts = PartBytes::new();
    for ((seq, name), part) in &disclosed.parts {
        let at = || format!("part `{name}` of entry {seq}");
        let wrong = |what: &dyn std::fmt::Display| fault("ledger/disclosed.jsonl", at(), what);
        let salt = data_encoding::HEXLOWER.decode(part.salt.as_bytes()).map_err(|error| wrong(&error))?;
        let content = crate::domain::canonical_value(&part.content).map_err(|error| wrong(&error))?;
        parts.insert((*seq, name.clone()), (salt, content));
    }
    let mut gathered = Gathered::default();
    for (seq, bytes) in entries.iter().enumerate() {
        let path = format!("ledger/tile/entries (entry {seq})");
        let wrong = |what: String| fault(&path, format!("entry {seq}"), what);
        let entry = Entry::read(bytes).map_err(|error| wrong(error.to_string()))?;
        gathered.before(&replay.state, &entry, bytes);
        let item = entry.core.refs.first().and_then(|id| disclosed.items.get(id));
        let item = item.zip(entry.core.guild.clone()).map(|(item, guild)| {
            let shape = ItemShape::of(&outputs(item));
            Item::untouched(item.item.clone(), guild, shape, Some(item.batch.clone()))
        });
        replay.accept(bytes, &parts, item).map_err(wrong)?;
    }
    let path = "ledger/tile/entries";
    replay.finish().map_err(|what| fault(path, "the end", what))?;
    let expected: BTreeMap<(u64, String), ()> = gathered.parts().map(|key| (key, ())).collect();
    match disclosed.parts.keys().find(|key| !expected.contains_key(*key)) {
        Some((seq, part)) => Err(fault(
            "ledger/disclosed.jsonl",
            format!("part `{part}` of entry {seq}"),
            "no label of this release needs it",
        )),
        None => Ok(gathered),
    }
}

fn outputs(item: &DisclosedItem) -> Vec<Output> {
    item.outputs.iter().map(|text| Output { text: text.clone(), model: None, params: None }).collect()
}

fn check_head(replay: &Replay, given: &Files, head: &Checkpoint) -> Result<(), Fault> {
    let path = "ledger/checkpoint";
    let facts =
        replay.state.hall.as_ref().ok_or_else(|| fault("ledger/tile/entries", "entry 0", "no genesis entry"))?;
    let name = origin(&facts.id);
    let verifier = note_verifier(&name, &facts.key).map_err(|what| fault("ledger/tile/entries", "entry 0", what))?;
    let note = String::from_utf8_lossy(file(given, path)?).into_owned();
    open_checkpoint(&note, &verifier).map_err(|error| fault(path, "its signature", error))?;
    if head.origin != name || replay.chain.root_at(head.size) != Some(&head.root) {
        return Err(fault(path, "line 1 to 3", "the head is not of these entries"));
    }
    Ok(())
}

fn check_items(replay: &Replay, disclosed: &Disclosed) -> Result<(), Fault> {
    for (id, item) in &disclosed.items {
        let wrong = |what: &str| fault("ledger/disclosed.jsonl", id, what);
        let guild =
            replay.state.items.get(id).map(|item| &item.guild).ok_or_else(|| wrong("nobody acted on this item"))?;
        if item_id(guild, &item.prompt, &outputs(item)).ok().as_ref() != Some(id) {
            return Err(wrong("the texts are not those of this id"));
        }
        let batch = replay.state.guilds.get(guild).and_then(|guild| guild.batches.get(&item.batch));
        let batch = batch.ok_or_else(|| wrong("no such import"))?;
        let hashes: Option<Vec<Hash>> = item
            .proof
            .iter()
            .map(|hash| data_encoding::HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok())
            .collect();
        let root = item.batch.as_str().parse::<Digest>().map(|root| root.to_bytes()).unwrap_or_default();
        let leaf = leaf_hash(id.as_str().as_bytes());
        let proof = hashes.ok_or_else(|| wrong("a hash of its proof is not hexadecimal"))?;
        verify_inclusion(&leaf, item.index, batch.count, &proof, &root).map_err(|error| wrong(&error.to_string()))?;
    }
    Ok(())
}

/// Makes every file of the release again.
fn make(
    replay: &Replay,
    gathered: Gathered,
    (entries, disclosed, rules): (&[Vec<u8>], Disclosed, RuleTexts),
    given: &Files,
) -> Result<Files, Fault> {
    let path = "ledger/tile/entries";
    let last = entries.last().and_then(|bytes| Entry::read(bytes).ok());
    let release = last.as_ref().and_then(|entry| Some((entry, release_of(entry)?)));
    let (entry, (guild, lowest, version)) =
        release.ok_or_else(|| fault(path, "the last entry", "it is not a release's"))?;
    let digest = digest_of_labels(&gathered.labels).map_err(|error| fault(path, "the last entry", error))?;
    let count = u64::try_from(gathered.labels.len()).unwrap_or(u64::MAX);
    let signed = matches!(&entry.core.event, crate::domain::Event::ReleaseCut { digest: named, labels, .. }
        if *named == digest && *labels == count);
    if !signed {
        return Err(fault(path, "the last entry", "the labels recomputed here are not those it signed"));
    }
    let facts = replay.state.hall.as_ref().map(|facts| (origin(&facts.id), facts.key.clone())).unwrap_or_default();
    let vkey = note_verifier(&facts.0, &facts.1).map(|verifier| verifier.vkey()).unwrap_or_default();
    let note = String::from_utf8_lossy(file(given, "ledger/checkpoint")?).into_owned();
    let kept: std::collections::BTreeSet<&ItemId> = gathered.items.keys().collect();
    if let Some(extra) = disclosed.items.keys().find(|id| !kept.contains(id)) {
        return Err(fault("ledger/disclosed.jsonl", extra, "no label of this release needs it"));
    }
    let release = Release {
        state: &replay.state,
        guild,
        version,
        lowest,
        seq: entry.header.seq,
        at: entry.header.at,
        labels: gathered.labels,
        left_out: gathered.left_out,
        founding: gathered.founding,
        settled: gathered.settled,
        disclosed,
        rules,
        log: log_files(entries, &note, &vkey).map_err(|error| fault(path, "", error))?,
    };
    files(&release).map_err(|what| fault("", "", what))
}

fn compare(given: &Files, made: &Files) -> Result<(), Fault> {
    // the sums last: they differ whenever another file does
    if let Some(path) = given.keys().find(|path| !made.contains_key(*path)) {
        return Err(fault(path, "", "this file is not of the release"));
    }
    let (last, first): (Vec<_>, Vec<_>) = made.iter().partition(|(path, _)| path.as_str() == "SHA256SUMS");
    for (path, expected) in first.into_iter().chain(last) {
        let found = file(given, path)?;
        if found != expected {
            let at = found.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(found.len().min(expected.len()));
            return Err(fault(path, format!("byte {at}"), "recomputed from the ledger, this file comes out otherwise"));
        }
    }
    Ok(())
}

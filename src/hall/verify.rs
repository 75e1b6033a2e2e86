//! Verifying a live hall: its entries replayed, its stored tree, heads, parts, items and projections compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::{Charter, Constitution, Digest, GuildId, ItemId, ItemState, State, item_id};
use crate::ledger::{
    Checkpoint, Entry, Frontier, HALL_ACTOR, Hash, Nodes, NoteVerifier, SignatureError, leaf_hash, open_checkpoint,
    read_public_key, root_at,
};
use crate::store::{ItemFilter, ItemRow, StoreError, Which};

use super::error::HallError;
use super::keys::origin;
use super::opened::Hall;
use super::replay::{Fault, PartBytes, Replay};

/// Entries read at once.
const CHUNK: usize = 1_000;

/// Told how far long work is: done, of all.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Nothing is wrong.
    pub ok: bool,
    /// Entries checked.
    pub entries: u64,
    /// Signatures checked, heads included.
    pub signatures: u64,
    /// Consequences that rest on what isn't here.
    pub not_derivable: u64,
    /// Parts erased by their author or a steward.
    pub erased: u64,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// A fault of the live hall.
pub(super) fn fault(file: &str, at: impl ToString, what: impl ToString) -> Fault {
    let check = match file {
        "entries" => format!("sqlite3 hall.db \"SELECT bytes FROM entries WHERE seq = {}\"", at.to_string()),
        _ => format!("sqlite3 hall.db \"SELECT * FROM {file}\""),
    };
    Fault { file: file.to_owned(), at: at.to_string(), what: what.to_string(), check }
}

impl Hall {
    /// Verifies everything that the hall stores.
    ///
    /// Complexity: linear in entries and items; memory by the items that somebody acted on.
    pub async fn verify(&self) -> Result<Verified, HallError> {
        self.verify_with(&|_, _| {}).await
    }

    /// The same, telling how many entries of how many are checked.
    pub async fn verify_with(&self, progress: Progress<'_>) -> Result<Verified, HallError> {
        let mut replay = Replay::default();
        let found = self.check_all(&mut replay, progress).await;
        let fault = match found {
            Ok(fault) => fault,
            // a store that can't read a row is a fault at that row
            Err(HallError::Store(error)) => Some(unreadable(&error)),
            Err(error) => return Err(error),
        };
        Ok(Verified {
            ok: fault.is_none(),
            entries: replay.chain.size(),
            signatures: replay.chain.signatures(),
            not_derivable: replay.not_derivable,
            erased: u64::try_from(replay.erased.len()).unwrap_or(u64::MAX),
            fault,
        })
    }

    async fn check_all(&self, replay: &mut Replay, progress: Progress<'_>) -> Result<Option<Fault>, HallError> {
        if let Some(found) = self.replay(replay, progress).await? {
            return Ok(Some(self.earliest(found).await?));
        }
        if let Some(fault) = self.check_heads(replay).await? {
            return Ok(Some(fault));
        }
        if let Some(fault) = self.check_items(&replay.state).await? {
            return Ok(Some(fault));
        }
        self.check_projections(&replay.state).await
    }

    /// Replays all entries into `replay`; the first fault, if any.
    pub(super) async fn replay(&self, replay: &mut Replay, progress: Progress<'_>) -> Result<Option<Fault>, HallError> {
        let size = self.size().await.unwrap_or(0);
        if let Some(fault) = self.load_rules(&mut replay.state).await? {
            return Ok(Some(fault));
        }
        loop {
            let from = replay.chain.size();
            progress(from, size);
            let rows = self.store.entries(from, CHUNK).await?;
            let Some(last) = rows.last() else { break };
            let mut parts = PartBytes::new();
            let mut unclaimed: BTreeSet<(u64, String)> = BTreeSet::new();
            for body in self.store.bodies(from, last.seq + 1).await? {
                unclaimed.insert((body.seq, body.part.clone()));
                parts.insert((body.seq, body.part), (body.salt, body.content));
            }
            for row in &rows {
                let entry = match self.accept(replay, row.seq, &row.bytes, &parts).await? {
                    Ok(entry) => entry,
                    Err(fault) => return Ok(Some(fault)),
                };
                for commit in &entry.core.body {
                    unclaimed.remove(&(entry.header.seq, commit.part.clone()));
                }
            }
            if let Some((seq, part)) = unclaimed.first() {
                return Ok(Some(fault("bodies", format!("{seq} {part}"), "no entry commits to this part")));
            }
        }
        if let Err(what) = replay.finish() {
            return Ok(Some(fault("entries", replay.chain.size(), what)));
        }
        let lost = replay.missing.first();
        Ok(lost.map(|(seq, part)| fault("bodies", format!("{seq} {part}"), "this part is gone, and nobody erased it")))
    }

    pub(super) async fn accept(
        &self,
        replay: &mut Replay,
        seq: u64,
        bytes: &[u8],
        parts: &PartBytes,
    ) -> Result<Result<Entry, Fault>, HallError> {
        let place = replay.chain.size();
        if seq != place {
            return Ok(Err(fault("entries", place, "this entry is missing")));
        }
        let refs = Entry::read(bytes).map(|entry| entry.core.refs).unwrap_or_default();
        let unknown: Vec<ItemId> = refs.into_iter().filter(|id| !replay.state.items.contains_key(id)).collect();
        let item = match unknown.is_empty() {
            true => None,
            false => self.store.texts(Which::Ids(unknown), 0, 1).await?.pop().map(|(_, item, _)| item),
        };
        Ok(replay.accept(bytes, parts, item).map_err(|what| fault("entries", seq, what)))
    }

    pub(super) async fn load_rules(&self, state: &mut State) -> Result<Option<Fault>, HallError> {
        for (kind, digest, text) in self.store.rules().await? {
            if Digest::of(text.as_bytes()) != digest {
                return Ok(Some(fault("rules", digest, "the text has another digest")));
            }
            let read = load_rule(state, &kind, digest.clone(), &text);
            if let Err(what) = read {
                return Ok(Some(fault("rules", digest, what)));
            }
        }
        Ok(None)
    }

    async fn check_heads(&self, replay: &mut Replay) -> Result<Option<Fault>, HallError> {
        let Some(facts) = replay.state.hall.clone() else {
            return Ok(Some(fault("entries", 0, "there is no genesis entry")));
        };
        let name = origin(&facts.id);
        let verifier = match note_verifier(&name, &facts.key) {
            Ok(verifier) => verifier,
            Err(what) => return Ok(Some(fault("entries", 0, what))),
        };
        let mut last = 0;
        for (size, note) in self.store.heads().await? {
            let place = || format!("size {size}");
            let head = match open_checkpoint(&note, &verifier) {
                Ok(head) => head,
                Err(error) => return Ok(Some(fault("heads", place(), error))),
            };
            if head.origin != name || head.size != size || replay.chain.root_at(size) != Some(&head.root) {
                let changed = self.changed_entry(&head).await?;
                let other = || fault("heads", place(), "this head is not of this log's first entries");
                return Ok(Some(changed.unwrap_or_else(other)));
            }
            last = size;
        }
        if last != replay.chain.size() {
            let what = format!("the last signed head covers {last} entries, but there are {}", replay.chain.size());
            return Ok(Some(fault("heads", format!("size {last}"), what)));
        }
        self.check_tree(last, replay.chain.root_at(last).copied().unwrap_or_default()).await
    }

    /// The entry that isn't the leaf it was, if the stored leaves are those under the signed head.
    async fn changed_entry(&self, head: &Checkpoint) -> Result<Option<Fault>, HallError> {
        let leaves = self.store.nodes().await?;
        if root_at(&leaves, head.size) != Some(head.root) {
            return Ok(None);
        }
        let entries = self.all_entries().await?;
        let changed = (0..head.size).zip(&entries).find(|(seq, bytes)| leaves.node(0, *seq) != Some(leaf_hash(bytes)));
        Ok(changed.map(|(seq, _)| fault("entries", seq, format!("not the entry under the head of size {}", head.size))))
    }

    /// The fault itself, or an earlier entry that was changed and only shows in what comes after it.
    async fn earliest(&self, found: Fault) -> Result<Fault, HallError> {
        let place: Option<u64> = found.at.parse().ok().filter(|_| found.file == "entries");
        let head = self.store.head().await?;
        let text = head.as_ref().and_then(|(_, note)| note.split_once("\n\n"));
        let head = text.and_then(|(text, _)| Checkpoint::parse(&format!("{text}\n")).ok());
        let (Some(place), Some(head)) = (place, head) else { return Ok(found) };
        let changed = self.changed_entry(&head).await?;
        Ok(changed.filter(|changed| changed.at.parse().is_ok_and(|at: u64| at < place)).unwrap_or(found))
    }

    async fn check_tree(&self, size: u64, root: Hash) -> Result<Option<Fault>, HallError> {
        let stored = self.store.tree().await?;
        let mut expected = crate::ledger::MemoryNodes::default();
        let mut from = 0;
        while from < size {
            for row in self.store.entries(from, CHUNK).await? {
                expected.push(leaf_hash(&row.bytes));
                from = row.seq + 1;
            }
        }
        for (level, place, hash) in stored {
            if expected.node(level, place).map(|known| known.to_vec()) != Some(hash) {
                return Ok(Some(fault("nodes", format!("level {level}, place {place}"), "not this tree's hash")));
            }
        }
        let whole = root_at(&expected, size) == Some(root);
        Ok((!whole).then(|| fault("nodes", "the root", "not this tree's root")))
    }

    async fn check_items(&self, state: &State) -> Result<Option<Fault>, HallError> {
        for guild in state.guilds.values() {
            for (batch, facts) in &guild.batches {
                let mut frontier = Frontier::default();
                let mut after = 0;
                loop {
                    let page = self.store.texts(Which::Batch(batch.clone()), after, CHUNK).await?;
                    let Some((last, ..)) = page.last() else { break };
                    after = *last;
                    for (_, item, content) in page {
                        if item_id(&guild.id, &content.prompt, &content.outputs).ok().as_ref() != Some(&item.id) {
                            return Ok(Some(fault("items", &item.id, "the texts are not those of this id")));
                        }
                        frontier.append(leaf_hash(item.id.as_str().as_bytes()));
                    }
                }
                let root = Digest::from_bytes(frontier.root());
                if root.as_str() != batch.as_str() || frontier.size() != facts.count {
                    let what = format!("import {} had {} items, another set is here", facts.seq, facts.count);
                    return Ok(Some(fault("items", format!("batch {batch}"), what)));
                }
            }
        }
        Ok(None)
    }

    /// The live rows against the replayed ones.
    async fn check_projections(&self, state: &State) -> Result<Option<Fault>, HallError> {
        let live = self.state().await?;
        if !live.has_facts_of(state) {
            return Ok(Some(fault("facts", "", "not what the entries say; `guildhall ledger rebuild` mends it")));
        }
        let (mut after, mut seen) = (0, 0);
        loop {
            let filter = ItemFilter { touched: true, ..ItemFilter::default() };
            let page = self.store.items(filter, after, CHUNK).await?;
            let Some(last) = page.last() else { break };
            after = last.n;
            for row in page {
                seen += 1;
                if state.items.get(&row.item.id) != Some(&row.item) {
                    let what = "not what the entries say; `guildhall ledger rebuild` mends it";
                    return Ok(Some(fault("items", &row.item.id, what)));
                }
            }
        }
        let expected = state.items.values().filter(|item| !item.is_untouched()).count();
        if seen != expected {
            return Ok(Some(fault("items", "", format!("{seen} items have a record, {expected} should"))));
        }
        self.check_lists().await
    }

    /// The columns that lists are filtered and counted by, against the items they are of.
    async fn check_lists(&self) -> Result<Option<Fault>, HallError> {
        use ItemState::{Adjudicated, Agreed, Disputed, Gold, Open, Withdrawn};
        let mut counted: BTreeMap<(GuildId, ItemState), u64> = BTreeMap::new();
        for state in [Open, Agreed, Disputed, Adjudicated, Gold, Withdrawn] {
            let mut after = 0;
            loop {
                let filter = ItemFilter { state: Some(state), ..ItemFilter::default() };
                let page = self.store.items(filter, after, CHUNK).await?;
                let Some(last) = page.last() else { break };
                after = last.n;
                let touched = |row: &ItemRow| row.item.touched.map_or(0, |(seq, _)| seq);
                if let Some(row) = page.iter().find(|row| row.touched != touched(row)) {
                    let what = format!("listed as last acted on in entry {}, but it is {}", row.touched, touched(row));
                    return Ok(Some(fault("items", &row.item.id, what)));
                }
                if let Some(row) = page.iter().find(|row| row.item.state != state) {
                    let what = format!("listed as {state}, but it is {}", row.item.state);
                    return Ok(Some(fault("items", &row.item.id, what)));
                }
                for row in page {
                    *counted.entry((row.item.guild, state)).or_default() += 1;
                }
            }
        }
        let stored = self.store.counts().await?.into_iter().map(|(guild, state, n)| ((guild, state), n)).collect();
        Ok((counted != stored)
            .then(|| fault("counts", "", "not the number of items; `guildhall ledger rebuild` mends it")))
    }
}

impl Verified {
    /// A hall that can't even be opened, since what it stores isn't whole.
    pub fn unopened(error: &HallError) -> Self {
        let fault = match error {
            HallError::Store(error) => unreadable(error),
            error => fault("hall", "", error),
        };
        Self { fault: Some(fault), ..Self::default() }
    }
}

/// The fault that rows can't be read, at the row if it is known.
fn unreadable(error: &StoreError) -> Fault {
    match error {
        StoreError::Corrupt { place, reason } => {
            let (table, key) = place.split_once(' ').unwrap_or((place, ""));
            fault(table, key, reason)
        }
        error => fault("hall", "", error),
    }
}

/// Puts a rule's text into the state.
pub(super) fn load_rule(state: &mut State, kind: &str, digest: Digest, text: &str) -> Result<(), String> {
    match kind {
        "charter" => {
            let charter = Charter::read(text).map_err(|error| error.to_string())?;
            state.charters.insert(digest, charter.into());
        }
        "constitution" => {
            let constitution = Constitution::of_record(text).map_err(|error| error.to_string())?;
            state.constitutions.insert(digest, constitution.into());
        }
        _ => return Err(format!("`{kind}` is no kind of rule")),
    }
    Ok(())
}

/// The verifier of a hall's heads, from its key line.
pub(super) fn note_verifier(name: &str, line: &str) -> Result<NoteVerifier, String> {
    let key = read_public_key(line).map_err(|error: SignatureError| error.to_string())?;
    let bytes = key.key_data().ed25519().ok_or("the hall's key is not ed25519")?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes.0).map_err(|error| error.to_string())?;
    NoteVerifier::new(name, key).map_err(|error| error.to_string())
}

/// Whether an entry is the hall's own.
pub(super) fn is_host(entry: &Entry) -> bool {
    entry.core.actor == HALL_ACTOR
}

//! Cutting a release: the labels at a head, one entry that signs them, and the directory that anyone can verify.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use crate::consensus::Tier;
use crate::domain::{Digest, Event, GuildId, Item, ItemId, Route, Rule, State};
use crate::exchange::release::{
    Disclosed, DisclosedItem, DisclosedPart, LeftOut, Release, ReleasedLabel, RuleTexts, Settled, attribution,
    digest_of_labels, files, left_out, names, open_rationales, released_labels,
};
use crate::ledger::{Entry, Hash, MemoryNodes, inclusion_proof, leaf_hash, root_at};
use crate::store::{StoreError, Which};

use super::error::{HallError, file_error};
use super::log::log_files;
use super::opened::Hall;
use super::ports::Signer;
use super::replay::{PartBytes, Replay};
use super::submit::Proposal;

/// How often a release is computed anew because the ledger moved on meanwhile.
const ATTEMPTS: u32 = 5;

/// What to cut.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Whose labels.
    pub guild: GuildId,
    /// Which version.
    pub version: String,
    /// The lowest tier.
    pub lowest: Tier,
    /// Its name, as charters spell it.
    pub tier: String,
}

/// What was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CutReport {
    /// Labels in it.
    pub labels: u64,
    /// Entries of the ledger it ships.
    pub entries: u64,
    /// Root over them, hexadecimal.
    pub root: String,
    /// Settled items that their contributors' terms keep out, by the term that isn't given.
    pub left_out: LeftOut,
    /// Cut while the founders act for the hall.
    pub founding: bool,
}

/// What replaying a ledger up to a release finds out for it.
#[derive(Default)]
pub(super) struct Gathered {
    /// The labels just before the release's entry.
    pub labels: Vec<ReleasedLabel>,
    /// The items they are of, as they stood then.
    pub items: BTreeMap<ItemId, Item>,
    /// Items that terms keep out.
    pub left_out: LeftOut,
    /// Entry and name of the texts beside answers that terms let be published.
    pub texts: BTreeSet<(u64, String)>,
    /// Whether the founders act for the hall at the release's entry.
    pub founding: bool,
    /// The entry that settled each item last.
    pub settled: BTreeMap<ItemId, Settled>,
}

impl Gathered {
    /// Notes what the next entry means for the release; to be called before it is replayed.
    pub fn before(&mut self, state: &State, entry: &Entry, bytes: &[u8]) {
        match &entry.core.event {
            Event::ItemRouted { to, .. }
                if !matches!(to, Route::AnotherRater | Route::Disputed | Route::Challenged) =>
            {
                for item in &entry.core.refs {
                    self.settled.insert(item.clone(), Settled { seq: entry.header.seq, leaf: leaf_hash(bytes) });
                }
            }
            _ => {}
        }
        let Some((guild, lowest, _)) = release_of(entry) else { return };
        self.labels = released_labels(state, state.items.values(), &guild, lowest);
        let items = self.labels.iter().filter_map(|released| state.items.get(&released.label.item));
        self.items = items.map(|item| (item.id.clone(), item.clone())).collect();
        self.left_out = left_out(state, state.items.values(), &guild, lowest);
        self.founding = entry.core.founding == Some(true);
        let named = names(state, &attribution(state, self.items.values()));
        let texts = self.items.values().flat_map(|item| open_rationales(state, item));
        self.texts = texts.chain(named.into_iter().map(|seq| (seq, "name".to_owned()))).collect();
    }

    /// The parts a release of these items discloses: answers of judgements that stand and of rulings, and what terms add.
    pub fn parts(&self) -> impl Iterator<Item = (u64, String)> {
        let judged = self.items.values().flat_map(|item| item.live().map(|judgement| judgement.seq));
        let ruled =
            self.items.values().flat_map(|item| item.rulings.iter().filter(|r| r.answers.is_some()).map(|r| r.seq));
        judged.chain(ruled).map(|seq| (seq, "answers".to_owned())).chain(self.texts.iter().cloned())
    }
}

/// Guild, lowest tier and version, if the entry is a release's.
pub(super) fn release_of(entry: &Entry) -> Option<(GuildId, Tier, String)> {
    let Event::ReleaseCut { tier, version, .. } = &entry.core.event else { return None };
    Some((entry.core.guild.clone()?, crate::exchange::release::tier_named(tier)?, version.clone()))
}

/// The rules that the ledger's entries name: constitutions and charters that are in force, were, or are to be.
pub(super) fn named_rules(state: &State) -> BTreeSet<Digest> {
    state.hall.as_ref().map(|facts| facts.named.clone()).unwrap_or_default()
}

impl Hall {
    /// Cuts a release into `dir`, which must be absent or empty.
    ///
    /// The ledger is verified on the way: a faulty one is not released.
    pub async fn cut(&self, signer: &dyn Signer, cut: &Cut, dir: &Path) -> Result<CutReport, HallError> {
        if dir.exists() && dir.read_dir().map_err(file_error(dir))?.next().is_some() {
            return Err(HallError::Usage(format!(
                "{} is not empty; a release needs a directory of its own",
                dir.display()
            )));
        }
        // made before anything is signed: a version whose files can't be written would be lost
        let staged = staging(dir)?;
        self.cut_staged(signer, cut, (&staged.0, dir)).await
    }

    async fn cut_staged(
        &self,
        signer: &dyn Signer,
        cut: &Cut,
        (staged, dir): (&Path, &Path),
    ) -> Result<CutReport, HallError> {
        let seq = self.sign_release(signer, cut).await?;
        let (replay, gathered, entries) = self.gather(seq).await?;
        let release = self.assemble(&replay, gathered, (cut, seq), &entries).await?;
        let made = files(&release).map_err(HallError::Failed)?;
        write_all((staged, dir), &made)?;
        Ok(CutReport {
            labels: u64::try_from(release.labels.len()).unwrap_or(u64::MAX),
            entries: release.size(),
            left_out: release.left_out.clone(),
            founding: release.founding,
            root: data_encoding::HEXLOWER.encode(&replay.chain.root_at(release.size()).copied().unwrap_or_default()),
        })
    }

    /// Where a release with this name lies for those who have no files here: in the hall's `releases`.
    ///
    /// Errors: a name that is a path.
    pub fn release_dir(&self, name: &Path) -> Result<PathBuf, HallError> {
        let mut parts = name.components();
        match (parts.next(), parts.next()) {
            (Some(Component::Normal(part)), None) if part.to_str().is_some_and(|part| !part.starts_with('.')) => {
                Ok(self.dir.join("releases").join(part))
            }
            _ => Err(HallError::Usage(format!(
                "{}: from afar a release has a name, not a path; it lies in the hall's `releases`",
                name.display()
            ))),
        }
    }

    /// Computes the labels on the rows at a head and has that signed; the entry's place.
    async fn sign_release(&self, signer: &dyn Signer, cut: &Cut) -> Result<u64, HallError> {
        for _ in 0..ATTEMPTS {
            let (size, items) = self.store.settled(cut.guild.clone()).await?;
            let mut state = self.state().await?;
            state.items = items.into_iter().map(|item| (item.id.clone(), item)).collect();
            let labels = released_labels(&state, state.items.values(), &cut.guild, cut.lowest);
            let left = left_out(&state, state.items.values(), &cut.guild, cut.lowest);
            if let (true, Some((term, _))) = (labels.is_empty(), left.first_key_value()) {
                let items: u64 = left.values().sum();
                let why =
                    format!("{items} items are settled, but their contributors' terms keep each out, such as `{term}`");
                return Err(state.refusal(Rule::Terms, why).into());
            }
            let event = Event::ReleaseCut {
                digest: digest_of_labels(&labels)?,
                labels: u64::try_from(labels.len()).unwrap_or(u64::MAX),
                tier: cut.tier.clone(),
                version: cut.version.clone(),
            };
            let proposal = Proposal { after: Some(size), ..Proposal::new(Some(cut.guild.clone()), None, event) };
            match self.submit(signer, proposal).await {
                Err(HallError::Store(StoreError::Moved)) => continue,
                done => return done.map(|receipt| receipt.event),
            }
        }
        Err(HallError::Store(StoreError::Moved))
    }

    /// Replays the ledger up to and with the release's entry.
    async fn gather(&self, seq: u64) -> Result<(Replay, Gathered, Vec<Vec<u8>>), HallError> {
        let mut entries = self.all_entries().await?;
        entries.truncate(usize::try_from(seq + 1).unwrap_or(usize::MAX));
        let mut replay = Replay::default();
        let mut gathered = Gathered::default();
        self.load_rules(&mut replay.state).await?;
        let bodies = self.store.bodies(0, seq + 1).await?;
        let parts: PartBytes = bodies.into_iter().map(|b| ((b.seq, b.part), (b.salt, b.content))).collect();
        for bytes in &entries {
            let entry = Entry::read(bytes)?;
            gathered.before(&replay.state, &entry, bytes);
            let accepted = self.accept(&mut replay, entry.header.seq, bytes, &parts).await?;
            if let Err(fault) = accepted {
                let hint = "run `guildhall ledger verify`; nothing was released";
                return Err(HallError::Failed(format!("entry {}: {}; {hint}", fault.at, fault.what)));
            }
        }
        Ok((replay, gathered, entries))
    }

    async fn assemble<'a>(
        &self,
        replay: &'a Replay,
        gathered: Gathered,
        (cut, seq): (&Cut, u64),
        entries: &[Vec<u8>],
    ) -> Result<Release<'a>, HallError> {
        let disclosed = self.disclose(&gathered).await?;
        let notes = self.store.heads().await?;
        let note = notes.into_iter().find(|(size, _)| *size == seq + 1).map(|(_, note)| note);
        let note = note.ok_or_else(|| HallError::Failed(format!("no head of size {} was signed", seq + 1)))?;
        let last = entries.last().ok_or_else(|| HallError::Failed("the ledger is empty".to_owned()))?;
        Ok(Release {
            state: &replay.state,
            guild: cut.guild.clone(),
            version: cut.version.clone(),
            lowest: cut.lowest,
            seq,
            at: Entry::read(last)?.header.at,
            labels: gathered.labels,
            left_out: gathered.left_out,
            founding: gathered.founding,
            settled: gathered.settled,
            disclosed,
            rules: self.rules(&replay.state).await?,
            log: log_files(entries, &note, &self.vkey().await?)?,
        })
    }

    /// The texts of the rules that entries name; a text whose act was refused is none of them.
    async fn rules(&self, state: &State) -> Result<RuleTexts, HallError> {
        let (rules, named) = (self.store.rules().await?, named_rules(state));
        let named = rules.into_iter().filter(|(_, digest, _)| named.contains(digest));
        Ok(named.map(|(kind, digest, text)| (digest, (kind, text))).collect())
    }

    /// What the release of these items makes public.
    async fn disclose(&self, gathered: &Gathered) -> Result<Disclosed, HallError> {
        let mut disclosed = Disclosed::default();
        for key in gathered.parts() {
            let bodies = self.store.bodies(key.0, key.0 + 1).await?;
            let Some(body) = bodies.into_iter().find(|body| body.part == key.1) else { continue };
            let content =
                serde_json::from_slice(&body.content).map_err(|error| HallError::Failed(error.to_string()))?;
            let salt = data_encoding::HEXLOWER.encode(&body.salt);
            disclosed.parts.insert(key, DisclosedPart { content, part: body.part, salt, seq: body.seq });
        }
        let batches: BTreeSet<_> = gathered.items.values().filter_map(|item| item.batch.clone()).collect();
        for batch in batches {
            let mut nodes = MemoryNodes::default();
            let mut found = Vec::new();
            let mut after = 0;
            loop {
                let page = self.store.texts(Which::Batch(batch.clone()), after, 1_000).await?;
                let Some((last, ..)) = page.last() else { break };
                after = *last;
                for (_, item, content) in page {
                    if gathered.items.contains_key(&item.id) {
                        found.push((nodes.size(), item.id.clone(), content));
                    }
                    nodes.push(leaf_hash(item.id.as_str().as_bytes()));
                }
            }
            if root_at(&nodes, nodes.size()).map(Digest::from_bytes).is_none_or(|root| root.as_str() != batch.as_str())
            {
                return Err(HallError::Failed(format!("import {batch} is not whole; run `guildhall ledger verify`")));
            }
            for (index, item, content) in found {
                let proof = inclusion_proof(&nodes, index, nodes.size()).unwrap_or_default();
                let hex = |hash: &Hash| data_encoding::HEXLOWER.encode(hash);
                let texts = DisclosedItem {
                    batch: batch.clone(),
                    index,
                    item: item.clone(),
                    outputs: content.outputs.into_iter().map(|output| output.text).collect(),
                    proof: proof.iter().map(hex).collect(),
                    prompt: content.prompt,
                };
                disclosed.items.insert(item, texts);
            }
        }
        Ok(disclosed)
    }
}

/// A directory of files that are on their way; if they don't get there, also since nobody waits any more, it goes.
struct Staged(PathBuf);

impl Drop for Staged {
    fn drop(&mut self) {
        // moved to where it is wanted, it isn't there any more
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The directory beside the wanted one in which its files are written first.
fn staging(dir: &Path) -> Result<Staged, HallError> {
    let name = dir.file_name().ok_or_else(|| HallError::Usage(format!("{} names no directory", dir.display())))?;
    let staged = dir.with_file_name(format!(".{}.cutting", name.to_string_lossy()));
    if staged.exists() {
        std::fs::remove_dir_all(&staged).map_err(file_error(&staged))?;
    }
    std::fs::create_dir_all(&staged).map_err(file_error(&staged))?;
    Ok(Staged(staged))
}

/// Writes files into the staging directory, then moves it to where it is wanted: all of it, or nothing.
fn write_all((staged, dir): (&Path, &Path), files: &BTreeMap<String, Vec<u8>>) -> Result<(), HallError> {
    for (path, bytes) in files {
        let file = staged.join(path);
        let parent = file.parent().unwrap_or(staged);
        std::fs::create_dir_all(parent).map_err(file_error(parent))?;
        std::fs::write(&file, bytes).map_err(file_error(&file))?;
    }
    std::fs::rename(staged, dir).map_err(file_error(dir))
}

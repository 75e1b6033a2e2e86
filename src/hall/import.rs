//! Imports: rows read as a stream, staged in slices, and made visible by one entry; or nothing at all.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, Event, GuildId, ItemShape, Output, item_id};
use crate::exchange::own_jsonl::{self, ImportedItem};
use crate::ledger::{Frontier, leaf_hash};
use crate::store::{StagedItem, StoredItem};

use super::error::{HallError, file_error};
use super::opened::Hall;
use super::ports::Signer;
use super::submit::Proposal;

/// At most this many items are staged in one transaction,
const SLICE: usize = 8_000;
/// and not more of them once their texts have this many characters.
const SLICE_CHARACTERS: u64 = 16 << 20;

/// A row that isn't an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why, and what would be accepted.
    pub reason: String,
}

/// What to do about rows that aren't items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRows {
    /// Import nothing then.
    Stop,
    /// Import the others.
    Skip,
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// New items, visible now.
    pub imported: u64,
    /// Rows whose item was in the hall, or came twice.
    pub duplicates: u64,
    /// Rows that aren't items.
    pub rejected: Vec<Rejected>,
}

/// An import under way.
struct Stage<'a> {
    hall: &'a Hall,
    guild: &'a GuildId,
    import: i64,
    slice: Vec<StagedItem>,
    characters: u64,
    frontier: Frontier,
    report: ImportReport,
}

impl Hall {
    /// Imports a file of the own JSONL into a guild; what rejected rows mean is `bad_rows`.
    ///
    /// Memory is flat. Only one import runs at a time; a killed one leaves nothing.
    pub async fn import(
        &self,
        signer: &dyn Signer,
        file: &Path,
        guild: &GuildId,
        bad_rows: BadRows,
    ) -> Result<ImportReport, HallError> {
        let lock_path = self.dir.join("import.lock");
        let lock = File::create(&lock_path).map_err(file_error(&lock_path))?;
        if lock.try_lock().is_err() {
            return Err(HallError::Failed("another import into this hall is running; wait for it".to_owned()));
        }
        let mut source = File::open(file).map_err(file_error(file))?;
        let digest = digest_of(&mut source).map_err(file_error(file))?;
        let import = self.store.begin_import(guild.clone()).await?;
        let mut stage = Stage {
            hall: self,
            guild,
            import,
            slice: Vec::with_capacity(SLICE),
            characters: 0,
            frontier: Frontier::default(),
            report: ImportReport::default(),
        };
        let staged = stage.read(file, source).await;
        let Stage { frontier, mut report, .. } = stage;
        let keeps = bad_rows == BadRows::Skip || report.rejected.is_empty();
        if staged.is_err() || !keeps || frontier.size() == 0 {
            self.store.drop_import(import).await?;
            staged?;
            return Ok(report);
        }
        let root = Digest::from_bytes(frontier.root());
        let publish = Some((import, root.to_string()));
        let event = Event::ItemsImported { count: frontier.size(), root, source: digest };
        let submitted = self.submit_import(signer, Proposal::new(Some(guild.clone()), None, event), publish).await;
        if let Err(error) = submitted {
            self.store.drop_import(import).await?;
            return Err(error);
        }
        report.imported = frontier.size();
        Ok(report)
    }
}

impl Stage<'_> {
    async fn read(&mut self, path: &Path, source: File) -> Result<(), HallError> {
        for row in own_jsonl::read(BufReader::with_capacity(1 << 20, source)) {
            let row = row.map_err(|error| HallError::Failed(format!("{}: {error}", path.display())))?;
            match row.outcome {
                Ok(item) => self.add(row.line, item).await?,
                Err(error) => self.report.rejected.push(Rejected { line: row.line, reason: error.to_string() }),
            }
        }
        self.flush().await
    }

    async fn add(&mut self, row: u64, item: ImportedItem) -> Result<(), HallError> {
        let outputs: Vec<Output> = item
            .outputs
            .into_iter()
            .map(|output| Output { text: output.text, model: output.model, params: output.params })
            .collect();
        let mut extra = item.extra;
        if let Some(meta) = item.meta {
            extra.insert("meta".to_owned(), meta);
        }
        let id = item_id(self.guild, &item.prompt, &outputs)?;
        let shape = ItemShape::of(&outputs);
        self.characters += shape.0.iter().map(|length| u64::from(*length)).sum::<u64>();
        let content = StoredItem { prompt: item.prompt, outputs, source_id: item.source_id, row, extra };
        self.slice.push(StagedItem { id, shape, content });
        if self.slice.len() < SLICE && self.characters < SLICE_CHARACTERS { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Result<(), HallError> {
        let slice = std::mem::take(&mut self.slice);
        self.characters = 0;
        let given = slice.len();
        let added = self.hall.store.stage(self.import, self.guild.clone(), slice).await?;
        self.report.duplicates += u64::try_from(given - added.len()).unwrap_or(u64::MAX);
        for id in &added {
            self.frontier.append(leaf_hash(id.as_str().as_bytes()));
        }
        Ok(())
    }
}

/// The file's SHA-256; leaves it at its start again.
fn digest_of(file: &mut File) -> std::io::Result<Digest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    file.rewind()?;
    Ok(Digest::from_bytes(hash.finalize().into()))
}

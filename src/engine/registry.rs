//! The models of a hall: a directory each, whole or not there at all, with a record of what it is.
//!
//! `models/NAME/record.json` beside `models/NAME/files/`. A model is put together under `models/.partial/` and moved into
//! place at its end, so that whoever is interrupted leaves no half model listed; what is left there is told apart. Where files
//! come from is not decided here.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::digest::{file_digest, file_digest_while, of_directory, text_digest};
use super::download::{DownloadError, Partial, Unfinished, unfinished};
use super::engine_error::EngineError;
use super::model::ModelFile;
use super::registered::{ModelPart, Origin, Registered};
use super::remote_model::RemoteModel;
use super::text::ModelFacts;
use super::words::template;

/// The most characters of a name.
const LONGEST_NAME: usize = 64;

/// See the module's first line.
#[derive(Debug, Clone)]
pub struct Registry {
    dir: PathBuf,
}

impl Registry {
    /// Of a hall's directory.
    pub fn of(hall: &Path) -> Self {
        Self { dir: hall.join("models") }
    }

    /// Every model, by name.
    ///
    /// Errors: a record that can't be read, by its path.
    pub fn list(&self) -> Result<Vec<Registered>, EngineError> {
        let mut models = Vec::new();
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(models),
            entries => entries.map_err(|error| at(&self.dir, error))?,
        };
        for entry in entries {
            let path = entry.map_err(|error| at(&self.dir, error))?.path().join("record.json");
            if path.is_file() {
                let text = fs::read_to_string(&path).map_err(|error| at(&path, error))?;
                let record = serde_json::from_str(&text)
                    .map_err(|error| EngineError::Request(format!("{}: {error}", path.display())))?;
                models.push(record);
            }
        }
        models.sort_by(|one: &Registered, other| one.name.cmp(&other.name));
        Ok(models)
    }

    /// The model of this name, or whose digest begins so.
    ///
    /// Errors: none, or several; the names that there are.
    pub fn find(&self, name: &str) -> Result<Registered, EngineError> {
        let models = self.list()?;
        if let Some(model) = models.iter().find(|model| model.name == name) {
            return Ok(model.clone());
        }
        let bare = name.strip_prefix("sha256:").unwrap_or(name);
        let begins = |model: &&Registered| model.digest.trim_start_matches("sha256:").starts_with(bare);
        let found: Vec<&Registered> = models.iter().filter(begins).collect();
        match (bare.len() >= 4, found.as_slice()) {
            (true, [one]) => Ok((*one).clone()),
            _ => {
                let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
                let known = if names.is_empty() { "it has none".to_owned() } else { names.join(", ") };
                Err(EngineError::Request(format!(
                    "no model `{name}` in this hall ({known}); `guildhall model add` adds one"
                )))
            }
        }
    }

    /// Where a model's files are: a GGUF file or a directory.
    pub fn path(&self, model: &Registered) -> PathBuf {
        if let Some(linked) = &model.linked {
            return linked.clone();
        }
        let files = self.dir.join(&model.name).join("files");
        match model.files.as_slice() {
            [one] => files.join(&one.name),
            _ => files,
        }
    }

    /// Where a model from this source is put together; the same place for the same source, so that a download goes on.
    pub fn staging(&self, source: &str) -> PathBuf {
        let key = text_digest(source);
        self.unfinished_dir().join(key.get(..16).unwrap_or_default())
    }

    /// What is left of models that never became whole, by source.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, EngineError> {
        Ok(unfinished(&self.unfinished_dir())?.into_iter().map(|(left, _)| left).collect())
    }

    /// Throws away what is left of a source; none if nothing is.
    ///
    /// Errors: it is being fetched just now.
    pub fn forget(&self, source: &str) -> Result<Option<Unfinished>, EngineError> {
        let all = unfinished(&self.unfinished_dir())?;
        let Some((left, dir)) = all.into_iter().find(|(left, _)| left.source == source) else { return Ok(None) };
        Partial::open(&dir, source)?.remove()?;
        Ok(Some(left))
    }

    fn unfinished_dir(&self) -> PathBuf {
        self.dir.join(".partial")
    }

    /// Registers what lies elsewhere, where it lies.
    pub fn link(&self, path: &Path, origin: &Origin) -> Result<Registered, EngineError> {
        let path = fs::canonicalize(path).map_err(|error| at(path, error))?;
        let mut record = self.record(&path, origin, &|| true)?;
        record.linked = Some(path);
        self.settle_alone(&record)?;
        Ok(record)
    }

    /// Names a model that is asked elsewhere. Nothing is sent.
    pub fn connect(&self, remote: RemoteModel, origin: &Origin) -> Result<Registered, EngineError> {
        let name = self.free_name(Path::new(&remote.model), origin)?;
        let record = Registered {
            name,
            source: origin.source.clone(),
            digest: remote.digest(),
            family: "endpoint".to_owned(),
            quantization: "unknown".to_owned(),
            bytes: 0,
            licence: None,
            template: true,
            revision: None,
            added: origin.at.clone(),
            linked: None,
            files: Vec::new(),
            remote: Some(remote),
        };
        self.settle_alone(&record)?;
        Ok(record)
    }

    /// Copies a file or a directory in; errors as of [`adopt`](Self::adopt).
    pub fn copy(&self, path: &Path, origin: &Origin, promised: &[(String, String)]) -> Result<Registered, EngineError> {
        // refused before anything is copied
        ModelFile::open(path).map_err(|error| EngineError::Model { path: path.to_owned(), error })?;
        let origin = &Origin { name: Some(self.free_name(path, origin)?), ..origin.clone() };
        let partial = Partial::open(&self.staging(&origin.source), &origin.source)?;
        partial.clear()?;
        let whole = partial.whole();
        let copied = copy_parts(path, &whole.join("files"));
        let adopted = copied.and_then(|()| self.adopt(&whole, origin, promised, &|| true));
        // the copy can be made again, so nothing of one that failed stays
        partial.remove()?;
        adopted
    }

    /// Makes what was put together under `staging` a model of the hall.
    ///
    /// Errors: what isn't supported, by its name; a name that is taken; other bytes than a file's name and hash promise; it
    /// isn't wanted any more.
    pub fn adopt(
        &self,
        staging: &Path,
        origin: &Origin,
        promised: &[(String, String)],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Registered, EngineError> {
        let files = staging.join("files");
        let all = parts(&files)?;
        let path = match all.as_slice() {
            [one] => one.clone(),
            _ => files,
        };
        let record = self.record(&path, origin, goes_on)?;
        for part in &record.files {
            let promised = promised.iter().find(|(name, sha256)| *name == part.name && *sha256 != part.sha256);
            if let Some((name, expected)) = promised {
                let (name, expected, found) = (name.clone(), expected.clone(), part.sha256.clone());
                return Err(DownloadError::Digest { name, expected, found }.into());
            }
        }
        self.settle(staging, &record)?;
        Ok(record)
    }

    /// Computes a model's hashes again; the files that differ or are gone.
    pub fn verify(&self, model: &Registered) -> Result<Vec<String>, EngineError> {
        let path = self.path(model);
        let dir = if path.is_dir() { path } else { path.parent().map(Path::to_owned).unwrap_or_default() };
        let mut faults = Vec::new();
        for part in &model.files {
            let file = dir.join(&part.name);
            match file_digest(&file) {
                Ok(found) if found == part.sha256 => {}
                Ok(found) => faults.push(format!("{}: sha256 {found}, registered {}", file.display(), part.sha256)),
                Err(error) => faults.push(error.to_string()),
            }
        }
        Ok(faults)
    }

    /// Takes a model out: its copy is deleted; what was linked stays where it is.
    pub fn remove(&self, model: &Registered) -> Result<(), EngineError> {
        let dir = self.dir.join(&model.name);
        // first out of the list, so that a kill leaves nothing half
        let gone = format!("removed {}", model.name);
        let gone = Partial::open(&self.staging(&gone), &gone)?;
        gone.clear()?;
        fs::rename(&dir, gone.whole()).map_err(|error| at(&dir, error))?;
        gone.remove()?;
        synced(&self.dir)
    }

    /// What a model is to be called.
    ///
    /// Errors: no name, or one that is taken.
    pub fn free_name(&self, path: &Path, origin: &Origin) -> Result<String, EngineError> {
        let name = match &origin.name {
            Some(name) => checked(name)?,
            None => checked(&by_file(path))?,
        };
        if self.dir.join(&name).exists() {
            let why = format!("this hall has a model `{name}` already; give another with --name, or remove it first");
            return Err(EngineError::Request(why));
        }
        Ok(name)
    }

    fn record(&self, path: &Path, origin: &Origin, goes_on: &dyn Fn() -> bool) -> Result<Registered, EngineError> {
        let file = ModelFile::open(path).map_err(|error| EngineError::Model { path: path.to_owned(), error })?;
        let name = self.free_name(path, origin)?;
        let mut files = Vec::new();
        for part in parts(path)? {
            let bytes = fs::metadata(&part).map_err(|error| at(&part, error))?.len();
            let name = part.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push(ModelPart { name, bytes, sha256: file_digest_while(&part, goes_on)? });
        }
        let text = |key: &str| ModelFacts::text(file.metadata(), key).map(str::to_owned);
        let digest = match files.as_slice() {
            [one] if !path.is_dir() => format!("sha256:{}", one.sha256),
            all => of_directory(all.iter().map(|part| (part.sha256.clone(), part.name.clone())).collect()),
        };
        Ok(Registered {
            name,
            source: origin.source.clone(),
            digest,
            family: file.hyperparameters().family.name().to_owned(),
            quantization: file.kinds().first().map_or("none", |(kind, _)| kind.name()).to_owned(),
            bytes: files.iter().map(|part| part.bytes).sum(),
            licence: text("general.license").or_else(|| origin.licence.clone()),
            template: template(&file, path)?.is_some(),
            revision: origin.revision.clone(),
            added: origin.at.clone(),
            linked: None,
            files,
            remote: None,
        })
    }

    /// Registers what has no files here.
    fn settle_alone(&self, record: &Registered) -> Result<(), EngineError> {
        let named = format!("record {}", record.name);
        let partial = Partial::open(&self.staging(&named), &named)?;
        partial.clear()?;
        self.settle(&partial.whole(), record)?;
        Ok(partial.remove()?)
    }

    /// Writes the record and moves the whole into place.
    fn settle(&self, staging: &Path, record: &Registered) -> Result<(), EngineError> {
        fs::create_dir_all(staging).map_err(|error| at(staging, error))?;
        let path = staging.join("record.json");
        let text = serde_json::to_string_pretty(record).map_err(|error| EngineError::Request(error.to_string()))?;
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| at(&path, error))?;
        let place = self.dir.join(&record.name);
        fs::rename(staging, &place).map_err(|error| at(&place, error))?;
        synced(&self.dir)
    }
}

/// The files of a model: the one, or those of a directory that count for its digest.
fn parts(path: &Path) -> Result<Vec<PathBuf>, EngineError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| at(path, error))? {
        let path = entry.map_err(|error| at(path, error))?.path();
        let is_part = |end: &str| path.to_string_lossy().ends_with(end);
        if [".gguf", ".safetensors", ".json", ".jinja"].into_iter().any(is_part) {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

/// `SmolLM2-135M-Instruct.Q4_1.gguf` without its ending; a directory's own name.
fn by_file(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gguf").unwrap_or(&name);
    let safe = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' });
    safe.take(LONGEST_NAME).collect::<String>().trim_start_matches('.').to_owned()
}

fn checked(name: &str) -> Result<String, EngineError> {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > LONGEST_NAME || name.starts_with('.') || !name.chars().all(safe) {
        let why = format!("`{name}` is no name: 1 to {LONGEST_NAME} letters, digits, - _ and ., not beginning with .");
        return Err(EngineError::Request(why));
    }
    Ok(name.to_owned())
}

/// Copies a model's files into a directory.
fn copy_parts(path: &Path, files: &Path) -> Result<(), EngineError> {
    fs::create_dir_all(files).map_err(|error| at(files, error))?;
    for file in parts(path)? {
        let Some(name) = file.file_name() else { continue };
        let to = files.join(name);
        fs::copy(&file, &to).map_err(|error| at(&file, error))?;
        synced(&to)?;
    }
    Ok(())
}

fn synced(path: &Path) -> Result<(), EngineError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| at(path, error))
}

fn at(path: &Path, error: io::Error) -> EngineError {
    EngineError::File { path: path.to_owned(), error }
}

//! What a hall knows of a model: the record beside its files.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::remote_model::RemoteModel;

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPart {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash, hexadecimal.
    pub sha256: String,
}

/// A model as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// What it is called in this hall.
    pub name: String,
    /// Where it came from: a path, `hf:ORG/REPO/FILE`, a URL.
    pub source: String,
    /// What names it anywhere: `sha256:` and the hash of its bytes.
    pub digest: String,
    /// `llama`, `qwen3`.
    pub family: String,
    /// How most of its weights are stored.
    pub quantization: String,
    /// Bytes of all files.
    pub bytes: u64,
    /// What it says of its licence.
    pub licence: Option<String>,
    /// Whether it has a chat template.
    pub template: bool,
    /// The commit it was taken from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// When it was added.
    pub added: String,
    /// Where it lies if it isn't a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<PathBuf>,
    /// Its files.
    pub files: Vec<ModelPart>,
    /// Where it is asked, if it isn't on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteModel>,
}

/// What is known of a model before its files are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What to call it; else by its file.
    pub name: Option<String>,
    /// See [`Registered::source`].
    pub source: String,
    /// See [`Registered::revision`].
    pub revision: Option<String>,
    /// What is said of its licence where it comes from, should its files not say.
    pub licence: Option<String>,
    /// Now.
    pub at: String,
}

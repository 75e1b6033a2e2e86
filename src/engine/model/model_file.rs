//! A model's files, opened but not loaded: what it is and how much memory it would take.

use std::path::{Path, PathBuf};

use super::cache::CacheShape;
use super::config;
use super::config_file::Config;
use super::error::ModelError;
use super::gguf::{Gguf, TensorInfo};
use super::gguf_config;
use super::hyperparameters::{Hyperparameters, Residual};
use super::matrix::Matrix;
use super::metadata::Metadata;
use super::names::Names;
use super::tensor_type::TensorType;
use super::tensors::Tensors;

/// A GGUF file, or a directory with `config.json` and safetensors files.
#[derive(Debug)]
pub struct ModelFile {
    pub(super) settings: Hyperparameters,
    pub(super) tensors: Tensors,
    pub(super) names: Names,
    metadata: Metadata,
    path: PathBuf,
}

/// What a run asks of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Positions that all samples share.
    pub prompt: usize,
    /// Further positions of each sample.
    pub continuation: usize,
    /// How many samples.
    pub samples: usize,
}

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Weights as they are kept.
    pub weights: u64,
    /// Keys and values.
    pub cache: u64,
    /// Rows between the layers, and logits.
    pub working: u64,
}

impl Estimate {
    /// All together.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.cache).saturating_add(self.working)
    }

    /// Refuses, with the figures, what does not fit.
    pub fn fits(&self, available: u64) -> Result<(), ModelError> {
        let needed = self.total();
        if needed <= available {
            return Ok(());
        }
        Err(ModelError::Memory { needed, weights: self.weights, cache: self.cache + self.working, available })
    }
}

/// Rows that are computed at a time; see [`super::Model::prefill`].
pub const PREFILL_ROWS: usize = 128;

impl ModelFile {
    /// Reads headers and settings, and nothing of the weights.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let (settings, tensors, metadata, gguf) = if path.is_dir() {
            let settings = config::hyperparameters(&Config::open(&path.join("config.json"))?)?;
            (settings, Tensors::of_directory(path)?, Metadata::default(), false)
        } else {
            let gguf = Gguf::open(path)?;
            (gguf_config::hyperparameters(&gguf)?, Tensors::of_gguf(path, &gguf)?, gguf.metadata, true)
        };
        let two_norms = settings.residual == Residual::ParallelTwoNorms;
        let names = if gguf { Names::gguf } else { Names::safetensors }(settings.family, two_norms);
        Ok(Self { settings, tensors, names, metadata, path: path.to_owned() })
    }

    /// What the model is.
    pub fn hyperparameters(&self) -> &Hyperparameters {
        &self.settings
    }

    /// What a GGUF file says besides; empty for a directory, which has files of their own for tokenizer and template.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How most of the weights are stored, and by how many bytes each kind is.
    pub fn kinds(&self) -> Vec<(TensorType, u64)> {
        let mut kinds = std::collections::BTreeMap::new();
        for (_, info) in self.tensors.iter() {
            *kinds.entry(info.kind).or_insert(0) += info.bytes;
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        kinds
    }

    /// What a position takes in the cache.
    pub fn cache_shape(&self) -> CacheShape {
        cache_shape(&self.settings)
    }

    /// The memory that a run would take.
    pub fn estimate(&self, demand: &Demand) -> Estimate {
        let weights = self.tensors.iter().map(|(_, info)| weight_bytes(info)).sum();
        Estimate { weights, ..besides(&self.settings, demand) }
    }
}

/// What a run takes beside the weights.
pub fn besides(settings: &Hyperparameters, demand: &Demand) -> Estimate {
    let shape = cache_shape(settings);
    let samples = demand.samples as u64 * shape.bytes(demand.continuation);
    let inner = settings.experts.as_ref().map_or(0, |experts| experts.inner).max(settings.inner);
    let rows = demand.prompt.clamp(1, PREFILL_ROWS).max(demand.samples) as u64;
    // each row: a few copies of the stream and the inner columns, twice for the panels' order, and all logits
    let row = 8 * settings.hidden + 6 * inner + 6 * settings.heads * shape.key_width + 2 * settings.vocabulary;
    Estimate { weights: 0, cache: shape.bytes(demand.prompt) + samples, working: rows * row as u64 * 4 }
}

/// What a position takes in the cache of such a model.
pub fn cache_shape(settings: &Hyperparameters) -> CacheShape {
    let layers = settings.layers();
    match settings.latent {
        Some(latent) => {
            CacheShape { layers, heads: 1, key_width: latent.rank + latent.turned, value_width: latent.rank }
        }
        None => CacheShape { layers, heads: settings.kv_heads, key_width: settings.head, value_width: settings.head },
    }
}

fn weight_bytes(info: &TensorInfo) -> u64 {
    match info.shape.split_last() {
        Some((columns, rows)) if rows.iter().product::<usize>() > 1 => {
            Matrix::bytes(info.kind, rows.iter().product(), *columns)
        }
        _ => 4 * info.shape.iter().product::<usize>() as u64,
    }
}

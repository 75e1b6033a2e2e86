//! From model files to logits; tokens, templates and sampling are not here.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a model computes in single precision, and its sizes are far below 2^24"
)]

mod attend;
#[cfg(target_arch = "x86_64")]
mod attend_narrow;
mod attention;
mod build;
mod cache;
mod check;
mod config;
mod config_experts;
mod config_file;
mod config_rope;
mod decoder;
mod error;
mod experts;
mod gguf;
mod gguf_coming;
mod gguf_config;
mod gguf_experts;
mod gguf_keys;
mod hyperparameters;
mod isa;
mod kernels;
mod latent;
mod layer;
mod math;
mod matrix;
mod metadata;
mod mlp;
mod model_file;
mod names;
mod norm;
mod pack;
mod panel;
mod pass;
mod quantised;
mod rope;
mod routing;
mod safetensors;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod scale_vectors;
mod tensor_type;
mod tensors;
mod threads;

pub use cache::{CacheShape, Prefix, Sequence};
pub use check::{CheckReport, check};
pub use config::is_supported;
pub use decoder::{Logits, Model, OnProgress, Progress};
pub use error::ModelError;
pub use gguf::{Gguf, TensorInfo};
pub use gguf_coming::is_supported_so_far;
pub use hyperparameters::{
    ExpertSettings, Family, Gate, Hyperparameters, LatentAttention, QueryNorm, Residual, Routing, Temperature, Window,
};
pub use isa::Isa;
pub use metadata::{Metadata, Value};
pub use model_file::{Demand, Estimate, ModelFile, besides};
pub use pass::{Step, Wanted};
pub use rope::{Pairing, RopeScaling, RopeSettings};
pub use tensor_type::TensorType;
pub use threads::Threads;

//! Compares a model with reference logits: in one pass and token by token.

use std::ops::ControlFlow;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::decoder::{Logits, Model};
use super::error::ModelError;
use super::hyperparameters::Family;
use super::model_file::ModelFile;
use super::pass::{Step, Wanted};
use super::threads::Threads;

/// The largest absolute differences from the reference over all positions and tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckReport {
    /// The model's family.
    pub family: Family,
    /// How many positions were compared.
    pub positions: usize,
    /// With all tokens in one pass.
    pub prefill: f32,
    /// With one token at a time.
    pub stepwise: f32,
}

/// Runs the model at `path` over `input_ids` of the reference, a safetensors file, and compares with its `logits`.
pub fn check(path: &Path, reference: &Path, threads: &Threads) -> Result<CheckReport, ModelError> {
    let model = ModelFile::open(path)?.load(&mut |_| ControlFlow::Continue(()))?;
    let (ids, logits) = read_reference(reference)?;
    let vocabulary = model.hyperparameters().vocabulary;
    let mut report = CheckReport { family: model.hyperparameters().family, positions: 0, prefill: 0.0, stepwise: 0.0 };
    if logits.len() != ids.len() || logits.iter().zip(&ids).any(|(rows, ids)| rows.len() != ids.len() * vocabulary) {
        return Err(ModelError::malformed("the reference", "ids and logits do not fit each other or the model"));
    }
    for (ids, expected) in ids.iter().zip(&logits) {
        let whole = run(&model, threads, &[ids.as_slice()])?;
        let single: Vec<&[u32]> = ids.chunks(1).collect();
        let steps = run(&model, threads, &single)?;
        report.positions += ids.len();
        report.prefill = report.prefill.max(difference(&whole, expected));
        report.stepwise = report.stepwise.max(difference(&steps, expected));
    }
    Ok(report)
}

fn run(model: &Model, threads: &Threads, parts: &[&[u32]]) -> Result<Vec<Logits>, ModelError> {
    let mut sequence = model.sequence();
    let mut all = Vec::new();
    for tokens in parts {
        let step = Step { sequence: &mut sequence, tokens, wanted: Wanted::All };
        all.extend(model.forward(&mut [step], threads, &mut |_| ControlFlow::Continue(()))?);
    }
    Ok(all)
}

/// The largest difference; not a number counts as infinite.
fn difference(found: &[Logits], expected: &[f32]) -> f32 {
    let found = found.iter().flat_map(|logits| logits.rows().flatten());
    let differences = found.zip(expected).map(|(found, expected)| (found - expected).abs());
    differences.fold(0.0, |worst, each| if each.is_nan() { f32::INFINITY } else { worst.max(each) })
}

/// Token ids and logits, one entry for each sequence.
type Reference = (Vec<Vec<u32>>, Vec<Vec<f32>>);

fn read_reference(path: &Path) -> Result<Reference, ModelError> {
    let failed = |error: candle_core::Error| ModelError::malformed("the reference", error.to_string());
    let tensors = candle_core::safetensors::load(path, &Device::Cpu).map_err(failed)?;
    let named = |name: &str| -> Result<&Tensor, ModelError> {
        tensors.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))
    };
    let ids = named("input_ids")?.to_dtype(DType::I64).and_then(|ids| ids.to_vec2::<i64>()).map_err(failed)?;
    let wrong = |_| ModelError::malformed("the reference", "a token id is out of range");
    let ids = ids.into_iter().map(|row| row.into_iter().map(|id| u32::try_from(id).map_err(wrong)).collect());
    let logits = named("logits")?.to_dtype(DType::F32).and_then(|logits| logits.to_vec3::<f32>()).map_err(failed)?;
    let logits = logits.into_iter().map(|rows| rows.concat()).collect();
    Ok((ids.collect::<Result<_, _>>()?, logits))
}

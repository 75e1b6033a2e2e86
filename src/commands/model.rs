//! `model`: what a model file is, and whether it computes what it should.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::engine::digest;
use crate::engine::model::{Demand, ModelFile, Threads, check};

use super::context::{CommandError, Context, Outcome};

/// The largest difference from reference logits that counts as the same.
const SAME: f32 = 1e-4;

/// Commands of `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Say what a model file is and how much memory it would take; its weights aren't read
    Show(Show),
    /// Compare a model's logits with a reference, in one pass and token by token
    Check(Check),
}

/// Arguments of `model show`.
#[derive(Debug, Args)]
pub struct Show {
    /// A GGUF file, or a directory with config.json and safetensors
    path: PathBuf,
    /// Positions of a prompt and an answer, for the estimate
    #[arg(long, default_value_t = 2048)]
    positions: usize,
}

/// Arguments of `model check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The model: a GGUF file, or a directory with config.json and safetensors
    dir: PathBuf,
    /// A safetensors file with `input_ids` and `logits`
    #[arg(long)]
    reference: PathBuf,
}

/// Runs `model`.
pub async fn run(command: ModelCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        ModelCommand::Show(arguments) => show(&arguments, context),
        ModelCommand::Check(arguments) => compare(&arguments, context),
    }
}

fn show(arguments: &Show, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let path = &arguments.path;
    let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", path.display()));
    let file = ModelFile::open(path).map_err(|error| wrong(&error))?;
    let settings = file.hyperparameters();
    let estimate = file.estimate(&Demand { prompt: arguments.positions, continuation: 0, samples: 1 });
    let text = |key: &str| file.metadata().text(key);
    let kinds: Vec<_> = file.kinds().iter().map(|(kind, bytes)| json!({"type": kind.name(), "bytes": bytes})).collect();
    let report = json!({
        "digest": digest(path).map_err(|error| CommandError::Usage(error.to_string()))?,
        "family": settings.family.name(),
        "name": text("general.name"),
        "licence": text("general.license"),
        "layers": settings.layers(),
        "context": settings.context,
        "vocabulary": settings.vocabulary,
        "tensors": kinds,
        "memory": {"weights": estimate.weights, "cache": estimate.cache, "working": estimate.working},
        "has_template": text("tokenizer.chat_template").is_some(),
    });
    context.emit(&report, || {
        let licence = text("general.license").unwrap_or("not stated");
        format!(
            "{}\n{}, {} layers, vocabulary {}, context {}\nlicence {licence}\nmemory for {} positions: {} MB of weights, {} MB besides\n{}",
            path.display(),
            settings.family.name(),
            settings.layers(),
            settings.vocabulary,
            settings.context,
            arguments.positions,
            estimate.weights >> 20,
            (estimate.cache + estimate.working) >> 20,
            report["digest"].as_str().unwrap_or_default()
        )
    })
}

fn compare(arguments: &Check, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let Check { dir, reference } = arguments;
    let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", dir.display()));
    let threads = Threads::new(1).map_err(|error| wrong(&error))?;
    let report = check(dir, reference, &threads).map_err(|error| wrong(&error))?;
    let document = json!({
        "family": report.family.name(),
        "positions": report.positions,
        "max_abs_diff": {"prefill": report.prefill, "stepwise": report.stepwise},
    });
    let same = report.prefill <= SAME && report.stepwise <= SAME;
    context.emit(&document, || {
        let verdict = if same { "ok" } else { "NOT THE SAME" };
        format!(
            "{verdict}: {}, {} positions, largest difference {:.2e} in one pass, {:.2e} token by token (limit {SAME:.0e})",
            report.family.name(),
            report.positions,
            report.prefill,
            report.stepwise
        )
    })?;
    Ok(if same { Outcome::Done } else { Outcome::No })
}

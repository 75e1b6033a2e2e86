//! `model show`: what a model is, from its files and from the hall's record of it; its weights aren't read.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::engine::model::{Demand, ModelFile};
use crate::engine::{EngineError, Registered, digest, template};

use super::context::{CommandError, Context, Outcome};
use super::local_model::kept;

/// Arguments of `model show`.
#[derive(Debug, Args)]
pub struct Show {
    /// A GGUF file, a directory with config.json and safetensors, or a model of the hall by its name
    model: String,
    /// Positions of a prompt and an answer, for the estimate
    #[arg(long, default_value_t = 2048)]
    positions: usize,
}

/// Runs `model show`.
pub fn show(arguments: &Show, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let kept = kept(&arguments.model, context)?;
    if let Some(remote) = kept.as_ref().and_then(|(_, record)| record.remote.as_ref()) {
        let report = json!({"remote": remote, "digest": remote.digest()});
        let words = || format!("{} at {}, dialect {}", remote.model, remote.address, remote.dialect.name());
        return context.emit(&report, words);
    }
    let (path, record) = match kept {
        Some((path, record)) => (path, Some(record)),
        None => (PathBuf::from(&arguments.model), None),
    };
    let file = ModelFile::open(&path).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
    let report = report((&file, &path), record.as_ref(), arguments.positions)?;
    context.emit(&report, || in_words((&path, &report), arguments.positions))
}

/// What is told of a model.
fn report(
    (file, path): (&ModelFile, &Path),
    record: Option<&Registered>,
    positions: usize,
) -> Result<Value, EngineError> {
    let settings = file.hyperparameters();
    let estimate = file.estimate(&Demand { prompt: positions, continuation: 0, samples: 1 });
    let text = |key: &str| file.metadata().text(key);
    let kinds: Vec<_> = file.kinds().iter().map(|(kind, bytes)| json!({"type": kind.name(), "bytes": bytes})).collect();
    Ok(json!({
        "digest": digest(path)?,
        "family": settings.family.name(),
        "name": text("general.name"),
        // the hub may have told what the file doesn't say
        "licence": text("general.license").or(record.and_then(|record| record.licence.as_deref())),
        "source": record.map(|record| &record.source),
        "revision": record.and_then(|record| record.revision.as_ref()),
        "layers": settings.layers(),
        "context": settings.context,
        "vocabulary": settings.vocabulary,
        "tensors": kinds,
        "memory": {"weights": estimate.weights, "cache": estimate.cache, "working": estimate.working},
        "has_template": template(file, path)?.is_some(),
    }))
}

fn in_words((path, report): (&Path, &Value), positions: usize) -> String {
    let text = |key: &str| report[key].as_str();
    let megabytes = |key: &str| report["memory"][key].as_u64().unwrap_or(0) >> 20;
    let mut from = text("source").map_or_else(String::new, |source| format!("\nfrom {source}"));
    text("revision").iter().for_each(|commit| from.push_str(&format!(" at {commit}")));
    format!(
        "{}{from}\n{}, {} layers, vocabulary {}, context {}\nlicence {}{}\nmemory for {positions} positions: {} MB of \
         weights, {} MB besides\n{}",
        path.display(),
        text("family").unwrap_or_default(),
        report["layers"],
        report["vocabulary"],
        report["context"],
        text("licence").unwrap_or("not stated"),
        if report["has_template"] == true { "" } else { ", no chat template" },
        megabytes("weights"),
        megabytes("cache") + megabytes("working"),
        text("digest").unwrap_or_default()
    )
}

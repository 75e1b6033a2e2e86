//! `model`: the hall's models, what a model file is, and whether it computes what it should.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::engine::download::{Downloading, Source, Unfinished, download};
use crate::engine::endpoint::LogProbabilities;
use crate::engine::model::{Threads, check};
use crate::engine::net::{Backoff, environment};
use crate::engine::{Origin, Registered, Registry, free_space};
use crate::hall::HallError;

use super::context::{CommandError, Context, Outcome};
use super::endpoint::{Access, connected};
use super::model_show::{Show, show};

/// The largest difference from reference logits that counts as the same.
const SAME: f32 = 1e-4;

/// Commands of `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Add a model to the hall
    Add(Add),
    /// Name a model behind an OpenAI-compatible endpoint, so that the hall's reruns may ask it
    Connect(Connect),
    /// List the hall's models
    List,
    /// Compute the hashes of the hall's models again
    Verify {
        /// Only this one: its name, or how its digest begins
        model: Option<String>,
    },
    /// Take a model out of the hall; what was linked stays where it is. Also throws away what came of a model that never
    /// became whole
    Remove {
        /// Its name, or how its digest begins; or the source of an unfinished one, as `model list` tells it
        model: String,
    },
    /// Say what a model file is and how much memory it would take; its weights aren't read
    Show(Show),
    /// Compare a model's logits with a reference, in one pass and token by token
    Check(Check),
}

/// Arguments of `model add`.
#[derive(Debug, Args)]
pub struct Add {
    /// A GGUF file, a directory with config.json, safetensors and tokenizer.json, `hf:ORG/REPO`, `hf:ORG/REPO/FILE`, or the
    /// address of a GGUF file
    source: String,
    /// What to call it; else by its file
    #[arg(long)]
    name: Option<String>,
    /// Leave a local file where it is instead of copying it
    #[arg(long)]
    link: bool,
    /// The hash (SHA-256) that the file is to have
    #[arg(long, value_name = "HASH", conflicts_with = "link", value_parser = hash)]
    sha256: Option<String>,
}

/// Arguments of `model connect`.
#[derive(Debug, Args)]
pub struct Connect {
    /// The endpoint's base address, <https://api.example.org/v1>
    url: String,
    /// The model's name there
    #[arg(long)]
    model: String,
    /// What to call it here; else by its name there
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    access: Access,
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
        ModelCommand::Add(arguments) => add(&arguments, context).await,
        ModelCommand::Connect(arguments) => connect(&arguments, context),
        ModelCommand::List => list(context),
        ModelCommand::Verify { model } => verify(model.as_deref(), context),
        ModelCommand::Remove { model } => remove(&model, context),
        ModelCommand::Show(arguments) => show(&arguments, context),
        ModelCommand::Check(arguments) => compare(&arguments, context),
    }
}

/// 64 hexadecimal digits, of either case.
fn hash(text: &str) -> Result<String, String> {
    let hash = text.to_ascii_lowercase();
    match hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(hash),
        false => Err("a SHA-256 has 64 hexadecimal digits".to_owned()),
    }
}

fn registry(context: &Context<'_>) -> Result<Registry, CommandError> {
    let dir = context.dir()?;
    if !dir.join("hall.db").is_file() {
        return Err(CommandError::Usage(format!("no hall in {}; models are kept in a hall", dir.display())));
    }
    Ok(Registry::of(dir))
}

async fn add(arguments: &Add, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let registry = registry(context)?;
    let path = Path::new(&arguments.source);
    let source = Source::new(&arguments.source)?.filter(|_| !path.exists());
    let origin = Origin {
        name: arguments.name.clone(),
        source: source.as_ref().map_or_else(|| arguments.source.clone(), Source::shown),
        revision: None,
        licence: None,
        at: context.clock.now().to_string(),
    };
    let added = match (&source, arguments.link) {
        (Some(_), true) => {
            return Err(CommandError::Usage("only what is on this machine can be linked".to_owned()));
        }
        (Some(source), false) => fetch(&registry, source, (origin, arguments.sha256.clone()), context).await?,
        (None, true) => registry.link(path, &origin)?,
        (None, false) if arguments.sha256.is_some() && path.is_dir() => {
            return Err(CommandError::Usage("a hash is that of one file, but this model is a directory".to_owned()));
        }
        (None, false) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let promised = arguments.sha256.iter().map(|hash| (name.clone(), hash.clone()));
            registry.copy(path, &origin, &promised.collect::<Vec<_>>())?
        }
    };
    context.emit(&added, || line(&added))
}

/// Fetches a model from elsewhere; interrupted, it says how to go on.
async fn fetch(
    registry: &Registry,
    source: &Source,
    (origin, sha256): (Origin, Option<String>),
    context: &Context<'_>,
) -> Result<Registered, CommandError> {
    let tell = context.progress("megabytes");
    let tell = move |here: u64, all: u64| tell(here >> 20, all.div_ceil(1 << 20));
    let backoff = Backoff { seed: context.random.number(), ..Backoff::default() };
    let with = Downloading { environment: &environment, backoff, sha256, free: &free_space, tell: &tell };
    let added = tokio::select! {
        added = download(registry, source, origin, &with) => added.map_err(CommandError::from),
        _ = tokio::signal::ctrl_c() => {
            let why = "stopped; what came is kept, and the same command goes on from there".to_owned();
            Err(CommandError::Failed(HallError::Failed(why)))
        }
    };
    context.progress("megabytes")(1, 1);
    added
}

fn connect(arguments: &Connect, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let registry = registry(context)?;
    let remote = arguments.access.remote(&arguments.url, &arguments.model)?;
    // a key that can't be read is told now
    connected(&remote, LogProbabilities::None)?;
    let origin = Origin {
        name: arguments.name.clone(),
        source: remote.address.clone(),
        revision: None,
        licence: None,
        at: context.clock.now().to_string(),
    };
    let added = registry.connect(remote, &origin)?;
    context.emit(&added, || line(&added))
}

fn list(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let registry = registry(context)?;
    let (models, unfinished) = (registry.list()?, registry.unfinished()?);
    context.emit(&json!({ "models": models, "unfinished": unfinished }), || {
        let none = models.is_empty().then(|| "no models; `guildhall model add FILE` adds one".to_owned());
        let lines: Vec<String> =
            none.into_iter().chain(models.iter().map(line)).chain(unfinished.iter().map(left)).collect();
        lines.join("\n")
    })
}

/// What is left of a model that never became whole, and what to do with it.
fn left(Unfinished { source, bytes }: &Unfinished) -> String {
    let amount = bytes.div_ceil(1 << 20);
    format!("unfinished: {source}, {amount} MB here; `model add` of it goes on, `model remove` of it throws it away")
}

fn line(model: &Registered) -> String {
    let Registered { name, family, quantization, bytes, digest, .. } = model;
    if let Some(remote) = &model.remote {
        return format!("{name:<32} {} at {}", remote.model, remote.address);
    }
    let licence = model.licence.as_deref().unwrap_or("licence not stated");
    let template = if model.template { "" } else { ", no chat template" };
    let digest: String = digest.chars().take(19).collect();
    format!("{name:<32} {family}, {quantization}, {} MB, {licence}{template}, {digest}", bytes >> 20)
}

fn verify(named: Option<&str>, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let registry = registry(context)?;
    let models = match named {
        Some(name) => registry.find(name).map(|model| vec![model]),
        None => registry.list(),
    };
    let models = models?;
    let mut faults = Vec::new();
    for model in &models {
        let found = registry.verify(model)?;
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", model.name)));
    }
    let count = models.len();
    context.emit(&json!({"models": count, "faults": faults}), || {
        let mut text = if faults.is_empty() { format!("ok: {count} models") } else { "NOT WHAT WAS ADDED".to_owned() };
        faults.iter().for_each(|fault| {
            let _ = write!(text, "\n{fault}");
        });
        text
    })?;
    Ok(if faults.is_empty() { Outcome::Done } else { Outcome::No })
}

fn remove(name: &str, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let registry = registry(context)?;
    let is_model = registry.list()?.iter().any(|model| model.name == name);
    if let Some(left) = if is_model { None } else { registry.forget(name)? } {
        let words = || format!("what came of {} is thrown away, {} MB", left.source, left.bytes.div_ceil(1 << 20));
        return context.emit(&json!({ "removed": left.source, "bytes": left.bytes }), words);
    }
    let model = registry.find(name)?;
    registry.remove(&model)?;
    context.emit(&json!({"removed": model.name}), || format!("{} removed", model.name))
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

//! A model file that a command names, loaded; and what documents say of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::engine::text::Chat;
use crate::engine::{Local, Prompted, Registered, Registry, RemoteModel, available_memory, digest};

use super::context::{CommandError, Context};
use super::endpoint::EndpointArguments;

/// Which model, and on how many threads.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// A GGUF file, a directory with config.json, safetensors and tokenizer.json, or a model of the hall by its name
    #[arg(long, required_unless_present = "replay", default_value = "", hide_default_value = true)]
    pub model: String,
    #[command(flatten)]
    pub endpoint: EndpointArguments,
    /// Threads; they change no token
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: u16,
}

/// What is said to the model.
#[derive(Debug, Args)]
pub struct ChatArguments {
    /// The system's message; text or @file
    #[arg(long)]
    pub system: Option<String>,
    /// The prompt; text or @file
    #[arg(long, required_unless_present_any = ["item", "replay"])]
    pub prompt: Option<String>,
}

/// Where a model is.
pub enum Located {
    /// On this machine.
    Here(PathBuf),
    /// Behind an endpoint.
    There(Box<RemoteModel>),
}

impl ChatArguments {
    /// The system's message and the prompt.
    pub fn said(&self, context: &Context<'_>) -> Result<(Option<String>, String), CommandError> {
        let system = self.system.as_deref().map(|given| context.text(given)).transpose()?;
        Ok((system, context.text(self.prompt.as_deref().unwrap_or_default())?))
    }

    /// The prompt as the model's template writes it.
    pub fn prompted(&self, model: &Local, context: &Context<'_>) -> Result<Prompted, CommandError> {
        let (system, user) = self.said(context)?;
        let today = today(&context.clock.now().day());
        model.prompt(&Chat { system: system.as_deref(), turns: &[("user", &user)] }, today).map_err(CommandError::from)
    }
}

/// A model and how long it took to load.
pub struct Loaded {
    /// The model.
    pub model: Local,
    /// How documents name it: digest, family, quantization.
    pub named: Value,
    /// How long reading it took.
    pub took: Duration,
}

/// A day's year, month and day.
pub fn today(day: &str) -> Option<(i32, u32, u32)> {
    let mut parts = day.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let mut part = || parts.next().flatten();
    part().and_then(|year| Some((i32::try_from(year).ok()?, part()?, part()?)))
}

/// Where a model is: behind the endpoint that is named, else as [`found`].
pub fn located(model: &str, endpoint: &EndpointArguments, context: &Context<'_>) -> Result<Located, CommandError> {
    match endpoint.remote(model, context)? {
        Some(remote) => Ok(Located::There(Box::new(remote))),
        None => found(model, context),
    }
}

/// Where a model is that is named by a path, or as one of the hall's.
fn found(model: &str, context: &Context<'_>) -> Result<Located, CommandError> {
    Ok(match kept(model, context)? {
        None => Located::Here(PathBuf::from(model)),
        Some((_, Registered { remote: Some(remote), .. })) => Located::There(Box::new(remote)),
        Some((path, _)) => Located::Here(path),
    })
}

/// The hall's model of this name with its files' place; none if there is such a file, which is meant then.
///
/// Errors: neither is there; somebody over SSH, who has no files here.
pub fn kept(model: &str, context: &Context<'_>) -> Result<Option<(PathBuf, Registered)>, CommandError> {
    if context.opened.is_some() {
        return Err(CommandError::Usage(format!("{model}: files are not read over SSH")));
    }
    if Path::new(model).exists() {
        return Ok(None);
    }
    let Some(hall) = context.hall.as_deref().filter(|_| !model.contains('/')) else {
        return Err(CommandError::Usage(format!("{model}: no such file or directory")));
    };
    let registry = Registry::of(hall);
    let record = registry.find(model)?;
    Ok(Some((registry.path(&record), record)))
}

/// Loads a model of this machine.
///
/// Errors: what is not supported, by name; one that doesn't fit into memory, with the figures.
pub fn load(path: &Path, threads: u16) -> Result<Loaded, CommandError> {
    let started = Instant::now();
    let available = available_memory().unwrap_or(u64::MAX);
    let model = Local::load(path, usize::from(threads), available)?;
    let took = started.elapsed();
    let digest = digest(path)?;
    let family = model.hyperparameters().family.name();
    let named = json!({"digest": digest, "family": family, "quantization": model.quantization()});
    Ok(Loaded { model, named, took })
}

//! A model file that a command names, loaded; and what documents say of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::engine::text::Chat;
use crate::engine::{EngineError, Local, Prompted, Registry, available_memory, digest};

use super::context::{CommandError, Context};

/// Which model, and on how many threads.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// A GGUF file, a directory with config.json, safetensors and tokenizer.json, or a model of the hall by its name
    #[arg(long, required_unless_present = "replay", default_value = "", hide_default_value = true)]
    pub model: String,
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

impl ChatArguments {
    /// The prompt as the model's template writes it.
    pub fn prompted(&self, model: &Local, context: &Context<'_>) -> Result<Prompted, CommandError> {
        let system = self.system.as_deref().map(|given| context.text(given)).transpose()?;
        let user = context.text(self.prompt.as_deref().unwrap_or_default())?;
        let today = today(&context.clock.now().day());
        model
            .prompt(&Chat { system: system.as_deref(), turns: &[("user", &user)] }, today)
            .map_err(|error| wrong(&error))
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

/// Where a model lies that is named by a path, or as one of the hall's.
pub fn located(model: &str, context: &Context<'_>) -> Result<PathBuf, CommandError> {
    let path = PathBuf::from(model);
    if context.opened.is_some() {
        return Err(CommandError::Usage(format!("{model}: files are not read over SSH")));
    }
    // a bare word may be both; the hall's name is meant unless there is such a file
    if path.exists() {
        return Ok(path);
    }
    let Some(hall) = context.hall.as_deref().filter(|_| !model.contains('/')) else {
        return Err(CommandError::Usage(format!("{model}: no such file or directory")));
    };
    let registry = Registry::of(hall);
    let found = registry.find(model).map_err(|error| wrong(&error))?;
    Ok(registry.path(&found))
}

/// Loads a model.
///
/// Errors: what is not supported, by name; one that doesn't fit into memory, with the figures.
pub fn load(arguments: &ModelArguments, context: &Context<'_>) -> Result<Loaded, CommandError> {
    let path = located(&arguments.model, context)?;
    let path: &Path = &path;
    let started = Instant::now();
    let available = available_memory().unwrap_or(u64::MAX);
    let model = Local::load(path, usize::from(arguments.threads), available).map_err(|error| wrong(&error))?;
    let took = started.elapsed();
    let digest = digest(path).map_err(|error| wrong(&error))?;
    let family = model.hyperparameters().family.name();
    let named = json!({"digest": digest, "family": family, "quantization": model.quantization()});
    Ok(Loaded { model, named, took })
}

/// An engine's error at the edge.
pub fn wrong(error: &EngineError) -> CommandError {
    CommandError::Usage(error.to_string())
}

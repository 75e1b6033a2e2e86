//! `backup` and `restore`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::hall::{backup, restore};

use super::context::{CommandError, Context, Outcome};

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The directory to make; it will hold the hall's keys
    to: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup's directory
    from: PathBuf,
}

/// Runs `backup`.
pub async fn run(arguments: Backup, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let hall = context.open().await?;
    let copied = backup(&hall, &arguments.to, Arc::clone(&context.clock), Arc::clone(&context.random)).await?;
    context.emit(&json!({"entries": copied.entries, "to": arguments.to}), || {
        format!(
            "{} entries copied to {} and verified; it holds the hall's keys, guard it",
            copied.entries,
            arguments.to.display()
        )
    })
}

/// Runs `restore`.
pub async fn run_restore(arguments: Restore, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let to = context.dir()?.to_path_buf();
    let restored = restore(&arguments.from, &to, Arc::clone(&context.clock), Arc::clone(&context.random)).await?;
    context.emit(&json!({"entries": restored.entries, "hall": to}), || {
        format!("{} entries restored to {}", restored.entries, to.display())
    })
}

//! `member export` and `member forget`: what somebody takes along, and what the directory has of them.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::hall::Taken;

use super::context::{CommandError, Context, Outcome};

/// Arguments of `member export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Yours, and nobody else's
    #[arg(long, required = true)]
    me: bool,
    /// A directory to make; without it one JSON document is printed
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Runs `member export`.
pub async fn run_export(arguments: ExportArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let ExportArguments { me: _, output } = arguments;
    if context.opened.is_some() && output.is_some() {
        let why = "files are not written over SSH; leave --output away, and keep what is printed";
        return Err(CommandError::Usage(why.to_owned()));
    }
    let (hall, signer) = context.enter().await?;
    let taken = hall.take_along(signer.as_ref()).await?;
    let Some(dir) = output else {
        let document = serde_json::to_string_pretty(&taken).map_err(std::io::Error::other)?;
        return context.emit(&taken, || document);
    };
    write(&taken, &dir)?;
    let own = taken.entries.iter().filter(|entry| entry.own).count();
    let told = json!({"member": taken.member, "entries": taken.entries.len(), "own": own, "dir": dir});
    context.emit(&told, || {
        format!(
            "{own} entries of yours and {} that name you are in {}, each with its proof.\n\
             What you gave stays under the terms you gave it on; what you earned stays yours.\n\
             The whole ledger: guildhall ledger export DIR",
            taken.entries.len() - own,
            dir.display()
        )
    })
}

/// Writes the directory: `member.json`, `checkpoint`, `vkey`, and each entry with its proof and texts.
fn write(taken: &Taken, dir: &Path) -> Result<(), CommandError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| CommandError::Usage(format!("{path}: {error}"))
    };
    if dir.exists() && dir.read_dir().map_err(failed(dir))?.next().is_some() {
        return Err(CommandError::Usage(format!("{} is not empty", dir.display())));
    }
    let entries = dir.join("entries");
    std::fs::create_dir_all(&entries).map_err(failed(&entries))?;
    let mut member = serde_json::to_value(taken).map_err(std::io::Error::other)?;
    if let Some(fields) = member.as_object_mut() {
        fields.remove("entries");
    }
    let put = |path: PathBuf, text: &str| std::fs::write(&path, text).map_err(failed(&path));
    put(dir.join("member.json"), &serde_json::to_string_pretty(&member).map_err(std::io::Error::other)?)?;
    put(dir.join("checkpoint"), &taken.checkpoint)?;
    put(dir.join("vkey"), &format!("{}\n", taken.vkey))?;
    for entry in &taken.entries {
        put(entries.join(entry.seq.to_string()), &entry.entry)?;
        put(entries.join(format!("{}.tlog-proof", entry.seq)), &entry.proof)?;
        if !entry.parts.is_empty() {
            let parts = serde_json::to_string_pretty(&entry.parts).map_err(std::io::Error::other)?;
            put(entries.join(format!("{}.parts.json", entry.seq)), &parts)?;
        }
    }
    Ok(())
}

/// Runs `member forget`.
pub async fn run_forget(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let member = hall.forget(signer.as_ref()).await?;
    context.emit(&json!({ "forgotten": member }), || {
        format!("the directory knows no name of {member} any more, nor what their credentials rest on")
    })
}

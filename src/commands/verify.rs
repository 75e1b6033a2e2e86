//! `verify`: a release, with nothing but its directory.

use std::path::PathBuf;

use clap::Args;

use crate::hall::{HallError, Verified, verify_release};

use super::context::{CommandError, Context, Outcome};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The release's directory
    dir: PathBuf,
}

/// Runs `verify`.
pub async fn run(arguments: Verify, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let dir = context.release_dir(&arguments.dir).await?;
    let verified = tokio::task::spawn_blocking(move || verify_release(&dir)).await;
    let verified = verified.map_err(|error| HallError::Failed(error.to_string()))??;
    report(context, &verified)
}

/// Prints what a verification found; a fault is the answer no.
pub fn report(context: &mut Context<'_>, verified: &Verified) -> Result<Outcome, CommandError> {
    context.emit(verified, || match &verified.fault {
        None => format!(
            "ok: {} entries, {} signatures; {} texts erased by right, {} consequences not derivable from what is here",
            verified.entries, verified.signatures, verified.erased, verified.not_derivable
        ),
        Some(fault) => {
            format!("FAULT in {} {}\n  {}\n  see it yourself: {}", fault.file, fault.at, fault.what, fault.check)
        }
    })?;
    Ok(if verified.ok { Outcome::Done } else { Outcome::No })
}

//! `import`: model outputs into a guild's queue.

use std::path::PathBuf;

use clap::Args;

use crate::hall::BadRows;

use super::context::{CommandError, Context, Outcome};

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// A file of items, JSONL: {"prompt", "outputs": [{"text", "model"?, "params"?}], "id"?, "meta"?}
    file: PathBuf,
    /// The guild that judges them
    #[arg(long)]
    guild: String,
    /// Import the good rows in spite of rejected ones
    #[arg(long)]
    keep_going: bool,
}

impl Import {
    /// Of a file, stopping at a bad row.
    pub fn of(file: PathBuf, guild: String) -> Self {
        Self { file, guild, keep_going: false }
    }
}

/// Items that go into the search at once, so that others write in between.
const INDEXED: usize = 500;

/// Runs `import`.
pub async fn run(arguments: Import, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let guild = hall.find_guild(&arguments.guild).await?;
    let bad_rows = if arguments.keep_going { BadRows::Skip } else { BadRows::Stop };
    let report = hall.import(signer.as_ref(), &arguments.file, &guild, bad_rows).await?;
    let progress = context.progress("search");
    loop {
        let (done, of) = hall.index_some(INDEXED).await?;
        progress(done, of);
        if done >= of {
            break;
        }
    }
    context.emit(&report, || {
        let mut text = format!(
            "{} imported into {guild}, {} duplicates, {} rejected",
            report.imported,
            report.duplicates,
            report.rejected.len()
        );
        for row in &report.rejected {
            text.push_str(&format!("\n{}:{}: {}", arguments.file.display(), row.line, row.reason));
        }
        if !report.rejected.is_empty() && !arguments.keep_going {
            text.push_str("\nnothing was imported; mend these rows, or import the others with --keep-going");
        }
        text
    })?;
    Ok(if report.rejected.is_empty() { Outcome::Done } else { Outcome::No })
}

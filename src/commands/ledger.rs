//! `ledger`: verifies, reads, proves, rebuilds and exports the record.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::hall::{HallError, LogLine, Verified};

use super::context::{CommandError, Context, Outcome};
use super::verify::report;

/// Commands of `ledger`.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Verify everything the hall stores
    Verify,
    /// Print entries, one line each
    Log {
        /// First entry
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// At most this many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Print the last signed head
    Head {
        /// Print the key it is signed with instead, as Go's sumdb tools take it
        #[arg(long)]
        vkey: bool,
    },
    /// Print one entry's three lines
    Entry {
        /// Its place
        entry: u64,
    },
    /// Print a tlog-proof that an entry is under the last head
    Prove {
        /// The entry's place, or an item: its last entry
        id: String,
    },
    /// Make the tables again from the entries
    Rebuild,
    /// Write the log as a static tile directory
    Export {
        /// The directory to make
        dir: PathBuf,
    },
}

/// Log lines given at once to whoever comes from afar.
const REMOTE: usize = 10_000;

fn log_line(line: &LogLine) -> String {
    let item = line.item.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{:6}  {}  {:22} {:30} {item}  {}\n", line.seq, line.at, line.kind, line.actor, line.facts)
}

/// Runs `ledger`.
pub async fn run(command: LedgerCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        LedgerCommand::Verify => {
            let verified = match context.open().await {
                // a hall whose own rows don't fit together is what this command is asked about
                Err(CommandError::Failed(error @ HallError::Store(_))) => Verified::unopened(&error),
                hall => {
                    let progress = context.progress("entries");
                    let hall = hall?;
                    let verified = hall.verify_with(&progress).await?;
                    progress(1, 1);
                    verified
                }
            };
            report(context, &verified)
        }
        LedgerCommand::Log { from, limit } => {
            let (hall, member) = context.look().await?;
            let limit = if context.opened.is_some() { limit.min(REMOTE) } else { limit };
            let lines = hall.log(&member, from, limit).await?;
            context.emit(&json!({ "entries": lines }), || lines.iter().map(log_line).collect())
        }
        LedgerCommand::Head { vkey: true } => {
            let vkey = context.open().await?.vkey().await?;
            context.emit(&json!({ "vkey": vkey }), || vkey.clone())
        }
        LedgerCommand::Head { vkey: false } => {
            let head = context.open().await?.head().await?;
            raw(context, "checkpoint", &head)
        }
        LedgerCommand::Entry { entry } => {
            let (hall, member) = context.look().await?;
            let bytes = hall.entry_for(&member, entry).await?;
            raw(context, "entry", &String::from_utf8_lossy(&bytes))
        }
        LedgerCommand::Prove { id } => {
            let hall = context.open().await?;
            let entry = match id.parse() {
                Ok(entry) => entry,
                Err(_) => hall.last_entry_on(&hall.find_item(&id).await?).await?,
            };
            let proof = hall.prove(entry).await?;
            raw(context, "proof", &proof)
        }
        LedgerCommand::Rebuild => {
            let differed = context.open().await?.rebuild().await?;
            context.emit(&json!({ "differed": differed }), || {
                format!("rebuilt; {differed} rows were other than the entries say")
            })
        }
        LedgerCommand::Export { dir } => {
            let entries = context.open().await?.export_log(&dir).await?;
            context.emit(&json!({ "entries": entries }), || format!("{entries} entries in {}", dir.display()))
        }
    }
}

/// Prints a text byte for byte, or in a JSON document.
fn raw(context: &mut Context<'_>, name: &str, text: &str) -> Result<Outcome, CommandError> {
    if context.json {
        return context.emit(&json!({ name: text }), String::new);
    }
    context.out.write_all(text.as_bytes())?;
    Ok(Outcome::Done)
}

//! `release`: cuts and lists releases.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::domain::TAKEN_BACK;
use crate::exchange::release::tier_named;
use crate::hall::Cut;

use super::context::{CommandError, Context, Outcome};

/// Commands of `release`.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Publish a guild's settled labels as a verifiable directory
    Cut(CutArguments),
    /// List the versions released
    List,
}

/// Arguments of `release cut`.
#[derive(Debug, Args)]
pub struct CutArguments {
    /// The guild
    #[arg(long)]
    guild: String,
    /// Its version, such as 1.0.0
    #[arg(long = "version", value_name = "V")]
    number: String,
    /// The directory to make; over SSH a name among the hall's `releases`
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// The lowest tier: single, agreed, adjudicated or gold
    #[arg(long, default_value = "agreed")]
    tier: String,
}

/// Runs `release`.
pub async fn run(command: ReleaseCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        ReleaseCommand::Cut(arguments) => {
            let lowest = tier_named(&arguments.tier)
                .ok_or_else(|| CommandError::Usage("--tier is one of single, agreed, adjudicated, gold".to_owned()))?;
            let (hall, signer) = context.enter().await?;
            let guild = hall.find_guild(&arguments.guild).await?;
            let cut = Cut { guild, version: arguments.number, lowest, tier: arguments.tier };
            let dir = context.release_dir(&arguments.output).await?;
            let report = hall.cut(signer.as_ref(), &cut, &dir).await?;
            let dir = arguments.output.display();
            context.emit(&report, || {
                let left = report.left_out.iter().map(|(term, items)| {
                    format!("settled items left out, since a contributor's terms don't allow `{term}`: {items}\n")
                });
                let founding = if report.founding { "cut during the founding of the hall, and stamped so\n" } else { "" };
                format!(
                    "{} {}: {} labels, ledger of {} entries, in {dir}\n{}{founding}{TAKEN_BACK}\nNext:  guildhall verify {dir}",
                    cut.guild,
                    cut.version,
                    report.labels,
                    report.entries,
                    left.collect::<String>()
                )
            })
        }
        ReleaseCommand::List => {
            let state = context.open().await?.state().await?;
            let rows: Vec<_> =
                state.guilds.values().map(|guild| json!({"guild": guild.id, "versions": guild.releases})).collect();
            context.emit(&json!({ "releases": rows }), || {
                let line = |guild: &crate::domain::Guild| {
                    let versions: Vec<&str> = guild.releases.iter().map(String::as_str).collect();
                    format!("{:20} {}\n", guild.id.as_str(), versions.join(", "))
                };
                state.guilds.values().map(line).collect()
            })
        }
    }
}

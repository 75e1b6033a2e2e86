//! `guild` and `charter`: guilds and their rules, added, shown, checked and adopted. The hall's own are `constitution`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::domain::Charter;

use super::constitution::{adopted_text, digest_argument};
use super::context::{CommandError, Context, Outcome};
use super::templates::charter;

/// Commands of `guild`.
#[derive(Debug, Subcommand)]
pub enum Guild {
    /// Add a guild under a charter
    Add {
        /// The name of a template, or a charter file
        charter: String,
    },
    /// List the guilds
    List,
}

/// Commands of `charter`.
#[derive(Debug, Subcommand)]
pub enum CharterCommand {
    /// Print a guild's charter as it is in force
    Show {
        /// The guild
        guild: String,
    },
    /// Check a charter file
    Check {
        /// The file
        file: PathBuf,
    },
    /// As a founder, during the founding: sign a new text; it is in force when every founder has
    Adopt {
        /// The guild
        guild: String,
        /// Digest of the text, as `charter check` prints it; the text is the hall's guilds/GUILD.toml
        digest: String,
    },
}

/// Runs `guild`.
pub async fn run(command: Guild, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        Guild::Add { charter: name } => {
            let text = charter(&name).map_err(CommandError::Usage)?;
            let (hall, signer) = context.enter().await?;
            let guild = hall.add_guild(signer.as_ref(), text).await?;
            context.emit(&json!({ "guild": guild }), || format!("guild {guild} added; import outputs into it next"))
        }
        Guild::List => {
            let state = context.open().await?.state().await?;
            let row = |guild: &crate::domain::Guild| {
                let charter = state.charters.get(&guild.charter);
                json!({"id": guild.id, "title": charter.map(|charter| &charter.title), "charter": guild.charter})
            };
            let rows: Vec<_> = state.guilds.values().map(row).collect();
            context.emit(&json!({ "guilds": rows }), || {
                let line = |guild: &crate::domain::Guild| {
                    let summary = state.charters.get(&guild.charter).map_or("", |charter| &charter.summary);
                    format!("{:20} {summary}\n", guild.id.as_str())
                };
                state.guilds.values().map(line).collect()
            })
        }
    }
}

fn read(file: &PathBuf) -> Result<String, CommandError> {
    std::fs::read_to_string(file).map_err(|error| CommandError::Usage(format!("{}: {error}", file.display())))
}

/// Runs `charter`.
pub async fn run_charter(command: CharterCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        CharterCommand::Show { guild } => {
            let hall = context.open().await?;
            let guild = hall.find_guild(&guild).await?;
            let state = hall.state().await?;
            let (digest, charter) = state
                .charter_in_force(&guild)
                .ok_or_else(|| CommandError::Usage(format!("no charter of {guild} is in force")))?;
            context.emit(&json!({"digest": digest, "charter": charter.as_ref()}), || charter_text(charter))
        }
        CharterCommand::Check { file } => {
            let text = read(&file)?;
            let wrong = |error| CommandError::Usage(format!("{}: {error}", file.display()));
            let charter = Charter::read(&text).map_err(wrong)?;
            let digest = Charter::digest_of(&text);
            context.emit(&json!({"guild": charter.id, "digest": digest}), || {
                format!(
                    "{}: a charter of {}, {} questions, digest {digest}",
                    file.display(),
                    charter.id,
                    charter.questions.len()
                )
            })
        }
        CharterCommand::Adopt { guild, digest } => {
            let digest = digest_argument(&digest)?;
            let (hall, signer) = context.enter().await?;
            let guild = hall.find_guild(&guild).await?;
            let (receipt, adopted) = hall.sign_charter(signer.as_ref(), &guild, &digest).await?;
            let told = adopted_text(&hall, (&digest, adopted)).await?;
            context.emit(&json!({"event": receipt.event, "adopted": adopted, "receipt": receipt}), || told)
        }
    }
}

/// A charter as a rater reads it: guidelines, then each question with its options and anchors.
fn charter_text(charter: &Charter) -> String {
    let mut text = format!("{}: {}\n\n{}\n", charter.title, charter.summary, charter.guidelines.trim());
    for question in &charter.questions {
        let decides = if question.decides { ", decides" } else { "" };
        let required = if question.required { ", required" } else { "" };
        let _ = writeln!(text, "\n{} ({}){required}{decides}\n  {}", question.title, question.key, question.help);
        for option in &question.options {
            let _ = writeln!(text, "  - {}: {} ({})", option.key, option.title, option.help);
        }
        for anchor in &question.anchors {
            let _ = writeln!(
                text,
                "  {}  {}\n     {}\n     for instance: {}",
                anchor.value, anchor.title, anchor.help, anchor.example
            );
        }
    }
    text
}

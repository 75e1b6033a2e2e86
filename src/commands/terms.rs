//! `terms`: what one's contributions may be used for, from now on.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::domain::TAKEN_BACK;
use crate::hall::{TermsChange, TermsView};

use super::context::{CommandError, Context, Outcome};

/// Commands of `terms`.
#[derive(Debug, Subcommand)]
pub enum TermsCommand {
    /// Show the terms your contributions are under, guild by guild
    Show,
    /// Set your own for a guild; what you don't name stays as it is
    Set(SetArguments),
}

/// Arguments of `terms set`.
#[derive(Debug, Args)]
pub struct SetArguments {
    /// The guild
    #[arg(long)]
    guild: String,
    /// What is allowed, by commas: train, evaluate, publish_label, publish_answers, publish_rationale
    #[arg(long, value_name = "USES")]
    uses: Option<String>,
    /// How you are named in releases: pseudonym, real_name or none
    #[arg(long)]
    attribution: Option<String>,
    /// Who may learn from it: any_open_weight, or guild_ratified models alone
    #[arg(long)]
    models: Option<String>,
    /// With real_name: the name that releases list you by; it is kept beside the ledger and can be erased
    #[arg(long)]
    name: Option<String>,
}

/// Runs `terms`.
pub async fn run(command: TermsCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        TermsCommand::Show => {
            let (hall, member) = context.look().await?;
            let rows = hall.terms(&member).await?;
            context.emit(&json!({ "terms": rows }), || {
                let rows: String = rows.iter().map(view_text).collect();
                format!("{rows}\n{TAKEN_BACK}")
            })
        }
        TermsCommand::Set(arguments) => {
            let (hall, signer) = context.enter().await?;
            let member = hall.member(signer.as_ref()).await?;
            let guild = hall.find_guild(&arguments.guild).await?;
            let SetArguments { uses, attribution, models, name, .. } = arguments;
            let change = TermsChange { uses, attribution, models, name };
            let receipt = hall.change_terms(signer.as_ref(), &guild, &change).await?;
            let rows = hall.terms(&member).await?;
            let set = rows.into_iter().find(|row| row.guild == guild);
            context.emit(&json!({"event": receipt.event, "terms": set, "receipt": receipt}), || {
                let set = set.as_ref().map(view_text).unwrap_or_default();
                format!(
                    "{set}They hold for what you contribute from entry {} on; what you gave stays under its terms.",
                    receipt.event
                )
            })
        }
    }
}

fn view_text(row: &TermsView) -> String {
    let uses: Vec<&str> = row.terms.uses.iter().map(|one| one.name()).collect();
    let blocked = match row.terms.blocks() {
        Some(needed) => format!("  no release takes a label that rests on them, for want of `{needed}`\n"),
        None => String::new(),
    };
    format!(
        "{}{}\n  licence      {}\n  uses         {}\n  attribution  {}\n  models       {}\n{blocked}",
        row.guild,
        if row.own { ", your own terms" } else { ", the charter's terms" },
        row.licence,
        uses.join(", "),
        row.terms.attribution.name(),
        row.terms.models.name(),
    )
}

//! `institution`: which there are, and joining two that are one house.

use clap::Subcommand;
use serde_json::json;

use crate::hall::Interested;

use super::context::{CommandError, Context, Outcome};

/// Commands of `institution`.
#[derive(Debug, Subcommand)]
pub enum InstitutionCommand {
    /// List the institutions of credentials, and which count as one
    List,
    /// As a steward: have two count as one from now on; what is settled stays as it was settled
    Join {
        /// Name or code of the one
        institution: String,
        /// Name or code of the one it counts as
        into: String,
        /// The article it rests on
        #[arg(long)]
        article: u32,
        /// Why; text or @file; it stays in the record
        #[arg(long)]
        reason: String,
    },
    /// Declare an interest of yours in an institution you don't work at: you leave what it had a part in to others
    Interest {
        /// Its name or code
        institution: String,
        /// The interest has ended
        #[arg(long)]
        end: bool,
    },
}

/// Runs `institution`.
pub async fn run(command: InstitutionCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        InstitutionCommand::List => {
            let rows = context.open().await?.institutions().await?;
            context.emit(&json!({ "institutions": rows }), || {
                let line = |row: &crate::hall::InstitutionRow| match &row.counts_as {
                    Some(other) => format!("{}  {}  counts as {other}\n", row.id, row.name),
                    None => format!("{}  {}\n", row.id, row.name),
                };
                rows.iter().map(line).collect()
            })
        }
        InstitutionCommand::Interest { institution, end } => {
            let (hall, signer) = context.enter().await?;
            let id = hall.find_institution(&institution).await?;
            let interest = if end { Interested::NoMore } else { Interested::FromNowOn };
            let receipt = hall.declare_interest(signer.as_ref(), &id, interest).await?;
            context.emit(&receipt, || match interest {
                Interested::FromNowOn => format!(
                    "from entry {} on you neither rule on nor review what {institution} had a part in, nor judge what it brought",
                    receipt.event
                ),
                Interested::NoMore => format!("your interest in {institution} ended with entry {}", receipt.event),
            })
        }
        InstitutionCommand::Join { institution, into, article, reason } => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let pair = (hall.find_institution(&institution).await?, hall.find_institution(&into).await?);
            let receipt = hall.join_institutions(signer.as_ref(), (&pair.0, &pair.1), (article, &reason)).await?;
            context.emit(&receipt, || {
                format!("from entry {} on {institution} counts as {into}; what was settled before stays", receipt.event)
            })
        }
    }
}

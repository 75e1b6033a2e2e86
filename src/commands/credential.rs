//! `credential`: attests what a member is in a guild.

use clap::{Args, Subcommand};

use crate::domain::Timestamp;

use super::context::{CommandError, Context, Outcome};

/// Commands of `credential`.
#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// Attest a member's class and institution in a guild
    Attest(Attest),
}

/// Arguments of `credential attest`.
#[derive(Debug, Args)]
pub struct Attest {
    /// Handle or id of the member
    member: String,
    /// The guild
    #[arg(long)]
    guild: String,
    /// One of the charter's classes
    #[arg(long)]
    class: String,
    /// Name of the institution; it stays in the directory, the ledger has a random code
    #[arg(long)]
    institution: String,
    /// Day from which it doesn't count any more, 2027-12-31
    #[arg(long, value_name = "DAY")]
    expires: String,
    /// A document it rests on: the ledger gets a salted digest of it, and the document itself isn't kept
    #[arg(long, value_name = "FILE")]
    evidence: Option<std::path::PathBuf>,
}

/// Runs `credential`.
pub async fn run(command: CredentialCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let CredentialCommand::Attest(attest) = command;
    let expires: Timestamp = attest
        .expires
        .parse()
        .map_err(|error: crate::domain::TimestampError| CommandError::Usage(format!("--expires: {error}, or a day")))?;
    let (hall, signer) = context.enter().await?;
    let member = hall.find_member(&attest.member).await?;
    let guild = hall.find_guild(&attest.guild).await?;
    let institution = hall.institution(&attest.institution).await?;
    let facts = (attest.class.clone(), institution, expires);
    let document = attest.evidence.as_deref().map(|path| context.bytes(path)).transpose()?;
    let receipt = hall.attest_on(signer.as_ref(), &member, guild.clone(), (facts, document.as_deref())).await?;
    let text =
        format!("{} is {} of {} in {guild} until {}", attest.member, attest.class, attest.institution, expires.day());
    context.emit(&receipt, || text)
}

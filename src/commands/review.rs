//! `review`: a sign-off or a return.

use clap::Args;

use crate::domain::Event;

use super::context::{CommandError, Context, Outcome};
use super::judge::receipt;

/// Arguments of `review`.
#[derive(Debug, Args)]
pub struct Review {
    /// The item: a unique start of its id
    item: String,
    /// Sign off
    #[arg(long, required_unless_present = "return_", conflicts_with = "return_")]
    sign: bool,
    /// Return it, with a reason
    #[arg(long = "return", requires = "reason")]
    return_: bool,
    /// Why it is returned; text or @file
    #[arg(long)]
    reason: Option<String>,
}

/// Runs `review`.
pub async fn run(arguments: Review, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let reason = arguments.reason.as_deref().map(|given| context.text(given)).transpose()?;
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let event = if arguments.return_ { Event::ReviewReturned {} } else { Event::ReviewSigned {} };
    let done = hall.act(signer.as_ref(), &id, event, reason.as_deref()).await?;
    receipt(context, &id, &done)
}

//! `audit`: what is in a ledger in one's own name.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::hall::Audit;
use crate::ledger::{Signer, fingerprint};

use super::context::{CommandError, Context, Outcome};

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Everything in your own name: signed with your key, or attested by the hall
    #[arg(long, required = true)]
    pub me: bool,
    /// A release or an exported log; without it the open hall
    pub dir: Option<PathBuf>,
    /// Your public key; without it the one you act with
    #[arg(long, value_name = "KEY.pub")]
    pub key: Option<PathBuf>,
    /// The journal of your guildhall agent; without it the one it keeps for your key, if there is one
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Runs `audit` on the open hall, which knows no journal.
pub async fn run(arguments: AuditArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    if arguments.dir.is_some() || arguments.key.is_some() || arguments.journal.is_some() {
        let why = "over SSH the hall looks at its own ledger; export a log and look at it on your own machine";
        return Err(CommandError::Usage(why.to_owned()));
    }
    let (hall, signer) = context.enter().await?;
    let member = hall.member(signer.as_ref()).await?;
    let state = hall.state().await?;
    let own = state.members.get(&member).and_then(|member| member.keys.first()).map(|key| key.fingerprint.clone());
    let audit = hall.audit(&own.unwrap_or_else(|| fingerprint(signer.public_key()))).await?;
    tell(&audit, context)
}

/// Prints what was found; faults are the answer no.
pub fn tell(audit: &Audit, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    context.emit(audit, || words(audit))?;
    Ok(if audit.faults.is_empty() { Outcome::Done } else { Outcome::No })
}

fn words(audit: &Audit) -> String {
    let Some(member) = &audit.member else {
        return format!("the ledger of {} entries knows no member with this key", audit.size);
    };
    let mut text = String::new();
    for act in &audit.acts {
        let by = if act.signed_by == Signer::Host { "  attested by the hall, not signed by you" } else { "" };
        let item = act.item.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "{:6}  {}  {:22} {item}{by}", act.seq, act.at, act.kind);
    }
    let attested = audit.attested();
    let signed = audit.acts.len() - attested;
    let _ = writeln!(
        text,
        "{member}: {signed} signed with your key, {attested} attested by the hall, of {} entries",
        audit.size
    );
    for fault in &audit.faults {
        let _ = writeln!(text, "FAULT {fault}");
    }
    text
}

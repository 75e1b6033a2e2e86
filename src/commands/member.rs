//! `member`: adds and lists members. What it does with petitions is `petition`, with their standing and keys `standing`,
//! and what somebody takes along is `leaving`.

use clap::Subcommand;
use serde_json::json;

use crate::hall::{MemberRow, NewMember};

use super::context::{CommandError, Context, Outcome};
use super::key::read_key_argument;
use super::leaving::{ExportArguments, run_export, run_forget};
use super::petition::{Answer, PetitionArguments, answer};
use super::standing::{StandingCommand, run_standing};

/// Commands of `member`.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Add a member; without --key or --petition a guild key is made in the hall's keys
    Add {
        /// Name in the directory, not in the ledger
        handle: String,
        /// Their public key, a file or the line itself in quotes; it becomes public for ever, so a key made for the guild is
        /// better than a login key
        #[arg(long, value_name = "KEY.pub|LINE")]
        key: Option<String>,
        /// Grant this petition, with its key
        #[arg(long, value_name = "ENTRY", conflicts_with = "key")]
        petition: Option<u64>,
        /// May curate: import, attest, withdraw, release
        #[arg(long)]
        steward: bool,
    },
    /// List the members with roles and credentials
    List,
    /// Ask to be admitted, with the key that --as names; the hall keeps what you write until it is answered
    Petition(PetitionArguments),
    /// List petitions that wait, to those who may attest them
    Petitions,
    /// Vouch for whoever asks: two members of two institutions do, in the founding one founder
    Attest {
        /// The petition's entry
        petition: u64,
        /// Take your word back
        #[arg(long)]
        revoke: bool,
    },
    /// Object to a petition: then the members vote on it
    Object {
        /// The petition's entry
        petition: u64,
        /// Why; text or @file
        #[arg(long)]
        reason: String,
    },
    /// As a steward: decline a petition that nobody attests
    Decline {
        /// Its entry
        petition: u64,
        /// Why; text or @file
        #[arg(long)]
        reason: String,
    },
    /// Suspensions, lost keys, and texts that were written about members
    #[command(flatten)]
    Standing(StandingCommand),
    /// Take everything of yours along: entries with their proofs, texts with their salts, credentials, terms
    Export(ExportArguments),
    /// Erase your name, and what your credentials rest on, from the hall's directory
    Forget {
        /// Yours, and nobody else's
        #[arg(long, required = true)]
        me: bool,
    },
}

/// Runs `member`.
pub async fn run(command: MemberCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        MemberCommand::Add { handle, key, petition, steward } => {
            let key = key.map(|given| read_key_argument(&given, context)).transpose()?;
            if context.opened.is_some() && key.is_none() && petition.is_none() {
                let why = "give the member's key with --key, or a petition; a key made on the host stays there";
                return Err(CommandError::Usage(why.to_owned()));
            }
            let (hall, signer) = context.enter().await?;
            let new = NewMember { handle: handle.clone(), key, steward, petition };
            let (member, made) = hall.add_member(signer.as_ref(), new).await?;
            let text = match &made {
                Some(path) => {
                    format!("{handle} is {member}; their key is {} (hand it over, then delete it here)", path.display())
                }
                None => format!("{handle} is {member}"),
            };
            context.emit(&json!({"member": member, "handle": handle, "key": made}), || text)
        }
        MemberCommand::List => {
            let hall = context.open().await?;
            let members = hall.members().await?;
            context.emit(&json!({ "members": members }), || members.iter().map(member_text).collect())
        }
        MemberCommand::Standing(command) => run_standing(command, context).await,
        MemberCommand::Export(arguments) => run_export(arguments, context).await,
        MemberCommand::Forget { .. } => run_forget(context).await,
        MemberCommand::Petition(given) => answer(Answer::File(given), context).await,
        MemberCommand::Petitions => answer(Answer::List, context).await,
        MemberCommand::Attest { petition, revoke: false } => answer(Answer::Attest(petition), context).await,
        MemberCommand::Attest { petition, revoke: true } => answer(Answer::Revoke(petition), context).await,
        MemberCommand::Object { petition, reason } => answer(Answer::Object(petition, reason), context).await,
        MemberCommand::Decline { petition, reason } => answer(Answer::Decline(petition, reason), context).await,
    }
}

fn member_text(member: &MemberRow) -> String {
    let roles: Vec<String> = member.roles.iter().map(ToString::to_string).collect();
    let mut text = format!("{:12} {}  {}\n", member.handle, member.id, roles.join(", "));
    for line in member.credentials.iter().chain(&member.notes) {
        text.push_str(&format!("             {line}\n"));
    }
    text
}

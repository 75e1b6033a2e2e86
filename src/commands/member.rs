//! `member`: adds and lists members, and answers petitions.

use std::path::Path;

use clap::Subcommand;
use russh::keys::ssh_key::PublicKey;
use serde_json::json;

use crate::hall::{NewMember, PetitionRow};
use crate::ledger::read_public_key;

use super::context::{CommandError, Context, Outcome};

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
    /// As a steward: list petitions that wait
    Petitions,
    /// As a steward: decline a petition
    Decline {
        /// Its entry
        petition: u64,
        /// Why; text or @file
        #[arg(long)]
        reason: String,
    },
}

/// The public key that an argument names: a file, or the key's line itself.
pub fn read_key_argument(given: &str, context: &Context<'_>) -> Result<PublicKey, CommandError> {
    let line = if given.contains(' ') { given.to_owned() } else { context.file(Path::new(given))? };
    read_public_key(&line).map_err(|error| CommandError::Usage(format!("{given}: {error}")))
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
        MemberCommand::Petitions => {
            let (hall, member) = context.look().await?;
            let rows = hall.petitions(&member).await?;
            context.emit(&json!({ "petitions": rows }), || match rows.is_empty() {
                true => "no petition waits".to_owned(),
                false => rows.iter().map(petition_text).collect(),
            })
        }
        MemberCommand::Decline { petition, reason } => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let receipt = hall.decline(signer.as_ref(), petition, &reason).await?;
            context.emit(&receipt, || format!("petition {petition} is declined"))
        }
        MemberCommand::List => {
            let hall = context.open().await?;
            let members = hall.members().await?;
            context.emit(&json!({ "members": members }), || {
                let mut text = String::new();
                for member in &members {
                    let roles: Vec<String> = member.roles.iter().map(ToString::to_string).collect();
                    text.push_str(&format!("{:12} {}  {}\n", member.handle, member.id, roles.join(", ")));
                    for credential in &member.credentials {
                        text.push_str(&format!("             {credential}\n"));
                    }
                }
                text
            })
        }
    }
}

fn petition_text(row: &PetitionRow) -> String {
    let text = row.text.clone().unwrap_or_default();
    format!(
        "{}  {}  {}\n  {}, {}\n  {}\n  {}\n  guildhall member add HANDLE --petition {}\n",
        row.petition, row.at, row.key, text.name, text.institution, text.credentials, text.statement, row.petition
    )
}

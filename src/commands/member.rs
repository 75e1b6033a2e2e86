//! `member`: adds and lists members.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::hall::NewMember;
use crate::ledger::read_public_key;

use super::context::{CommandError, Context, Outcome};

/// Commands of `member`.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Add a member; without --key a guild key is made in the hall's keys
    Add {
        /// Name in the directory, not in the ledger
        handle: String,
        /// Their public key; it becomes public for ever, so a key made for the guild is better than a login key
        #[arg(long, value_name = "KEY.pub")]
        key: Option<PathBuf>,
        /// May curate: import, attest, withdraw, release
        #[arg(long)]
        steward: bool,
    },
    /// List the members with roles and credentials
    List,
}

/// Runs `member`.
pub async fn run(command: MemberCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        MemberCommand::Add { handle, key, steward } => {
            let key = match key {
                None => None,
                Some(path) => {
                    let wrong =
                        |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", path.display()));
                    let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
                    Some(read_public_key(&text).map_err(|error| wrong(&error))?)
                }
            };
            let (hall, signer) = context.enter().await?;
            let new = NewMember { handle: handle.clone(), key, steward };
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

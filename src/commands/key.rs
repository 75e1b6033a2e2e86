//! `key`: the keys a member signs with.

use std::path::Path;

use clap::Subcommand;
use russh::keys::ssh_key::PublicKey;
use serde_json::json;

use crate::ledger::read_public_key;

use super::context::{CommandError, Context, Outcome};

/// Commands of `key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List your keys, or a member's
    List {
        /// Handle or id; yourself if none
        member: Option<String>,
    },
    /// Enrol one more key of yours; as a steward, one for a member who has none left
    Add {
        /// A public key: a file, or the line itself in quotes; it becomes public for ever
        #[arg(value_name = "KEY.pub|LINE")]
        key: String,
        /// Handle or id; yourself if none
        #[arg(long)]
        member: Option<String>,
    },
    /// Print every member's live keys as sshd's AuthorizedKeysCommand gives them
    Authorized,
    /// Revoke a key for good: what it signed stands, and it signs nothing more
    Revoke {
        /// Its fingerprint, or 4 characters or more of it
        fingerprint: String,
        /// Handle or id; yourself if none
        #[arg(long)]
        member: Option<String>,
    },
}

/// The public key that an argument names: a file, or the key's line itself.
pub fn read_key_argument(given: &str, context: &Context<'_>) -> Result<PublicKey, CommandError> {
    let line = if given.contains(' ') { given.to_owned() } else { context.file(Path::new(given))? };
    read_public_key(&line).map_err(|error| CommandError::Usage(format!("{given}: {error}")))
}

/// Runs `key`.
pub async fn run(command: KeyCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    if matches!(command, KeyCommand::Authorized) {
        return authorized(context).await;
    }
    let (hall, signer) = context.enter().await?;
    let named = match &command {
        KeyCommand::List { member } | KeyCommand::Add { member, .. } | KeyCommand::Revoke { member, .. } => member,
        KeyCommand::Authorized => &None,
    };
    let whose = match named {
        Some(member) => hall.find_member(member).await?,
        None => hall.member(signer.as_ref()).await?,
    };
    match command {
        KeyCommand::Authorized => Ok(Outcome::Done),
        KeyCommand::List { .. } => {
            let found = hall.members().await?.into_iter().find(|row| row.id == whose);
            let (keys, revoked) = found.map(|row| (row.keys, row.revoked)).unwrap_or_default();
            context.emit(&json!({"member": whose, "keys": keys, "revoked": revoked}), || {
                let live = keys.iter().map(|key| format!("{key}\n"));
                live.chain(revoked.iter().map(|key| format!("{key}  revoked\n"))).collect()
            })
        }
        KeyCommand::Add { key, .. } => {
            let key = read_key_argument(&key, context)?;
            let receipt = hall.add_key(signer.as_ref(), &whose, &key).await?;
            let name = crate::ledger::fingerprint(&key);
            context.emit(&receipt, || format!("{name} signs for {whose} from entry {} on", receipt.event))
        }
        KeyCommand::Revoke { fingerprint, .. } => {
            let receipt = hall.revoke_key(signer.as_ref(), &whose, &fingerprint).await?;
            context.emit(&receipt, || {
                format!("{fingerprint} signs nothing more for {whose} from entry {} on", receipt.event)
            })
        }
    }
}

async fn authorized(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let state = context.open().await?.state().await?;
    let mut lines = Vec::new();
    for member in state.members.values() {
        lines.extend(member.live_keys().map(|key| format!("restrict,pty,agent-forwarding {} {}", key.line, member.id)));
    }
    context.emit(&json!({ "keys": lines }), || lines.join("\n"))
}

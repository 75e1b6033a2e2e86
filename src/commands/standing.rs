//! A member's standing and lost keys by command: suspending, appealing, lifting; vouching for a key, and stopping that.

use clap::Subcommand;

use super::context::{CommandError, Context, Outcome};
use super::key::read_key_argument;

/// See the module's first line.
#[derive(Debug, Subcommand)]
pub enum StandingCommand {
    /// As a steward: suspend a member for a while, under an article of the constitution
    Suspend {
        /// Handle or id
        member: String,
        /// The article it rests on
        #[arg(long)]
        article: u32,
        /// Why; text or @file; it stays in the record
        #[arg(long)]
        reason: String,
    },
    /// Appeal against your suspension: another steward may lift it
    Appeal {
        /// Why; text or @file; it goes into the record
        #[arg(long)]
        reason: String,
    },
    /// As another steward: lift a suspension
    Lift {
        /// Handle or id
        member: String,
        /// Why; text or @file
        #[arg(long)]
        reason: String,
    },
    /// Vouch for a key of a member who lost theirs; two members of two institutions do, and an old key may stop it
    Recover {
        /// Handle or id
        member: String,
        /// Their new public key, a file or the line itself in quotes
        #[arg(long, value_name = "KEY.pub|LINE")]
        key: String,
    },
    /// Stop the recovery of a key of yours that isn't lost
    Stop {
        /// Fingerprint of the key that others vouch for, or 4 characters or more of it
        fingerprint: String,
    },
    /// Destroy a text that you wrote about a member: salt and content
    Erase {
        /// The entry that holds it
        #[arg(long)]
        entry: u64,
        /// Which part: reason or name
        #[arg(long, default_value = "reason")]
        part: String,
        /// As a steward: the article it rests on
        #[arg(long)]
        article: Option<u32>,
    },
}

/// Does it.
pub async fn run_standing(command: StandingCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        StandingCommand::Suspend { member, article, reason } => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let whom = hall.find_member(&member).await?;
            let receipt = hall.suspend(signer.as_ref(), &whom, (article, &reason)).await?;
            let until = hall.state().await?.members.get(&whom).and_then(|member| member.suspended_until(hall.now()));
            let until = until.map(|until| until.day()).unwrap_or_default();
            context.emit(&receipt, || {
                format!("{member} is suspended until {until}, under article {article}; they may appeal: `guildhall member appeal`")
            })
        }
        StandingCommand::Appeal { reason } => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let receipt = hall.appeal(signer.as_ref(), &reason).await?;
            context.emit(&receipt, || {
                format!(
                    "your appeal is entry {}; another steward may lift the suspension, which else ends by itself",
                    receipt.event
                )
            })
        }
        StandingCommand::Lift { member, reason } => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let whom = hall.find_member(&member).await?;
            let receipt = hall.lift(signer.as_ref(), &whom, &reason).await?;
            context.emit(&receipt, || format!("{member} is in good standing again"))
        }
        command => run_keys(command, context).await,
    }
}

async fn run_keys(command: StandingCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        StandingCommand::Recover { member, key } => {
            let key = read_key_argument(&key, context)?;
            let (hall, signer) = context.enter().await?;
            let whom = hall.find_member(&member).await?;
            let receipt = hall.vouch_for_key(signer.as_ref(), &whom, &key).await?;
            let name = crate::ledger::fingerprint(&key);
            let rows = hall.recoveries(&whom).await?;
            let from = rows.into_iter().find(|row| row.key == name).and_then(|row| row.signs_from);
            context.emit(&receipt, || match from {
                Some(from) => {
                    format!("from {from} on {name} alone signs for {member}, unless an old key of theirs stops it")
                }
                None => format!("you vouch for {name}; a member of another institution does too, then time runs"),
            })
        }
        StandingCommand::Stop { fingerprint } => {
            let (hall, signer) = context.enter().await?;
            let receipt = hall.stop_recovery(signer.as_ref(), &fingerprint).await?;
            context.emit(&receipt, || "stopped: that key will not sign for you".to_owned())
        }
        StandingCommand::Erase { entry, part, article } => {
            let (hall, signer) = context.enter().await?;
            let receipt = hall.erase_text(signer.as_ref(), (entry, &part), article).await?;
            context.emit(&receipt, || format!("the {part} of entry {entry} is destroyed (entry {})", receipt.event))
        }
        _ => Err(CommandError::Usage("this command changes no key".to_owned())),
    }
}

//! From arguments to handlers.

use crate::domain::Event;

use super::arguments::Command;
use super::context::{CommandError, Context, Outcome};
use super::{
    adjudicate, agreement, audit, backup, claim, config, consensus, constitution, credential, demo, generate, guild,
    import, init, institution, item, judge, key, ledger, member, model, release, rerun, review, stake, status, tally,
    terms, verify,
};

/// Runs one command; none shows the status.
///
/// A refusal is printed as JSON too, if JSON was asked for, and returned for words and exit code.
pub async fn run(command: Option<Command>, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let result = dispatch(command, context).await;
    if let Err(CommandError::Refused(refusal)) = &result {
        context.emit_refusal(refusal)?;
    }
    result
}

async fn dispatch(command: Option<Command>, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        None | Some(Command::Status) => status::run(context).await,
        Some(Command::Init(arguments)) => init::run(arguments, context).await,
        Some(Command::Demo(arguments)) => demo::run(arguments, context).await,
        Some(Command::Guild(command)) => guild::run(command, context).await,
        Some(Command::Charter(command)) => guild::run_charter(command, context).await,
        Some(Command::Constitution(command)) => constitution::run(command, context).await,
        Some(Command::Institution(command)) => institution::run(command, context).await,
        Some(Command::Terms(command)) => terms::run(command, context).await,
        Some(Command::Member(command)) => member::run(command, context).await,
        Some(Command::Key(command)) => key::run(command, context).await,
        Some(Command::Credential(command)) => credential::run(command, context).await,
        Some(Command::Agreement(arguments)) => agreement::run(arguments, context).await,
        Some(Command::Consensus(arguments)) => consensus::run(arguments, context).await,
        Some(Command::Rerun(arguments)) => rerun::run(arguments, context).await,
        Some(Command::Stake(command)) => stake::run(command, context).await,
        Some(Command::Tally(arguments)) => tally::run(arguments, context).await,
        Some(Command::Generate(arguments)) => generate::run(arguments, context).await,
        Some(Command::Score(arguments)) => rerun::run_score(arguments, context).await,
        Some(Command::Model(command)) => model::run(command, context).await,
        Some(Command::Import(arguments)) => import::run(arguments, context).await,
        Some(Command::Queue(arguments)) => claim::run_queue(arguments, context).await,
        Some(Command::Item(command)) => item::run(command, context).await,
        Some(Command::Claim(arguments)) => claim::run(arguments, context).await,
        Some(Command::Release(command)) => release::run(command, context).await,
        Some(Command::Verify(arguments)) => verify::run(arguments, context).await,
        Some(Command::Ledger(command)) => ledger::run(command, context).await,
        Some(Command::Backup(arguments)) => backup::run(arguments, context).await,
        Some(Command::Restore(arguments)) => backup::run_restore(arguments, context).await,
        Some(Command::Audit(arguments)) => audit::run(arguments, context).await,
        Some(Command::Config) => config::run(context).await,
        Some(Command::Stuck) => status::run_stuck(context).await,
        Some(command) => on_item(command, context).await,
    }
}

/// Acts on one item.
async fn on_item(command: Command, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        Command::Judge(arguments) => judge::run(arguments, context).await,
        Command::Revise(arguments) => judge::run_revise(arguments, context).await,
        Command::Withdraw(arguments) => judge::run_withdraw(arguments, context).await,
        Command::Skip(arguments) => judge::run_skip(arguments, context).await,
        Command::Flag(arguments) => judge::run_flag(arguments, context).await,
        Command::Note(arguments) => judge::run_note(arguments, context).await,
        Command::Erase(arguments) => judge::run_erase(arguments, context).await,
        Command::Adjudicate(arguments) => adjudicate::run(arguments, context).await,
        Command::Dispute(command) => adjudicate::run_dispute(command, context).await,
        Command::Recuse(arguments) => judge::run_reasoned(arguments, Event::AdjudicatorRecused {}, context).await,
        Command::Challenge(arguments) => judge::run_reasoned(arguments, Event::GoldChallenged {}, context).await,
        Command::Review(arguments) => review::run(arguments, context).await,
        _ => Err(CommandError::Usage("this command acts on no item".to_owned())),
    }
}

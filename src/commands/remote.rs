//! Which commands somebody may run who has no files on the host, and how their line of words becomes one.

use clap::{CommandFactory, FromArgMatches};

use super::arguments::{Arguments, Command};
use super::guild::{CharterCommand, Guild};
use super::ledger::LedgerCommand;

/// Reads a command line that came from afar; the command's name comes along.
///
/// Errors: exit code and words: 0 for help that was asked for, 2 for a line that can't be read, or a command that works
/// on the host's files.
pub fn from_afar(words: &[String]) -> Result<(Arguments, String), (u8, String)> {
    let usage = |why: &str| (2, format!("error: {why}"));
    let options: Vec<&str> = words.iter().filter_map(|word| word.split('=').next()).collect();
    if options.contains(&"--hall") || options.contains(&"--as") {
        return Err(usage("--hall and --as are the host's; over SSH your key says who you are"));
    }
    let line = std::iter::once("guildhall").chain(words.iter().map(String::as_str));
    let unread = |error: clap::Error| match error.exit_code() {
        0 => (0, error.to_string()),
        _ => usage(error.to_string().trim_start_matches("error: ").lines().next().unwrap_or_default()),
    };
    let matches = Arguments::command().try_get_matches_from(line).map_err(unread)?;
    let name = matches.subcommand_name().unwrap_or("status").to_owned();
    let arguments = Arguments::from_arg_matches(&matches).map_err(unread)?;
    match arguments.command.as_ref().is_none_or(is_open) {
        true => Ok((arguments, name)),
        false => Err(usage("this command works on the host's files; run it there")),
    }
}

/// Whether a command needs nothing of the host but the hall.
fn is_open(command: &Command) -> bool {
    match command {
        Command::Status
        | Command::Member(_)
        | Command::Key(_)
        | Command::Credential(_)
        | Command::Institution(_)
        | Command::Terms(_)
        | Command::Constitution(_)
        | Command::Queue(_)
        | Command::Item(_)
        | Command::Claim(_)
        | Command::Judge(_)
        | Command::Revise(_)
        | Command::Withdraw(_)
        | Command::Skip(_)
        | Command::Flag(_)
        | Command::Note(_)
        | Command::Erase(_)
        | Command::Adjudicate(_)
        | Command::Recuse(_)
        | Command::Dispute(_)
        | Command::Review(_)
        | Command::Challenge(_)
        | Command::Stuck
        | Command::Stake(_)
        // a file is refused there by its own words
        | Command::Agreement(_)
        | Command::Rerun(_)
        | Command::Score(_)
        | Command::Release(_)
        | Command::Verify(_)
        | Command::Audit(_) => true,
        Command::Guild(command) => matches!(command, Guild::List),
        Command::Charter(command) => !matches!(command, CharterCommand::Check { .. }),
        Command::Ledger(command) => !matches!(command, LedgerCommand::Rebuild | LedgerCommand::Export { .. }),
        Command::Init(_)
        | Command::Demo(_)
        | Command::Model(_)
        | Command::Consensus(_)
        | Command::Tally(_)
        | Command::Import(_)
        | Command::Generate(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Serve(_)
        | Command::Sshd
        | Command::Agent(_)
        | Command::Connect(_)
        | Command::Config
        | Command::Keys
        | Command::Pictures(_) => false,
    }
}

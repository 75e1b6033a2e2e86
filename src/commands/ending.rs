//! Words and exit codes: 0 done, 1 the honest answer is no, 2 usage or configuration, 70 a fault of ours.

use std::error::Error;

use crate::hall::HallError;

use super::context::{CommandError, Outcome};
use super::visible::shown;

/// The exit code of what a command came to.
pub fn exit_code(result: &Result<Outcome, CommandError>) -> u8 {
    match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::No) => 1,
        Err(CommandError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(CommandError::Failed(HallError::File { .. })) => 2,
        Err(CommandError::Refused(_) | CommandError::Failed(_)) => 1,
        Err(CommandError::Usage(_) | CommandError::Output(_)) => 2,
    }
}

/// The error in words, line by line: what, then why; control characters in it are made visible.
pub fn words(error: &CommandError) -> Vec<String> {
    told(error).iter().map(|line| shown(line)).collect()
}

fn told(error: &CommandError) -> Vec<String> {
    if let CommandError::Refused(refusal) = error {
        return vec![format!("refused: {}", refusal.reason), format!("  rule {}, {}", refusal.rule, refusal.article)];
    }
    let mut told = error.to_string();
    let mut lines = vec![format!("error: {told}")];
    let mut cause = error.source();
    while let Some(next) = cause {
        if !told.contains(&next.to_string()) {
            told = next.to_string();
            lines.push(format!("caused by: {told}"));
        }
        cause = next.source();
    }
    lines
}

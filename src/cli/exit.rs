//! Words and exit codes: 0 done, 1 the honest answer is no, 2 usage or configuration, 70 a fault of ours.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use crate::commands::{CommandError, Outcome};
use crate::hall::HallError;

/// The exit code, after the error was told on `err`.
pub fn finish(result: Result<Outcome, CommandError>, err: &mut dyn Write) -> ExitCode {
    let error = match result {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::No) => return ExitCode::from(1),
        Err(error) => error,
    };
    let code = match &error {
        CommandError::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        CommandError::Refused(_) | CommandError::Failed(_) => 1,
        CommandError::Usage(_) | CommandError::Output(_) => 2,
    };
    let code = if let CommandError::Failed(HallError::File { .. }) = &error { 2 } else { code };
    // where stderr is closed nobody is left to tell
    let _ = tell(&error, err);
    ExitCode::from(code)
}

fn tell(error: &CommandError, err: &mut dyn Write) -> std::io::Result<()> {
    if let CommandError::Refused(refusal) = error {
        return writeln!(err, "refused: {}\n  rule {}, {}", refusal.reason, refusal.rule, refusal.article);
    }
    writeln!(err, "error: {error}")?;
    let mut cause = error.source();
    let mut told = error.to_string();
    while let Some(next) = cause {
        if !told.contains(&next.to_string()) {
            told = next.to_string();
            writeln!(err, "caused by: {told}")?;
        }
        cause = next.source();
    }
    Ok(())
}

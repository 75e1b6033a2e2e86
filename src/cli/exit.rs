//! How a run of the program ends: its error told, its exit code.

use std::io::Write;
use std::process::ExitCode;

use crate::commands::{CommandError, Outcome, exit_code, words};

/// The exit code, after the error was told on `err`.
pub fn finish(result: Result<Outcome, CommandError>, err: &mut dyn Write) -> ExitCode {
    let code = exit_code(&result);
    if let (Err(error), true) = (&result, code > 0) {
        for line in words(error) {
            // where stderr is closed nobody is left to tell
            let _ = writeln!(err, "{line}");
        }
    }
    ExitCode::from(code)
}

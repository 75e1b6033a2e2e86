//! One run of the program.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::commands::{Arguments, Ask, Context, run};
use crate::hall::Random;
use crate::ssh::RealKeys;

use super::exit::finish;
use super::machine::{SystemClock, SystemRandom};

/// Runs the program with these arguments, the first being its name.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap knows whether this is help or an error, and where it goes
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut err = std::io::stderr();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(err, "error: the runtime can't start: {error}");
            return ExitCode::from(70);
        }
    };
    let mut out = std::io::stdout();
    let clock = match SystemClock::new(std::env::var("GUILDHALL_CLOCK").ok().as_deref()) {
        Ok(clock) => clock,
        Err(error) => {
            let _ = writeln!(err, "error: GUILDHALL_CLOCK: {error}");
            return ExitCode::from(2);
        }
    };
    let mut context = Context {
        hall: arguments.globals.hall,
        key: arguments.globals.key,
        json: arguments.globals.json,
        out: &mut out,
        clock: Arc::new(clock),
        random: Arc::new(SystemRandom),
        keys: Arc::new(RealKeys),
        scratch: scratch(),
        ask: std::io::stdin().is_terminal().then(|| -> Ask<'_> { Box::new(ask) }),
    };
    let result = runtime.block_on(run(arguments.command, &mut context));
    finish(result, &mut err)
}

/// Puts a question on standard error and reads a line of standard input.
fn ask(question: &str) -> std::io::Result<String> {
    let mut err = std::io::stderr();
    write!(err, "{question}")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer)
}

/// A fresh directory's name for a demo that none was named for.
fn scratch() -> std::path::PathBuf {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes);
    std::env::temp_dir().join(format!("guildhall-demo-{}", data_encoding::HEXLOWER.encode(&bytes)))
}

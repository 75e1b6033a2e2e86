//! One run of the program.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::commands::{Arguments, Ask, Command, CommandError, Context, Outcome, Tell, run};
use crate::hall::Random;
use crate::ssh::RealKeys;

use super::agent;
use super::audit;
use super::connect;
use super::console;
use super::exit::finish;
use super::look::Look;
use super::machine::{SystemClock, SystemRandom};
use super::pictures;
use super::serve;
use super::sshd;
use super::terminal::is_interactive;

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
        opened: None,
        key: arguments.globals.key,
        json: arguments.globals.json,
        out: &mut out,
        clock: Arc::new(clock),
        random: Arc::new(SystemRandom),
        keys: Arc::new(RealKeys),
        scratch: scratch(),
        tell: std::io::stderr().is_terminal().then(|| -> Tell { Arc::new(tell) }),
        ask: std::io::stdin().is_terminal().then(|| -> Ask<'_> { Box::new(ask) }),
    };
    let linear = arguments.globals.linear;
    let look = Look {
        theme: arguments.globals.theme,
        colourless: arguments.globals.no_color,
        environment: Box::new(|name| std::env::var(name).ok()),
    };
    let result = runtime.block_on(run_or_open(arguments.command, &mut context, (&look, linear)));
    // what still runs in the background, a verification that nobody waits for, doesn't hold up the end
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    finish(result, &mut err)
}

/// Runs a command; opens the console where that is asked for, and somebody sits at the terminal.
async fn run_or_open(
    command: Option<Command>,
    context: &mut Context<'_>,
    (look, linear): (&Look, bool),
) -> Result<Outcome, CommandError> {
    let console = is_interactive() && !context.json;
    let command = match command {
        Some(Command::Serve(arguments)) => return serve::run(arguments, context).await,
        Some(Command::Sshd) => return sshd::run(context, look).await,
        Some(Command::Agent(arguments)) => return agent::run(arguments, context).await,
        Some(Command::Connect(arguments)) => return connect::run(arguments, context).await,
        Some(Command::Audit(arguments)) => return audit::run(arguments, context).await,
        command => command,
    };
    match &command {
        Some(Command::Pictures(arguments)) => pictures::draw(&arguments.dir, context).await,
        Some(Command::Keys) => pictures::keys(&look.keymap()?, look.key_file().as_deref(), context),
        None if linear && !context.json => console::open_linear(context).await,
        Some(Command::Demo(demo)) if linear && !context.json && demo.opens_console() => {
            context.hall.get_or_insert_with(|| context.scratch.clone());
            run(command, context).await?;
            console::open_linear(context).await
        }
        None if console => console::open(context, look).await,
        Some(Command::Demo(demo)) if console && demo.opens_console() => {
            // the console opens in the hall that the demo makes
            context.hall.get_or_insert_with(|| context.scratch.clone());
            run(command, context).await?;
            console::open(context, look).await
        }
        _ => run(command, context).await,
    }
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

/// Keeps one line of standard error saying how far long work is, and clears it at the end.
fn tell(what: &str, done: u64, of: u64) {
    let mut err = std::io::stderr();
    let line = if done < of { format!("\r{what}: {done} of {of}\x1b[K") } else { "\r\x1b[K".to_owned() };
    // progress that can't be told changes nothing
    let _ = err.write_all(line.as_bytes()).and_then(|()| err.flush());
}

/// A fresh directory's name for a demo that none was named for.
fn scratch() -> std::path::PathBuf {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes);
    std::env::temp_dir().join(format!("guildhall-demo-{}", data_encoding::HEXLOWER.encode(&bytes)))
}

//! `sshd`: one session under OpenSSH's own server, for `ForceCommand`. sshd has proved the key (`ExposeAuthInfo`), carries
//! the agent and the terminal; what a member may do here is what they may do at `serve`.

use std::sync::Arc;
use std::time::Duration;

use crate::commands::{CommandError, Config, Context, Outcome};
use crate::hall::HallError;
use crate::ledger::read_public_key;
use crate::ssh::{EnvironmentAgent, Offered, Shared, Who, member_with, read_command, run_command, session_of, signer};
use crate::tui::{Actor, LinearError, Lines, Seat, Settings, Sits, linear, run as run_console};

use super::console::StandardInput;
use super::look::Look;
use super::terminal::{LocalTerminal, StandardOutput, is_interactive};

/// Runs `sshd`.
pub async fn run(context: &mut Context<'_>, look: &Look) -> Result<Outcome, CommandError> {
    let hall = context.open().await?;
    let key = proved(look)?;
    let state = hall.state().await?;
    let Some(who) = member_with(&state, &key) else {
        return Err(CommandError::Failed(HallError::Failed("this key is no member's here".to_owned())));
    };
    let Who::Member { id, .. } = who.clone() else { return Ok(Outcome::No) };
    let serving = Config::read(hall.dir())?.serve;
    let patience = Duration::from_secs(serving.agent_seconds);
    let socket = (look.environment)("SSH_AUTH_SOCK");
    let agent = socket.map(|_| Offered { agent: Arc::new(EnvironmentAgent), patience });
    let asked = (look.environment)("SSH_ORIGINAL_COMMAND");
    let read = asked.as_deref().map(|asked| read_command(asked.as_bytes()));
    let by_lines = matches!(&read, Some(Ok((arguments, _))) if arguments.globals.linear);
    match read {
        Some(Err(ran)) => return tell(ran, context),
        Some(Ok((arguments, _))) if !by_lines => {
            let clocks = (Arc::clone(&context.clock), Arc::clone(&context.random));
            let shared = Arc::new(Shared::new(hall, serving.clone(), Vec::new(), clocks));
            let ran = run_command(&shared, (id, who), (agent, &Arc::default()), arguments).await;
            return tell(ran, context);
        }
        _ => {}
    }
    let (signer, signed_by) = signer(&hall, (&id, &who), agent.as_ref()).await;
    let session = session_of(&hall, &id, signed_by).await?;
    let actor = Actor { hall, signer: Arc::from(signer), member: id, seat: Sits::Remote };
    if by_lines {
        if let Some(why) = session.signed_by.why_not() {
            writeln!(context.out, "What you do is attested by the hall, not signed by you: {why}.")?;
        }
        let mut lines = Lines { input: Box::new(StandardInput), output: Box::new(StandardOutput) };
        return match linear(&actor, &mut lines).await {
            Ok(()) | Err(LinearError::Ended) => Ok(Outcome::Done),
            Err(LinearError::Io(error)) => Err(CommandError::Output(error)),
        };
    }
    if !is_interactive() {
        let how = "this is a console and needs a terminal: `ssh -t`, or name a command";
        return Err(CommandError::Usage(how.to_owned()));
    }
    let settings = Settings { session, theme: look.theme()?, keymap: look.keymap()?, glyphs: look.glyphs() };
    let terminal = LocalTerminal::enter()?;
    let seat = Seat {
        input: terminal.input()?,
        output: Box::new(StandardOutput),
        size: terminal.size(),
        outside: None,
        clipboard: serving.clipboard,
    };
    run_console(actor, settings, seat).await?;
    drop(terminal);
    Ok(Outcome::Done)
}

/// The key that sshd has proved.
fn proved(look: &Look) -> Result<russh::keys::ssh_key::PublicKey, CommandError> {
    let hint = "`guildhall sshd` is for sshd's ForceCommand, with `ExposeAuthInfo yes` and public keys alone";
    let usage = |why: &str| CommandError::Usage(format!("{why}; {hint}"));
    let path = (look.environment)("SSH_USER_AUTH").ok_or_else(|| usage("SSH_USER_AUTH is not set"))?;
    let text = std::fs::read_to_string(&path).map_err(|error| usage(&format!("{path}: {error}")))?;
    let methods: Vec<&str> = text.lines().collect();
    let [method] = methods.as_slice() else { return Err(usage("more than one method let this session in")) };
    let line = method.strip_prefix("publickey ").ok_or_else(|| usage("no public key let this session in"))?;
    read_public_key(line).map_err(|error| usage(&error.to_string()))
}

fn tell(ran: crate::ssh::Ran, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    context.out.write_all(&ran.out)?;
    match ran.code {
        0 => Ok(Outcome::Done),
        2 => Err(CommandError::Usage(ran.err.trim_start_matches("error: ").to_owned())),
        _ if ran.err.is_empty() => Ok(Outcome::No),
        _ => Err(CommandError::Failed(HallError::Failed(ran.err.trim_start_matches("error: ").to_owned()))),
    }
}

//! `connect`: ssh with the filtering agent as what is forwarded, and at the end what the hall has in one's name.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::commands::{CommandError, ConnectArguments, Context, Outcome};
use crate::domain::Digest;
use crate::hall::{Clock, Signer};
use crate::ledger::fingerprint;
use crate::ssh::{Confirm, FilterError, Journal, filter, read_journal, runs};
use crate::tui::Shown;

use super::agent::{AskProgram, filter_of, journal_path, socket_of, upstream};

/// The first OpenSSH that takes a socket's path for ForwardAgent.
const OLDEST: (u32, u32) = (8, 2);

/// How long the hall's account may take, and how large it may be.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST: u64 = 16 << 20;
/// Lines of a host that are told.
const TOLD: usize = 20;

/// The agent that is forwarded.
struct Forwarded {
    socket: PathBuf,
    journal: PathBuf,
    /// Lines of the journal before the visit.
    before: usize,
    /// What it refused; an agent that ran before tells that itself.
    refused: Arc<Mutex<Vec<String>>>,
    /// Its task; none if it ran before.
    serving: Option<JoinHandle<Result<(), FilterError>>>,
}

/// Runs `connect`.
pub async fn run(arguments: ConnectArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    check_version().await?;
    let upstream = upstream(&arguments.agent)?;
    let journal = arguments.agent.journal.clone().or_else(|| journal_path(&fingerprint(upstream.public_key())));
    let journal = journal.ok_or_else(|| CommandError::Usage("there is no home directory; name a --journal".into()))?;
    let usual = socket_of(arguments.agent.socket.clone());
    let agent = match runs(&usual, upstream.public_key()).await {
        true => running(&arguments, (usual, journal))?,
        false => own(&arguments, (upstream, &usual, journal), Arc::clone(&context.clock)).await?,
    };
    if agent.serving.is_none() {
        let at = agent.socket.display();
        writeln!(context.out, "your agent that runs at {at} is forwarded; it goes on when you leave")?;
        context.out.flush()?;
    }
    let mut visit = command(Some(&agent.socket), &arguments);
    let status = visit.status().await.map_err(|error| CommandError::Usage(format!("ssh: {error}")))?;
    let told = tell(context, &arguments, &agent).await;
    if let Some(serving) = &agent.serving {
        serving.abort();
        // a socket that stays is stale and is replaced
        let _ = std::fs::remove_file(&agent.socket);
    }
    let honest = told?;
    for why in agent.refused.lock().map(|refused| refused.clone()).unwrap_or_default() {
        writeln!(context.out, "your agent refused: {}", safe(&why))?;
    }
    Ok(if status.success() && honest { Outcome::Done } else { Outcome::No })
}

/// The agent that runs already, by its own rules.
fn running(arguments: &ConnectArguments, (socket, journal): (PathBuf, PathBuf)) -> Result<Forwarded, CommandError> {
    let at = socket.display();
    if arguments.agent.ask || arguments.agent.host.is_some() || arguments.agent.of.is_some() {
        return Err(CommandError::Usage(format!(
            "your agent runs already at {at}, and it goes by its own --ask, --host and --of: leave them out here, or end it"
        )));
    }
    if !Journal::is_held(&journal) {
        return Err(CommandError::Usage(format!(
            "your agent runs already at {at}, and it doesn't write {}: name its --journal",
            journal.display()
        )));
    }
    let before = read_journal(&journal).map_err(|error| CommandError::Usage(error.to_string()))?.0.len();
    Ok(Forwarded { socket, journal, before, refused: Arc::default(), serving: None })
}

/// An agent for this visit alone, at a socket beside the usual one.
async fn own(
    arguments: &ConnectArguments,
    (upstream, usual, journal): (Box<dyn Signer>, &Path, PathBuf),
    clock: Arc<dyn Clock>,
) -> Result<Forwarded, CommandError> {
    let confirm: Option<Box<dyn Confirm>> = match (arguments.agent.ask, std::env::var("SSH_ASKPASS").ok()) {
        (false, _) => None,
        (true, Some(program)) if !program.is_empty() => Some(Box::new(AskProgram(program))),
        (true, _) => {
            let why = "the console has this terminal; set SSH_ASKPASS to a program that asks";
            return Err(CommandError::Usage(why.to_owned()));
        }
    };
    let socket = usual.with_file_name(format!("connect-{}.sock", std::process::id()));
    // the console has the terminal meanwhile, so what was refused is told at the end
    let refused: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&refused);
    let note = Box::new(move |text: &str| {
        if let (Some(why), Ok(mut refused)) = (text.strip_prefix("refused: "), noted.lock()) {
            refused.truncate(TOLD);
            refused.push(why.to_owned());
        }
    });
    let agent = Arc::new(filter_of(&arguments.agent, (upstream, confirm), (clock, note))?);
    let before = agent.journal.lock().map(|journal| journal.count).unwrap_or(0);
    let (ready, listening) = tokio::sync::oneshot::channel();
    let serving = {
        let socket = socket.clone();
        let said = move || {
            let _ = ready.send(());
        };
        tokio::spawn(async move { filter(agent, &socket, said).await })
    };
    if listening.await.is_err() {
        let why = serving.await.ok().and_then(Result::err).map_or_else(String::new, |error| error.to_string());
        return Err(CommandError::Usage(why));
    }
    Ok(Forwarded { socket, journal, before, refused, serving: Some(serving) })
}

async fn check_version() -> Result<(), CommandError> {
    let asked = Command::new("ssh").arg("-V").stdin(Stdio::null()).output().await;
    let said =
        asked.map_err(|error| CommandError::Usage(format!("ssh can't run: {error}; install the OpenSSH client")))?;
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    let number = text.strip_prefix("OpenSSH_").and_then(|rest| {
        let (major, rest) = rest.split_once('.')?;
        let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    match number {
        Some(number) if number < OLDEST => Err(CommandError::Usage(format!(
            "{}: OpenSSH 8.2 or later is needed to forward a chosen agent",
            text.trim()
        ))),
        _ => Ok(()),
    }
}

/// ssh to the host, whatever the configuration says of agents and shared connections; with the filter forwarded, or no agent.
fn command(socket: Option<&Path>, arguments: &ConnectArguments) -> Command {
    let mut command = Command::new("ssh");
    // a live shared connection that was opened with -A would forward the real agent in silence
    command.args(["-o", "ControlPath=none", "-o", "ControlMaster=no", "-o", "ExitOnForwardFailure=yes"]);
    if let Some(socket) = socket {
        command.arg("-o").arg(format!("ForwardAgent={}", socket.display()));
        let own = std::env::var_os("SSH_AUTH_SOCK").is_some_and(|own| UnixStream::connect(own).is_ok());
        if !own {
            // without an agent of its own that answers ssh drops the forwarding in silence
            command.arg("-o").arg(format!("IdentityAgent={}", socket.display()));
        }
    } else {
        command.args(["-o", "ForwardAgent=no"]);
    }
    if arguments.agent.key.extension().is_none_or(|extension| extension != "pub") {
        command.arg("-i").arg(&arguments.agent.key);
    }
    command.args(&arguments.ssh);
    if socket.is_none() {
        command.arg("-a");
    }
    command.arg(&arguments.destination).kill_on_drop(true);
    command
}

/// What `audit --me --json` says over SSH.
#[derive(Deserialize)]
struct Theirs {
    acts: Vec<TheirAct>,
    faults: Vec<String>,
}

#[derive(Deserialize)]
struct TheirAct {
    core: Digest,
    kind: String,
    signed_by: String,
}

/// The hall's own account, asked for without any agent; none if it doesn't come soon, or isn't one.
async fn account(arguments: &ConnectArguments) -> Option<Theirs> {
    let mut asked = command(None, arguments);
    asked.args(["audit", "--me", "--json"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = asked.spawn().ok()?;
    let mut answer = Vec::new();
    let out = running.stdout.take()?;
    tokio::time::timeout(PATIENCE, out.take(MOST).read_to_end(&mut answer)).await.ok()?.ok()?;
    serde_json::from_slice(&answer).ok()
}

/// Says what was signed, and compares it with what the hall has; whether they agree.
async fn tell(
    context: &mut Context<'_>,
    arguments: &ConnectArguments,
    agent: &Forwarded,
) -> Result<bool, CommandError> {
    let theirs = account(arguments).await;
    // read last: whatever was signed up to here is told
    let lines = read_journal(&agent.journal).map_err(|error| CommandError::Usage(error.to_string()))?.0;
    let new = lines.get(agent.before..).unwrap_or_default();
    let what =
        if agent.serving.is_some() { "this session" } else { "signed by your agent meanwhile, here or elsewhere" };
    writeln!(context.out, "{what}: {} signed", new.len())?;
    let Some(theirs) = theirs else {
        let hint = "`guildhall audit --me DIR` reads an exported log";
        writeln!(context.out, "the hall's own account couldn't be asked for; {hint}")?;
        return Ok(new.is_empty());
    };
    let lost: Vec<_> = new.iter().filter(|line| !theirs.acts.iter().any(|act| act.core == line.core)).collect();
    for line in &lost {
        let why = "refused after it was signed, or withheld";
        writeln!(context.out, "not in the hall's ledger: {} at {} ({why})", line.kind, line.at)?;
    }
    let attested = theirs.acts.iter().filter(|act| act.signed_by == "host");
    let kinds: Vec<String> = attested.map(|act| safe(&act.kind)).collect();
    if !kinds.is_empty() {
        let shown = kinds.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
        writeln!(context.out, "attested by the hall in your name, in all: {} ({shown})", kinds.len())?;
    }
    for fault in theirs.faults.iter().take(TOLD) {
        writeln!(context.out, "FAULT {}", safe(fault))?;
    }
    Ok(lost.is_empty() && theirs.faults.is_empty())
}

/// A host's words on one line, made safe.
fn safe(text: &str) -> String {
    let line: String = text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Shown::plain(&line).as_str().to_owned()
}

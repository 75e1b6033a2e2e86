//! `agent`: the filtering agent on the member's machine, and where it keeps its journal.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::Algorithm;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::commands::{AgentArguments, CommandError, Context, Outcome};
use crate::hall::{Clock, KeyInMemory, Signer, read_key};
use crate::ledger::{fingerprint, read_public_key};
use crate::ssh::{
    AgentKey, Allowed, Confirm, Confirming, EnvironmentAgent, Filter, FilterError, Journal, Telling, filter,
    socket_path,
};

/// Where the agent of the key with this fingerprint writes down what it signs.
pub fn journal_path(key: &str) -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "guildhall")?;
    let name = key.trim_start_matches("SHA256:").replace(['/', '+'], "_");
    Some(dirs.data_local_dir().join("agent").join(name).join("journal.jsonl"))
}

/// The socket, as named or where it usually is.
pub fn socket_of(named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| socket_path(|name| std::env::var(name).ok()))
}

/// The agent as its arguments say, over the key that they name; what happens goes to `tell`.
pub fn filter_of(
    arguments: &AgentArguments,
    (upstream, confirm): (Box<dyn Signer>, Option<Box<dyn Confirm>>),
    (clock, tell): (Arc<dyn Clock>, Telling),
) -> Result<Filter, CommandError> {
    let key = fingerprint(upstream.public_key());
    let path = arguments.journal.clone().or_else(|| journal_path(&key));
    let path = path.ok_or_else(|| CommandError::Usage("there is no home directory; name a --journal".to_owned()))?;
    let journal = Journal::open(&path).map_err(|error| CommandError::Usage(error.to_string()))?;
    let allowed = if confirm.is_some() { Allowed::All } else { Allowed::Daily };
    Ok(Filter {
        upstream,
        hall: arguments.of.clone(),
        host: arguments.host.clone(),
        allowed,
        confirm,
        patience: patience(arguments),
        journal: Mutex::new(journal),
        clock,
        tell,
    })
}

fn patience(arguments: &AgentArguments) -> Duration {
    Duration::from_secs(arguments.wait)
}

/// The key itself, or the one behind the agent whose public half a `.pub` file is.
pub fn upstream(arguments: &AgentArguments) -> Result<Box<dyn Signer>, CommandError> {
    let path = arguments.key.as_path();
    if path.extension().is_some_and(|extension| extension == "pub") {
        let text =
            std::fs::read_to_string(path).map_err(|e| CommandError::Usage(format!("{}: {e}", path.display())))?;
        let key = read_public_key(&text).map_err(|e| CommandError::Usage(format!("{}: {e}", path.display())))?;
        return Ok(Box::new(AgentKey::of(key, Arc::new(EnvironmentAgent)).within(patience(arguments))));
    }
    let key = read_key(path)?;
    if matches!(key.algorithm(), Algorithm::Rsa { .. }) {
        // a host decides when it is asked and can time the answers, which tell of an RSA key (RUSTSEC-2023-0071)
        let why = "an RSA key in a file isn't used at a host's asking; load it with ssh-add and name its .pub";
        return Err(CommandError::Usage(format!("{}: {why}", path.display())));
    }
    Ok(Box::new(KeyInMemory::of(key)))
}

/// Runs `agent` until it is stopped.
pub async fn run(arguments: AgentArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let confirm: Option<Box<dyn Confirm>> = match (arguments.ask, std::env::var("SSH_ASKPASS").ok()) {
        (false, _) => None,
        (true, Some(program)) if !program.is_empty() => Some(Box::new(AskProgram(program))),
        (true, _) => Some(Box::new(AskHere::new())),
    };
    let socket = socket_of(arguments.socket.clone());
    if std::env::var_os("SSH_AUTH_SOCK").is_some_and(|upstream| Path::new(&upstream) == socket) {
        let why =
            "it is SSH_AUTH_SOCK itself, so the agent would ask itself; unset SSH_AUTH_SOCK or name another --socket";
        return Err(CommandError::Usage(format!("{}: {why}", socket.display())));
    }
    let tell = Box::new(|text: &str| {
        // with nobody to read it, it is in the journal all the same
        let _ = writeln!(std::io::stdout(), "{text}");
    });
    let upstream = upstream(&arguments)?;
    let agent = Arc::new(filter_of(&arguments, (upstream, confirm), (Arc::clone(&context.clock), tell))?);
    let shown = socket.display().to_string();
    let key = fingerprint(agent.upstream.public_key());
    writeln!(context.out, "offers {key} alone")?;
    let block = ssh_config(&arguments.key, &shown);
    let ready = || {
        let _ = writeln!(
            std::io::stdout(),
            "listens at {shown}\nuse it:  guildhall connect HOST, or ssh HOST with this in ~/.ssh/config:\n\n{block}"
        );
    };
    filter(agent, &socket, ready).await.map_err(|error: FilterError| CommandError::Usage(error.to_string()))?;
    Ok(Outcome::Done)
}

/// What makes ssh forward the agent. A key in a file logs in from there; one behind ssh-agent logs in by that.
fn ssh_config(key: &Path, socket: &str) -> String {
    let mut block = format!("Host HOST\n    ForwardAgent \"{socket}\"\n    ControlPath none\n");
    if key.extension().is_none_or(|extension| extension != "pub") {
        let key = std::path::absolute(key).unwrap_or_else(|_| key.to_path_buf());
        // ssh forwards no agent unless it has one itself; this one hides the key from logins
        block.push_str(&format!("    IdentityFile \"{}\"\n    IdentityAgent \"{socket}\"\n", key.display()));
    }
    block
}

/// Asks at the agent's own terminal. One thread reads all lines: what was typed before a question was put is no answer.
struct AskHere(tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>);

impl AskHere {
    fn new() -> Self {
        let (sender, typed) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self(tokio::sync::Mutex::new(typed))
    }
}

impl Confirm for AskHere {
    fn confirm<'a>(&'a self, words: &'a str) -> Confirming<'a> {
        Box::pin(async move {
            let mut typed = self.0.lock().await;
            while typed.try_recv().is_ok() {}
            let mut out = std::io::stdout();
            let question = format!("\n{words}\nSign this? y for yes, anything else for no: ");
            let said = out.write_all(question.as_bytes()).and_then(|()| out.flush());
            said.is_ok() && typed.recv().await.is_some_and(|line| line.trim() == "y")
        })
    }
}

/// Asks by the program that ssh would ask by; its success is the yes.
pub struct AskProgram(pub String);

impl Confirm for AskProgram {
    fn confirm<'a>(&'a self, words: &'a str) -> Confirming<'a> {
        Box::pin(async move {
            let mut command = Command::new(&self.0);
            let asked =
                command.arg(format!("{words}\nSign this?")).env("SSH_ASKPASS_PROMPT", "confirm").kill_on_drop(true);
            asked.status().await.is_ok_and(|status| status.success())
        })
    }
}

//! One channel from its opening to its end: what the client says of its terminal, then a console or a command.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use russh::server::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Disconnect};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

use crate::commands::{CommandError, exit_code};
use crate::domain::MemberId;
use crate::hall::Holder;
use crate::tui::LinearError;

use super::command::{Ran, command, one_line, read};
use super::console::Guest;
use super::environment::{Environment, size};
use super::forwarded::Forwarded;
use super::isolated::isolated;
use super::lines::lines;
use super::petition::petition;
use super::signing::Offered;
use super::state::{Ending, Place, Shared};
use super::told::tell;
use super::who::{Who, may_stay};
use super::wire::{ChannelOutput, Typing, typing};

/// How long a client may take to say what it wants of a channel.
const WANTS: Duration = Duration::from_secs(60);
/// How long a stranger may take over a line of the form.
const STRANGERS: Duration = Duration::from_secs(300);
/// The exit code of a command whose output didn't arrive whole.
const CUT_SHORT: u8 = 74;

/// A connection whose client proved who it is.
#[derive(Clone)]
pub struct Connection {
    /// What all share.
    pub shared: Arc<Shared>,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// Who it is.
    pub who: Who,
    /// To speak to it.
    pub handle: Handle,
    /// Whether it offered its agent.
    pub forwards: Arc<AtomicBool>,
}

/// What a client wants of a channel.
enum Wanted {
    Shell,
    Command(Vec<u8>),
}

/// What it says before.
#[derive(Default)]
struct Terminal {
    environment: Environment,
    size: Option<(u16, u16)>,
}

/// Both ways of a channel.
type Ways = (ChannelReadHalf, Arc<ChannelWriteHalf<Msg>>);

/// Serves a channel until it ends; `open` is its place among those of its connection.
pub async fn serve(connection: Connection, channel: Channel<Msg>, open: OwnedSemaphorePermit) {
    let id = channel.id();
    let (mut read, write) = channel.split();
    let write = Arc::new(write);
    let mut terminal = Terminal::default();
    let wanted = timeout(WANTS, wanted(&mut read, &mut terminal)).await;
    if let Ok(Some(wanted)) = wanted {
        let cooked = terminal.size.is_some();
        let (ran, place) = connection.run((read, Arc::clone(&write)), (wanted, terminal)).await;
        let told = tell(&write, &ran, (cooked, place.as_ref())).await;
        let code = if told.is_ok() { ran.code } else { CUT_SHORT };
        // a client that is gone takes none of this
        let _ = connection.handle.exit_status_request(id, u32::from(code)).await;
        let _ = connection.handle.eof(id).await;
        let _ = connection.handle.close(id).await;
    } else {
        let _ = connection.handle.close(id).await;
    }
    drop(open);
}

/// What is wanted, once it is; none if the channel ends before.
async fn wanted(read: &mut ChannelReadHalf, terminal: &mut Terminal) -> Option<Wanted> {
    loop {
        match read.wait().await? {
            ChannelMsg::SetEnv { variable_name, variable_value, .. } => {
                terminal.environment.set(&variable_name, &variable_value);
            }
            ChannelMsg::RequestPty { term, col_width, row_height, .. } => {
                terminal.environment.set("TERM", &term);
                terminal.size = Some(size(col_width, row_height));
            }
            ChannelMsg::WindowChange { col_width, row_height, .. } if terminal.size.is_some() => {
                terminal.size = Some(size(col_width, row_height));
            }
            ChannelMsg::RequestShell { .. } => return Some(Wanted::Shell),
            ChannelMsg::Exec { command, .. } => return Some(Wanted::Command(command)),
            ChannelMsg::Close => return None,
            _ => {}
        }
    }
}

const NO_TERMINAL: &str = "guildhall: this is a console and needs a terminal. Run `ssh -t HOST` for it, `ssh HOST -- --linear` for \
                           one by lines, or one command: `ssh HOST status`, `ssh HOST help`";

impl Connection {
    /// Does what is wanted in a place of its own; a fault in it ends this channel and no other.
    async fn run(&self, ways: Ways, wanted: (Wanted, Terminal)) -> (Ran, Option<Place>) {
        let place = match self.shared.enter(&self.who) {
            Ok(place) => place,
            Err(full) => return (Ran::failed(1, format!("guildhall: {full}")), None),
        };
        // only now, so that a revocation finds either no session or this one
        match self.shared.hall.state().await {
            Ok(state) if may_stay(&state, &self.who, self.shared.hall.now()) => {}
            Ok(_) => {
                let words = format!("guildhall: {}", Ending::Revoked.words());
                let _ = self.handle.disconnect(Disconnect::ByApplication, words.clone(), String::new()).await;
                return (Ran::failed(1, words), Some(place));
            }
            Err(error) => {
                tracing::error!(%error, "the hall can't be read");
                return (Ran::failed(70, "guildhall: the hall can't be read now"), Some(place));
            }
        }
        let (connection, ending) = (self.clone(), place.ending.clone());
        let running = async move { connection.serve(ways, wanted, ending).await };
        let ran = isolated((&self.peer, &self.shared.metrics), running).await;
        (ran.unwrap_or_else(|broken| Ran::failed(70, one_line(&broken))), Some(place))
    }

    async fn serve(
        self,
        (read_half, write): Ways,
        (wanted, terminal): (Wanted, Terminal),
        ending: watch::Receiver<Option<Ending>>,
    ) -> Ran {
        let Who::Member { id, .. } = self.who.clone() else {
            let typing = typing(read_half, Arc::clone(&self.shared), (ending, STRANGERS));
            return self.stranger((typing, &write), (wanted, terminal)).await;
        };
        let typed = |read_half| typing(read_half, Arc::clone(&self.shared), (ending.clone(), Duration::MAX));
        match wanted {
            Wanted::Command(bytes) => match read(&bytes) {
                Err(ran) => ran,
                Ok((arguments, _)) if arguments.globals.linear => {
                    let shown = terminal.size.is_some();
                    self.guest(id, terminal, true).over((typed(read_half), &write), shown).await
                }
                Ok((arguments, name)) => {
                    tracing::info!(peer = %self.peer, member = %id, command = name, "command");
                    self.shared.metrics.commands.add(1);
                    let holder = Arc::default();
                    let running = command(&self.shared, (id, self.who.clone()), (self.agent(), &holder), arguments);
                    while_there(running, (read_half, ending), &holder).await
                }
            },
            Wanted::Shell if terminal.size.is_none() => Ran::failed(2, NO_TERMINAL),
            Wanted::Shell => {
                let by_lines = terminal.environment.get("GUILDHALL_LINEAR").is_some_and(|set| set == "1");
                self.guest(id, terminal, by_lines).over((typed(read_half), &write), true).await
            }
        }
    }

    fn agent(&self) -> Option<Offered> {
        let offers = self.forwards.load(Ordering::Relaxed);
        let patience = Duration::from_secs(self.shared.settings.agent_seconds);
        offers.then(|| Offered { agent: Arc::new(Forwarded(self.handle.clone())), patience })
    }

    fn guest(&self, id: MemberId, terminal: Terminal, by_lines: bool) -> Visit {
        let Terminal { environment, size } = terminal;
        tracing::info!(peer = %self.peer, member = %id, linear = by_lines, "console");
        let (shared, who, agent) = (Arc::clone(&self.shared), self.who.clone(), self.agent());
        Visit { guest: Guest { shared, id, who, agent, environment }, size: size.unwrap_or((80, 24)), by_lines }
    }

    /// A stranger's channel: the form where petitions are taken and a terminal is there, else a refusal that shows nothing.
    async fn stranger(
        &self,
        (typing, write): (Typing, &ChannelWriteHalf<Msg>),
        (wanted, terminal): (Wanted, Terminal),
    ) -> Ran {
        let Who::Stranger(key) = &self.who else { return Ran::default() };
        let other = "if another of your keys is, come with `ssh -o IdentitiesOnly=yes -i KEY`";
        if matches!(wanted, Wanted::Command(_)) {
            let how = "connect without a command to ask for admission";
            return Ran::failed(1, format!("guildhall: this key is no member's here; {how}; {other}"));
        }
        if terminal.size.is_none() {
            let how = "connect with `ssh -t` to ask for admission";
            return Ran::failed(1, format!("guildhall: this key is no member's here; {how}; {other}"));
        }
        let output = ChannelOutput::new(write, typing.ended.clone(), Arc::clone(&self.shared));
        let mut lines = lines(typing, output, true);
        match petition(&self.shared, (key, self.peer), &mut lines).await {
            Ok(code) => Ran { code: u8::try_from(code).unwrap_or(70), ..Ran::default() },
            Err(LinearError::Ended | LinearError::Io(_)) => Ran { code: 1, ..Ran::default() },
        }
    }
}

/// What a command came to. Once its session is to end, or its client closed the channel, it is given up, but for what was
/// signed: that is finished. A client that types nothing more isn't an end.
async fn while_there(
    running: impl Future<Output = Ran>,
    (mut read, mut ending): (ChannelReadHalf, watch::Receiver<Option<Ending>>),
    holder: &Holder,
) -> Ran {
    let over = async {
        tokio::select! {
            () = closed(&mut read) => Ending::Gone,
            Ok(why) = ending.wait_for(Option::is_some) => why.unwrap_or(Ending::Stops),
        }
    };
    tokio::pin!(running);
    let why = tokio::select! {
        biased;
        ran = &mut running => return ran,
        why = over => why,
    };
    holder.leaves();
    let ran = match holder.has_signed() {
        true => running.await,
        false => Ran::failed(1, format!("guildhall: {}", why.words())),
    };
    // to nobody nothing is told
    if why == Ending::Gone { Ran { code: ran.code, ..Ran::default() } } else { ran }
}

/// Done when the client closed the channel; what it sends before is of no use.
async fn closed(read: &mut ChannelReadHalf) {
    while !matches!(read.wait().await, None | Some(ChannelMsg::Close)) {}
}

/// A member's console over a channel.
struct Visit {
    guest: Guest,
    size: (u16, u16),
    by_lines: bool,
}

impl Visit {
    async fn over(self, (typing, write): (Typing, &ChannelWriteHalf<Msg>), terminal: bool) -> Ran {
        let ended = typing.ended.clone();
        let result = match self.by_lines {
            true => self.guest.linear((typing, write), terminal).await,
            false => self.guest.console((typing, write), self.size).await,
        };
        let why = *ended.borrow();
        tracing::info!(member = %self.guest.id, why = ?why, failed = result.is_err(), "left");
        let words = why.map_or("", |why| why.words());
        match result {
            Err(CommandError::Output(_)) | Ok(()) if words.is_empty() => Ran::default(),
            Err(CommandError::Output(_)) | Ok(()) => Ran { out: format!("{words}\n").into_bytes(), ..Ran::default() },
            Err(error) => {
                let line = one_line(&error);
                Ran::failed(exit_code(&Err(error)), line)
            }
        }
    }
}

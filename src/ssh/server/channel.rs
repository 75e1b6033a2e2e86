//! One channel from its opening to its end: what the client says of its terminal, then a console or a command.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use russh::server::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::AsyncWriteExt;

use crate::commands::{CommandError, exit_code};
use crate::domain::MemberId;
use crate::tui::LinearError;

use super::command::{Ran, command, one_line, read};
use super::console::Guest;
use super::environment::{Environment, size};
use super::lines::lines;
use super::petition::petition;
use super::state::{Place, Shared};
use super::who::Who;
use super::wire::{ChannelOutput, Typing, typing};

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

/// Serves a channel until it ends.
pub async fn serve(connection: Connection, channel: Channel<Msg>) {
    let id = channel.id();
    let (mut read, write) = channel.split();
    let mut terminal = Terminal::default();
    let Some(wanted) = wanted(&mut read, &mut terminal).await else { return };
    let ran = match connection.shared.enter(&connection.who) {
        Err(full) => Ran::failed(1, format!("guildhall: {full}")),
        Ok(place) => connection.run((read, &write), (wanted, terminal), place).await,
    };
    // a client that is gone takes none of this
    let _ = write_all(&write, &ran).await;
    let _ = connection.handle.exit_status_request(id, u32::from(ran.code)).await;
    let _ = connection.handle.eof(id).await;
    let _ = connection.handle.close(id).await;
}

async fn write_all(write: &ChannelWriteHalf<Msg>, ran: &Ran) -> std::io::Result<()> {
    let told = async {
        if !ran.out.is_empty() {
            Box::pin(write.make_writer()).write_all(&ran.out).await?;
        }
        if !ran.err.is_empty() {
            Box::pin(write.make_writer_ext(Some(1))).write_all(format!("{}\r\n", ran.err).as_bytes()).await?;
        }
        Ok(())
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), told).await.unwrap_or(Ok(()))
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
    async fn run(
        &self,
        (channel_read, write): (ChannelReadHalf, &ChannelWriteHalf<Msg>),
        (wanted, terminal): (Wanted, Terminal),
        place: Place,
    ) -> Ran {
        let typing = typing(channel_read, Arc::clone(&self.shared), place.ending.clone());
        let id = match &self.who {
            Who::Stranger(_) => return self.stranger((typing, write), (wanted, terminal)).await,
            Who::Member { id, .. } => id.clone(),
        };
        match wanted {
            Wanted::Command(bytes) => match read(&bytes) {
                Err(ran) => ran,
                Ok((arguments, _)) if arguments.globals.linear => {
                    let shown = terminal.size.is_some();
                    self.guest(id, terminal, true).over((typing, write), shown).await
                }
                Ok((arguments, name)) => {
                    tracing::info!(peer = %self.peer, member = %id, command = name, "command");
                    self.shared.metrics.commands.add(1);
                    command(&self.shared, (id, self.who.clone()), self.agent(), arguments).await
                }
            },
            Wanted::Shell if terminal.size.is_none() => Ran::failed(2, NO_TERMINAL),
            Wanted::Shell => {
                let by_lines = terminal.environment.get("GUILDHALL_LINEAR").is_some_and(|set| set == "1");
                self.guest(id, terminal, by_lines).over((typing, write), true).await
            }
        }
    }

    fn agent(&self) -> Option<Handle> {
        self.forwards.load(Ordering::Relaxed).then(|| self.handle.clone())
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
        if matches!(wanted, Wanted::Command(_)) {
            return Ran::failed(
                1,
                "guildhall: your key is no member's here; connect without a command to ask for admission",
            );
        }
        if terminal.size.is_none() {
            return Ran::failed(
                1,
                "guildhall: your key is no member's here; connect with `ssh -t` to ask for admission",
            );
        }
        let output = ChannelOutput::new(write, typing.ended.clone(), Arc::clone(&self.shared));
        let mut lines = lines(typing, output, true);
        match petition(&self.shared, (key, self.peer), &mut lines).await {
            Ok(code) => Ran { code: u8::try_from(code).unwrap_or(70), ..Ran::default() },
            Err(LinearError::Ended | LinearError::Io(_)) => Ran { code: 1, ..Ran::default() },
        }
    }
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
            Err(CommandError::Output(_)) | Ok(()) => Ran { out: format!("{words}\r\n").into_bytes(), ..Ran::default() },
            Err(error) => Ran::failed(exit_code(&Err(error_again(&error))), one_line(&error)),
        }
    }
}

/// The kind of an error, for its exit code.
fn error_again(error: &CommandError) -> CommandError {
    match error {
        CommandError::Usage(text) => CommandError::Usage(text.clone()),
        error => CommandError::Failed(crate::hall::HallError::Failed(error.to_string())),
    }
}

//! The local terminal: raw mode, keys, size, signals; and back to what it was, whatever happens.

use std::io::{self, IsTerminal, Write};
use std::process::Command;

use crossterm::event::EventStream;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use futures_util::StreamExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::tui::{ENTER, Input, LEAVE, Output, Writing};

/// Keys that may wait to be handled.
const QUEUE: usize = 1024;

/// Whether somebody sits at both ends.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The terminal while the console has it; dropping it gives it back.
pub struct LocalTerminal;

impl LocalTerminal {
    /// Takes the terminal over; a panic gives it back before it is told.
    pub fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        let taken = Self;
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            told(panic);
        }));
        raw_write(ENTER)?;
        Ok(taken)
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        size().unwrap_or((80, 24))
    }

    /// What is typed, from now on; signals that end the program become [`Input::Leave`].
    pub fn input(&self) -> io::Result<mpsc::Receiver<Input>> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut ends = Vec::new();
        for kind in [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()] {
            ends.push(signal(kind)?);
        }
        for mut end in ends {
            let sender = sender.clone();
            tokio::spawn(async move {
                if end.recv().await.is_some() {
                    // a session that is over needs no end
                    let _ = sender.send(Input::Leave).await;
                }
            });
        }
        tokio::spawn(async move {
            let mut events = EventStream::new();
            while let Some(Ok(event)) = events.next().await {
                if sender.send(Input::Event(event)).await.is_err() {
                    return;
                }
            }
            let _ = sender.send(Input::Leave).await;
        });
        Ok(receiver)
    }
}

impl Drop for LocalTerminal {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    // nothing more can be done for a terminal that takes no bytes
    let _ = raw_write(LEAVE);
    let _ = disable_raw_mode();
}

fn raw_write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(bytes)?;
    out.flush()
}

/// Frames to standard output.
pub struct StandardOutput;

impl Output for StandardOutput {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        Box::pin(async move { raw_write(bytes) })
    }
}

/// Lets the user's editor have a text, in a file that is theirs alone, while the terminal is theirs again.
///
/// Errors: no editor is set, it can't run or fails, or its file can't be read back.
pub fn edit_outside(text: &str, editor: Option<&str>, file: &std::path::Path) -> Result<String, String> {
    let editor = editor.filter(|editor| !editor.is_empty()).ok_or("set VISUAL or EDITOR to use one")?;
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    write_private(file, text).map_err(failed)?;
    restore();
    let mut words = editor.split_whitespace();
    let ran = Command::new(words.next().unwrap_or(editor)).args(words).arg(file).status();
    let again = enable_raw_mode().and_then(|()| raw_write(ENTER));
    let read = std::fs::read_to_string(file).map_err(failed);
    let removed = std::fs::remove_file(file).map_err(failed);
    again.map_err(|error| format!("the terminal can't be taken again: {error}"))?;
    match ran {
        Ok(status) if status.success() => removed.and(read),
        Ok(status) => Err(format!("{editor} ended with {status}; the text is as it was")),
        Err(error) => Err(format!("{editor}: {error}")),
    }
}

fn write_private(file: &std::path::Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

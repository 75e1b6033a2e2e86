//! A program behind a real terminal emulator: it waits for words on the screen, never for time to pass.
#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A word that isn't there after this long never comes; only a failing test waits so long.
const NEVER: Duration = Duration::from_secs(60);

/// What came to a terminal.
#[derive(Default)]
pub struct Seen {
    /// All bytes so far.
    pub bytes: Vec<u8>,
    ended: bool,
}

/// The program on a terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    // the terminal stays open as long as this does
    master: Box<dyn MasterPty + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    size: (u16, u16),
}

impl Terminal {
    /// A program with nothing of the caller's environment but its path.
    pub fn program(name: &str, home: &std::path::Path) -> CommandBuilder {
        let mut command = CommandBuilder::new(name);
        command.env_clear();
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.cwd(home);
        command
    }

    /// Runs a command at a terminal of this size.
    pub fn run(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (mut reader, writer) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
        let seen: Arc<(Mutex<Seen>, Condvar)> = Arc::default();
        let told = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = told.0.lock().unwrap();
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.ended = read == 0;
                told.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { child, writer, master: pair.master, seen, size: (columns, rows) }
    }

    /// The screen after these bytes.
    pub fn screen_of(&self, bytes: &[u8]) -> vt100::Parser {
        let size = |n: u16| n.try_into().unwrap();
        let mut parser = vt100::Parser::new(size(self.size.1), size(self.size.0), 0);
        parser.process(bytes);
        parser
    }

    /// Waits until the screen is as wanted; it fails with the screen as it is.
    pub fn until(&self, what: &str, is: impl Fn(&vt100::Screen, &Seen) -> bool) -> String {
        let begun = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let parser = self.screen_of(&seen.bytes);
            if is(parser.screen(), &seen) {
                return parser.screen().contents();
            }
            let left = NEVER.checked_sub(begun.elapsed());
            let (false, Some(left)) = (seen.ended, left) else {
                panic!("waited for {what}; on the screen:\n{}", parser.screen().contents());
            };
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits for words on the screen.
    pub fn sees(&self, words: &str) -> String {
        self.until(words, |screen, _| screen.contents().contains(words))
    }

    /// Waits for words on the screen, or the end; whether they came.
    pub fn comes_to(&self, words: &str) -> bool {
        let mut came = false;
        let begun = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        while !came && !seen.ended && begun.elapsed() < NEVER {
            came = self.screen_of(&seen.bytes).screen().contents().contains(words);
            if !came {
                seen = self.seen.1.wait_timeout(seen, NEVER).unwrap().0;
            }
        }
        came
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Waits for the end; gives all bytes.
    pub fn ended(&mut self) -> Vec<u8> {
        let begun = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.ended && begun.elapsed() < NEVER {
            seen = self.seen.1.wait_timeout(seen, NEVER).unwrap().0;
        }
        let bytes = seen.bytes.clone();
        drop(seen);
        self.child.wait().unwrap();
        bytes
    }

    /// Sends the program a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// In a demo's console: signs an item off, cuts a release and sees it verified.
    pub fn reviews_and_cuts(&mut self) {
        self.press("gr");
        self.sees("I could review");
        self.press("\r");
        self.sees("sign off");
        self.press("S");
        self.sees("You read it, and the values stand");
        self.press("y");
        self.sees("review.signed");
        self.press("go");
        self.sees("newest first");
        self.press("c");
        self.sees("Directory to make");
        self.press("\r\r\r\r");
        self.sees("You sign this release");
        self.press("y");
        self.sees("verified: nothing is wrong");
    }

    /// Says that the terminal is so large; what comes is read as before.
    pub fn claim(&self, (columns, rows): (u16, u16)) {
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        self.size = (columns, rows);
    }
}

/// Everything but our own frames' sequences is an error: only these may follow an escape.
pub fn only_ours(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("frames are UTF-8");
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let after = &rest[at + 1..];
        let end = after.find(|c: char| c.is_ascii_alphabetic()).expect("a sequence ends");
        let sequence = &after[..=end];
        let known = sequence.starts_with('[') && "mHJKhlABCDd".contains(&sequence[end..]);
        assert!(known, "ESC {sequence} is not ours");
        rest = &after[end + 1..];
    }
    let raw = text.chars().find(|c| c.is_control() && !matches!(c, '\u{1b}' | '\r' | '\n'));
    assert_eq!(raw, None, "a raw control character was sent");
}

//! One command in a session: read as on the command line, limited to what needs no files of the host, answered in text.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::commands::{Arguments, CommandError, Context, FindingSigner, Keys, exit_code, from_afar, run, words};
use crate::domain::MemberId;
use crate::hall::{Hall, HeldKey, Holder, Signer};

use super::signing::{Offered, signer};
use super::state::Shared;
use super::who::Who;

/// A command's output has at most this many bytes.
const MOST: usize = 16 << 20;
/// The longest command line.
const LONGEST: usize = 64 << 10;

/// What a command came to.
#[derive(Debug, Default)]
pub struct Ran {
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error, one line.
    pub err: String,
    /// The exit code.
    pub code: u8,
}

impl Ran {
    /// Nothing but a line on standard error.
    pub fn failed(code: u8, line: impl Into<String>) -> Self {
        Self { out: Vec::new(), err: line.into(), code }
    }
}

/// What a client asked to run, and the command's name.
pub fn read(bytes: &[u8]) -> Result<(Arguments, String), Ran> {
    let wrong = |why: &str| Ran::failed(2, format!("error: {why}"));
    if bytes.len() > LONGEST {
        return Err(wrong("the command line is over 64 KiB"));
    }
    let line = std::str::from_utf8(bytes).map_err(|_| wrong("the command line is not UTF-8"))?;
    let split = shlex::split(line).ok_or_else(|| wrong("a quote in the command line isn't closed"))?;
    let split = match split.first() {
        // whoever is used to typing the program's name may
        Some(first) if first == "guildhall" => split.get(1..).unwrap_or_default().to_vec(),
        _ => split,
    };
    from_afar(&split).map_err(|(code, words)| match code {
        0 => Ran { out: words.into_bytes(), ..Ran::default() },
        code => Ran::failed(code, words),
    })
}

/// Runs a command as a member; the holder of their key may go away meanwhile.
pub async fn command(
    shared: &Arc<Shared>,
    (id, who): (MemberId, Who),
    (agent, holder): (Option<Offered>, &Arc<Holder>),
    arguments: Arguments,
) -> Ran {
    let mut out = Bounded::default();
    let mut context = Context {
        hall: None,
        opened: Some(Arc::clone(&shared.hall)),
        key: None,
        json: arguments.globals.json,
        out: &mut out,
        clock: Arc::clone(&shared.clock),
        random: Arc::clone(&shared.random),
        keys: Arc::new(KeysOf { hall: Arc::clone(&shared.hall), id, who, agent, holder: Arc::clone(holder) }),
        scratch: std::path::PathBuf::new(),
        ask: None,
        tell: None,
    };
    let result = run(arguments.command, &mut context).await;
    drop(context);
    let code = exit_code(&result);
    let err = result.err().filter(|_| code > 0).map(|error| one_line(&error)).unwrap_or_default();
    Ran { out: out.0, err, code }
}

/// Output up to a size.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST {
            return Err(io::Error::other("the output is over 16 MiB; ask for less of it, --limit or --state"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The one key that acts here, whatever is named.
struct KeysOf {
    hall: Arc<Hall>,
    id: MemberId,
    who: Who,
    agent: Option<Offered>,
    holder: Arc<Holder>,
}

impl Keys for KeysOf {
    fn signer<'a>(&'a self, _named: Option<&'a Path>, _hall: &'a Hall) -> FindingSigner<'a> {
        Box::pin(async {
            let (key, _) = signer(&self.hall, (&self.id, &self.who), self.agent.as_ref()).await;
            let held: Box<dyn Signer> = Box::new(HeldKey::of(Arc::from(key), Arc::clone(&self.holder)));
            Ok(held)
        })
    }
}

/// The error of what was asked for in words of one line.
pub fn one_line(error: &CommandError) -> String {
    words(error).iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ")
}

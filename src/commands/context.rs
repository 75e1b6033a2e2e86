//! What a command is given: where the hall is, who acts, where output goes; and what it can come to.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use crate::domain::{MemberId, Refusal};
use crate::engine::EngineError;
use crate::engine::download::DownloadError;
use crate::engine::endpoint::EndpointError;
use crate::hall::{Clock, Hall, HallError, Random, Signer};

use super::visible::shown;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// The honest answer is no: rows rejected, verification failed.
    No,
}

/// Why a command didn't end.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Wrong arguments or configuration.
    #[error("{0}")]
    Usage(String),
    /// It failed.
    #[error(transparent)]
    Failed(HallError),
    /// Output can't be written.
    #[error("writing output: {0}")]
    Output(#[from] std::io::Error),
}

impl From<HallError> for CommandError {
    fn from(error: HallError) -> Self {
        match error {
            HallError::Refused(refusal) => Self::Refused(refusal),
            HallError::Usage(text) => Self::Usage(text),
            error => Self::Failed(error),
        }
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Endpoint(error) => error.into(),
            EngineError::Download(error) => error.into(),
            error => Self::Usage(error.to_string()),
        }
    }
}

impl From<EndpointError> for CommandError {
    fn from(error: EndpointError) -> Self {
        match error.is_of_the_request() {
            true => Self::Usage(error.to_string()),
            false => Self::Failed(HallError::Failed(error.to_string())),
        }
    }
}

impl From<DownloadError> for CommandError {
    fn from(error: DownloadError) -> Self {
        match error.is_of_the_request() {
            true => Self::Usage(error.to_string()),
            false => Self::Failed(HallError::Failed(error.to_string())),
        }
    }
}

impl From<crate::domain::IdError> for CommandError {
    fn from(error: crate::domain::IdError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// A signer to be.
pub type FindingSigner<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Signer>, HallError>> + Send + 'a>>;

/// Finds the key that acts: a file, or one behind an agent.
pub trait Keys: Send + Sync {
    /// The signer for this key file, or for the key to use when none is named.
    fn signer<'a>(&'a self, named: Option<&'a Path>, hall: &'a Hall) -> FindingSigner<'a>;
}

/// Puts a question and gives the line that was answered.
pub type Ask<'a> = Box<dyn FnMut(&str) -> std::io::Result<String> + Send + Sync + 'a>;

/// Tells a terminal how far long work is: what, done, of all.
pub type Tell = Arc<dyn Fn(&str, u64, u64) + Send + Sync>;

/// See the module's first line.
pub struct Context<'a> {
    /// The hall's directory, if one was named.
    pub hall: Option<PathBuf>,
    /// The hall, where a front door has it open for whoever comes from outside: no file of the host is theirs then.
    pub opened: Option<Arc<Hall>>,
    /// The acting key's file, if one was named.
    pub key: Option<PathBuf>,
    /// One JSON document instead of text.
    pub json: bool,
    /// Standard output.
    pub out: &'a mut (dyn Write + Send + Sync),
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Where keys come from.
    pub keys: Arc<dyn Keys>,
    /// Where halls without a name go.
    pub scratch: PathBuf,
    /// Asks whoever sits at the terminal; none if nobody does.
    pub ask: Option<Ask<'a>>,
    /// Tells them how far long work is; none if nobody looks.
    pub tell: Option<Tell>,
}

impl Context<'_> {
    /// The hall's directory.
    pub fn dir(&self) -> Result<&Path, CommandError> {
        let hint = "name a hall with --hall DIR or GUILDHALL_HALL; `guildhall demo` makes one to try";
        self.hall.as_deref().ok_or_else(|| CommandError::Usage(hint.to_owned()))
    }

    /// Whether a hall is named, or open for whoever comes from outside.
    pub fn has_hall(&self) -> bool {
        self.hall.is_some() || self.opened.is_some()
    }

    /// Opens the hall.
    pub async fn open(&self) -> Result<Arc<Hall>, CommandError> {
        if let Some(hall) = &self.opened {
            return Ok(Arc::clone(hall));
        }
        Ok(Arc::new(Hall::open(self.dir()?, Arc::clone(&self.clock), Arc::clone(&self.random)).await?))
    }

    /// Opens the hall and finds who acts.
    pub async fn enter(&self) -> Result<(Arc<Hall>, Box<dyn Signer>), CommandError> {
        let hall = self.open().await?;
        let signer = self.keys.signer(self.key.as_deref(), &hall).await?;
        Ok((hall, signer))
    }

    /// Opens the hall for somebody who only looks: who they are.
    pub async fn look(&self) -> Result<(Arc<Hall>, MemberId), CommandError> {
        let (hall, signer) = self.enter().await?;
        let member = hall.member(signer.as_ref()).await?;
        Ok((hall, member))
    }

    /// A text given on the command line, or in a file after `@`; `@-` is not read.
    pub fn text(&self, given: &str) -> Result<String, CommandError> {
        match given.strip_prefix('@') {
            None => Ok(given.to_owned()),
            Some(path) => self.file(Path::new(path)),
        }
    }

    /// The text of a file that was named.
    ///
    /// Errors: it can't be read, or whoever named it has no files here.
    pub fn file(&self, path: &Path) -> Result<String, CommandError> {
        if self.opened.is_some() {
            let why = "files are not read over SSH; write the text itself";
            return Err(CommandError::Usage(format!("{}: {why}", path.display())));
        }
        std::fs::read_to_string(path).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
    }

    /// The bytes of a file that was named; errors as of [`file`](Self::file).
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>, CommandError> {
        if self.opened.is_some() {
            return Err(CommandError::Usage(format!("{}: files are not read over SSH", path.display())));
        }
        std::fs::read(path).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
    }

    /// The directory of a release: as named, or over SSH among the hall's own.
    pub async fn release_dir(&self, named: &Path) -> Result<PathBuf, CommandError> {
        match &self.opened {
            Some(hall) => Ok(hall.release_dir(named)?),
            None => Ok(named.to_path_buf()),
        }
    }

    /// Tells how far long work is, to whoever looks.
    pub fn progress(&self, what: &'static str) -> impl Fn(u64, u64) + Send + Sync + use<> {
        let tell = self.tell.clone();
        move |done, of| {
            if let Some(tell) = &tell {
                tell(what, done, of);
            }
        }
    }

    /// Prints the result: as JSON if asked, else the lines of `text`, whose control characters are made visible.
    pub fn emit(&mut self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<Outcome, CommandError> {
        if self.json {
            let document = serde_json::to_string(value).map_err(std::io::Error::other)?;
            writeln!(self.out, "{document}")?;
        } else {
            writeln!(self.out, "{}", shown(text().trim_end()))?;
        }
        Ok(Outcome::Done)
    }

    /// Prints a refusal as JSON, if asked for JSON.
    pub fn emit_refusal(&mut self, refusal: &Refusal) -> Result<(), CommandError> {
        if self.json {
            writeln!(self.out, "{}", json!({ "refused": refusal }))?;
        }
        Ok(())
    }
}

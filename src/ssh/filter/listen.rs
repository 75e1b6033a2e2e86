//! The filtering agent at work: a socket for the member's ssh, a task a connection, no lock held over a question.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use russh::keys::ssh_key::SshSig;
use russh::keys::ssh_key::encoding::{Decode, Encode};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use crate::hall::{Clock, Signer, ToSign};
use crate::ledger::{NAMESPACE, fingerprint};
use crate::ssh::agent::{FAILURE, Frame, SIGNED, read_frame, write_frame};
use crate::tui::Shown as Safe;

use super::act::{Allowed, Pinned, Shown};
use super::connection::{Connection, Rules, Step};
use super::journal::{Journal, JournalError, Line};

/// Connections at a time.
const CONNECTIONS: usize = 32;
/// Signatures at once, then one a second.
const AT_ONCE: usize = 60;
/// Questions that may wait for an answer.
const QUESTIONS: usize = 4;
/// What can be read in one question: characters, lines.
const READABLE: (usize, usize) = (16 << 10, 150);
/// Lines that are told of one signature nobody was asked about; the journal holds them all.
const TOLD: usize = 150;
/// A refusal is told in so many characters at most.
const REFUSAL: usize = 300;

/// Told what happens: one text a signature or refusal, made safe.
pub type Telling = Box<dyn Fn(&str) + Send + Sync>;

/// An answer in the making.
pub type Confirming<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Asks the key's holder.
pub trait Confirm: Send + Sync {
    /// Whether these acts may be signed.
    fn confirm<'a>(&'a self, words: &'a str) -> Confirming<'a>;
}

/// Why the agent can't start.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The socket.
    #[error("{socket}: {error}")]
    Socket {
        /// Which.
        socket: String,
        /// Why.
        error: io::Error,
    },
}

/// See the module's first line.
pub struct Filter {
    /// Signs, on this machine or behind the agent that holds the key.
    pub upstream: Box<dyn Signer>,
    /// The only hall; the first that is signed for, if none is named.
    pub hall: Option<String>,
    /// The only host it may be forwarded to.
    pub host: Option<String>,
    /// Which acts are signed.
    pub allowed: Allowed,
    /// Asks before each signature.
    pub confirm: Option<Box<dyn Confirm>>,
    /// How long a question may wait, its turn included.
    pub patience: Duration,
    /// What was signed.
    pub journal: Mutex<Journal>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// See [`Telling`].
    pub tell: Telling,
}

/// Where the agent listens unless told otherwise.
///
/// Without `XDG_RUNTIME_DIR` it is a folder of one's own under the temporary directory.
pub fn socket_path(environment: impl Fn(&str) -> Option<String>) -> PathBuf {
    match environment("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()) {
        Some(dir) => Path::new(&dir).join("guildhall/agent.sock"),
        None => {
            let user = environment("USER").unwrap_or_else(|| "me".to_owned());
            std::env::temp_dir().join(format!("guildhall-{user}")).join("agent.sock")
        }
    }
}

/// Binds the socket: its folder 700, itself 600; a stale one is replaced, a live one is not.
fn bind(socket: &Path) -> io::Result<(UnixListener, u32)> {
    let folder = socket.parent().ok_or_else(|| io::Error::other("it is in no folder"))?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let facts = std::fs::metadata(folder)?;
    if facts.mode() & 0o077 != 0 {
        return Err(io::Error::other("others may enter its folder; make it yours alone (chmod 700)"));
    }
    if std::os::unix::net::UnixStream::connect(socket).is_ok() {
        return Err(io::Error::other("an agent listens there already"));
    }
    match std::fs::symlink_metadata(socket) {
        Ok(stale) if stale.file_type().is_socket() => std::fs::remove_file(socket)?,
        Ok(_) => return Err(io::Error::other("there is something there that is no socket")),
        Err(_) => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok((listener, facts.uid()))
}

/// Runs the agent until it fails; `ready` is called once it listens.
///
/// Errors: a socket that can't be bound.
pub async fn filter(filter: Arc<Filter>, socket: &Path, ready: impl FnOnce()) -> Result<(), FilterError> {
    let failed = |error| FilterError::Socket { socket: socket.display().to_string(), error };
    let (listener, owner) = bind(socket).map_err(failed)?;
    ready();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let work = Arc::new(Work {
        filter,
        questions: Semaphore::new(QUESTIONS),
        asking: tokio::sync::Mutex::new(()),
        signed: Mutex::default(),
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // no more files for a moment
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let own = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0);
        let (Ok(place), true) = (Arc::clone(&places).try_acquire_owned(), own) else { continue };
        let work = Arc::clone(&work);
        tokio::spawn(async move {
            // a connection that breaks is the other end's loss
            let _ = work.serve(stream).await;
            drop(place);
        });
    }
}

struct Work {
    filter: Arc<Filter>,
    questions: Semaphore,
    asking: tokio::sync::Mutex<()>,
    signed: Mutex<VecDeque<Instant>>,
}

impl Work {
    async fn serve(&self, mut stream: UnixStream) -> io::Result<()> {
        let mut connection = Connection::default();
        while let Some(frame) = read_frame(&mut stream).await? {
            let answer = match connection.step(&self.rules(), &frame) {
                Step::Answer(answer) => answer,
                Step::Refuse(answer, why) => {
                    self.tell_refused(&why);
                    answer
                }
                Step::Close => {
                    self.tell("a connection is closed: it asked for too much that isn't signed");
                    return Ok(());
                }
                Step::Sign { text, acts } => match self.sign(text, acts, connection.host.clone()).await {
                    Ok(signature) => Frame::of(SIGNED).string(&signature).bytes(),
                    Err(why) => {
                        self.tell_refused(&format!("not signed, {why}"));
                        vec![FAILURE]
                    }
                },
            };
            // every message is answered: an ssh client waits for it
            write_frame(&mut stream, &answer).await?;
        }
        Ok(())
    }

    fn tell(&self, text: &str) {
        (self.filter.tell)(Safe::plain(text).as_str());
    }

    /// One short line, and none while a question waits for its answer: a host's words can't stand in for the question.
    fn tell_refused(&self, why: &str) {
        if self.asking.try_lock().is_err() {
            return;
        }
        let line: String = why.chars().take(REFUSAL).map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.tell(&format!("refused: {line}"));
    }

    fn rules(&self) -> Rules<'_> {
        let journal = self.filter.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let key = self.filter.upstream.public_key();
        let hall = self.filter.hall.clone().or_else(|| journal.hall.clone());
        let pinned = Pinned { key: fingerprint(key), hall, heads: journal.heads.clone(), allowed: self.filter.allowed };
        Rules { key, pinned, host: self.filter.host.as_deref() }
    }

    async fn sign(&self, text: Vec<u8>, acts: Vec<Shown>, host: Option<String>) -> Result<Vec<u8>, String> {
        self.is_in_time()?;
        let words: Vec<&str> = acts.iter().map(|act| act.words.as_str()).collect();
        let words = words.join("\n");
        if let Some(confirm) = &self.filter.confirm {
            if words.chars().count() > READABLE.0 || words.lines().count() > READABLE.1 {
                return Err("that is more than can be read at once; sign fewer acts together".to_owned());
            }
            let _place = self.questions.try_acquire().map_err(|_| "too many questions wait for you".to_owned())?;
            let kinds: Vec<&str> = acts.iter().map(|act| act.kind.as_str()).collect();
            let host = host.as_deref().unwrap_or("unknown");
            let question = format!("{words}\n{} acts: {}; asked by host {host}", acts.len(), kinds.join(", "));
            let asked = async {
                let _turn = self.asking.lock().await;
                confirm.confirm(Safe::plain(&question).as_str()).await
            };
            match tokio::time::timeout(self.filter.patience, asked).await {
                Ok(true) => {}
                Ok(false) => return Err("you said no".to_owned()),
                Err(_) => return Err("nobody answered in time".to_owned()),
            }
        }
        self.note(&acts, host)?;
        self.tell(&format!("signed: {}", beginning(&words)));
        let signed = self.filter.upstream.sign(&ToSign { text, cores: Vec::new() }).await;
        let sig = signed.map_err(|error| error.to_string())?;
        raw_signature(&sig).ok_or_else(|| "the key's signature can't be read".to_owned())
    }

    /// Writes the acts down, if they still go on from what was signed before: another connection may have signed meanwhile.
    fn note(&self, acts: &[Shown], host: Option<String>) -> Result<(), String> {
        let mut journal = self.filter.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.filter.clock.now();
        for act in acts {
            let pinned = self.filter.hall.as_ref().or(journal.hall.as_ref());
            let elsewhere = pinned.is_some_and(|hall| *hall != act.hall);
            let back = journal.heads.get(&act.hall).is_some_and(|head| {
                act.seen.size < head.size || (act.seen.size == head.size && act.seen.root != head.root)
            });
            if elsewhere || back {
                return Err("something was signed meanwhile over a later head, or for another hall".to_owned());
            }
        }
        let line = |act: &Shown| Line {
            at,
            core: act.hash.clone(),
            hall: act.hall.clone(),
            host: host.clone(),
            kind: act.kind.clone(),
            prev: None,
            seen: act.seen.clone(),
            words: act.words.clone(),
        };
        journal
            .note(acts.iter().map(line).collect())
            .map_err(|error| format!("it can't be written down first: {error}"))
    }

    /// At most 60 signatures at once, then one a second.
    fn is_in_time(&self) -> Result<(), String> {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let window = Duration::from_secs(u64::try_from(AT_ONCE).unwrap_or(60));
        while signed.front().is_some_and(|first| now.duration_since(*first) > window) {
            signed.pop_front();
        }
        if signed.len() >= AT_ONCE {
            return Err("more signatures than a person gives: one a second".to_owned());
        }
        signed.push_back(now);
        Ok(())
    }
}

/// As many lines as are told, and how many more there are.
fn beginning(words: &str) -> String {
    let more = words.lines().count().saturating_sub(TOLD);
    let told: Vec<&str> = words.lines().take(TOLD).collect();
    let more = if more > 0 { format!("\n({more} more lines are in the journal)") } else { String::new() };
    format!("{}{more}", told.join("\n"))
}

/// The signature inside an SSHSIG of the ledger's namespace, as an agent gives it.
fn raw_signature(sig: &str) -> Option<Vec<u8>> {
    let blob = data_encoding::BASE64.decode(sig.as_bytes()).ok()?;
    let whole = SshSig::decode(&mut blob.as_slice()).ok().filter(|whole| whole.namespace() == NAMESPACE)?;
    let mut bytes = Vec::new();
    whole.signature().encode(&mut bytes).ok()?;
    Some(bytes)
}

//! One connection's handler: who may come in, which channels may be opened; the rest is refused. It never waits for a
//! member, since the task that runs it also carries their agent's answers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use russh::keys::ssh_key::Algorithm;
use russh::keys::{Certificate, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, Pty};

use tokio::sync::{Semaphore, watch};

use crate::hall::HallError;
use crate::ledger::fingerprint;

use super::channel::{Connection, serve};
use super::environment::Environment;
use super::state::Shared;
use super::who::{Login, Who, certified, member_with};

/// Channels a connection may have open.
const CHANNELS: usize = 8;
/// Requests a connection may make on its channels before and while it uses them.
const REQUESTS: u32 = 10_000;
/// Variables that a channel may set.
const VARIABLES: u32 = 64;

/// Why a connection is ended.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The protocol's.
    #[error(transparent)]
    Ssh(#[from] russh::Error),
    /// The hall's.
    #[error(transparent)]
    Hall(#[from] HallError),
    /// It asks for too much.
    #[error("the client asks for too much: {0}")]
    TooMuch(&'static str),
}

/// What is known of whoever is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet.
    Unknown,
    /// A key that is nobody's here.
    Stranger,
    /// A member.
    Member,
}

/// See the module's first line.
pub struct Door {
    shared: Arc<Shared>,
    peer: SocketAddr,
    who: Option<Who>,
    stage: watch::Sender<Stage>,
    forwards: Arc<AtomicBool>,
    /// Places for channels.
    places: Arc<Semaphore>,
    /// What was asked of each channel.
    channels: HashMap<ChannelId, Asked>,
    requests: u32,
}

/// What was asked of a channel.
#[derive(Debug, Default)]
struct Asked {
    /// A shell or a command.
    begun: bool,
    /// Variables to be set.
    variables: u32,
}

impl Door {
    /// For a connection from `peer`; `stage` tells once it is known who it is.
    pub fn new(shared: Arc<Shared>, peer: SocketAddr, stage: watch::Sender<Stage>) -> Self {
        let forwards = Arc::new(AtomicBool::new(false));
        let places = Arc::new(Semaphore::new(CHANNELS));
        Self { shared, peer, who: None, stage, forwards, places, channels: HashMap::new(), requests: 0 }
    }

    /// The member with this key, or a stranger where strangers may ask.
    async fn known(&self, key: &PublicKey) -> Result<Option<Who>, DoorError> {
        let state = self.shared.hall.state().await?;
        let stranger = || self.shared.settings.petitions.then(|| Who::Stranger(Box::new(key.clone())));
        Ok(member_with(&state, key).or_else(stranger))
    }

    fn turned_away(&self, key: &str) -> Auth {
        self.shared.metrics.turned_away.add(1);
        tracing::info!(peer = %self.peer, key, "turned away");
        Auth::reject()
    }

    fn let_in(&mut self, who: Who) -> Auth {
        match &who {
            Who::Member { id, login } => {
                let key = match login {
                    Login::Key(key) => key.clone(),
                    Login::Certificate { subject, .. } => format!("certificate of {subject}"),
                };
                tracing::info!(peer = %self.peer, member = %id, key, "let in");
                self.shared.metrics.logins.add(1);
            }
            Who::Stranger(key) => tracing::info!(peer = %self.peer, key = fingerprint(key), "a stranger"),
        }
        self.stage.send_replace(if matches!(who, Who::Member { .. }) { Stage::Member } else { Stage::Stranger });
        self.who = Some(who);
        Auth::Accept
    }

    fn counted(&mut self) -> Result<(), DoorError> {
        self.requests += 1;
        if self.requests > REQUESTS { Err(DoorError::TooMuch("requests")) } else { Ok(()) }
    }

    /// Whether a shell or a command may begin on a channel: once.
    fn begins(&mut self, channel: ChannelId) -> Result<bool, DoorError> {
        self.counted()?;
        let asked = self.channels.entry(channel).or_default();
        Ok(!std::mem::replace(&mut asked.begun, true))
    }
}

fn reply(session: &mut Session, channel: ChannelId, yes: bool) -> Result<(), DoorError> {
    let replied = if yes { session.channel_success(channel) } else { session.channel_failure(channel) };
    Ok(replied?)
}

/// Signatures over SHA-1 are none.
fn is_weak(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { hash: None } | Algorithm::Dsa)
}

impl Handler for Door {
    type Error = DoorError;

    async fn auth_publickey_offered(&mut self, _user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, DoorError> {
        // nothing is bound here: whoever offers a key hasn't proved to hold it. A certificate's key comes this way too.
        let certificates = !self.shared.authorities.is_empty();
        let known = certificates || self.known(offer.public_key).await?.is_some();
        if known && !is_weak(offer.algorithm) {
            return Ok(Auth::Accept);
        }
        Ok(self.turned_away(&fingerprint(offer.public_key)))
    }

    async fn auth_publickey(&mut self, _user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, DoorError> {
        match self.known(key.public_key).await? {
            Some(who) if !is_weak(key.algorithm) => Ok(self.let_in(who)),
            _ => Ok(self.turned_away(&fingerprint(key.public_key))),
        }
    }

    async fn auth_openssh_certificate(&mut self, _user: &str, certificate: &Certificate) -> Result<Auth, DoorError> {
        let trusted = (self.shared.authorities.as_slice(), self.peer);
        match certified(&self.shared.hall, certificate, trusted).await? {
            Some(who) => Ok(self.let_in(who)),
            None => Ok(self.turned_away("a certificate")),
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        open: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), DoorError> {
        self.counted()?;
        let (Some(who), Ok(place)) = (self.who.clone(), Arc::clone(&self.places).try_acquire_owned()) else {
            // not answered is refused
            return Ok(());
        };
        self.channels.insert(channel.id(), Asked::default());
        let connection = Connection {
            shared: Arc::clone(&self.shared),
            peer: self.peer,
            who,
            handle: session.handle(),
            forwards: Arc::clone(&self.forwards),
        };
        open.accept().await;
        tokio::spawn(serve(connection, channel, place));
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), DoorError> {
        self.channels.remove(&channel);
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), DoorError> {
        self.counted()?;
        reply(session, channel, true)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), DoorError> {
        self.counted()?;
        let asked = self.channels.entry(channel).or_default();
        asked.variables += 1;
        if asked.variables > VARIABLES {
            return Err(DoorError::TooMuch("variables"));
        }
        reply(session, channel, Environment::default().set(name, value))
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), DoorError> {
        let begins = self.begins(channel)?;
        reply(session, channel, begins)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), DoorError> {
        let begins = self.begins(channel)?;
        reply(session, channel, begins)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), DoorError> {
        self.counted()?;
        reply(session, channel, false)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), DoorError> {
        self.counted()?;
        reply(session, channel, false)
    }

    async fn agent_request(&mut self, _channel: ChannelId, _session: &mut Session) -> Result<bool, DoorError> {
        self.counted()?;
        self.forwards.store(true, Ordering::Relaxed);
        Ok(true)
    }
}

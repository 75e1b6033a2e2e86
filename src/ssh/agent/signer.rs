//! A key behind an agent as a signer: a new connection for each signature, since a touch may take a minute.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::ssh_key::{HashAlg, PublicKey, SshSig};

use crate::hall::{HallError, Signer, Signing, SigningError, ToSign};
use crate::ledger::{NAMESPACE, encode, to_be_signed, verify};

use super::asking::{Agent, Answer};

/// How long an agent may take, unless something else is said.
const PATIENCE: Duration = Duration::from_secs(90);

/// A connection in the making.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Agent>> + Send + 'a>>;

/// Opens connections to an agent.
pub trait Connect: Send + Sync {
    /// A new one.
    fn connect(&self) -> Connecting<'_>;
}

/// The agent of `SSH_AUTH_SOCK`.
pub struct EnvironmentAgent;

impl Connect for EnvironmentAgent {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            let socket = std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
            let socket = socket.ok_or_else(|| io::Error::other("SSH_AUTH_SOCK is not set"))?;
            let stream = tokio::net::UnixStream::connect(&socket)
                .await
                .map_err(|error| io::Error::other(format!("SSH_AUTH_SOCK, {}: {error}", socket.display())))?;
            Ok(Agent::over(stream))
        })
    }
}

/// See the module's first line.
pub struct AgentKey {
    key: PublicKey,
    agent: Arc<dyn Connect>,
    patience: Duration,
}

impl AgentKey {
    /// The agent's key with this public half.
    pub fn of(key: PublicKey, agent: Arc<dyn Connect>) -> Self {
        Self { key, agent, patience: PATIENCE }
    }

    /// Waiting so long for a signature.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn signed(&self, what: &ToSign) -> Result<String, SigningError> {
        let asked = tokio::time::timeout(self.patience, self.asked(what)).await;
        let late = || format!("the agent didn't answer within {} seconds", self.patience.as_secs());
        let signature = asked.map_err(|_| SigningError::TimedOut(late()))??;
        let failed = |error: &dyn std::fmt::Display| SigningError::Failed(error.to_string());
        let whole = SshSig::new(self.key.key_data().clone(), NAMESPACE, HashAlg::Sha512, signature);
        let sig = encode(&whole.map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
        let other =
            |error: &dyn std::fmt::Display| SigningError::Failed(format!("the agent signed something else: {error}"));
        verify(&self.key, &what.text, &sig).map_err(|error| other(&error))?;
        Ok(sig)
    }

    async fn asked(&self, what: &ToSign) -> Result<russh::keys::ssh_key::Signature, SigningError> {
        let lost = |error: io::Error| SigningError::Failed(format!("the agent can't be asked: {error}"));
        let mut agent = self.agent.connect().await.map_err(lost)?;
        let shows = agent.shows().await.map_err(lost)?;
        if shows && !agent.show(what).await.map_err(lost)? {
            let why = "your guildhall agent doesn't take this act; its log says why";
            return Err(SigningError::Declined(why.to_owned()));
        }
        let data = to_be_signed(&what.text).map_err(|error| SigningError::Failed(error.to_string()))?;
        match agent.sign(&self.key, &data).await.map_err(lost)? {
            Answer::Signed(signature) => Ok(signature),
            Answer::Declined if shows => {
                let why = "your guildhall agent didn't sign it: you said no, or it says why in its own words";
                Err(SigningError::Declined(why.to_owned()))
            }
            Answer::Declined => Err(SigningError::Declined(
                "the agent refused: it doesn't hold the key any more, is locked, holds it for logins only (ssh-add -h), \
                 or whoever holds it said no"
                    .to_owned(),
            )),
        }
    }
}

impl Signer for AgentKey {
    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn is_agent(&self) -> bool {
        true
    }

    fn sign<'a>(&'a self, what: &'a ToSign) -> Signing<'a> {
        Box::pin(self.signed(what))
    }
}

/// The public keys that the agent of `SSH_AUTH_SOCK` offers.
pub async fn agent_keys() -> Result<Vec<PublicKey>, HallError> {
    let none = |error: io::Error| HallError::Usage(format!("no key is named with --as, and no agent answers: {error}"));
    let mut agent = EnvironmentAgent.connect().await.map_err(none)?;
    agent.keys().await.map_err(|error| HallError::Usage(format!("the agent lists no keys: {error}")))
}

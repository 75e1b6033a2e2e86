//! A key behind an SSH agent as a signer; a new connection for each signature, since a touch may take a minute.

use std::time::Duration;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::{HashAlg, PublicKey, SshSig};

use crate::hall::{HallError, Signer, Signing, SigningError};
use crate::ledger::{NAMESPACE, encode, to_be_signed};

/// How long an agent may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// See the module's first line.
pub struct AgentKey {
    key: PublicKey,
}

impl AgentKey {
    /// The agent's key with this public half.
    pub fn of(key: PublicKey) -> Self {
        Self { key }
    }

    async fn signed(&self, text: &[u8]) -> Result<String, SigningError> {
        let failed = |error: &dyn std::fmt::Display| SigningError::Failed(error.to_string());
        let mut agent = AgentClient::connect_env().await.map_err(|error| {
            SigningError::Failed(format!(
                "no agent answers at SSH_AUTH_SOCK ({error}); start one, or name a key file with --as"
            ))
        })?;
        let data = to_be_signed(text).map_err(|error| failed(&error))?;
        let hash = self.key.algorithm().is_rsa().then_some(HashAlg::Sha512);
        let asked = agent.sign_request_signature(&self.key, hash, &data);
        let signature = match tokio::time::timeout(PATIENCE, asked).await {
            Err(_) => return Err(SigningError::TimedOut("the agent didn't answer within 90 seconds".to_owned())),
            // a refusal is reported as a protocol error when a bare signature is asked for
            Ok(Err(russh::keys::Error::AgentFailure | russh::keys::Error::AgentProtocolError)) => {
                let why = "the agent refused; it doesn't hold the key, or whoever holds it said no";
                return Err(SigningError::Declined(why.to_owned()));
            }
            Ok(Err(error)) => return Err(failed(&error)),
            Ok(Ok(signature)) => signature,
        };
        let whole = SshSig::new(self.key.key_data().clone(), NAMESPACE, HashAlg::Sha512, signature);
        encode(&whole.map_err(|error| failed(&error))?).map_err(|error| failed(&error))
    }
}

impl Signer for AgentKey {
    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn is_agent(&self) -> bool {
        true
    }

    fn sign<'a>(&'a self, text: &'a [u8]) -> Signing<'a> {
        Box::pin(self.signed(text))
    }
}

/// The public keys an agent offers.
pub async fn agent_keys() -> Result<Vec<PublicKey>, HallError> {
    let mut agent = AgentClient::connect_env()
        .await
        .map_err(|error| HallError::Usage(format!("no key is named with --as, and no agent answers: {error}")))?;
    let identities = agent
        .request_identities()
        .await
        .map_err(|error| HallError::Usage(format!("the agent lists no keys: {error}")))?;
    Ok(identities
        .into_iter()
        .filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, .. } => Some(key),
            AgentIdentity::Certificate { .. } => None,
        })
        .collect())
}

//! A filtering agent that runs already: whether it is one's own, and of the same key.

use std::path::Path;
use std::time::Duration;

use russh::keys::ssh_key::PublicKey;
use tokio::net::UnixStream;

use crate::ssh::agent::Agent;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether a filtering agent of whoever runs this program listens at the socket and offers this key.
pub async fn runs(socket: &Path, key: &PublicKey) -> bool {
    tokio::time::timeout(PATIENCE, offers(socket, key)).await.ok().flatten().unwrap_or(false)
}

async fn offers(socket: &Path, key: &PublicKey) -> Option<bool> {
    let stream = UnixStream::connect(socket).await.ok()?;
    // a folder that somebody else made may hold a socket of theirs
    let own = UnixStream::pair().ok()?.0.peer_cred().ok()?.uid();
    if stream.peer_cred().ok()?.uid() != own {
        return None;
    }
    let mut agent = Agent::over(stream);
    let same = agent.keys().await.ok()?.iter().any(|offered| offered.key_data() == key.key_data());
    Some(same && agent.shows().await.ok()?)
}

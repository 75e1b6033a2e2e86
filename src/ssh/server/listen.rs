//! The server: takes connections in, within limits; watches for revoked keys; and ends them all when told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::keys::PrivateKey;
use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet, SshId};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::domain::State;

use super::accepting::accepted;
use super::bucket::{Buckets, Waiting};
use super::cuttable::Cuttable;
use super::door::{Door, Stage};
use super::metrics::answer;
use super::state::Shared;

/// How long somebody may take to say who they are.
const LOGIN: Duration = Duration::from_secs(30);
/// Connections of strangers, at a time.
const STRANGERS: usize = 64;
/// How long one of them lasts.
const ASKING: Duration = Duration::from_secs(900);
/// Connections that haven't said who they are, at a time.
const UNKNOWN: usize = 400;
/// A client that doesn't answer so often, each time after so long, is gone.
const ALIVE: (usize, Duration) = (3, Duration::from_secs(30));
/// How often the ledger is looked at for revoked keys.
const WATCH: Duration = Duration::from_secs(2);
/// How long sessions may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(4);

/// What the protocol is told of this server.
fn config(key: PrivateKey) -> Config {
    Config {
        server_id: SshId::Standard(concat!("SSH-2.0-guildhall_", env!("CARGO_PKG_VERSION")).into()),
        methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
        auth_rejection_time: Duration::from_millis(200),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        max_auth_attempts: 20,
        window_size: 64 << 10,
        inactivity_timeout: Some(Duration::from_secs(150)),
        keepalive_interval: Some(ALIVE.1),
        keepalive_max: ALIVE.0,
        nodelay: true,
        ..Config::default()
    }
}

/// Sockets the server listens on.
pub struct Sockets {
    /// For SSH clients.
    pub ssh: TcpListener,
    /// For `/metrics`.
    pub metrics: Option<TcpListener>,
}

/// Serves until `stop` is done, then ends every session within seconds.
pub async fn serve(shared: Arc<Shared>, host_key: PrivateKey, sockets: Sockets, stop: impl Future<Output = ()>) {
    let config = Arc::new(config(host_key));
    let watching = tokio::spawn(watch(Arc::clone(&shared)));
    let metrics = sockets.metrics.map(|listener| {
        let shared = Arc::clone(&shared);
        tokio::spawn(answer(listener, move || shared.metrics.text()))
    });
    tokio::select! {
        () = accept(&shared, &config, &sockets.ssh) => {}
        () = stop => {}
    }
    drop(sockets.ssh);
    let sessions = shared.stop();
    tracing::info!(sessions, "stopping");
    let end = Instant::now() + DRAIN;
    while shared.count() > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // the last words are on their way
    tokio::time::sleep(Duration::from_millis(100)).await;
    watching.abort();
    metrics.inspect(tokio::task::JoinHandle::abort);
    tracing::info!(left = shared.count(), "stopped");
}

async fn accept(shared: &Arc<Shared>, config: &Arc<Config>, listener: &TcpListener) {
    let settings = &shared.settings;
    let mut buckets = Buckets::new(settings.connections_at_once, settings.connections_a_minute);
    let (unknown, asking) = (Arc::new(Semaphore::new(UNKNOWN)), Arc::new(Semaphore::new(STRANGERS)));
    // one address fills no more than a part of the places, however patiently it knocks
    let of_an_address =
        usize::try_from(settings.connections_at_once.saturating_add(10)).unwrap_or(UNKNOWN).min(UNKNOWN);
    let waiting = Arc::new(Waiting::new(of_an_address));
    let most = u64::try_from(settings.sessions).unwrap_or(u64::MAX).saturating_mul(2);
    loop {
        let (stream, peer) = accepted(listener, "ssh").await;
        let room = shared.metrics.connections.get() < most && buckets.allows(peer.ip(), Instant::now());
        let places =
            room.then(|| waiting.place(peer.ip()).zip(Arc::clone(&unknown).try_acquire_owned().ok())).flatten();
        let Some(places) = places else {
            shared.metrics.refused.add(1);
            tracing::info!(%peer, "too many connections");
            continue;
        };
        shared.metrics.connections.add(1);
        let (shared, config, asking) = (Arc::clone(shared), Arc::clone(config), Arc::clone(&asking));
        tokio::spawn(async move {
            let (sender, mut stage) = watch::channel(Stage::Unknown);
            let connection = connection((&shared, config), (stream, peer), sender);
            tokio::pin!(connection);
            // whoever hasn't said who they are holds one of few places, and not for long
            let known = tokio::select! {
                () = &mut connection => None,
                known = stage.wait_for(|stage| *stage != Stage::Unknown) => known.ok().map(|stage| *stage),
                () = tokio::time::sleep(LOGIN) => None,
            };
            drop(places);
            // dropped, it is cut: a connection outlives no session, whatever it is kept open for
            let longest = Duration::from_secs(shared.settings.session_seconds) + LOGIN;
            let _ = match known {
                Some(Stage::Member) => tokio::time::timeout(longest, connection).await,
                Some(Stage::Stranger) => match asking.try_acquire() {
                    Ok(_place) => tokio::time::timeout(ASKING, connection).await,
                    Err(_) => Ok(()),
                },
                _ => Ok(()),
            };
            shared.metrics.connections.take();
        });
    }
}

async fn connection(
    (shared, config): (&Arc<Shared>, Arc<Config>),
    (stream, peer): (TcpStream, SocketAddr),
    stage: watch::Sender<Stage>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "no delay can't be set");
    }
    let door = Door::new(Arc::clone(shared), peer, stage);
    let (stream, _cut) = Cuttable::new(stream);
    let ended = match run_stream(config, stream, door).await {
        Ok(session) => session.await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Ends sessions whose keys are revoked or whose certificates have ended, and keeps the ledger's size for the metrics.
async fn watch(shared: Arc<Shared>) {
    let mut known: Option<(u64, State)> = None;
    loop {
        tokio::time::sleep(WATCH).await;
        let Ok(size) = shared.hall.size().await else { continue };
        shared.metrics.entries.set(size);
        if known.as_ref().is_none_or(|(seen, _)| *seen != size) {
            known = shared.hall.state().await.ok().map(|state| (size, state));
        }
        if let Some((_, state)) = &known {
            shared.turn_out(state);
        }
    }
}

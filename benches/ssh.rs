//! Load on a served hall: sessions that press a key a second each, seen from their terminals. `tests/bench/ssh.sh` runs it
//! against a server in a process of its own and puts the server's figures beside these.
//!
//! `cargo bench --bench ssh -- ADDR KEYFILE SESSIONS SECONDS`
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use guildhall::hall::read_key;
use russh::client::{Config, Handler, connect};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{ChannelMsg, Disconnect};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Logins under way at a time.
const AT_ONCE: usize = 8;

struct AnyHost;

impl Handler for AnyHost {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

/// What one session saw.
#[derive(Default)]
struct Seen {
    first_frame: Duration,
    keys: Vec<Duration>,
    bytes: usize,
    lost: usize,
}

async fn session(
    (addr, key): (String, PrivateKeyWithHashAlg),
    (turn, start): (Arc<Semaphore>, Arc<tokio::sync::Barrier>),
    (seconds, shift): (u64, Duration),
    ready: mpsc::Sender<()>,
) -> Seen {
    let permit = turn.acquire().await.unwrap();
    let begun = Instant::now();
    let config = Arc::new(Config { nodelay: true, ..Config::default() });
    let mut client = connect(config, addr, AnyHost).await.unwrap();
    assert!(client.authenticate_publickey(user(), key).await.unwrap().success(), "the key is let in");
    let mut channel = client.channel_open_session().await.unwrap();
    channel.request_pty(false, "xterm-256color", 80, 24, 0, 0, &[]).await.unwrap();
    channel.request_shell(false).await.unwrap();
    let mut seen = Seen::default();
    let mut text = Vec::new();
    while !text.windows(7).any(|window| window == b"Waiting") {
        if let Some(ChannelMsg::Data { data }) = channel.wait().await {
            text.extend_from_slice(&data);
        }
    }
    seen.first_frame = begun.elapsed();
    drop(permit);
    ready.send(()).await.unwrap();
    start.wait().await;
    // whatever is still on its way belongs to no key
    tokio::time::sleep(Duration::from_millis(300) + shift).await;
    while timeout(Duration::from_millis(1), channel.wait()).await.is_ok() {}
    let mut tick = interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0..seconds {
        tick.tick().await;
        let pressed = Instant::now();
        channel.data(if n % 2 == 0 { b"j".as_slice() } else { b"k" }).await.unwrap();
        match timeout(Duration::from_millis(900), channel.wait()).await {
            Ok(Some(ChannelMsg::Data { data })) => {
                seen.keys.push(pressed.elapsed());
                seen.bytes += data.len();
            }
            _ => seen.lost += 1,
        }
        while let Ok(Some(ChannelMsg::Data { data })) = timeout(Duration::from_millis(1), channel.wait()).await {
            seen.bytes += data.len();
        }
    }
    client.disconnect(Disconnect::ByApplication, "", "").await.unwrap();
    seen
}

/// guildhall ignores it, sshd doesn't.
fn user() -> String {
    std::env::var("USER_NAME").unwrap_or_else(|_| "bench".to_owned())
}

fn quantile(sorted: &[Duration], of: f64) -> f64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
    let place = ((sorted.len().saturating_sub(1)) as f64 * of) as usize;
    sorted.get(place).copied().unwrap_or_default().as_secs_f64() * 1000.0
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [addr, key, sessions, seconds] = arguments.as_slice() else {
        eprintln!("cargo bench --bench ssh -- ADDR KEYFILE SESSIONS SECONDS; tests/bench/ssh.sh does it all");
        return;
    };
    let (sessions, seconds): (usize, u64) = (sessions.parse().unwrap(), seconds.parse().unwrap());
    let key = PrivateKeyWithHashAlg::new(Arc::new(read_key(Path::new(key)).unwrap()), None);
    let (turn, start) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(tokio::sync::Barrier::new(sessions)));
    let (ready, mut told) = mpsc::channel(sessions);
    let begun = Instant::now();
    let running: Vec<_> = (0..sessions)
        .map(|n| {
            let shift = Duration::from_secs(1) * u32::try_from(n).unwrap() / u32::try_from(sessions).unwrap();
            let (turn, start) = (Arc::clone(&turn), Arc::clone(&start));
            tokio::spawn(session((addr.clone(), key.clone()), (turn, start), (seconds, shift), ready.clone()))
        })
        .collect();
    for _ in 0..sessions {
        told.recv().await.unwrap();
    }
    let logins = begun.elapsed();
    // whoever reads the server's figures does so from here to the end
    println!("ready");
    let mut all = Vec::new();
    for one in running {
        all.push(one.await.unwrap());
    }
    let mut keys: Vec<Duration> = all.iter().flat_map(|seen| seen.keys.iter().copied()).collect();
    let mut first: Vec<Duration> = all.iter().map(|seen| seen.first_frame).collect();
    keys.sort_unstable();
    first.sort_unstable();
    let bytes: usize = all.iter().map(|seen| seen.bytes).sum();
    let lost: usize = all.iter().map(|seen| seen.lost).sum();
    #[allow(clippy::cast_precision_loss)]
    let (count, rate) = (keys.len().max(1), sessions as f64 / logins.as_secs_f64());
    println!(
        "{sessions} sessions: key to frame p50 {:.2} ms, p99 {:.2} ms; {} bytes a key; {} of {} keys unanswered within .9 s",
        quantile(&keys, 0.5),
        quantile(&keys, 0.99),
        bytes / count,
        lost,
        count + lost
    );
    println!(
        "logins: {rate:.0} a second, {AT_ONCE} at a time; to the first frame p50 {:.0} ms, p99 {:.0} ms",
        quantile(&first, 0.5),
        quantile(&first, 0.99)
    );
}

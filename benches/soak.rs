//! Sessions that come, press keys at random, and go, some of them in the middle of a key; for `tests/long/soak.sh`.
//!
//! `cargo bench --bench soak -- ADDR KEYDIR SESSIONS MINUTES SEED`
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use guildhall::hall::read_key;
use russh::Disconnect;
use russh::client::{Config, Handler, connect};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use tokio::time::{sleep, timeout};

/// What is pressed, the likely first; quitting is for the end of a stay.
const KEYS: &[&str] = &[
    "j",
    "k",
    "\r",
    "\u{1b}",
    "1",
    "2",
    "3",
    "4",
    "\t",
    "J",
    "K",
    "e",
    "word ",
    "\r\n",
    "y",
    "m",
    "v",
    "G",
    "s",
    "gq",
    "gd",
    "gh",
    "gm",
    "gl",
    "/",
    "?",
    ":",
    "R",
    "x",
    "u",
    "\u{1b}[A",
    "\u{1b}[B",
    "\u{1b}[200~pasted\u{1b}[201~",
    "\u{7f}",
];

struct AnyHost;

impl Handler for AnyHost {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

/// SplitMix64: the same keys for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

#[derive(Default)]
struct Counts {
    stays: AtomicU64,
    keys: AtomicU64,
    refused: AtomicU64,
}

/// One stay: in, some keys, a size or two, and out in one of several ways.
async fn stay(addr: &str, key: PrivateKeyWithHashAlg, rng: &mut Dice, counts: &Counts) -> Result<(), russh::Error> {
    let mut client = connect(Arc::new(Config::default()), addr, AnyHost).await?;
    if !client.authenticate_publickey("soak", key).await?.success() {
        counts.refused.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    let mut channel = client.channel_open_session().await?;
    channel.request_pty(false, "xterm-256color", 80, 24, 0, 0, &[]).await?;
    channel.request_shell(false).await?;
    counts.stays.fetch_add(1, Ordering::Relaxed);
    for _ in 0..5 + rng.below(115) {
        let typed = KEYS[usize::try_from(rng.below(KEYS.len() as u64)).unwrap()];
        channel.data(typed.as_bytes()).await?;
        counts.keys.fetch_add(1, Ordering::Relaxed);
        if rng.below(40) == 0 {
            let size = (10 + rng.below(190), 5 + rng.below(55));
            channel.window_change(u32::try_from(size.0).unwrap(), u32::try_from(size.1).unwrap(), 0, 0).await?;
        }
        // what comes is read, as a terminal does
        while timeout(Duration::from_millis(2), channel.wait()).await.is_ok_and(|message| message.is_some()) {}
        sleep(Duration::from_millis(50 + rng.below(1_450))).await;
    }
    match rng.below(3) {
        // the line breaks
        0 => {}
        1 => channel.eof().await?,
        _ => client.disconnect(Disconnect::ByApplication, "", "").await?,
    }
    Ok(())
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [addr, keys, sessions, minutes, seed] = arguments.as_slice() else {
        eprintln!("cargo bench --bench soak -- ADDR KEYDIR SESSIONS MINUTES SEED; tests/long/soak.sh does it all");
        return;
    };
    let (sessions, minutes, seed): (u64, u64, u64) =
        (sessions.parse().unwrap(), minutes.parse().unwrap(), seed.parse().unwrap());
    let files: Vec<PathBuf> = (1..=6).map(|n| Path::new(keys).join(format!("rater-{n}"))).collect();
    let keys: Vec<_> =
        files.iter().map(|file| PrivateKeyWithHashAlg::new(Arc::new(read_key(file).unwrap()), None)).collect();
    let counts = Arc::new(Counts::default());
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    let running: Vec<_> = (0..sessions)
        .map(|n| {
            let mut rng = Dice(seed.wrapping_mul(1_000_003).wrapping_add(n));
            let (addr, counts) = (addr.clone(), Arc::clone(&counts));
            let key = keys[usize::try_from(n).unwrap() % keys.len()].clone();
            tokio::spawn(async move {
                while Instant::now() < end {
                    // a stay that fails is the server's answer to a full hall, or a broken line
                    let _ = stay(&addr, key.clone(), &mut rng, &counts).await;
                    sleep(Duration::from_millis(rng.below(3_000))).await;
                }
            })
        })
        .collect();
    for one in running {
        one.await.unwrap();
    }
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    println!("{} stays, {} keys, {} refused", read(&counts.stays), read(&counts.keys), read(&counts.refused));
}

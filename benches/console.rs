//! Figures of the console on a large hall: `cargo bench --bench console -- 10000` (or 1000000).
//!
//! The real session loop over a pipe in memory: first frame, key to frame, bytes a frame, memory. Prints, asserts nothing.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use guildhall::domain::Timestamp;
use guildhall::hall::{Clock, Hall, KeyInMemory, Random, Signer, read_key};
use guildhall::tui::{
    Actor, Depth, Glyphs, Input, Keymap, Output, Seat, Session, Settings, SignedBy, Sits, Theme, Writing, run,
};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};

const KEYS: usize = 2_000;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_800_000_000_000)
    }
}

struct Zeroes;

impl Random for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

struct Frames(UnboundedSender<Vec<u8>>);

impl Output for Frames {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        let sent = self.0.send(bytes.to_vec()).map_err(std::io::Error::other);
        Box::pin(async move { sent })
    }
}

fn guildhall(hall: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    let ran = command.arg("--hall").arg(hall).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// A hall with this many items, and its first member.
fn filled(dir: &Path, items: usize) {
    let file = dir.join("rows.jsonl");
    let mut rows = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    for row in 0..items {
        let text = format!("{row} beam load steel valve dose ").repeat(17);
        writeln!(rows, r#"{{"prompt":"Question {row}?","outputs":[{{"text":"{text}"}},{{"text":"{text} b"}}]}}"#)
            .unwrap();
    }
    rows.into_inner().unwrap();
    let hall = dir.join("hall");
    guildhall(&hall, &["init", "--name", "Bench", "--licence", "CC-BY-4.0", "--guild", "cardiology"]);
    guildhall(&hall, &["import", &file.display().to_string(), "--guild", "cardiology"]);
}

async fn settings(actor: &Actor) -> Settings {
    let session = Session {
        hall: actor.hall.facts().await.unwrap().name,
        member: actor.member.clone(),
        handle: "bench".to_owned(),
        steward: true,
        demo: false,
        signed_by: SignedBy::Key,
        seat: Sits::Remote,
    };
    let theme = Theme::named("dark", Depth::True).unwrap();
    Settings { session, theme, keymap: Keymap::default(), glyphs: Glyphs::Unicode }
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// A session seen from its terminal.
struct Bench {
    keys: Sender<Input>,
    frames: UnboundedReceiver<Vec<u8>>,
}

impl Bench {
    async fn press(&mut self, key: KeyCode) {
        self.keys.send(Input::Event(Event::Key(KeyEvent::new(key, KeyModifiers::NONE)))).await.unwrap();
    }

    /// The bytes of frames until one has these words.
    async fn until(&mut self, words: &str) {
        while let Some(frame) = self.frames.recv().await {
            if String::from_utf8_lossy(&frame).contains(words) {
                return;
            }
        }
    }

    /// Presses keys in turn, each after the frame of the one before: times and bytes.
    async fn keys(&mut self, keys: &[KeyCode]) -> (Vec<Duration>, usize) {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for key in keys.iter().cycle().take(KEYS) {
            let begun = Instant::now();
            self.press(*key).await;
            bytes += self.frames.recv().await.map_or(0, |frame| frame.len());
            times.push(begun.elapsed());
        }
        (times, bytes / KEYS)
    }
}

fn tell(what: &str, (mut times, bytes): (Vec<Duration>, usize)) {
    times.sort_unstable();
    let (middle, last) = (times[times.len() / 2], times[(times.len() - 1) * 99 / 100]);
    println!("{what}: key to frame p50 {middle:?}, p99 {last:?}, {bytes} bytes a frame");
}

fn main() {
    let items = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(10_000);
    let temp = tempfile::TempDir::new().unwrap();
    filled(temp.path(), items);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let before = resident_mb();
        let hall = Hall::open(&temp.path().join("hall"), Arc::new(Fixed), Arc::new(Zeroes)).await.unwrap();
        let mut names = std::fs::read_dir(temp.path().join("hall/keys")).unwrap().map(|entry| entry.unwrap().path());
        let key = names.find(|path| path.extension().is_none() && !path.ends_with("hall")).unwrap();
        let key = KeyInMemory::of(read_key(&key).unwrap());
        let member = hall.member(&key).await.unwrap();
        let actor = Actor { hall: Arc::new(hall), signer: Arc::new(key) as Arc<dyn Signer>, member, seat: Sits::Local };
        let settings = settings(&actor).await;
        let (keys, input) = channel(64);
        let (told, frames) = unbounded_channel();
        let seat = Seat { input, output: Box::new(Frames(told)), size: (120, 40), outside: None, clipboard: false };
        let mut bench = Bench { keys, frames };
        let begun = Instant::now();
        let session = tokio::spawn(run(actor, settings, seat));
        bench.frames.recv().await;
        let first = begun.elapsed();
        bench.until("Guilds").await;
        println!("{items} items: first frame {first:?}, what waits on the screen {:?}", begun.elapsed());
        tell("hall, up and down", bench.keys(&[KeyCode::Char('j'), KeyCode::Char('k')]).await);
        let begun = Instant::now();
        bench.press(KeyCode::Char('g')).await;
        bench.press(KeyCode::Char('q')).await;
        bench.until("Question").await;
        println!("queue: first page {:?}", begun.elapsed());
        tell("queue, up and down", bench.keys(&[KeyCode::Char('j'), KeyCode::Char('k')]).await);
        bench.press(KeyCode::Enter).await;
        bench.until("Output A").await;
        tell("item, texts scrolled", bench.keys(&[KeyCode::Char(' '), KeyCode::Char('b')]).await);
        println!("memory: {} MB more than before", resident_mb().saturating_sub(before));
        bench.press(KeyCode::Char('Q')).await;
        session.await.unwrap().unwrap();
    });
}

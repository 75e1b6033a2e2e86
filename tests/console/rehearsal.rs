//! A demo that is the same everywhere (fixed clock, seeded randomness), and the console on it without a terminal.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use guildhall::commands::{Arguments, Context, run};
use guildhall::domain::{Timestamp, sha256};
use guildhall::hall::{Clock, Hall, KeyInMemory, Random, Signer, read_key};
use guildhall::ssh::RealKeys;
use guildhall::tui::{Actor, Depth, Glyphs, Keymap, Role, Session, Settings, SignedBy, Sits, Stage, Theme};
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use tempfile::TempDir;

pub struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_795_341_720_000)
    }
}

#[derive(Default)]
pub struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            part.copy_from_slice(&sha256(&[b"tests/console", &n.to_be_bytes()])[..part.len()]);
        }
    }
}

/// A hall in a temporary directory.
pub struct Rehearsal {
    pub temp: TempDir,
    pub hall: PathBuf,
    random: Arc<Seeded>,
}

fn demo() -> &'static TempDir {
    static DEMO: OnceLock<TempDir> = OnceLock::new();
    DEMO.get_or_init(|| {
        let temp = TempDir::new().unwrap();
        let hall = temp.path().join("hall");
        // on a thread of its own: the tests are in a runtime already
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(command(&hall, Arc::new(Seeded::default()), ["guildhall", "demo", "--no-console"]));
        });
        made.join().unwrap();
        temp
    })
}

async fn command<const N: usize>(hall: &Path, random: Arc<Seeded>, words: [&str; N]) {
    let mut out = Vec::new();
    let mut context = Context {
        opened: None,
        hall: Some(hall.to_path_buf()),
        key: None,
        json: false,
        out: &mut out,
        clock: Arc::new(Fixed),
        random,
        keys: Arc::new(RealKeys),
        scratch: hall.to_path_buf(),
        ask: None,
        tell: None,
    };
    let arguments = Arguments::parsed(words).unwrap();
    run(arguments.command, &mut context).await.unwrap();
}

impl Rehearsal {
    /// A copy of the demo.
    pub fn demo() -> Self {
        let temp = TempDir::new().unwrap();
        let hall = temp.path().join("hall");
        crate::support::copy_dir(&demo().path().join("hall"), &hall);
        let random = Arc::new(Seeded::default());
        // not the bytes that made the demo again
        random.0.store(1_000_000, Ordering::Relaxed);
        Self { temp, hall, random }
    }

    /// A hall with a guild and nothing in it.
    pub async fn empty() -> Self {
        let temp = TempDir::new().unwrap();
        let hall = temp.path().join("hall");
        let random = Arc::new(Seeded::default());
        let words = ["guildhall", "init", "--name", "Empty", "--licence", "CC-BY-4.0", "--guild", "cardiology"];
        command(&hall, Arc::clone(&random), words).await;
        Self { temp, hall, random }
    }

    /// Imports a file's lines as the steward who never rates.
    pub async fn import(&self, lines: &str) {
        let file = self.temp.path().join("more.jsonl");
        std::fs::write(&file, lines).unwrap();
        let hall = self.open().await;
        let key = KeyInMemory::of(read_key(&self.hall.join("keys/steward-1")).unwrap());
        let guild = "cardiology".parse().unwrap();
        let report = hall.import(&key, &file, &guild, guildhall::hall::BadRows::Stop).await.unwrap();
        assert!(report.rejected.is_empty(), "{report:?}");
    }

    /// Lets days pass.
    pub async fn days(&self, days: &str) {
        command(&self.hall, Arc::clone(&self.random), ["guildhall", "demo", "advance", days]).await;
    }

    pub async fn open(&self) -> Hall {
        Hall::open(&self.hall, Arc::new(Fixed), Arc::clone(&self.random) as Arc<dyn Random>).await.unwrap()
    }

    /// Who acts in it.
    pub async fn actor(&self, who: &str) -> Actor {
        let hall = self.open().await;
        let key = KeyInMemory::of(read_key(&self.hall.join("keys").join(who)).unwrap());
        let member = hall.member(&key).await.unwrap();
        Actor { hall: Arc::new(hall), signer: Arc::new(key) as Arc<dyn Signer>, member, seat: Sits::Local }
    }

    /// The console of a member.
    pub async fn console(&self, who: &str) -> Stage {
        let actor = self.actor(who).await;
        let settings = settings(&actor, who).await;
        Stage::open(actor, settings).await
    }
}

pub async fn settings(actor: &Actor, who: &str) -> Settings {
    let facts = actor.hall.facts().await.unwrap();
    let steward = actor.hall.state().await.unwrap().members[&actor.member].steward;
    let session = Session {
        hall: facts.name,
        member: actor.member.clone(),
        handle: who.to_owned(),
        steward,
        demo: facts.demo,
        signed_by: SignedBy::Key,
        seat: Sits::Local,
    };
    Settings { session, theme: told_apart(), keymap: Keymap::default(), glyphs: Glyphs::Unicode }
}

/// A theme in which every role has its own colour.
pub fn told_apart() -> Theme {
    let roles = Role::ALL.iter().enumerate().map(|(n, role)| {
        let bg = if *role == Role::Chosen || *role == Role::Cursor {
            format!(", bg = \"#0000{:02x}\"", n + 1)
        } else {
            String::new()
        };
        format!("{} = {{ fg = \"#{:02x}0000\"{bg} }}\n", role.name(), n + 1)
    });
    let text = format!("title = \"told apart\"\n[roles]\n{}", roles.collect::<String>());
    Theme::read(&text, "told apart", Depth::True).unwrap()
}

/// The letter of a role in snapshots.
const LETTERS: &str = "tqTHFrbckgwbCmcfarosemlG";

/// The frame as text, and under each line that isn't plain its roles: a letter a cell, upper case of what lies under it.
pub fn snapshot(frame: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..frame.area.height {
        let (mut text, mut roles) = (String::new(), String::new());
        let mut skip = 0;
        for x in 0..frame.area.width {
            let cell = &frame[(x, y)];
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            text.push_str(cell.symbol());
            let role = match (cell.bg, cell.fg) {
                (Color::Rgb(0, 0, n), _) => Some(usize::from(n)),
                (_, Color::Rgb(n, 0, 0)) => Some(usize::from(n)),
                _ => None,
            };
            roles.push(role.and_then(|n| LETTERS.chars().nth(n - 1)).unwrap_or(' '));
        }
        let (text, roles) = (text.trim_end(), roles.trim_end_matches(['t', ' ']));
        out.push_str(&format!("|{text}\n"));
        if !roles.is_empty() && !text.is_empty() {
            out.push_str(&format!(" {}\n", roles.replace('t', " ").trim_end()));
        }
    }
    out
}

/// Just the text of a frame.
pub fn text(frame: &Buffer) -> String {
    let row = |y| (0..frame.area.width).map(|x| frame[(x, y)].symbol()).collect::<String>();
    (0..frame.area.height).map(|y| row(y).trim_end().to_owned() + "\n").collect()
}

//! `pictures` and `keys`: what the program prints of itself, for its README and its users.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::commands::{Arguments, CommandError, Context, Outcome, run};
use crate::domain::Timestamp;
use crate::hall::{Clock, Random};
use crate::ssh::RealKeys;
use crate::tui::{Depth, Glyphs, Keymap, Settings, Theme, pictures, pretty};

use super::console::enter;

/// When the pictured demo is: 2026-11-22T10:02:00Z.
const THEN: i64 = 1_795_341_720_000;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(THEN)
    }
}

/// The same bytes for everybody: no key of a pictured demo keeps anything.
#[derive(Default)]
struct Seeded(std::sync::atomic::AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let block = Sha256::digest([b"guildhall/pictures/v1\0".as_slice(), &n.to_be_bytes()].concat());
            part.copy_from_slice(block.get(..part.len()).unwrap_or_default());
        }
    }
}

/// Draws the named scenes of a demo into `dir`.
pub async fn draw(dir: &Path, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let hall = context.scratch.clone();
    let drawn = scenes(&hall).await;
    // it was made for the pictures alone
    let _ = std::fs::remove_dir_all(&hall);
    let drawn = drawn?;
    std::fs::create_dir_all(dir)?;
    for (name, picture) in &drawn {
        std::fs::write(dir.join(name), picture)?;
    }
    let names: Vec<&str> = drawn.iter().map(|(name, _)| name.as_str()).collect();
    context.emit(&serde_json::json!({ "pictures": names }), || format!("{} pictures in {}", names.len(), dir.display()))
}

async fn scenes(hall: &Path) -> Result<Vec<(String, String)>, CommandError> {
    let mut quiet = std::io::sink();
    let mut context = Context {
        opened: None,
        hall: Some(hall.to_path_buf()),
        key: None,
        json: false,
        out: &mut quiet,
        clock: Arc::new(Fixed),
        random: Arc::new(Seeded::default()),
        keys: Arc::new(RealKeys),
        scratch: hall.to_path_buf(),
        ask: None,
        tell: None,
    };
    let demo = Arguments::parsed(["guildhall", "demo", "--no-console"]).map_err(CommandError::Usage)?;
    run(demo.command, &mut context).await?;
    let (actor, session) = enter(&context).await?;
    let usage = |error: crate::tui::ThemeError| CommandError::Usage(error.to_string());
    let theme = Theme::named("dark", Depth::True).map_err(usage)?;
    let settings = Settings { session, theme, keymap: Keymap::default(), glyphs: Glyphs::Unicode };
    pictures(&actor, settings).await.map_err(usage)
}

/// Prints the keys in force, scope by scope.
pub fn keys(keymap: &Keymap, file: Option<&Path>, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let rows: Vec<_> = keymap
        .bound()
        .iter()
        .map(|bound| {
            let keys: Vec<String> = bound.keys.iter().map(ToString::to_string).collect();
            serde_json::json!({"scope": bound.scope.name(), "keys": keys.join(" "), "action": bound.action.name()})
        })
        .collect();
    context.emit(&serde_json::json!({ "keys": rows }), || {
        let mut text = String::new();
        for bound in keymap.bound() {
            let (keys, action) = (pretty(&bound.keys), bound.action);
            text.push_str(&format!("{:<11} {keys:<8} {:<20} {}\n", bound.scope.name(), action.name(), action.help()));
        }
        let path = file.map_or_else(|| "a key file".to_owned(), |path| path.display().to_string());
        format!("{text}\nTo change some, write {path}:\n\n[judging]\n\"C-k\" = \"skip\"\n\"s\" = \"none\"")
    })
}

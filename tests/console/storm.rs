//! Keys at random over a filled hall: nothing panics, nothing typed is lost, nothing is signed without its key, and no
//! frame holds a character that isn't ours to send.

use guildhall::tui::Stage;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use ratatui::buffer::Buffer;

use crate::rehearsal::{Rehearsal, text};

/// Keys of a storm; `y` is added where signing is wanted. Those that erase text are left out, so that what is typed must stay.
const KEYS: &[&str] = &[
    "j", "k", "down", "up", "left", "right", "enter", "enter", "esc", "esc", "tab", "backtab", "space", "pagedown",
    "pageup", "home", "end", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "e", "m", "J", "K", "G", "z", "v", "d",
    "n", "N", "/", ":", "?", "R", "g h", "g q", "g d", "g r", "g o", "g a", "g m", "g l", "g e", "g s", "g c", "f",
    "o", "l", "a", "t", "i", "r", "A", "S", "T", "C", "X", "F", "w", "W", "s", "u", "x", "=", "C-s", "q", "h", "b",
    "c",
];
const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 10), (200, 12)];

fn keys() -> usize {
    // the whole storm where every service is there; a breeze in a plain `cargo test`
    if std::env::var_os("GUILDHALL_TESTS").is_some() { 100_000 } else { 5_000 }
}

fn harmless(frame: &Buffer) {
    for cell in frame.content() {
        for c in cell.symbol().chars() {
            let hides = matches!(u32::from(c), 0x200B | 0x200E..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xE0000..=0xE007F);
            assert!(!c.is_control() && !hides, "{:?} is drawn", cell.symbol());
        }
    }
}

async fn blow(stage: &mut Stage, rng: &mut TestRng, (keys, more): (usize, &[&str])) -> Vec<String> {
    let all: Vec<&str> = KEYS.iter().chain(more).copied().collect();
    let mut written = Vec::new();
    for n in 0..keys {
        if n % 97 == 0 {
            // out of whatever it got into, and to where text is written
            stage.press("esc esc esc esc g h enter J e").await;
        }
        let key = all[rng.next_u32() as usize % all.len()];
        stage.press(key).await;
        if stage.is_left() {
            break;
        }
        if n % 16 == 0 {
            let frame = stage.frame(SIZES[rng.next_u32() as usize % SIZES.len()]);
            harmless(&frame);
            let seen = text(&frame);
            // where text is written, a word that can be found again
            if seen.contains("Esc: done, kept as draft") {
                let word = format!("w{n}x");
                stage.write(&word).await;
                written.push(word);
            }
        }
    }
    written
}

#[tokio::test]
async fn nothing_is_lost_or_signed_by_keys_at_random() {
    let home = Rehearsal::demo();
    home.import(include_str!("overflowing.jsonl")).await;
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut stage = home.console("you").await;
    let before = home.open().await.size().await.unwrap();
    let written = blow(&mut stage, &mut rng, (keys(), &[])).await;
    let actor = home.actor("you").await;
    assert_eq!(actor.hall.size().await.unwrap(), before, "nothing is signed without its key");
    assert!(written.len() > 3, "some text was written");
    let drafts = actor.hall.drafts(&actor.member).unwrap();
    let kept: String = drafts
        .iter()
        .flat_map(|(_, draft)| draft.answers.values().chain(draft.reasons.values()).chain([&draft.rationale]))
        .cloned()
        .collect();
    // a word may be split by a later one that was typed into it, but no letter of it is gone
    let letters = |text: &str| text.chars().filter(|c| *c == 'x').count();
    assert!(letters(&kept) >= written.len(), "{} words written, drafts hold {kept}", written.len());
}

#[tokio::test]
async fn a_ledger_made_by_keys_at_random_verifies() {
    let home = Rehearsal::demo();
    home.import(include_str!("overflowing.jsonl")).await;
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[8; 32]);
    let mut stage = home.console("you").await;
    blow(&mut stage, &mut rng, (keys() / 10, &["y", "y", "y", "C-u", "backspace", "delete"])).await;
    let verified = home.open().await.verify().await.unwrap();
    assert!(verified.ok, "{:?}", verified.fault);
}

//! Every screen at 80x24 and 120x40: empty, ordinary, overflowing, refused; text and roles against golden files.

use std::fmt::Write as _;

use crate::rehearsal::{Rehearsal, snapshot, text};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
/// A screen's name, and the keys that lead to it from the hall.
const SCREENS: [(&str, &str); 17] = [
    ("hall", ""),
    ("queue", "g q"),
    ("judge", "enter"),
    ("disputes", "g d"),
    ("adjudicate", "g d enter"),
    ("item", "g q end enter"),
    ("review", "g r enter"),
    ("agreement", "g a"),
    ("parting", "g a enter"),
    ("gold", "g o"),
    ("stake", "g t"),
    ("members", "g m"),
    ("ledger", "g l"),
    ("entry", "g l enter"),
    ("stuck", "g s"),
    ("models", "g e"),
    ("constitution", "g c"),
];
/// What is refused on a screen, by whom: keys from the hall.
const REFUSED: [(&str, &str, &str); 6] = [
    ("judge-without-answers", "you", "enter enter"),
    ("return-without-reason", "you", "g r enter T enter y"),
    ("cut-an-old-version", "you", "g o c enter C-u 0 . 1 . 0 enter enter enter y"),
    ("verify-what-is-not-there", "you", "g o y C-u n o enter"),
    ("attest-until-yesterday", "you", "g m j t enter enter enter x enter C-u 2 0 2 0 - 0 1 - 0 1 enter y"),
    ("item-not-mine", "steward-1", "g q enter"),
];

/// Holds what was found against a golden file.
pub fn golden(name: &str, found: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/screens/{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = known.lines().zip(found.lines()).position(|(known, found)| known != found);
    assert!(known == found, "{} differs at line {differs:?}; UPDATE_GOLDEN=1 if that is meant", path.display());
}

/// A screen in both sizes, after these keys.
pub async fn pictured(home: &Rehearsal, who: &str, keys: &str) -> String {
    let mut out = String::new();
    let mut stage = home.console(who).await;
    stage.press(keys).await;
    for size in SIZES {
        let frame = stage.frame(size);
        let _ = write!(out, "{}x{}\n{}", size.0, size.1, snapshot(&frame));
    }
    out
}

#[tokio::test]
async fn every_screen_looks_as_it_did() {
    let overflowing = Rehearsal::demo();
    overflowing.import(include_str!("overflowing.jsonl")).await;
    let homes = [
        ("empty", Rehearsal::empty().await, "steward"),
        ("ordinary", Rehearsal::demo(), "you"),
        ("overflowing", overflowing, "you"),
    ];
    for (name, keys) in SCREENS {
        let mut found = String::new();
        for (state, home, who) in &homes {
            // what overflows was imported last
            let keys = if (name, *state) == ("judge", "overflowing") { "g q end enter i" } else { keys };
            let who = if home.hall.join("keys").join(who).exists() { who.to_string() } else { first_key(home) };
            let _ = writeln!(found, "== {name}, {state}\n{}", pictured(home, &who, keys).await);
        }
        golden(name, &found);
    }
}

fn first_key(home: &Rehearsal) -> String {
    let mut names: Vec<String> = std::fs::read_dir(home.hall.join("keys"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "hall" && !name.ends_with(".pub"))
        .collect();
    names.sort();
    names.remove(0)
}

#[tokio::test]
async fn refusals_name_the_rule_and_what_to_do() {
    for (name, who, keys) in REFUSED {
        let home = Rehearsal::demo();
        golden(&format!("refused-{name}"), &pictured(&home, who, keys).await);
    }
}

#[tokio::test]
async fn without_colours_nothing_is_told_by_colour_alone() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("enter 4").await;
    let seen = text(&stage.frame(SIZES[0]));
    // what is chosen, given, open and focused is said by signs
    for sign in ["[4 no]", "✓ Correct?", "• Safe", "▌"] {
        assert!(seen.contains(sign), "{seen}");
    }
}

#[tokio::test]
async fn the_pictures_are_those_the_program_draws() {
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("pictures");
    crate::support::finish(crate::support::guildhall().arg("pictures").arg(&dir).arg("--json")).done();
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/pictures");
    for entry in std::fs::read_dir(&dir).unwrap() {
        let entry = entry.unwrap();
        let (drawn, known) = (std::fs::read(entry.path()).unwrap(), kept.join(entry.file_name()));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(&kept).unwrap();
            std::fs::write(&known, drawn).unwrap();
        } else {
            let same = std::fs::read(&known).is_ok_and(|known| known == drawn);
            assert!(same, "{} is not what the program draws; UPDATE_GOLDEN=1 if that is meant", known.display());
        }
    }
}

//! Members by command: petitions, attestation, objection, admission, standing, lost keys, terms, the constitution, leaving.
//! Attacks on them are told as cases: what is weak, what is tried, what is verified.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use serde_json::{Value, json};
use support::{GUILD, Home, Ran, Says, finish};

/// A key of somebody who is no member, and its file.
fn key(home: &Home, name: &str) -> String {
    let seed = [u8::try_from(name.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 251)).unwrap(); 32];
    let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), name).unwrap();
    home.file(&format!("{name}.pub"), key.public_key().to_openssh().unwrap());
    home.file(name, key.to_openssh(LineEnding::LF).unwrap().as_bytes())
}

/// Runs a command with somebody's key file.
fn with(home: &Home, key: &str, arguments: &[&str]) -> Ran {
    finish(home.command(arguments).arg("--json").args(["--as", key]))
}

/// A petition of whoever holds this key; its entry.
fn petition(home: &Home, name: &str) -> String {
    let texts = ["--institution", "A hospital", "--credentials", "Board", "--statement", "To help"];
    let ran = with(home, &key(home, name), &[&["member", "petition", "--name", name][..], &texts].concat());
    ran.done()["event"].to_string()
}

/// What a petition waits for.
fn waiting(home: &Home, entry: &str) -> Option<Value> {
    let listed = home.run(&["member", "petitions"]).done();
    listed["petitions"].as_array().unwrap().iter().find(|row| row["petition"].to_string() == entry).cloned()
}

fn attest(home: &Home, who: &str, entry: &str) -> Ran {
    home.by(who, &["member", "attest", entry])
}

fn days(home: &Home, days: &str) {
    home.run(&["demo", "advance", days]).done();
}

/// A demo whose founding is over.
fn grown() -> Home {
    let home = Home::demo();
    days(&home, "400d");
    home
}

fn holds(home: &Home) {
    assert_eq!(home.ledger().done()["ok"], true);
    assert_eq!(home.run(&["ledger", "rebuild"]).done()["differed"], 0);
}

fn stamped(home: &Home, entry: &Value) -> bool {
    let lines = home.text(&["ledger", "entry", &entry.to_string()]).out;
    let core: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    core["founding"] == true
}

#[test]
fn in_the_founding_one_founder_admits() {
    let home = Home::demo();
    let entry = petition(&home, "Ann Lee");
    assert!(waiting(&home, &entry).is_some());
    let done = attest(&home, "rater-1", &entry).done();
    assert_eq!(done["admitted"], true);
    assert!(stamped(&home, &done["event"]), "every act of the founding says so");
    assert_eq!(waiting(&home, &entry), None);
    let status = with(&home, &home.path("Ann Lee").display().to_string(), &["status"]).done();
    assert_eq!(status["handle"], "ann-lee");
    holds(&home);
}

#[test]
fn later_two_members_of_two_institutions_attest_and_seven_days_pass() {
    let home = grown();
    let entry = petition(&home, "ann");
    attest(&home, "rater-1", &entry).done();
    attest(&home, "rater-1", &entry).refused("attestation");
    assert_eq!(waiting(&home, &entry).unwrap()["admits"], Value::Null);
    // a colleague's word adds nothing
    attest(&home, "rater-2", &entry).done();
    assert_eq!(waiting(&home, &entry).unwrap()["admits"], Value::Null);
    let done = attest(&home, "rater-3", &entry).done();
    assert_eq!(done["admitted"], false);
    assert!(!stamped(&home, &done["event"]), "the founding is over");
    assert!(waiting(&home, &entry).unwrap()["admits"].is_string());
    days(&home, "6d");
    assert!(waiting(&home, &entry).is_some());
    let ann = home.path("ann").display().to_string();
    with(&home, &ann, &["status"]).refused("stranger");
    days(&home, "2d");
    // the first who comes, be it the newcomer, finds them admitted
    assert_eq!(with(&home, &ann, &["status"]).done()["handle"], "ann");
    assert_eq!(waiting(&home, &entry), None);
    home.by("you", &["member", "add", "bert", "--key", &key_line(&home, "bert")]).refused("founding");
    holds(&home);
}

/// The public line of a new key.
fn key_line(home: &Home, name: &str) -> String {
    key(home, name);
    std::fs::read_to_string(home.path(&format!("{name}.pub"))).unwrap().trim().to_owned()
}

//! People who come and go: keys of strangers, petitions and words for them, days that pass.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use serde_json::Value;

use crate::support::{GUILD, Home, Ran, finish};

/// A key of somebody who is no member, and its file.
pub fn key(home: &Home, name: &str) -> String {
    let seed = [u8::try_from(name.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 251)).unwrap(); 32];
    let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), name).unwrap();
    home.file(&format!("{name}.pub"), key.public_key().to_openssh().unwrap());
    home.file(name, key.to_openssh(LineEnding::LF).unwrap().as_bytes())
}

/// Runs a command with somebody's key file.
pub fn with(home: &Home, key: &str, arguments: &[&str]) -> Ran {
    finish(home.command(arguments).arg("--json").args(["--as", key]))
}

/// A petition of whoever holds this key; its entry.
pub fn petition(home: &Home, name: &str) -> String {
    let texts = ["--institution", "A hospital", "--credentials", "Board", "--statement", "To help"];
    let ran = with(home, &key(home, name), &[&["member", "petition", "--name", name][..], &texts].concat());
    ran.done()["event"].to_string()
}

/// What a petition waits for.
pub fn waiting(home: &Home, entry: &str) -> Option<Value> {
    let listed = home.run(&["member", "petitions"]).done();
    let entry: u64 = entry.parse().unwrap();
    listed["petitions"].as_array().unwrap().iter().find(|row| row["petition"] == entry).cloned()
}

/// Attests a petition.
pub fn attest(home: &Home, who: &str, entry: &str) -> Ran {
    home.by(who, &["member", "attest", entry])
}

/// Lets days pass.
pub fn days(home: &Home, days: &str) {
    home.run(&["demo", "advance", days]).done();
}

/// A demo whose founding is over.
pub fn grown() -> Home {
    let home = Home::demo();
    days(&home, "400d");
    home
}

/// The ledger verifies, and its rows can be made again.
pub fn holds(home: &Home) {
    assert_eq!(home.ledger().done()["ok"], true);
    assert_eq!(home.run(&["ledger", "rebuild"]).done()["differed"], 0);
}

/// The public line of a new key.
pub fn key_line(home: &Home, name: &str) -> String {
    key(home, name);
    std::fs::read_to_string(home.path(&format!("{name}.pub"))).unwrap().trim().to_owned()
}

/// Attests somebody's credential at an institution.
pub fn credential(home: &Home, whom: &str, institution: &str) -> Value {
    let what = ["--guild", GUILD, "--class", "board", "--institution", institution, "--expires", "2099-01-01"];
    home.run(&[&["credential", "attest", whom][..], &what].concat()).done()
}

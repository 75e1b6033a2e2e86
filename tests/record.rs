//! The record from outside: releases cut and verified, the ledger read, proved, rebuilt and exported, backups taken and
//! put back. What is found when somebody changes bytes is in `tamper`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use support::{GUILD, Home, Says, files_below, finish, guildhall};

fn cut(home: &Home, version: &str, output: &str) -> support::Ran {
    home.run(&["release", "cut", "--guild", GUILD, "--version", version, "--output", output])
}

#[test]
fn a_release_is_cut_once_and_verifies() {
    let home = Home::demo();
    let output = home.path("release").display().to_string();
    let made = cut(&home, "1.0.0", &output).done();
    assert!(made["labels"].as_u64() > Some(0) && made["entries"].as_u64() > Some(0), "{made}");
    assert_eq!(made["root"].as_str().map(str::len), Some(64));
    let verified = finish(guildhall().args(["verify", &output, "--json"])).done();
    assert_eq!((&verified["ok"], &verified["fault"]), (&json!(true), &json!(null)));
    assert_eq!(verified["entries"], made["entries"]);
    assert!(verified["signatures"].as_u64() >= verified["entries"].as_u64());

    let again = home.path("again").display().to_string();
    cut(&home, "1.0.0", &again).refused("release-version");
    cut(&home, "1.0", &again).refused("release-version");
    cut(&home, "1.1.0", &output).usage("not empty");
    assert!(!home.path("again").exists());
    let by_rater = ["release", "cut", "--guild", GUILD, "--version", "2.0.0", "--output", &again];
    home.by("rater-1", &by_rater).refused("steward-only");
    home.run(&[&by_rater[..], &["--tier", "best"]].concat()).usage("--tier");
    let listed = home.run(&["release", "list"]).done();
    let versions = listed["releases"].as_array().unwrap().iter().find(|row| row["guild"] == GUILD).unwrap();
    assert_eq!(versions["versions"], json!(["0.1.0", "1.0.0"]));
}

#[test]
fn a_release_of_nothing_is_refused() {
    let home = Home::founded();
    let output = home.path("release").display().to_string();
    cut(&home, "1.0.0", &output).refused("release-empty");
    assert!(!home.path("release").exists());
}

#[test]
fn a_release_that_can_t_be_written_takes_no_version() {
    let home = Home::demo();
    let file = home.file("file", "text");
    for output in [format!("{file}/release"), "/".to_owned(), "..".to_owned()] {
        assert_eq!(cut(&home, "1.0.0", &output).code, 2, "{output}");
    }
    cut(&home, "1.0.0", &home.path("release").display().to_string()).done();
}

#[test]
fn a_release_names_nobody_and_holds_no_rationale() {
    let home = Home::demo();
    for (path, bytes) in files_below(&home.release()) {
        let text = String::from_utf8_lossy(&bytes);
        for word in ["rater-1", "steward-1", "institution-1", "Demo rationale", "Demo opinion"] {
            assert!(!text.contains(word), "{path} holds `{word}`");
        }
    }
}

#[test]
fn cutting_the_same_labels_again_gives_the_same_data() {
    let home = Home::demo();
    let (one, two) = (home.path("one"), home.path("two"));
    cut(&home, "1.0.0", &one.display().to_string()).done();
    cut(&home, "1.0.1", &two.display().to_string()).done();
    let (one, two) = (files_below(&one), files_below(&two));
    for path in ["ledger/disclosed.jsonl", "ledger/members.jsonl", "charter.toml", "constitution.md"] {
        assert_eq!(one[path], two[path], "{path}");
    }
}

#[test]
fn the_ledger_verifies_and_is_read() {
    let home = Home::demo();
    let verified = home.ledger().done();
    assert_eq!((&verified["ok"], &verified["fault"]), (&json!(true), &json!(null)));
    let entries = verified["entries"].as_u64().unwrap();
    let log = home.run(&["ledger", "log", "--from", "3", "--limit", "5"]).done();
    let seqs: Vec<u64> = log["entries"].as_array().unwrap().iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [3, 4, 5, 6, 7]);

    let head = home.text(&["ledger", "head"]).out;
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!((lines.len(), lines[1].parse()), (5, Ok(entries)));
    assert_eq!(home.run(&["ledger", "head"]).done()["checkpoint"], head);
    let vkey = home.text(&["ledger", "head", "--vkey"]).out;
    assert!(vkey.starts_with(&format!("{}+", lines[0])), "{vkey}");

    let entry = home.text(&["ledger", "entry", "7"]).out;
    assert_eq!(entry.lines().count(), 3);
    let proof = home.text(&["ledger", "prove", "7"]).out;
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nindex 7\n"), "{proof}");
    assert!(proof.ends_with(&head), "the proof ends with the head that it is under");
    let id = home.pick("gold", |_| true);
    assert!(home.text(&["ledger", "prove", &id]).out.starts_with("c2sp.org/tlog-proof@v1\nindex "));
    home.run(&["ledger", "prove", &entries.to_string()]).usage("no entry");
    home.run(&["ledger", "prove", &home.fresh()]).usage("nobody has acted");
    assert_eq!(home.run(&["ledger", "rebuild"]).done()["differed"], 0);
    Home::empty().ledger().usage("no hall");
}

#[test]
fn the_ledger_is_exported_as_static_files() {
    let home = Home::demo();
    let dir = home.path("log");
    let exported = home.run(&["ledger", "export", &dir.display().to_string()]).done();
    assert_eq!(exported["entries"], home.ledger().done()["entries"]);
    let files = files_below(&dir);
    assert_eq!(String::from_utf8_lossy(&files["checkpoint"]), home.text(&["ledger", "head"]).out);
    assert!(files.contains_key("policy") && files.keys().any(|path| path.starts_with("tile/0/")));
    assert!(files.keys().any(|path| path.starts_with("tile/entries/")));
    home.run(&["ledger", "export", &dir.display().to_string()]).usage("not empty");
}

#[test]
fn a_backup_is_a_hall_and_goes_back_into_an_empty_directory() {
    let home = Home::demo();
    let to = home.path("backup").display().to_string();
    let copied = home.run(&["backup", &to]).done();
    assert_eq!(copied["entries"], home.ledger().done()["entries"]);
    home.run(&["backup", &to]).usage("not empty");
    let mode = std::fs::metadata(home.path("backup/keys/you")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "keys stay private in a backup");
    assert_eq!(finish(guildhall().args(["--hall", &to, "ledger", "verify", "--json"])).done()["ok"], true);

    let other = Home::empty();
    let restored = other.run(&["restore", &to]).done();
    assert_eq!(restored["entries"], copied["entries"]);
    assert_eq!(other.ledger().done()["ok"], true);
    assert_eq!(other.run(&["status"]).done()["handle"], "you", "the key that acts came with it");
    let id = other.fresh();
    other.judge("rater-1", &id, Says::Wrong).done();
}

#[test]
fn a_backup_doesn_t_go_back_behind_a_signed_head() {
    let home = Home::demo();
    let to = home.path("backup").display().to_string();
    home.run(&["backup", &to]).done();
    let id = home.fresh();
    home.judge("rater-1", &id, Says::Wrong).done();
    let before = home.ledger().done();
    let refused = home.run(&["restore", &to]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("signed"), "{}", refused.err);
    assert_eq!(home.ledger().done(), before, "nothing was changed");

    // the database is lost: only a backup that holds the last head may take its place
    let newer = home.path("newer").display().to_string();
    home.run(&["backup", &newer]).done();
    std::fs::remove_file(home.hall.join("hall.db")).unwrap();
    assert_eq!(home.run(&["restore", &to]).code, 1);
    home.run(&["restore", &newer]).done();
    assert_eq!(home.ledger().done(), before);
    home.judge("rater-4", &id, Says::Wrong).done();
}

#[test]
fn a_faulty_backup_is_not_put_back() {
    let home = Home::demo();
    let to = home.path("backup").display().to_string();
    home.run(&["backup", &to]).done();
    let database = rusqlite::Connection::open(home.path("backup/hall.db")).unwrap();
    database.execute("DELETE FROM bodies WHERE part = 'rationale'", []).unwrap();
    drop(database);
    let other = Home::empty();
    let refused = other.run(&["restore", &to]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(!other.hall.join("hall.db").exists());
}

#[test]
fn an_entry_on_an_unsettled_item_is_shown_to_its_author_and_stewards_alone() {
    let home = Home::demo();
    let id = home.fresh();
    let entry = home.judge("rater-1", &id, Says::Wrong).done()["event"].to_string();
    let hidden = home.by("rater-3", &["ledger", "entry", &entry]);
    assert_eq!((hidden.code, hidden.out.as_str()), (1, ""), "{}", hidden.err);
    assert!(hidden.err.contains("isn't settled"), "{}", hidden.err);
    for who in ["rater-1", "you"] {
        home.by(who, &["ledger", "entry", &entry]).done();
    }
}

#[test]
fn erasing_what_a_label_does_not_rest_on_changes_no_state() {
    let home = Home::demo();
    let id = home.fresh();
    let entry = home.judge("rater-1", &id, Says::Wrong).done()["event"].to_string();
    home.by("rater-1", &["withdraw", &id]).done();
    let why = home.judge("rater-3", &id, Says::Wrong).done()["event"].to_string();
    home.judge("rater-5", &id, Says::Wrong).done();
    for who in ["rater-2", "rater-4"] {
        home.by(who, &["review", &id, "--sign"]).done();
    }
    assert_eq!(home.state(&id), "gold");
    // what was taken back is gone already
    home.by("rater-1", &["erase", &id, "--entry", &entry, "--part", "answers"]).usage("holds no `answers`");
    home.by("rater-3", &["erase", &id, "--entry", &why, "--part", "rationale"]).done();
    assert_eq!(home.show(&id)["marks"], json!([]), "gold rests on answers");
    assert_eq!(home.ledger().done()["ok"], true);
    assert_eq!(home.run(&["ledger", "rebuild"]).done()["differed"], 0);
}

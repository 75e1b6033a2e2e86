//! Whatever is changed in a release or in a hall's database is found, and the fault names the place; what was erased by
//! right is no fault. A hall whose database went back, or became another one, refuses to work.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use guildhall::hall::{Fault, verify_release};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use support::{GUILD, Home, Says, files_below, finish, guildhall};

type Files = BTreeMap<String, Vec<u8>>;

/// Small files are changed at every place, others at about this many.
const SAMPLES: usize = 80;
/// Places at which somebody changes a file and the sums with it.
const FORGED: usize = 6;

fn fault_of(dir: &Path) -> Option<Fault> {
    let verified = verify_release(dir).unwrap();
    assert_eq!(verified.ok, verified.fault.is_none());
    verified.fault
}

/// The sums of these files, as a release lists them.
fn sums(files: &Files) -> String {
    let others = files.iter().filter(|(path, _)| *path != "SHA256SUMS");
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    others.map(|(path, bytes)| format!("{}  {path}\n", hex(bytes))).collect()
}

/// About `samples` places in `length` bytes, first and last among them.
fn places(length: usize, samples: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).step_by((length / samples).max(1)).collect();
    places.push(length - 1);
    places.dedup();
    places
}

/// Writes `bytes` into a file of the release, looks, and puts `original` back.
fn with_file<T>(dir: &Path, path: &str, bytes: &[u8], original: &[u8], look: impl FnOnce() -> T) -> T {
    std::fs::write(dir.join(path), bytes).unwrap();
    let found = look();
    std::fs::write(dir.join(path), original).unwrap();
    found
}

fn flipped(bytes: &[u8], place: usize, mask: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[place] ^= mask;
    changed
}

#[test]
fn every_changed_byte_of_a_release_is_found_in_its_file() {
    let home = Home::demo();
    let dir = home.release();
    let files = files_below(&dir);
    assert_eq!(String::from_utf8_lossy(&files["SHA256SUMS"]), sums(&files), "the forger below writes the same sums");
    for (path, bytes) in &files {
        for place in places(bytes.len(), SAMPLES) {
            for mask in [0x01, 0x20] {
                let changed = flipped(bytes, place, mask);
                let fault = with_file(&dir, path, &changed, bytes, || fault_of(&dir));
                let fault = fault.unwrap_or_else(|| panic!("{path}, byte {place} xor {mask}: not found"));
                // in the sums the file that a sum is of may be named instead
                assert!(fault.file == *path || path == "SHA256SUMS", "{path}, byte {place}: {fault:?}");
                assert!(!fault.what.is_empty() && !fault.check.is_empty(), "{fault:?}");
            }
        }
    }
    assert_eq!(fault_of(&dir), None);
}

#[test]
fn a_letter_s_case_in_a_sum_counts() {
    let home = Home::demo();
    let dir = home.release();
    let bytes = std::fs::read(dir.join("SHA256SUMS")).unwrap();
    let letters = (0..bytes.len()).filter(|place| bytes[*place].is_ascii_alphabetic());
    for place in letters {
        let changed = flipped(&bytes, place, 0x20);
        assert!(with_file(&dir, "SHA256SUMS", &changed, &bytes, || fault_of(&dir)).is_some(), "byte {place}");
    }
}

#[test]
fn sums_that_were_written_to_match_help_nobody() {
    let home = Home::demo();
    let dir = home.release();
    let files = files_below(&dir);
    for (path, bytes) in files.iter().filter(|(path, _)| *path != "SHA256SUMS") {
        for (index, place) in places(bytes.len(), FORGED).into_iter().enumerate() {
            let mask = if index % 2 == 0 { 0x20 } else { 0x01 };
            let mut forged = files.clone();
            forged.insert(path.clone(), flipped(bytes, place, mask));
            let look = || with_file(&dir, path, &forged[path], bytes, || fault_of(&dir));
            let fault = with_file(&dir, "SHA256SUMS", sums(&forged).as_bytes(), &files["SHA256SUMS"], look);
            let fault = fault.unwrap_or_else(|| panic!("{path}, byte {place} xor {mask}: not found"));
            assert!(!fault.file.is_empty(), "{path}, byte {place}: {fault:?}");
        }
    }
    assert_eq!(fault_of(&dir), None);
}

#[test]
fn case_flips_in_hexadecimal_and_base64_are_found_by_recomputation() {
    let home = Home::demo();
    let dir = home.release();
    let files = files_below(&dir);
    for path in ["ledger/checkpoint", "ledger/policy", "ledger/members.jsonl", "ledger/disclosed.jsonl"] {
        let bytes = &files[path];
        let letters: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place].is_ascii_alphabetic()).collect();
        for place in letters.iter().step_by((letters.len() / 12).max(1)) {
            let mut forged = files.clone();
            forged.insert(path.to_owned(), flipped(bytes, *place, 0x20));
            let look = || with_file(&dir, path, &forged[path], bytes, || fault_of(&dir));
            let fault = with_file(&dir, "SHA256SUMS", sums(&forged).as_bytes(), &files["SHA256SUMS"], look);
            assert!(fault.is_some(), "{path}, byte {place}");
        }
    }
}

#[test]
fn a_missing_and_an_added_file_are_named() {
    let home = Home::demo();
    let dir = home.release();
    let files = files_below(&dir);
    for (path, bytes) in &files {
        std::fs::remove_file(dir.join(path)).unwrap();
        assert_eq!(fault_of(&dir).expect(path).file, *path);
        std::fs::write(dir.join(path), bytes).unwrap();
    }
    for path in ["extra.txt", "data/ratings/more.parquet", "ledger/rules/extra.toml"] {
        std::fs::write(dir.join(path), "more").unwrap();
        assert_eq!(fault_of(&dir).expect(path).file, path);
        let mut forged = files.clone();
        forged.insert(path.to_owned(), b"more".to_vec());
        let look = || fault_of(&dir);
        let fault = with_file(&dir, "SHA256SUMS", sums(&forged).as_bytes(), &files["SHA256SUMS"], look);
        assert_eq!(fault.expect(path).file, path, "the sums list it now");
        std::fs::remove_file(dir.join(path)).unwrap();
    }
    assert_eq!(fault_of(&dir), None);
}

#[test]
fn a_rule_that_no_entry_names_is_not_of_the_release() {
    let home = Home::demo();
    let dir = home.release();
    let files = files_below(&dir);
    for (name, suffix) in [("constitution.md", "md"), ("charter.toml", "toml")] {
        let text = [files[name].as_slice(), b"\n"].concat();
        let hex: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("ledger/rules/{hex}.{suffix}");
        std::fs::write(dir.join(&path), &text).unwrap();
        let mut forged = files.clone();
        forged.insert(path.clone(), text);
        let look = || fault_of(&dir);
        let fault = with_file(&dir, "SHA256SUMS", sums(&forged).as_bytes(), &files["SHA256SUMS"], look);
        assert_eq!(fault.expect(name).file, path);
        std::fs::remove_file(dir.join(&path)).unwrap();
    }
}

#[test]
fn the_command_says_what_is_wrong_and_exits_1() {
    let home = Home::demo();
    let dir = home.release();
    let verify = |dir: &str| finish(guildhall().args(["verify", dir, "--json"]));
    let good = verify(&dir.display().to_string()).done();
    assert!(good["entries"].as_u64() > Some(0) && good["signatures"].as_u64() > Some(0), "{good}");
    let card = std::fs::read(dir.join("README.md")).unwrap();
    std::fs::write(dir.join("README.md"), flipped(&card, 9, 0x20)).unwrap();
    let bad = verify(&dir.display().to_string());
    assert_eq!((bad.code, &bad.json["ok"]), (1, &serde_json::json!(false)));
    assert_eq!(bad.json["fault"]["file"], "README.md");
    let text = finish(guildhall().arg("verify").arg(&dir));
    assert_eq!(text.code, 1);
    assert!(text.out.starts_with("FAULT in README.md"), "{}", text.out);
    verify(&home.path("absent").display().to_string()).usage("absent");
}

/// The hall's database, with nothing that keeps anybody from changing it.
fn opened(home: &Home) -> Connection {
    let database = Connection::open(home.hall.join("hall.db")).unwrap();
    database
        .execute_batch("DROP TRIGGER IF EXISTS entries_are_kept; DROP TRIGGER IF EXISTS entries_are_not_changed;")
        .unwrap();
    database
}

/// What `ledger verify` finds in a hall that isn't sound: file, place, and what.
#[track_caller]
fn live_fault(home: &Home, about: &str) -> (String, String, String) {
    let ran = home.ledger();
    assert_eq!(ran.code, 1, "{about}: {} {}", ran.out, ran.err);
    assert_eq!(ran.json["ok"], false, "{about}");
    let text = |field: &str| ran.json["fault"][field].as_str().unwrap_or_default().to_owned();
    (text("file"), text("at"), text("what"))
}

/// Flips bytes of `column` in some rows of `table`; `check` is given the row's key and what was found.
fn flip_rows(home: &Home, (table, key, column): (&str, &str, &str), rows: usize, check: impl Fn(&str, &str, &str)) {
    let database = opened(home);
    let kind: String = database
        .query_row(&format!("SELECT type FROM pragma_table_info('{table}') WHERE name = ?1"), [column], |row| {
            row.get(0)
        })
        .unwrap();
    let read = format!("SELECT {key}, CAST({column} AS BLOB) FROM {table} ORDER BY 1");
    let stored: Vec<(String, Vec<u8>)> = {
        let mut query = database.prepare(&read).unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let write = format!("UPDATE {table} SET {column} = CAST(?1 AS {kind}) WHERE {key} = ?2");
    let step = (stored.len() / rows).max(1);
    for (index, (id, bytes)) in stored.iter().enumerate().step_by(step) {
        let place = (index * 7919 + 13) % bytes.len();
        let mask = if index % 2 == 0 { 0x01 } else { 0x20 };
        let put = |bytes: &[u8]| assert_eq!(database.execute(&write, params![bytes, id]).unwrap(), 1);
        put(&flipped(bytes, place, mask));
        let about = format!("{table}.{column} of {id}, byte {place} xor {mask}");
        let (file, at, what) = live_fault(home, &about);
        check(id, &format!("{file} {at} {what}"), &about);
        put(bytes);
    }
    assert_eq!(home.ledger().done()["ok"], true, "as it was again");
}

#[test]
fn changed_entries_are_named() {
    let home = Home::demo();
    flip_rows(&home, ("entries", "CAST(seq AS TEXT)", "bytes"), 24, |seq, found, about| {
        assert!(found.starts_with(&format!("entries {seq} ")), "{about}: {found}");
    });
}

#[test]
fn every_byte_of_one_entry_counts() {
    let home = Home::demo();
    let database = opened(&home);
    let id = home.pick("agreed", |_| true);
    let (seq, bytes): (u64, Vec<u8>) = database
        .query_row("SELECT seq, bytes FROM entries WHERE item = ?1 AND kind = 'judgement.submitted'", [&id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let put = |bytes: &[u8]| database.execute("UPDATE entries SET bytes = ?1 WHERE seq = ?2", params![bytes, seq]);
    for place in places(bytes.len(), 32) {
        put(&flipped(&bytes, place, 0x20)).unwrap();
        let (file, at, _) = live_fault(&home, &format!("byte {place}"));
        assert_eq!((file, at), ("entries".to_owned(), seq.to_string()), "byte {place}");
    }
}

#[test]
fn changed_parts_and_salts_are_named() {
    let home = Home::demo();
    for column in ["content", "salt"] {
        flip_rows(&home, ("bodies", "seq || ' ' || part", column), 12, |key, found, about| {
            let (seq, part) = key.split_once(' ').unwrap();
            assert!(found.starts_with(&format!("entries {seq} ")) && found.contains(part), "{about}: {found}");
        });
    }
}

#[test]
fn changed_heads_hashes_rules_and_texts_are_named() {
    let home = Home::demo();
    flip_rows(&home, ("heads", "CAST(size AS TEXT)", "note"), 12, |size, found, about| {
        assert!(found.contains("head") && found.contains(size), "{about}: {found}");
    });
    flip_rows(&home, ("nodes", "level || ', place ' || place", "hash"), 12, |key, found, about| {
        assert!(found.starts_with(&format!("nodes level {key} ")), "{about}: {found}");
    });
    flip_rows(&home, ("rules", "digest", "text"), 3, |digest, found, about| {
        assert!(found.starts_with(&format!("rules {digest} ")), "{about}: {found}");
    });
}

#[test]
fn changed_texts_of_items_are_named() {
    let home = Home::demo();
    let database = opened(&home);
    for id in home.ids(GUILD, None).iter().step_by(5) {
        let content: String =
            database.query_row("SELECT content FROM items WHERE id = ?1", [id], |row| row.get(0)).unwrap();
        let put = |text: &str| database.execute("UPDATE items SET content = ?1 WHERE id = ?2", params![text, id]);
        for key in ["\"content\":\"", "\"text\":[{\"role\":\"assistant\",\"content\":\""] {
            let place = content.find(key).unwrap() + key.len();
            let letter = &content[place..=place];
            let other = if letter == "x" { "y" } else { "x" };
            put(&format!("{}{other}{}", &content[..place], &content[place + 1..])).unwrap();
            let (file, at, _) = live_fault(&home, id);
            assert_eq!((file.as_str(), at.as_str()), ("items", id.as_str()));
        }
        put(&content[1..]).unwrap();
        let (file, at, what) = live_fault(&home, id);
        assert!(format!("{file} {at} {what}").contains(id.as_str()), "{file} {at} {what}");
        put(&content).unwrap();
    }
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn a_lost_part_a_lost_entry_and_swapped_entries_are_named() {
    let home = Home::demo();
    let database = opened(&home);
    let (seq, part): (u64, String) = database
        .query_row("SELECT seq, part FROM bodies WHERE part = 'rationale' LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    database.execute("DELETE FROM bodies WHERE seq = ?1 AND part = ?2", params![seq, part]).unwrap();
    let (file, at, _) = live_fault(&home, "a part is gone");
    assert_eq!((file, at), ("bodies".to_owned(), format!("{seq} {part}")));

    let home = Home::demo();
    let database = opened(&home);
    database.execute("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)", []).unwrap();
    let (file, at, _) = live_fault(&home, "the last entry is gone");
    assert!(["heads", "hall"].contains(&file.as_str()), "{file} {at}");

    let home = Home::demo();
    let database = opened(&home);
    database.execute("DELETE FROM entries WHERE seq = 20", []).unwrap();
    let (file, at, _) = live_fault(&home, "an entry is gone");
    assert_eq!((file.as_str(), at.as_str()), ("entries", "20"));

    let home = Home::demo();
    let swap = "UPDATE entries SET bytes = (SELECT bytes FROM entries AS other WHERE other.seq = 41 - entries.seq)
                WHERE seq IN (20, 21)";
    assert_eq!(opened(&home).execute(swap, []).unwrap(), 2);
    let (file, at, _) = live_fault(&home, "two entries are swapped");
    assert_eq!((file.as_str(), at.as_str()), ("entries", "20"));
}

#[test]
fn projections_that_were_changed_are_found_and_rebuilt() {
    let home = Home::demo();
    let id = home.fresh();
    opened(&home).execute("UPDATE items SET state = 'agreed' WHERE id = ?1", [&id]).unwrap();
    let (file, at, _) = live_fault(&home, "an item is listed as agreed");
    assert_eq!((file.as_str(), at.as_str()), ("items", id.as_str()));
    let rebuilt = home.run(&["ledger", "rebuild"]).done();
    assert!(rebuilt["differed"].as_u64() > Some(0), "{rebuilt}");
    assert_eq!(home.ledger().done()["ok"], true);
    assert_eq!(home.state(&id), "open");
    assert_eq!(home.run(&["ledger", "rebuild"]).done()["differed"], 0);
}

#[test]
fn an_erased_rationale_is_no_fault_here_nor_in_a_release() {
    let home = Home::demo();
    let id = home.pick("gold", |acts| acts.ruled.is_empty());
    let rater = home.acts()[&id].judged[0].clone();
    let own = home.by(&rater, &["item", "show", &id]).done();
    let own = own["judgements"].as_array().unwrap().iter().find(|judgement| judgement["own"] == true).unwrap().clone();
    home.by(&rater, &["erase", &id, "--entry", &own["entry"].to_string()]).done();
    let verified = home.ledger().done();
    assert_eq!((&verified["ok"], &verified["erased"]), (&serde_json::json!(true), &serde_json::json!(1)));
    let next = home.path("next");
    let output = next.display().to_string();
    home.run(&["release", "cut", "--guild", GUILD, "--version", "0.2.0", "--output", &output]).done();
    assert_eq!((fault_of(&next), fault_of(&home.release())), (None, None));
}

#[test]
fn erased_answers_are_no_fault_and_leave_the_next_release() {
    let home = Home::demo();
    let (gold, agreed) = (home.pick("gold", |acts| acts.ruled.is_empty()), home.pick("agreed", |_| true));
    for id in [&gold, &agreed] {
        let rater = home.acts()[id].judged[0].clone();
        let own = home.by(&rater, &["item", "show", id]).done();
        let own = own["judgements"].as_array().unwrap().iter().find(|judgement| judgement["own"] == true).unwrap();
        home.by(&rater, &["erase", id, "--entry", &own["entry"].to_string(), "--part", "answers"]).done();
    }
    assert_eq!(
        home.ids(GUILD, Some("challenged")),
        std::slice::from_ref(&gold),
        "gold that lost an answer is in question"
    );
    assert_eq!(home.state(&agreed), "open");
    assert_eq!(home.ledger().done()["ok"], true);
    let next = home.path("next");
    let output = next.display().to_string();
    home.run(&["release", "cut", "--guild", GUILD, "--version", "0.2.0", "--output", &output]).done();
    assert_eq!((fault_of(&next), fault_of(&home.release())), (None, None));
    let disclosed = String::from_utf8(std::fs::read(next.join("ledger/disclosed.jsonl")).unwrap()).unwrap();
    assert!(!disclosed.contains(agreed.as_str()), "an open item is not released");
}

#[test]
fn a_hall_that_went_back_or_became_another_refuses_to_work() {
    let home = Home::demo();
    let (id, database) = (home.fresh(), home.hall.join("hall.db"));
    let older = home.path("older.db");
    std::fs::copy(&database, &older).unwrap();
    home.judge("rater-1", &id, Says::Wrong).done();
    let newer = home.path("newer.db");
    std::fs::copy(&database, &newer).unwrap();
    std::fs::copy(&older, &database).unwrap();
    let asked = home.by("rater-3", &["claim", &id]);
    assert_eq!(asked.code, 1, "{}", asked.out);
    assert!(asked.err.contains("signed a head"), "{}", asked.err);

    // the same older copy, gone on elsewhere: longer, but not the ledger whose head was signed here
    let other = Home::demo();
    for (who, says) in [("rater-3", Says::Wrong), ("rater-6", Says::Partly)] {
        other.judge(who, &other.fresh(), says).done();
    }
    std::fs::copy(other.hall.join("hall.db"), &database).unwrap();
    let asked = home.by("rater-3", &["claim", &id]);
    assert_eq!(asked.code, 1, "{}", asked.out);
    assert!(asked.err.contains("signed"), "{}", asked.err);

    std::fs::copy(&newer, &database).unwrap();
    home.by("rater-3", &["claim", &id]).done();
}

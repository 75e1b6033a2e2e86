//! The queue by pages: filters, search, orders; and that what lists go by is verified and rebuilt.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{GUILD, Home};

fn ids(page: &Value) -> Vec<String> {
    page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Every row of a list, page by page.
fn all(home: &Home, arguments: &[&str], limit: &str) -> Vec<String> {
    let (mut found, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let mut words = vec!["queue", "--limit", limit];
        words.extend(arguments);
        if let Some(after) = &after {
            words.extend(["--after", after]);
        }
        let page = home.run(&words).done();
        found.extend(ids(&page));
        match &page["after"] {
            Value::Null => return found,
            place => after = Some(place.to_string()),
        }
    }
}

#[test]
fn pages_of_every_order_hold_every_row_once() {
    let home = Home::demo();
    for sort in ["oldest", "newest", "touched"] {
        let arguments = ["--state", "gold", "--guild", GUILD, "--sort", sort];
        let whole = all(&home, &arguments, "1000");
        let paged = all(&home, &arguments, "2");
        assert_eq!(whole, paged, "{sort}");
        assert_eq!(whole.iter().collect::<BTreeSet<_>>(), home.ids(GUILD, Some("gold")).iter().collect(), "{sort}");
    }
    let oldest = all(&home, &["--state", "gold", "--sort", "oldest"], "3");
    let mut newest = all(&home, &["--state", "gold", "--sort", "newest"], "3");
    newest.reverse();
    assert_eq!(oldest, newest);
}

#[test]
fn words_of_prompts_and_outputs_are_found_after_an_import() {
    let home = Home::demo();
    let file = home.file(
        "more.jsonl",
        "{\"prompt\":\"What is a frobnicator?\",\"outputs\":[{\"text\":\"A zibbelwurz.\"},{\"text\":\"None.\"}]}\n",
    );
    home.by("steward-1", &["import", &file, "--guild", GUILD]).done();
    for words in ["frobnicator", "zibbelw", "FROBNICATOR zibbelwurz"] {
        let found = home.run(&["queue", "--search", words]).done();
        assert_eq!(ids(&found).len(), 1, "{words}");
        assert_eq!(found["searched"], Value::Null, "all of it is in the search");
    }
    let id = ids(&home.run(&["queue", "--search", "frobnicator"]).done()).remove(0);
    assert_eq!(ids(&home.run(&["queue", "--search", &id[..12]]).done()), [id]);
    assert_eq!(ids(&home.run(&["queue", "--search", "warfarin nosuchword"]).done()), Vec::<String>::new());
}

#[test]
fn whatever_is_searched_for_is_words() {
    let home = Home::demo();
    for words in
        ["\"", "\"\"", "a OR", "NEAR(", "words:*", "-", "^x", "*", "it_", "'; DROP TABLE items; --", "\u{1b}[2J", "  "]
    {
        home.run(&["queue", "--search", words]).done();
    }
}

#[test]
fn a_changed_list_column_is_found_and_mended() {
    let home = Home::demo();
    let change =
        "UPDATE items SET touched = touched + 1 WHERE touched > 0 AND n = (SELECT max(n) FROM items WHERE touched > 0)";
    let connection = rusqlite::Connection::open(home.hall.join("hall.db")).unwrap();
    assert_eq!(connection.execute(change, []).unwrap(), 1);
    drop(connection);
    let found = home.run(&["ledger", "verify"]);
    assert_eq!(found.code, 1, "{}", found.out);
    assert!(found.json["fault"]["what"].as_str().unwrap().contains("last acted on"), "{}", found.out);
    home.run(&["ledger", "rebuild"]).done();
    assert_eq!(home.run(&["ledger", "verify"]).done()["ok"], true);
}

#[test]
fn a_rater_learns_nothing_of_open_judgements_from_lists() {
    let home = Home::demo();
    for arguments in [vec!["queue", "--state", "open"], vec!["queue", "--search", "patient"]] {
        let page = home.by("rater-1", &arguments).done();
        let told = page.to_string();
        for word in ["rater-", "answers", "rationale", "mem_"] {
            assert!(!told.contains(word), "`{word}` in {told}");
        }
    }
}

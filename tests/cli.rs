//! The commands from outside: shapes, exit codes, and what each does to a hall. Refusals of a rule have their own file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use support::{GUILD, GUILDS, Home, Says, finish, guildhall};

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

#[track_caller]
fn is_receipt(receipt: &Value) {
    assert!(receipt["event"].is_u64(), "{receipt}");
    assert_eq!(receipt["entry_hash"].as_str().map(str::len), Some(64), "{receipt}");
    assert!(receipt["checkpoint"].as_str().is_some_and(|note| note.starts_with("guildhall/h_")), "{receipt}");
}

#[test]
fn init_makes_a_hall_whose_key_is_private() {
    let home = Home::empty();
    let made = home.run(&["init", "--name", "Hall", "--licence", "CC-BY-4.0", "--guild", GUILD]).done();
    assert!(made["hall"].as_str().unwrap().starts_with("h_"));
    assert!(made["member"].as_str().unwrap().starts_with("m_"));
    let key = made["key"].as_str().unwrap();
    assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(key).unwrap().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
    assert_eq!(home.ledger().done()["ok"], true);

    let added = home.run(&["guild", "add", GUILDS[1]]).done();
    assert_eq!(added["guild"], GUILDS[1]);
    home.run(&["guild", "add", GUILDS[1]]).refused("guild-exists");
    home.run(&["guild", "add", "no-such-template"]).usage("no-such-template");
    let listed = home.run(&["guild", "list"]).done();
    assert_eq!(listed["guilds"].as_array().unwrap().len(), 2);

    home.run(&["init", "--name", "Again", "--licence", "CC-BY-4.0"]).usage("not empty");
    assert_eq!(home.ledger().done()["ok"], true, "the hall that stands there is untouched");
}

#[test]
fn init_needs_a_licence_and_good_arguments_and_leaves_nothing_behind() {
    let home = Home::empty();
    home.run(&["init", "--name", "Hall"]).usage("licence");
    home.run(&["init", "--name", "Hall", "--licence", "CC-BY-4.0", "--guild", "nowhere"]).usage("nowhere");
    let bad = home.file("bad.pub", "not a key");
    home.run(&["init", "--name", "Hall", "--licence", "CC-BY-4.0", "--founder", &bad]).usage("bad.pub");
    assert!(!home.hall.exists());
    finish(guildhall().args(["init", "--name", "Hall", "--licence", "CC-BY-4.0"])).usage("--hall");
}

#[test]
fn other_founders_are_stewards_from_the_first_entry() {
    let (home, other) = (Home::empty(), Home::founded());
    let key = other.hall.join("keys/steward.pub").display().to_string();
    home.run(&["init", "--name", "Hall", "--licence", "CC-BY-4.0", "--guild", GUILD, "--founder", &key]).done();
    let members = home.run(&["member", "list"]).done();
    let members = members["members"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    assert!(members.iter().all(|member| member["roles"] == json!(["steward"])), "{members:?}");
    let founder = other.hall.join("keys/steward").display().to_string();
    assert_eq!(home.run(&["--as", &founder, "guild", "add", GUILDS[1]]).done()["guild"], GUILDS[1]);
    other.run(&["--as", &home.key("steward").display().to_string(), "status"]).refused("stranger");
}

#[test]
fn demo_tells_what_it_made() {
    let made = Home::demo_json();
    assert_eq!(made["guilds"], json!(GUILDS));
    for state in ["open", "agreed", "disputed", "adjudicated", "gold"] {
        assert!(count(&made["items"][state]) > 0, "{state}");
    }
    assert!(made["hall"].is_string() && made["member"].is_string() && made["key"].is_string());
    let members = made["members"].as_array().unwrap();
    assert_eq!(members.len(), 8);
    for member in members {
        let (handle, roles) = (member["handle"].as_str().unwrap(), member["roles"].as_array().unwrap());
        assert!(member["id"].is_string() && member["key"].is_string());
        match handle {
            "you" => assert_eq!(roles.len(), 4, "{member}"),
            "steward-1" => assert_eq!(*roles, [json!("steward")]),
            _ => assert!(roles.contains(&json!("rater")) && !roles.contains(&json!("steward")), "{member}"),
        }
    }
}

#[test]
fn demo_has_every_state_in_each_guild_and_a_release_of_each() {
    let home = Home::demo();
    for guild in GUILDS {
        for state in ["agreed", "disputed", "adjudicated", "gold"] {
            assert!(!home.ids(guild, Some(state)).is_empty(), "{guild} {state}");
        }
        assert_eq!(home.ids(guild, Some("open")).len(), 10, "{guild}");
        let release = home.hall.join(format!("releases/{guild}-0.1.0")).display().to_string();
        assert_eq!(finish(guildhall().args(["verify", &release, "--json"])).done()["ok"], true);
    }
    let by_ruling = home.pick("gold", |acts| !acts.ruled.is_empty());
    assert!(by_ruling.starts_with("it_"));
    let status = home.text(&["status"]);
    assert_eq!(home.text(&[]).out, status.out, "no command means status");
    assert!(status.out.contains("Next:  guildhall "), "{}", status.out);
}

#[test]
fn demo_refuses_a_directory_that_is_in_use() {
    let home = Home::empty();
    std::fs::create_dir(&home.hall).unwrap();
    std::fs::write(home.hall.join("mine"), "text").unwrap();
    home.run(&["demo", "--no-console"]).usage("not empty");
    assert_eq!(std::fs::read_to_string(home.hall.join("mine")).unwrap(), "text");
}

#[test]
fn only_a_demo_has_a_clock_and_it_advances() {
    let home = Home::demo();
    let first = home.run(&["demo", "advance", "1d"]).done();
    let second = home.run(&["demo", "advance", "12h"]).done();
    assert!(first["now"].as_str() < second["now"].as_str(), "{first} {second}");
    home.run(&["demo", "advance", "soon"]).usage("soon");
    Home::founded().run(&["demo", "advance", "1d"]).usage("demo");
}

#[test]
fn credentials_expire_with_the_demo_s_clock() {
    let home = Home::demo();
    let id = home.fresh();
    home.run(&["demo", "advance", "800d"]).done();
    home.judge("rater-1", &id, Says::Wrong).refused("role");
}

const GOOD: &str =
    r#"{"prompt": "Which dose?", "outputs": [{"text": "Ten.", "model": "hidden-model"}, {"text": "Two."}]}"#;

/// Lines of every kind that is rejected, and some that aren't.
fn mixed_rows() -> (Vec<u8>, Vec<u64>) {
    let long = format!(r#"{{"prompt": "{}", "outputs": [{{"text": "x"}}]}}"#, "y".repeat(16 << 20));
    let rows: Vec<(&[u8], bool)> = vec![
        (GOOD.as_bytes(), true),
        (b"{\"prompt\": \"\xff\", \"outputs\": [{\"text\": \"x\"}]}", false),
        (b"[1]", false),
        (br#"{"prompt": "\ud800", "outputs": [{"text": "x"}]}"#, false),
        (br#"{"prompt": "a", "prompt": "b", "outputs": [{"text": "x"}]}"#, false),
        (br#"{"outputs": [{"text": "x"}]}"#, false),
        (br#"{"prompt": "", "outputs": [{"text": "x"}]}"#, false),
        (br#"{"prompt": "a"}"#, false),
        (br#"{"prompt": "a", "outputs": []}"#, false),
        (br#"{"prompt": "a", "outputs": [{"text": ""}]}"#, false),
        (long.as_bytes(), false),
        (b"{", false),
        (b"", true),
        (br#"{"prompt": "Escapes", "outputs": [{"text": "\u001b[31mred\u0007 \\ \ud83e\ude7a \u202e"}]}"#, true),
        (GOOD.as_bytes(), true),
    ];
    let rejected = rows.iter().zip(1..).filter(|((_, good), _)| !good).map(|(_, line)| line).collect();
    (rows.into_iter().map(|(row, _)| row).collect::<Vec<_>>().join(&b'\n'), rejected)
}

#[test]
fn import_rejects_by_line_and_imports_nothing_unless_told_to_go_on() {
    let home = Home::founded();
    let (rows, rejected) = mixed_rows();
    let file = home.file("mixed.jsonl", rows);
    for (more, imported) in [(None, 0), (Some("--keep-going"), 2)] {
        let mut arguments = vec!["import", &file, "--guild", GUILD];
        arguments.extend(more);
        let ran = home.run(&arguments);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_eq!((count(&ran.json["imported"]), count(&ran.json["duplicates"])), (imported, 1));
        let rows = ran.json["rejected"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| count(&row["line"])).collect::<Vec<_>>(), rejected);
        assert!(rows.iter().all(|row| row["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
        assert_eq!(home.ids(GUILD, None).len() as u64, imported);
    }
    let escaped = home.show(home.ids(GUILD, None).last().unwrap());
    assert_eq!(escaped["outputs"][0][1][0]["content"], "\u{1b}[31mred\u{7} \\ \u{1fa7a} \u{202e}");
    let shown = home.text(&["item", "show", home.ids(GUILD, None).last().unwrap()]).out;
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "control characters are made visible: {shown}");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn importing_again_finds_duplicates_only() {
    let home = Home::founded();
    let file = home.file("good.jsonl", GOOD);
    assert_eq!(
        home.run(&["import", &file, "--guild", GUILD]).done(),
        json!({"imported": 1, "duplicates": 0, "rejected": []})
    );
    assert_eq!(
        home.run(&["import", &file, "--guild", GUILD]).done(),
        json!({"imported": 0, "duplicates": 1, "rejected": []})
    );
    home.run(&["import", "no-such-file.jsonl", "--guild", GUILD]).usage("no-such-file");
    home.run(&["import", &file, "--guild", "nobody"]).usage("nobody");
    let demo = Home::demo();
    demo.by("rater-1", &["import", &file, "--guild", GUILD]).refused("steward-only");
}

#[test]
fn items_are_listed_by_state_and_mark() {
    let home = Home::demo();
    let all = home.run(&["item", "list", "--guild", GUILD]).done();
    let items = all["items"].as_array().unwrap();
    for item in items {
        assert!(item["id"].is_string() && item["state"].is_string() && item["judgements"].is_u64(), "{item}");
    }
    let states = ["open", "agreed", "disputed", "adjudicated", "gold", "withdrawn"];
    let by_state: usize = states.iter().map(|state| home.ids(GUILD, Some(state)).len()).sum();
    assert_eq!(by_state, items.len());
    assert!(home.ids(GUILD, Some("paused")).is_empty());
    home.run(&["item", "list", "--guild", GUILD, "--state", "good"]).usage("--state");
}

#[test]
fn a_rater_is_blind_until_an_item_is_settled() {
    let home = Home::demo();
    let file = home.file("named.jsonl", GOOD);
    home.run(&["import", &file, "--guild", GUILD]).done();
    let id = home.ids(GUILD, None).last().unwrap().clone();
    home.judge("rater-1", &id, Says::Wrong).done();
    let open = home.by("rater-4", &["item", "show", &id]).done();
    assert_eq!(open["judgements"], json!([]));
    for who in ["rater-1", "rater-4", "you"] {
        let listed = home.by(who, &["item", "list", "--guild", GUILD]);
        let log = home.by("rater-4", &["ledger", "log"]);
        let shown = home.by(who, &["item", "show", &id]);
        for seen in [listed, log, shown] {
            assert!(!seen.out.contains("hidden-model"), "{who}: {}", seen.out);
        }
    }
    let own = home.by("rater-1", &["item", "show", &id]).done();
    assert_eq!(own["judgements"].as_array().unwrap().len(), 1);

    let handles = home.handles();
    let disputed = home.pick("disputed", |acts| acts.has_judged("rater-6"));
    let acts = home.acts();
    let judged = &acts[&disputed].judged;
    let seen = home.by("rater-6", &["item", "show", &disputed]).done();
    let theirs = seen["judgements"].as_array().unwrap();
    assert_eq!(theirs.iter().filter(|judgement| judgement["own"] == true).count(), 1);
    assert_eq!(theirs.len(), 1, "a rater reads no other's answers while the dispute is open");
    for (member, handle) in &handles {
        let text = seen.to_string();
        assert!(!text.contains(member.as_str()), "{handle} is named");
    }
    let ruler = home.run(&["item", "show", &disputed]).done();
    assert_eq!(ruler["judgements"].as_array().unwrap().len(), judged.len(), "who may rule reads them all");
}

#[test]
fn the_log_names_nobody_on_unsettled_items_to_raters() {
    let home = Home::demo();
    let disputed = home.ids(GUILD, Some("disputed"));
    let log = home.by("rater-2", &["ledger", "log"]).done();
    let me = home.handles().into_iter().find(|(_, handle)| handle == "rater-2").unwrap().0;
    let acts = log["entries"].as_array().unwrap().iter().filter(|entry| {
        let on = |id: &String| entry["item"] == **id;
        entry["kind"] == "judgement.submitted" && entry["actor"] != *me && disputed.iter().any(on)
    });
    let actors: Vec<&str> = acts.map(|entry| entry["actor"].as_str().unwrap()).collect();
    assert!(!actors.is_empty() && actors.iter().all(|actor| !actor.starts_with("m_")), "{actors:?}");
}

#[test]
fn two_raters_agree_and_two_reviewers_make_gold() {
    let home = Home::demo();
    let id = home.fresh();
    let first = home.judge("rater-1", &id, Says::Wrong).done();
    is_receipt(&first);
    assert_eq!(first["state"], "open");
    assert_eq!(home.judge("rater-4", &id, Says::Wrong).done()["state"], "agreed");
    let signed = home.by("rater-2", &["review", &id, "--sign"]).done();
    is_receipt(&signed);
    assert_eq!(signed["state"], "agreed", "the charter asks for two sign-offs");
    assert_eq!(home.by("rater-5", &["review", &id, "--sign"]).done()["state"], "gold");
    let why = home.run(&["item", "show", &id, "--why"]).done();
    let labels = why["labels"].as_array().unwrap();
    assert!(!labels.is_empty() && labels.iter().all(|label| label["tier"] == "gold"), "{why}");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn a_dispute_goes_to_a_ruling_and_on_to_gold() {
    let home = Home::demo();
    let id = home.fresh();
    for (who, says) in [("rater-1", Says::Wrong), ("rater-3", Says::Partly), ("rater-2", Says::First)] {
        home.judge(who, &id, says).done();
    }
    assert_eq!(home.state(&id), "disputed");
    let listed = home.by("rater-5", &["dispute", "list", "--guild", GUILD]).done();
    let dispute = listed["disputes"].as_array().unwrap().iter().find(|row| row["id"] == *id).cloned().unwrap();
    assert_eq!((count(&dispute["judgements"]), &dispute["yours"]), (3, &json!(true)));
    let ruled = home.rule("rater-5", &id, Says::Partly).done();
    is_receipt(&ruled);
    assert_eq!(ruled["state"], "adjudicated");
    home.by("rater-4", &["review", &id, "--sign"]).done();
    assert_eq!(home.run(&["review", &id, "--sign"]).done()["state"], "gold");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn a_return_disputes_every_deciding_question() {
    let home = Home::demo();
    let id = home.pick("agreed", |acts| !acts.knows("you") && !acts.knows("rater-5") && !acts.knows("rater-6"));
    let back = home.by("rater-6", &["review", &id, "--return", "--reason", "The second output is worse."]).done();
    assert_eq!(back["state"], "disputed");
    let disputed = home.show(&id)["disputed"].clone();
    assert!(disputed.as_array().unwrap().contains(&json!("correct@1")), "{disputed}");
    assert_eq!(home.rule("you", &id, Says::Partly).done()["state"], "adjudicated");
}

#[test]
fn a_challenge_is_upheld_or_supersedes() {
    let home = Home::demo();
    let id = home.pick("gold", |acts| !acts.knows("you") && acts.ruled.is_empty());
    let values = home.run(&["item", "show", &id, "--why"]).done()["labels"].clone();
    let stood = values.as_array().unwrap().iter().any(|label| label["value"] == "no");
    let challenged = home.by("rater-6", &["challenge", &id, "--reason", "It is wrong."]).done();
    assert_eq!(challenged["state"], "gold", "gold stays gold while it is challenged");
    assert_eq!(home.ids(GUILD, Some("challenged")), std::slice::from_ref(&id));
    let ruled = home.rule("you", &id, if stood { Says::First } else { Says::Wrong }).done();
    assert_eq!(ruled["state"], "adjudicated", "a changed value is gold no more");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn revise_withdraw_and_skip() {
    let home = Home::demo();
    let id = home.pick("open", |acts| acts.judged == ["rater-2"]);
    let revised = home.say("rater-2", "revise", &id, Says::First).done();
    assert_eq!(revised["state"], "open");
    let own = home.by("rater-2", &["item", "show", &id]).done();
    assert_eq!(own["judgements"][0]["entry"], revised["event"]);
    assert_eq!(own["judgements"][0]["answers"]["correct@1"], "yes");
    is_receipt(&home.by("rater-2", &["withdraw", &id]).done());
    assert_eq!(home.by("rater-2", &["item", "show", &id]).done()["judgements"], json!([]));
    is_receipt(&home.by("rater-4", &["skip", &id, "--reason", "Not my field."]).done());

    let agreed = home.pick("agreed", |acts| acts.has_judged("rater-3"));
    assert_eq!(home.by("rater-3", &["withdraw", &agreed]).done()["state"], "open", "it needs another rater");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn a_flag_stops_an_item_until_a_steward_resolves_it() {
    let home = Home::demo();
    let id = home.fresh();
    is_receipt(&home.by("rater-2", &["flag", &id, "--kind", "scope", "--reason", "Not ours."]).done());
    assert_eq!(home.ids(GUILD, Some("paused")), std::slice::from_ref(&id));
    home.judge("rater-1", &id, Says::Wrong).refused("paused");
    home.by("rater-1", &["flag", &id, "--resolve"]).refused("steward-only");
    home.run(&["flag", &id, "--resolve"]).done();
    home.run(&["flag", &id, "--resolve"]).refused("not-flagged");
    home.judge("rater-1", &id, Says::Wrong).done();
    home.run(&["flag", &id]).usage("--kind");
}

#[test]
fn claims_are_leases() {
    let home = Home::demo();
    let id = home.fresh();
    let claimed = home.by("rater-1", &["claim", &id]).done();
    assert_eq!(claimed["id"], *id);
    assert!(claimed["until"].as_str().is_some_and(|until| until.ends_with('Z')), "{claimed}");
    home.by("rater-3", &["claim", &id]).done();
    home.by("rater-5", &["claim", &id]).refused("leased");
    home.judge("rater-5", &id, Says::Wrong).refused("leased");
    assert_eq!(home.by("rater-3", &["claim", &id, "--release"]).done()["until"], Value::Null);
    home.judge("rater-5", &id, Says::Wrong).done();
    home.judge("rater-3", &id, Says::Wrong).refused("leased");
    home.run(&["demo", "advance", "1d"]).done();
    home.judge("rater-3", &id, Says::Wrong).done();
    home.judge("rater-1", &id, Says::Wrong).refused("item-closed");
}

#[test]
fn claim_offers_the_next_item_and_says_when_there_is_none() {
    let home = Home::demo();
    let queue = home.by("rater-1", &["queue", "--guild", GUILD]).done();
    let waiting = queue["waiting"].as_array().unwrap();
    assert!(waiting.iter().all(|row| row["guild"] == GUILD && row["as"].is_string()), "{queue}");
    let next = home.by("rater-1", &["claim", "--guild", GUILD]).done();
    assert!(waiting.iter().any(|row| row["id"] == next["id"] && row["as"] == "rater"));
    let none = home.by("steward-1", &["claim", "--guild", GUILD]);
    assert_eq!((none.code, &none.json), (1, &json!({"id": null})));
    home.run(&["claim"]).usage("--guild");
}

#[test]
fn stuck_items_say_who_is_missing() {
    assert_eq!(Home::demo().run(&["stuck"]).done(), json!({"stuck": []}));
    let home = Home::founded();
    let file = home.file("good.jsonl", GOOD);
    home.run(&["import", &file, "--guild", GUILD]).done();
    let stuck = home.run(&["stuck"]).done();
    let item = &stuck["stuck"][0];
    assert_eq!((&item["missing"], &item["state"], &item["guild"]), (&json!("rater"), &json!("open"), &json!(GUILD)));
    assert!(!item["because"]["article"].as_str().unwrap().is_empty());
    assert_eq!(home.ids(GUILD, Some("stuck")).len(), 1);
}

#[test]
fn usage_errors_are_told_once() {
    let home = Home::demo();
    let id = home.fresh();
    home.run(&["judge", &id, "--answer", "correct@1"]).usage("KEY=VALUE");
    home.run(&["judge", &id, "--answer", "better=1", "--answer", "better=2"]).usage("twice");
    home.run(&["judge", &id, "--answer", "better=1", "--rationale", "@/no/such/file"]).usage("/no/such/file");
    home.run(&["judge", "it_", "--answer", "better=1"]).usage("4 characters");
    home.run(&["item", "show", "zzzzzzzz"]).usage("zzzzzzzz");
    home.run(&["judge", &id]).usage("--answer");
    home.run(&["no-such-command"]).usage("no-such-command");
    home.run(&["adjudicate", &id, "--answer", "correct@1=no"]).usage("--opinion");
    home.run(&["review", &id]).usage("--sign");
    home.run(&["review", &id, "--return"]).usage("--reason");
    home.run(&["ledger", "entry", "999999"]).usage("999999");
    home.run(&["--as", "/no/such/key", "status"]).usage("/no/such/key");
    finish(guildhall().args(["status"])).usage("--hall");
    Home::empty().run(&["status"]).usage("no hall");
}

#[test]
fn the_environment_names_hall_and_key_and_the_command_line_goes_before_it() {
    let home = Home::demo();
    let status = |more: &[&str]| {
        let mut command = guildhall();
        command.env("GUILDHALL_HALL", &home.hall).env("GUILDHALL_KEY", home.key("rater-1"));
        finish(command.args(["status", "--json"]).args(more)).done()["handle"].clone()
    };
    assert_eq!(status(&[]), "rater-1");
    assert_eq!(status(&["--as", &home.key("rater-2").display().to_string()]), "rater-2");
}

#[test]
fn a_draft_is_kept_and_submitted_later() {
    let home = Home::demo();
    let id = home.fresh();
    let judge = |more: &[&str]| home.run(&[&["judge", id.as_str()], more].concat());
    judge(&["--from-draft"]).usage("no draft");
    judge(&["--draft", "--answer", "correct@1=maybe"]).refused("answers");
    let before = home.ledger().done()["entries"].clone();
    judge(&["--draft", "--answer", "correct@1=no", "--answer", "safe@1=no", "--rationale", "Wrong."]).done();
    assert_eq!(home.ledger().done()["entries"], before, "a draft is no entry");
    judge(&["--from-draft"]).refused("answers");
    let rest = ["complete@1=1", "correct@2=no", "safe@2=no", "complete@2=1", "better=none"];
    let rest: Vec<&str> = rest.iter().flat_map(|answer| ["--answer", answer]).collect();
    judge(&[&["--from-draft"], rest.as_slice()].concat()).done();
    let own = &home.show(&id)["judgements"][0];
    assert_eq!((&own["answers"]["correct@1"], &own["rationale"]), (&json!("no"), &json!("Wrong.")));
    judge(&["--from-draft"]).usage("no draft");
}

//! Members by command: petitions, attestation, objection, admission, standing, terms, the constitution, leaving. Attacks on
//! them are `member_attacks`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/people.rs"]
mod people;
mod support;

use people::{attest, credential, days, grown, holds, key, key_line, petition, waiting, with};
use serde_json::{Value, json};
use support::{GUILD, Home, Says, finish};

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

#[test]
fn an_objection_waits_for_a_vote() {
    let home = grown();
    let entry = petition(&home, "ann");
    attest(&home, "rater-1", &entry).done();
    attest(&home, "rater-3", &entry).done();
    home.by("rater-5", &["member", "object", &entry, "--reason", " "]).refused("reason-required");
    home.by("rater-5", &["member", "object", &entry, "--reason", "I know them as somebody else."]).done();
    home.by("rater-6", &["member", "object", &entry, "--reason", "Me too."]).refused("objection");
    days(&home, "30d");
    let row = waiting(&home, &entry).unwrap();
    assert_eq!((&row["objection"], &row["admits"]), (&json!("I know them as somebody else."), &Value::Null));
    assert!(
        home.text(&["member", "petitions"]).out.contains("the members vote on it; until ballots are built it waits")
    );
    // in the founding an objection holds too, against the founder who attests and the steward who adds
    let home = Home::demo();
    let entry = petition(&home, "ann");
    home.by("rater-5", &["member", "object", &entry, "--reason", "No."]).done();
    assert_eq!(attest(&home, "rater-1", &entry).done()["admitted"], false);
    home.run(&["member", "add", "ann", "--petition", &entry]).refused("objection");
    holds(&home);
}

#[test]
fn attestations_are_taken_back_and_expire() {
    let home = grown();
    let entry = petition(&home, "ann");
    attest(&home, "rater-1", &entry).done();
    attest(&home, "rater-3", &entry).done();
    home.run(&["member", "decline", &entry, "--reason", "No."]).refused("petition");
    home.by("rater-5", &["member", "attest", &entry, "--revoke"]).refused("attestation");
    home.by("rater-3", &["member", "attest", &entry, "--revoke"]).done();
    days(&home, "8d");
    assert!(waiting(&home, &entry).is_some(), "one word alone admits nobody");
    attest(&home, "rater-3", &entry).done();
    home.by("rater-3", &["member", "attest", &entry, "--revoke"]).done();
    days(&home, "53d");
    attest(&home, "rater-5", &entry).done();
    days(&home, "8d");
    let row = waiting(&home, &entry).expect("the first word has expired by now");
    assert_eq!(row["admits"], Value::Null);
    home.by("rater-5", &["member", "attest", &entry, "--revoke"]).done();
    home.run(&["member", "decline", &entry, "--reason", "Nobody vouches for them any more."]).done();
    assert_eq!(waiting(&home, &entry), None);
    holds(&home);
}

#[test]
fn a_quarter_admits_only_so_many() {
    let home = Home::demo();
    for name in ["ann", "bert", "carl"] {
        home.run(&["member", "add", name, "--key", &key_line(&home, name)]).done();
    }
    home.run(&["member", "add", "dora", "--key", &key_line(&home, "dora")]).refused("admissions");
    let entry = petition(&home, "dora");
    assert_eq!(attest(&home, "rater-1", &entry).done()["admitted"], false, "whoever is ready waits for room");
    days(&home, "80d");
    assert!(waiting(&home, &entry).is_some());
    days(&home, "11d");
    assert_eq!(waiting(&home, &entry), None);
    assert!(home.handles().values().any(|handle| handle == "dora"));
    // later a fifth of the members, of eleven two
    let home = grown();
    for name in ["ann", "bert"] {
        let entry = petition(&home, name);
        attest(&home, "rater-1", &entry).done();
        attest(&home, "rater-3", &entry).done();
    }
    days(&home, "8d");
    home.run(&["member", "petitions"]).done();
    assert_eq!(home.handles().len(), 9, "a fifth of eight is one");
    holds(&home);
}

#[test]
fn a_credential_rests_on_evidence_of_which_the_ledger_has_a_salted_digest() {
    let home = Home::demo();
    let diploma = home.file("diploma.pdf", b"This is to certify \xff");
    let what = ["--guild", GUILD, "--class", "board", "--institution", "Here", "--expires", "2099-01-01"];
    let done = home.run(&[&["credential", "attest", "rater-2", "--evidence", &diploma][..], &what].concat()).done();
    let entry = home.text(&["ledger", "entry", &done["event"].to_string()]).out;
    let core: Value = serde_json::from_str(entry.lines().nth(1).unwrap()).unwrap();
    let salted = core["pub"]["evidence"].as_str().unwrap();
    let taken = home.by("rater-2", &["member", "export", "--me"]).done();
    let held = taken["credentials"].as_array().unwrap().iter().find(|held| held["entry"] == done["event"]).unwrap();
    let evidence: guildhall::hall::Evidence = serde_json::from_value(held["evidence"].clone()).unwrap();
    assert_eq!(evidence.sha256, guildhall::domain::Digest::of(b"This is to certify \xff"));
    assert_eq!(evidence.salted().as_str(), salted, "whoever has salt and document can show it");
    assert!(!entry.contains(evidence.sha256.as_str()), "nobody else can");
    home.by("rater-2", &["member", "forget", "--me"]).done();
    let taken = home.by("rater-2", &["member", "export", "--me"]).done();
    assert!(taken["credentials"].as_array().unwrap().iter().all(|held| held["evidence"].is_null()));
    assert_eq!(taken["handle"], taken["member"], "the directory has no name any more");
    holds(&home);
}

#[test]
fn a_steward_suspends_under_an_article_and_another_lifts_it() {
    let home = Home::demo();
    let id = home.fresh();
    let entry = home.judge("rater-1", &id, Says::Wrong).done()["event"].to_string();
    let suspend = |who: &str, whom: &str, article: &str, reason: &str| {
        home.by(who, &["member", "suspend", whom, "--article", article, "--reason", reason])
    };
    suspend("rater-3", "rater-1", "6", "No.").refused("steward-only");
    suspend("you", "rater-1", "99", "No.").refused("article-required");
    suspend("you", "rater-1", "6", " ").refused("reason-required");
    suspend("you", "you", "6", "No.").refused("suspension");
    home.by("rater-1", &["member", "appeal", "--reason", "Why?"]).refused("suspension");
    suspend("you", "rater-1", "9", "They talked about open items.").done();
    let listed = home.run(&["member", "list"]).done();
    let row = listed["members"].as_array().unwrap().iter().find(|row| row["handle"] == "rater-1").unwrap();
    assert_eq!((&row["standing"], &row["roles"]), (&json!("suspended"), &json!([])));
    // nothing but what is theirs
    home.judge("rater-1", &home.fresh(), Says::Wrong).refused("suspended");
    home.by("rater-1", &["flag", &id, "--kind", "scope", "--reason", "No."]).refused("suspended");
    let asks = petition(&home, "ann");
    home.by("rater-1", &["member", "petitions"]).refused("suspended");
    attest(&home, "rater-1", &asks).refused("suspended");
    home.by("rater-1", &["member", "object", &asks, "--reason", "No."]).refused("suspended");
    home.by("rater-1", &["erase", &id, "--entry", &entry]).done();
    home.by("rater-1", &["withdraw", &id]).done();
    home.by("rater-1", &["terms", "set", "--guild", GUILD, "--uses", "evaluate"]).done();
    home.by("rater-1", &["member", "appeal", "--reason", "It was another."]).done();
    home.by("rater-1", &["member", "appeal", "--reason", "Really."]).refused("suspension");
    home.run(&["member", "lift", "rater-1", "--reason", "Well."]).refused("suspension");
    home.by("steward-1", &["member", "lift", "rater-1", "--reason", "It was another indeed."]).done();
    home.judge("rater-1", &home.fresh(), Says::Wrong).done();
    // not again before long, and it ends by itself
    suspend("steward-1", "rater-1", "9", "Again.").refused("suspension");
    suspend("steward-1", "rater-3", "9", "They too.").done();
    days(&home, "31d");
    home.judge("rater-3", &home.fresh(), Says::Wrong).done();
    days(&home, "150d");
    suspend("you", "rater-1", "9", "They do it again.").done();
    holds(&home);
}

#[test]
fn terms_are_set_shown_and_signed_under() {
    let home = Home::demo();
    let set = |more: &[&str]| home.by("rater-1", &[&["terms", "set", "--guild", GUILD][..], more].concat());
    set(&["--uses", "train,everything"]).usage("everything");
    set(&["--attribution", "crown"]).usage("crown");
    set(&["--attribution", "real_name"]).usage("--name");
    home.by("rater-1", &["terms", "set", "--guild", "nowhere"]).usage("nowhere");
    let before = home.by("rater-1", &["terms", "show"]).done();
    let of =
        |shown: &Value| shown["terms"].as_array().unwrap().iter().find(|row| row["guild"] == GUILD).unwrap().clone();
    assert_eq!((&of(&before)["own"], &of(&before)["licence"]), (&json!(false), &json!("CC-BY-4.0")));
    set(&["--models", "guild_ratified", "--uses", "train,publish_label,publish_answers"]).done();
    let after = of(&home.by("rater-1", &["terms", "show"]).done());
    assert_eq!((&after["own"], &after["models"]), (&json!(true), &json!("guild_ratified")));
    assert_ne!(after["digest"], of(&before)["digest"]);
    let done = home.judge("rater-1", &home.fresh(), Says::Wrong).done();
    let entry = home.text(&["ledger", "entry", &done["event"].to_string()]).out;
    assert!(entry.contains(after["digest"].as_str().unwrap()), "what is given names the terms it is given under");
    assert!(home.text(&["terms", "show"]).out.contains("a model that was trained isn't untrained"));
    holds(&home);
}

/// Cuts a release of the guild and verifies it; what the cut told, and the card.
fn cut(home: &Home, version: &str) -> (Value, String) {
    let dir = home.path(version).display().to_string();
    let made = home.run(&["release", "cut", "--guild", GUILD, "--version", version, "--output", &dir]).done();
    let verified = finish(support::guildhall().args(["verify", &dir, "--json"])).done();
    assert_eq!(verified["ok"], true, "{verified}");
    (made, std::fs::read_to_string(home.path(version).join("README.md")).unwrap())
}

/// Whether a release holds rows of this item.
fn released(home: &Home, version: &str, id: &str) -> bool {
    let disclosed = std::fs::read_to_string(home.path(version).join("ledger/disclosed.jsonl")).unwrap();
    disclosed.contains(id)
}

#[test]
fn from_a_petition_to_gold_a_release_and_what_is_left_of_it() {
    let home = Home::demo();
    let entry = petition(&home, "Ann Lee");
    attest(&home, "rater-1", &entry).done();
    credential(&home, "ann-lee", "institution-9");
    let ann = home.path("Ann Lee").display().to_string();
    let by_ann = |arguments: &[&str]| with(&home, &ann, arguments);
    let uses = "train,publish_label,publish_answers,publish_rationale";
    let named = ["--attribution", "real_name", "--name", "Dr. Ann\n# Lee"];
    by_ann(&[&["terms", "set", "--guild", GUILD, "--uses", uses][..], &named].concat()).done();
    let id = home.fresh();
    let given = support::answers(&home.show(&id)["asked"], Says::Wrong);
    let answers: Vec<&str> = given.iter().flat_map(|answer| ["--answer", answer.as_str()]).collect();
    let done =
        by_ann(&[&["judge", id.as_str(), "--rationale", "Neither holds warfarin."][..], &answers].concat()).done();
    home.judge("rater-3", &id, Says::Wrong).done();
    for who in ["rater-5", "rater-2"] {
        home.by(who, &["review", &id, "--sign"]).done();
    }
    assert_eq!(home.state(&id), "gold");

    let (made, card) = cut(&home, "1.0.0");
    assert!(released(&home, "1.0.0", &id));
    assert_eq!((&made["founding"], &made["left_out"]), (&json!(true), &json!({})));
    for words in [
        "Cut during the founding",
        "asked to be named: Dr. Ann Lee",
        "items not for evaluation (`uses` has no `evaluate`): 1",
        "isn't untrained",
    ] {
        assert!(card.contains(words), "{words}\n{card}");
    }
    let disclosed = std::fs::read_to_string(home.path("1.0.0/ledger/disclosed.jsonl")).unwrap();
    assert!(disclosed.contains("Neither holds warfarin."), "her terms let the rationale be published");
    assert!(!disclosed.contains("The reason is written here."), "the others' don't");

    // gold isn't withdrawn, but its author may erase what she said: it is disputed, and the next release has it no more
    by_ann(&["withdraw", &id]).refused("gold-by-challenge-only");
    let entry = done["event"].to_string();
    let text = finish(home.command(&["erase", &id, "--entry", &entry, "--part", "answers"]).args(["--as", &ann]));
    assert!(text.out.contains("copies that are out stay out"), "{} {}", text.out, text.err);
    by_ann(&["erase", &id, "--entry", &entry, "--part", "rationale"]).done();
    assert_eq!(home.show(&id)["marks"], json!(["challenged"]));
    let (_, card) = cut(&home, "1.1.0");
    let disclosed = std::fs::read_to_string(home.path("1.1.0/ledger/disclosed.jsonl")).unwrap();
    assert!(!disclosed.contains("Neither holds warfarin."));
    assert!(!disclosed.contains(&format!("\"seq\":{entry}}}")), "her answers are not in it");
    assert!(!card.contains("Dr. Ann Lee"));
    holds(&home);
}

/// The same once the founding is over: two members of two institutions, seven days, and nothing is stamped `founding`.
#[test]
fn from_a_petition_to_gold_when_the_founding_is_over() {
    let home = people::grown();
    let entry = petition(&home, "newcomer");
    attest(&home, "rater-1", &entry).done();
    attest(&home, "rater-3", &entry).done();
    days(&home, "7d");
    let new = home.path("newcomer").display().to_string();
    let by_new = |arguments: &[&str]| with(&home, &new, arguments);
    by_new(&["status"]).done();
    credential(&home, "newcomer", "institution-9");
    by_new(&["terms", "set", "--guild", GUILD, "--uses", "train,publish_label,publish_answers"]).done();
    let judged = |id: &str| {
        let given = support::answers(&home.show(id)["asked"], Says::Wrong);
        let answers: Vec<&str> = given.iter().flat_map(|answer| ["--answer", answer.as_str()]).collect();
        let done = by_new(&[&["judge", id, "--rationale", "Neither holds."][..], &answers].concat()).done();
        home.judge("rater-5", id, Says::Wrong).done();
        done["event"].to_string()
    };
    let gold = home.fresh();
    judged(&gold);
    ["rater-2", "rater-4"].iter().for_each(|who| drop(home.by(who, &["review", &gold, "--sign"]).done()));
    assert_eq!(home.state(&gold), "gold");
    let agreed = home.fresh();
    let given = support::answers(&home.show(&agreed)["asked"], Says::Partly);
    let answers: Vec<&str> = given.iter().flat_map(|answer| ["--answer", answer.as_str()]).collect();
    let first = by_new(&[&["judge", agreed.as_str(), "--rationale", "At first."][..], &answers].concat()).done();
    let taken_back = {
        let given = support::answers(&home.show(&agreed)["asked"], Says::Wrong);
        let answers: Vec<&str> = given.iter().flat_map(|answer| ["--answer", answer.as_str()]).collect();
        let revised = by_new(&[&["revise", agreed.as_str(), "--rationale", "On reflection."][..], &answers].concat());
        home.judge("rater-5", &agreed, Says::Wrong).done();
        revised.done()["event"].to_string()
    };
    assert_eq!(home.state(&agreed), "agreed");
    let (made, card) = cut(&home, "1.0.0");
    assert_eq!(made["founding"], json!(false));
    assert!(released(&home, "1.0.0", &gold) && released(&home, "1.0.0", &agreed));
    assert!(!card.contains("Cut during the founding"));
    let shown = home.run(&["stake", "show", "--member", "newcomer"]).done();
    assert!(shown["guilds"][GUILD]["units"]["rater"].as_u64().unwrap() > 0, "{shown}");
    // what isn't gold is taken back, and the next release goes on without it
    let words = |entry: &str| -> u64 {
        let database = rusqlite::Connection::open(home.hall.join("hall.db")).unwrap();
        database.query_row("SELECT count(*) FROM bodies WHERE seq = ?1", [entry], |row| row.get(0)).unwrap()
    };
    assert!(words(&taken_back) >= 2);
    by_new(&["withdraw", &agreed]).done();
    for entry in [&taken_back, &first["event"].to_string()] {
        assert_eq!(words(entry), 0, "what is taken back is destroyed with its salt, and what it was before");
    }
    cut(&home, "1.1.0");
    assert!(released(&home, "1.1.0", &gold) && !released(&home, "1.1.0", &agreed));
    holds(&home);
}

#[test]
fn a_release_names_the_term_that_keeps_an_item_out() {
    let home = Home::demo();
    home.by("rater-1", &["terms", "set", "--guild", GUILD, "--uses", "train,evaluate,publish_label"]).done();
    home.by("rater-5", &["terms", "set", "--guild", GUILD, "--uses", "evaluate,publish_label,publish_answers"]).done();
    let settled = |who: [&str; 2]| {
        let id = home.fresh();
        who.iter().for_each(|who| drop(home.judge(who, &id, Says::Wrong).done()));
        assert_eq!(home.state(&id), "agreed");
        id
    };
    let unpublished = settled(["rater-1", "rater-3"]);
    let untrained = settled(["rater-3", "rater-5"]);
    let free = settled(["rater-3", "rater-6"]);
    let (made, card) = cut(&home, "1.0.0");
    assert_eq!(made["left_out"], json!({"publish_answers": 1, "train": 1}));
    assert!(released(&home, "1.0.0", &free));
    assert!(!released(&home, "1.0.0", &unpublished) && !released(&home, "1.0.0", &untrained));
    for term in ["publish_answers", "train"] {
        assert!(card.contains(&format!("settled items left out, since a contributor's terms don't allow `{term}`: 1")));
    }
    // what was given stays under its terms, whatever is set later
    home.by("rater-1", &["terms", "set", "--guild", GUILD, "--uses", "train,publish_label,publish_answers"]).done();
    assert_eq!(cut(&home, "1.0.1").0["left_out"], json!({"publish_answers": 1, "train": 1}));
    // before gold it is taken back, and leaves the next release
    let text = finish(home.command(&["withdraw", &free]).args(["--as", &home.key("rater-6").display().to_string()]));
    assert!(text.out.contains("left out of it"), "{}", text.out);
    cut(&home, "1.0.2");
    assert!(!released(&home, "1.0.2", &free));
    holds(&home);
}

#[test]
fn founders_adopt_a_constitution_together_and_entrenched_articles_stay() {
    let home = Home::demo();
    let path = home.hall.join("constitution.md");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(home.text(&["constitution", "diff"]).out.contains("to the byte"));
    let write = |from: &str, to: &str| {
        assert!(text.contains(from));
        std::fs::write(&path, text.replace(from, to)).unwrap();
    };
    write("limit_days = 360", "limit_days = 720");
    let diff = home.run(&["constitution", "diff"]).done();
    assert_eq!((&diff["breaks"], &diff["articles"][0]["article"]), (&json!(4), &json!(4)));
    let checked = home.run(&["constitution", "check"]);
    assert_eq!((checked.code, checked.json["faults"].as_array().unwrap().len()), (1, 1));
    let digest = |diff: &Value| diff["digest"].as_str().unwrap().to_owned();
    home.run(&["constitution", "adopt", &digest(&diff)]).refused("entrenched");

    write("objection_days = 7", "objection_days = 9");
    assert_eq!(home.run(&["constitution", "check"]).done()["faults"], json!([]));
    let diff = home.run(&["constitution", "diff"]).done();
    assert_eq!(
        diff["articles"],
        json!([{"article": 5, "title": "Members and credentials", "change": "changed", "entrenched": false}])
    );
    assert!(diff["diff"].as_str().unwrap().contains("+objection_days = 9"));
    let digest = digest(&diff);
    home.run(&["constitution", "adopt", &digest.replace(char::is_numeric, "0")]).usage("no text");
    let stranger = key(&home, "stranger");
    with(&home, &stranger, &["constitution", "adopt", &digest]).refused("stranger");
    let founders = ["you", "steward-1", "rater-1", "rater-2", "rater-3", "rater-4", "rater-5", "rater-6"];
    for who in &founders[..7] {
        assert_eq!(home.by(who, &["constitution", "adopt", &digest]).done()["adopted"], false);
    }
    home.run(&["constitution", "adopt", &digest]).refused("adoption");
    let shown = |home: &Home| home.text(&["constitution", "show", "5"]).out;
    assert!(shown(&home).contains("objection_days = 7"), "a changed file holds nothing until it is adopted");
    assert_eq!(home.by(founders[7], &["constitution", "adopt", &digest]).done()["adopted"], true);
    assert!(shown(&home).contains("objection_days = 9"));
    home.run(&["constitution", "adopt", &digest]).refused("adoption");
    holds(&home);
    // a release ships both texts, since acts were judged by both
    cut(&home, "1.0.0");
    assert_eq!(std::fs::read_dir(home.path("1.0.0/ledger/rules")).unwrap().count(), 4);

    days(&home, "400d");
    std::fs::write(&path, text.replace("objection_days = 7", "objection_days = 8")).unwrap();
    let later = home.run(&["constitution", "diff"]).done()["digest"].as_str().unwrap().to_owned();
    home.run(&["constitution", "adopt", &later]).refused("founding");
}

#[test]
fn founders_adopt_a_charter_together() {
    let home = Home::demo();
    let path = home.hall.join(format!("guilds/{GUILD}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("sign_offs = 2", "sign_offs = 1")).unwrap();
    let digest =
        home.run(&["charter", "check", &path.display().to_string()]).done()["digest"].as_str().unwrap().to_owned();
    let old = home.judge("rater-1", &home.fresh(), Says::Wrong).done();
    home.run(&["charter", "adopt", "civil-engineering", &digest]).usage("no text");
    for who in ["you", "steward-1", "rater-1", "rater-2", "rater-3", "rater-4", "rater-5", "rater-6"] {
        home.by(who, &["charter", "adopt", GUILD, &digest]).done();
    }
    assert_eq!(home.run(&["charter", "show", GUILD]).done()["digest"], digest.as_str());
    // an item that was begun goes on under the old one, the next under the new
    let new = home.judge("rater-1", &home.fresh(), Says::Wrong).done();
    let under = |done: &Value| {
        let entry = home.text(&["ledger", "entry", &done["event"].to_string()]).out;
        entry.contains(&format!("\"charter\":\"{digest}\""))
    };
    assert!(!under(&old) && under(&new));
    holds(&home);
    cut(&home, "1.0.0");
}

#[test]
fn everything_of_mine_comes_along() {
    let home = Home::demo();
    let id = home.fresh();
    home.judge("rater-1", &id, Says::Wrong).done();
    let out = home.path("mine").display().to_string();
    home.by("rater-1", &["member", "export"]).usage("--me");
    let told = home.by("rater-1", &["member", "export", "--me", "--output", &out]).done();
    home.by("rater-1", &["member", "export", "--me", "--output", &out]).usage("not empty");
    let files = support::files_below(&home.path("mine"));
    let member: Value = serde_json::from_slice(&files["member.json"]).unwrap();
    assert_eq!((&member["handle"], member["credentials"].as_array().unwrap().len()), (&json!("rater-1"), 2));
    assert!(member["stake"].as_str().unwrap().contains("stake show --member"));
    let shown = home.run(&["stake", "show", "--member", "rater-1"]).done();
    assert_eq!(member["stake_pending"][GUILD]["claim"], shown["guilds"][GUILD]["claim"]);
    let entries = files.keys().filter(|path| path.ends_with(".tlog-proof")).count();
    assert_eq!(told["entries"], entries);
    let taken = home.by("rater-1", &["member", "export", "--me"]).done();
    let taken: Vec<Value> = taken["entries"].as_array().unwrap().clone();
    // every text opens the commitment that its entry makes
    let mut opened = 0;
    for entry in &taken {
        let core: Value = serde_json::from_str(entry["entry"].as_str().unwrap().lines().nth(1).unwrap()).unwrap();
        for part in entry["parts"].as_array().unwrap() {
            let salt = data_encoding::HEXLOWER.decode(part["salt"].as_str().unwrap().as_bytes()).unwrap();
            let commit = guildhall::domain::commitment(&salt.try_into().unwrap(), &part["content"]).unwrap();
            assert!(core["body"].as_array().unwrap().iter().any(|one| one["commit"] == commit.as_str()));
            opened += 1;
        }
        assert_eq!(entry["own"] == true, core["actor"] == member["member"]);
        assert!(entry["proof"].as_str().unwrap().starts_with("c2sp.org/tlog-proof@v1\n"));
    }
    assert!(opened > 3 && taken.iter().any(|entry| entry["own"] == false), "entries that name them come along");
}

//! Stake by command, in a hall: the document, the release's file, how units are explained, and what happens to the ledger
//! meanwhile.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{GUILD, Home, Ran, Says, finish, guildhall};

fn register(home: &Home) -> Value {
    let told = home.run(&["stake", "show", "--guild", GUILD]).done();
    let members = told["members"].as_object().unwrap();
    let held: u64 = members.values().map(|claim| claim.as_u64().unwrap()).sum();
    assert_eq!(held + told["commons"].as_u64().unwrap(), 1_000_000, "{told}");
    assert!(members.values().all(|claim| claim.as_u64() <= told["caps"]["member"].as_u64()), "{told}");
    for held in told["institutions"]["members"].as_object().unwrap().values() {
        assert!(held.as_u64() <= told["caps"]["institution"].as_u64(), "{told}");
    }
    told
}

/// Units by handle, of all parts.
fn units(told: &Value) -> BTreeMap<String, u64> {
    let row = |row: &Value| {
        let units = row["units"].as_object().unwrap().values().map(|units| units.as_u64().unwrap()).sum();
        (row["handle"].as_str().unwrap().to_owned(), units)
    };
    told["rows"].as_array().unwrap().iter().map(row).collect()
}

/// A new gold item: rated by the first two, signed off by the others.
fn gold(home: &Home, raters: [&str; 2], reviewers: [&str; 2]) -> String {
    let id = home.fresh();
    raters.iter().for_each(|who| drop(home.judge(who, &id, Says::Wrong).done()));
    reviewers.iter().for_each(|who| drop(home.by(who, &["review", &id, "--sign"]).done()));
    assert_eq!(home.state(&id), "gold");
    id
}

fn cut(home: &Home, version: &str) -> String {
    let dir = home.path(version).display().to_string();
    home.run(&["release", "cut", "--guild", GUILD, "--version", version, "--output", &dir]).done();
    dir
}

fn verify(dir: &str) -> Ran {
    finish(guildhall().args(["verify", dir, "--json"]))
}

#[test]
fn the_document_is_the_register_and_a_release_holds_the_same() {
    let home = Home::demo();
    let told = register(&home);
    assert_eq!((&told["total"], &told["status"]), (&json!(1_000_000), &json!("pending")));
    let labels = told["labels"].as_u64().unwrap();
    assert!(labels > 0);
    assert_eq!(units(&told).values().sum::<u64>(), labels * 1_000_000, "each label is paid out whole");
    let shares: Vec<f64> = told["members"].as_object().unwrap().values().map(|claim| claim.as_f64().unwrap()).collect();
    let sum: f64 = shares.iter().sum();
    let index: f64 = shares.iter().map(|share| (share / sum).powi(2)).sum();
    assert!((told["herfindahl"].as_f64().unwrap() - index).abs() < 1e-5);
    assert!(told["nakamoto"].as_u64().unwrap() >= 1);

    let dir = cut(&home, "1.0.0");
    assert_eq!(verify(&dir).done()["ok"], true);
    let file = std::fs::read_to_string(home.path("1.0.0/stake.csv")).unwrap();
    let rows: Vec<Vec<&str>> = file.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let sum: u64 = rows.iter().map(|row| row[8].parse::<u64>().unwrap()).sum();
    assert_eq!(sum, 1_000_000);
    for row in &rows {
        let known = if row[0] == "commons" { &told["commons"] } else { &told["members"][row[0]] };
        assert_eq!(known.to_string(), row[8], "{row:?}");
    }
    let members = std::fs::read_to_string(home.path("1.0.0/ledger/members.jsonl")).unwrap();
    let known: BTreeMap<String, Value> = members
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| (row["actor"].as_str().unwrap().to_owned(), row["institution"].clone()))
        .collect();
    for row in rows.iter().filter(|row| row[0] != "commons") {
        assert_eq!(known[row[0]], row[1], "nothing is disclosed here that isn't there");
    }
    assert_eq!(rows.len(), told["rows"].as_array().unwrap().len() + 1);
    let sums = std::fs::read_to_string(home.path("1.0.0/SHA256SUMS")).unwrap();
    assert!(sums.contains("  stake.csv\n"));
    let card = std::fs::read_to_string(home.path("1.0.0/README.md")).unwrap();
    assert!(card.contains("## Stake") && card.contains("never a vote"), "{card}");
}

/// Weakness: who cuts a release writes its files.
/// Scenario: a host moves a thousandth from the commons to a friend, and mends the sums.
/// Verified: whoever verifies computes the register again from the ledger, and is told the file, the byte and what to check.
#[test]
fn a_register_that_a_host_wrote_is_found_out() {
    let home = Home::demo();
    let dir = cut(&home, "1.0.0");
    let path = home.path("1.0.0/stake.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let add = |line: &str, by: i64| {
        let (rest, claim) = line.rsplit_once(',').unwrap();
        format!("{rest},{}", claim.parse::<i64>().unwrap() + by)
    };
    let last = text.lines().count() - 1;
    let forged: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(n, line)| match n {
            1 => add(line, 1_000),
            n if n == last => add(line, -1_000),
            _ => line.to_owned(),
        })
        .collect();
    std::fs::write(&path, forged.join("\n") + "\n").unwrap();
    let digest = |text: &str| guildhall::domain::Digest::of(text.as_bytes()).to_string();
    let sums = std::fs::read_to_string(home.path("1.0.0/SHA256SUMS")).unwrap();
    let sums = sums.replace(&digest(&text), &digest(&(forged.join("\n") + "\n")));
    std::fs::write(home.path("1.0.0/SHA256SUMS"), sums).unwrap();
    let found = verify(&dir);
    assert_eq!((found.code, &found.json["fault"]["file"]), (1, &json!("stake.csv")));
    assert!(found.json["fault"]["check"].as_str().unwrap().contains("article 20"), "{}", found.json);
}

#[test]
fn units_are_explained_by_label_item_and_member() {
    let home = Home::demo();
    let id = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    let told = home.run(&["stake", "explain", &id]).done();
    let labels = told["labels"].as_array().unwrap();
    let parts = labels[0]["parts"].as_array().unwrap();
    let named = |part: usize| -> Vec<(&str, u64)> {
        let members = parts[part]["members"].as_array().unwrap().iter();
        members.map(|one| (one["handle"].as_str().unwrap(), one["units"].as_u64().unwrap())).collect()
    };
    assert_eq!(named(0), [("steward-1", 111_111)]);
    assert_eq!(named(1).iter().map(|(_, units)| units).sum::<u64>(), 666_667);
    assert_eq!(parts[2]["members"], json!([]), "there was nothing to rule on");
    assert_eq!(named(3).iter().map(|(_, units)| *units).collect::<Vec<_>>(), [111_111, 111_111]);
    let one = home.run(&["stake", "explain", labels[0]["label"].as_str().unwrap()]).done();
    assert_eq!(one["labels"], json!([labels[0]]));
    let text = home.text(&["stake", "explain", &id]).out;
    for words in ["nobody draws as adjudicator", "by the weight of their class", "split of the charter revision"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let ruled =
        register(&home)["rows"].as_array().unwrap().iter().find(|row| row["units"]["adjudicator"] != 0).cloned();
    let ruler = ruled.unwrap()["handle"].as_str().unwrap().to_owned();
    let by_ruling = home.run(&["stake", "explain", &ruler]).done();
    let drawn = |label: &Value| label["parts"][2]["members"][0]["handle"] == ruler.as_str();
    let ruled = by_ruling["labels"].as_array().unwrap().iter().find(|label| drawn(label)).unwrap();
    let units: Vec<u64> =
        ruled["parts"].as_array().unwrap().iter().map(|part| part["units"].as_u64().unwrap()).collect();
    assert_eq!(units, [100_000, 600_000, 100_000, 200_000], "every part was needed");
    let own = home.run(&["stake", "explain", "rater-3"]).done();
    let all: u64 = ["cardiology", "civil-engineering"]
        .iter()
        .map(|guild| {
            crate::stake_commands::units(&home.run(&["stake", "show", "--guild", guild]).done())
                .get("rater-3")
                .copied()
                .unwrap_or(0)
        })
        .sum();
    assert_eq!(own["units"].as_u64(), Some(all), "label by label it is what the registers hold");
    let shown = home.run(&["stake", "show", "--member", "rater-3"]).done();
    assert_eq!(shown["guilds"][GUILD]["claim"], register(&home)["members"][shown["member"].as_str().unwrap()]);
    assert!(home.text(&["stake", "show", "--member", "rater-3"]).out.contains("units as rater"));
    let open = home.fresh();
    assert_eq!(home.run(&["stake", "explain", &open]).done()["reason"], "it is open; only gold counts");
    home.run(&["stake", "explain", "nobody-knows"]).usage("no label (lb_...), item (it_...) or member");
    home.run(&["stake", "show", "--guild", "nowhere"]).usage("nowhere");
    let model = home.run(&["stake", "show", "--model", "any"]);
    assert_eq!((model.code, &model.json["ratified"]), (1, &json!(false)));
}

#[test]
fn a_hall_without_gold_has_a_commons_alone() {
    let home = Home::founded();
    let told = register(&home);
    assert_eq!((&told["commons"], &told["members"]), (&json!(1_000_000), &json!({})));
    assert_eq!((&told["herfindahl"], &told["nakamoto"], &told["alarms"]), (&json!(0.0), &json!(0), &json!([])));
    assert!(
        home.text(&["stake", "show", "--guild", GUILD]).out.contains("the whole register of 1000000 is the commons'")
    );
}

/// Weakness: stake could outlive the work it stands for.
/// Scenario: gold that a release published is withdrawn by a steward; an answer that other gold rests on is erased by its author.
/// Verified: the first counts for nobody in the next register and release. The second stands, marked, until it is ruled on, so
/// it counts still, whole, for those whose answers it rests on: who took theirs back draws nothing, and a ruling may end it.
#[test]
fn what_is_withdrawn_or_erased_counts_no_more() {
    let home = Home::demo();
    let before = register(&home);
    let withdrawn = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    let erased = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    let of_item = home.run(&["stake", "explain", &erased]).done()["labels"].as_array().unwrap().len() as u64;
    let with = register(&home);
    assert_eq!(with["labels"].as_u64(), before["labels"].as_u64().map(|labels| labels + 2 * of_item));
    assert_eq!(with["published"], before["labels"], "the demo's release holds what was gold then");
    cut(&home, "1.0.0");
    assert_eq!(register(&home)["published"], with["labels"]);
    let take_out = |id: &str| {
        home.run(&["item", "withdraw", id, "--article", "15", "--reason", "A case of its own."]).done();
        home.run(&["stake", "explain", id]).done()["reason"].as_str().unwrap().to_owned()
    };
    assert!(take_out(&withdrawn).starts_with("void: release 1.0.0 published it, and entry "));
    let unpublished = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    assert_eq!(register(&home)["published"].as_u64().map(|labels| labels + of_item), with["labels"].as_u64());
    assert_eq!(take_out(&unpublished), "it was withdrawn, and no release had published it as it was");
    let void = register(&home)["void"].clone();
    assert_eq!((&void[0]["item"], &void[0]["labels"], &void[1]), (&json!(withdrawn), &json!(of_item), &json!(null)));
    let told = home.text(&["stake", "show", "--guild", GUILD]).out;
    assert!(told.contains(&format!("; void: {of_item} labels, whose items were withdrawn after a release")), "{told}");
    let judged = home.by("rater-3", &["item", "show", &erased]).done();
    let own = judged["judgements"].as_array().unwrap().iter().find(|one| one["own"] == true).unwrap().clone();
    let entry = own["seq"].as_u64().or(own["entry"].as_u64()).unwrap().to_string();
    home.by("rater-3", &["erase", &erased, "--entry", &entry, "--part", "answers"]).done();
    let after = register(&home);
    assert_eq!(after["labels"].as_u64(), before["labels"].as_u64().map(|labels| labels + of_item));
    assert_eq!(units(&after)["rater-3"], units(&before)["rater-3"]);
    assert_eq!(units(&after).values().sum::<u64>(), units(&before).values().sum::<u64>() + of_item * 1_000_000);
    assert_eq!(home.show(&erased)["marks"], json!(["challenged"]));
    assert_eq!(verify(&cut(&home, "1.1.0")).done()["ok"], true);
}

/// Weakness: terms that keep an item out of releases could still earn for what is never published.
/// Scenario: a rater whose terms don't let answers be published makes gold with another.
/// Verified: the register doesn't count it, and says how many labels are kept out.
#[test]
fn gold_that_terms_keep_out_earns_nothing() {
    let home = Home::demo();
    let before = register(&home);
    home.by("rater-1", &["terms", "set", "--guild", GUILD, "--uses", "train,evaluate,publish_label"]).done();
    let id = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    let after = register(&home);
    assert_eq!((units(&after), &after["labels"]), (units(&before), &before["labels"]));
    assert!(after["kept_out"].as_u64() > before["kept_out"].as_u64());
    assert!(home.run(&["stake", "explain", &id]).done()["reason"].as_str().unwrap().contains("terms"));
}

/// Weakness: one house under two names has two caps.
/// Scenario: two institutions of the demo are one owner's; a steward joins them under an article.
/// Verified: the next register counts them as one, under one cap, and so does the release's file, which verifies.
#[test]
fn joined_institutions_have_one_cap() {
    let home = Home::demo();
    let houses = |told: &Value| told["institutions"]["members"].as_object().unwrap().len();
    let before = register(&home);
    let names = ["institution", "join", "institution-2", "institution-1"];
    home.run(&[&names[..], &["--article", "12", "--reason", "One owner, two names."]].concat()).done();
    let after = register(&home);
    assert_eq!(houses(&after), houses(&before) - 1);
    assert!(after["commons"].as_u64() > before["commons"].as_u64(), "together they are over it: {after}");
    assert_eq!(units(&after), units(&before), "what was done stays as it was done");
    assert_eq!(verify(&cut(&home, "1.0.0")).done()["ok"], true);
}

/// Weakness: founders could change the split once they see who worked.
/// Scenario: after gold is made, the charter is changed to give its raters nothing; then another item is judged.
/// Verified: the old label is split as it was when it was judged; the new split holds for the new item alone.
#[test]
fn a_charter_adopted_later_changes_no_split_of_before() {
    let home = Home::demo();
    let old = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    let explained = || home.run(&["stake", "explain", &old]).done()["labels"].clone();
    let before = explained();
    let charter = home.hall.join(format!("guilds/{GUILD}.toml"));
    let text = std::fs::read_to_string(&charter).unwrap();
    let greedy = text.replace("author = 100_000\nraters = 600_000", "author = 700_000\nraters = 0");
    assert_ne!(greedy, text);
    std::fs::write(&charter, greedy).unwrap();
    let checked = home.run(&["charter", "check", &charter.display().to_string()]).done();
    let digest = checked["digest"].as_str().unwrap();
    for who in ["you", "steward-1", "rater-1", "rater-2", "rater-3", "rater-4", "rater-5", "rater-6"] {
        home.by(who, &["charter", "adopt", GUILD, digest]).done();
    }
    assert_eq!(explained(), before);
    let new = gold(&home, ["rater-1", "rater-3"], ["rater-2", "rater-5"]);
    let told = home.run(&["stake", "explain", &new]).done();
    let parts = &told["labels"][0]["parts"];
    assert_eq!((&parts[1]["split"], &parts[1]["units"]), (&json!(0), &json!(0)), "{parts}");
    assert_eq!(explained(), before);
    assert_eq!(verify(&cut(&home, "1.0.0")).done()["ok"], true);
}

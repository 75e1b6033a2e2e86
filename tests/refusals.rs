//! Every rule that says no to an act on an item, from outside: the rule's name, an article, exit 1, and nothing changed.
//! Refusals of stewards' acts stand where those acts are tested.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::{GUILD, Home, Says};

const OUTPUT: &str = r#"{"prompt": "Which dose?", "outputs": [{"text": "Ten."}, {"text": "Two."}]}"#;

/// Board raters, with the professional rater of the same institution.
const COLLEAGUES: [(&str, &str); 3] = [("rater-1", "rater-2"), ("rater-3", "rater-4"), ("rater-5", "rater-6")];

/// Whether the ledger grew while `act` ran.
#[track_caller]
fn nothing_changes(home: &Home, act: impl FnOnce(&Home)) {
    let size =
        |home: &Home| home.run(&["ledger", "log", "--limit", "100000"]).done()["entries"].as_array().unwrap().len();
    let before = size(home);
    act(home);
    assert_eq!(size(home), before, "a refused act leaves no entry");
}

#[test]
fn nobody_judges_twice() {
    let home = Home::demo();
    let id = home.pick("open", |acts| acts.judged.len() == 1);
    let who = home.acts()[&id].judged[0].clone();
    nothing_changes(&home, |home| home.judge(&who, &id, Says::Partly).refused("judged-already"));
    home.by(&who, &["claim", &id]).refused("judged-already");
    home.by(&who, &["withdraw", &id]).done();
    home.judge(&who, &id, Says::Partly).refused("judged-already");
    home.by(&who, &["skip", &id, "--reason", "Enough."]).refused("judged-already");
}

#[test]
fn nobody_judges_past_the_overlap() {
    let home = Home::demo();
    let full = home.pick("disputed", |acts| !acts.knows("you"));
    nothing_changes(&home, |home| home.judge("you", &full, Says::Wrong).refused("overlap-full"));
    home.run(&["claim", &full]).refused("overlap-full");
    let agreed = home.pick("agreed", |acts| !acts.knows("you"));
    home.judge("you", &agreed, Says::Wrong).refused("item-closed");
}

#[test]
fn nobody_judges_under_another_s_lease() {
    let home = Home::demo();
    let id = home.pick("open", |acts| acts.judged == ["rater-2"]);
    home.by("rater-3", &["claim", &id]).done();
    nothing_changes(&home, |home| home.judge("rater-6", &id, Says::Wrong).refused("leased"));
    home.by("rater-6", &["claim", &id]).refused("leased");
    let next = home.by("rater-6", &["claim", "--guild", GUILD]).done();
    assert_ne!(next["id"], *id, "the next item is one that takes them");
    home.judge("rater-3", &id, Says::Wrong).done();
}

#[test]
fn nobody_acts_without_eligibility() {
    let home = Home::demo();
    let file = home.file("other.jsonl", OUTPUT);
    home.run(&["import", &file, "--guild", GUILD]).done();
    let imported = home.ids(GUILD, None).last().unwrap().clone();
    let disputed = home.fresh();
    for (who, says) in [("rater-1", Says::Wrong), ("rater-3", Says::Partly), ("rater-2", Says::First)] {
        home.judge(who, &disputed, says).done();
    }
    nothing_changes(&home, |home| {
        home.judge("steward-1", &home.fresh(), Says::Wrong).refused("own-import");
        home.judge("steward-1", &imported, Says::Wrong).refused("role");
        home.rule("rater-6", &disputed, Says::Wrong).refused("role");
        let agreed = home.ids(GUILD, Some("agreed"))[0].clone();
        home.by("steward-1", &["review", &agreed, "--sign"]).refused("own-import");
    });
    let other = Home::founded();
    let stranger = other.key("steward").display().to_string();
    home.run(&["--as", &stranger, "queue"]).refused("stranger");
}

#[test]
fn nobody_rules_on_what_they_rated_or_their_colleagues_did() {
    let home = Home::demo();
    let rated = home.pick("disputed", |acts| acts.has_judged("rater-1"));
    let colleague = |acts: &support::Acts| {
        COLLEAGUES.into_iter().find(|(a, b)| !acts.knows(a) && acts.has_judged(b)).map(|(a, _)| a)
    };
    let near = home.pick("disputed", |acts| colleague(acts).is_some());
    let who = colleague(&home.acts()[&near]).unwrap();
    nothing_changes(&home, |home| {
        home.rule("rater-1", &rated, Says::Wrong).refused("adjudicator-rated");
        home.rule(who, &near, Says::Wrong).refused("adjudicator-institution");
        home.by(who, &["dispute", "ask-rater", &near]).refused("adjudicator-institution");
        home.by(who, &["recuse", &near, "--reason", "A colleague."]).refused("adjudicator-institution");
    });
}

#[test]
fn nobody_reviews_what_they_rated_or_ruled() {
    let home = Home::demo();
    let rated = home.pick("agreed", |_| true);
    let rater = home.acts()[&rated].judged[0].clone();
    let ruled = home.pick("adjudicated", |acts| !acts.ruled.is_empty());
    let ruler = home.acts()[&ruled].ruled[0].clone();
    nothing_changes(&home, |home| {
        home.by(&rater, &["review", &rated, "--sign"]).refused("reviewer-rated");
        home.by(&rater, &["review", &rated, "--return", "--reason", "No."]).refused("reviewer-rated");
        home.by(&ruler, &["review", &ruled, "--sign"]).refused("reviewer-ruled");
    });
    let once = home.pick("agreed", |acts| !acts.knows("you"));
    home.run(&["review", &once, "--sign"]).done();
    home.run(&["review", &once, "--sign"]).refused("reviewed-already");
    home.run(&["review", &home.fresh(), "--sign"]).refused("not-reviewable");
    home.run(&["review", &once, "--return", "--reason", " "]).refused("reviewed-already");
    let other = home.pick("agreed", |acts| !acts.knows("you") && acts.signed.is_empty());
    home.run(&["review", &other, "--return", "--reason", " "]).refused("reason-required");
}

#[test]
fn a_sign_off_from_outside_the_ruler_s_institution_is_needed() {
    let home = Home::demo();
    let id = home.fresh();
    for (who, says) in [("rater-1", Says::Wrong), ("rater-3", Says::Partly), ("rater-2", Says::First)] {
        home.judge(who, &id, says).done();
    }
    home.rule("rater-5", &id, Says::Partly).done();
    home.by("rater-6", &["review", &id, "--sign"]).done();
    home.by("rater-4", &["review", &id, "--sign"]).done();
    assert_eq!(home.state(&id), "gold", "one of the two is from outside");
}

#[test]
fn gold_is_touched_by_challenge_only() {
    let home = Home::demo();
    let id = home.pick("gold", |acts| !acts.knows("you"));
    let rater = home.acts()[&id].judged[0].clone();
    let asked = home.show(&id)["asked"].clone();
    nothing_changes(&home, |home| {
        home.judge("you", &id, Says::Wrong).refused("gold-by-challenge-only");
        home.rule_on(&asked, ("you", &id), Says::Wrong).refused("gold-by-challenge-only");
        home.run(&["review", &id, "--sign"]).refused("gold-by-challenge-only");
        home.by(&rater, &["withdraw", &id]).refused("gold-by-challenge-only");
        home.run(&["flag", &id, "--kind", "broken", "--reason", "Odd."]).refused("gold-by-challenge-only");
        home.run(&["challenge", &id, "--reason", ""]).refused("reason-required");
        home.run(&["challenge", &home.fresh(), "--reason", "Why not."]).refused("not-gold");
    });
    home.by("rater-6", &["challenge", &id, "--reason", "It is wrong."]).done();
    home.by("rater-5", &["challenge", &id, "--reason", "It is."]).refused("challenged-already");
}

#[test]
fn who_brought_an_item_neither_judges_it_nor_rules_on_it_nor_reviews_it() {
    let home = Home::demo();
    let file = home.file("own.jsonl", OUTPUT);
    home.run(&["import", &file, "--guild", GUILD]).done();
    let id = home.ids(GUILD, None).last().unwrap().clone();
    nothing_changes(&home, |home| home.judge("you", &id, Says::Wrong).refused("own-import"));
    home.run(&["claim", &id]).refused("own-import");
    home.judge("rater-1", &id, Says::Wrong).done();
    let parted = [("rater-3", Says::Partly), ("rater-2", Says::First)];
    parted.into_iter().for_each(|(who, says)| drop(home.judge(who, &id, says).done()));
    nothing_changes(&home, |home| {
        home.rule("you", &id, Says::Wrong).refused("own-import");
        home.run(&["recuse", &id, "--reason", "I brought it."]).refused("own-import");
        home.run(&["dispute", "ask-rater", &id]).refused("own-import");
    });
    home.rule("rater-5", &id, Says::Wrong).done();
    nothing_changes(&home, |home| home.run(&["review", &id, "--sign"]).refused("own-import"));
    home.by("rater-4", &["review", &id, "--sign"]).done();
}

#[test]
fn answers_keep_to_the_charter() {
    let home = Home::demo();
    let id = home.fresh();
    let asked = home.show(&id)["asked"].clone();
    let good = support::answers(&asked, Says::Wrong);
    let judge = |answers: &[String], more: &[&str]| {
        let mut arguments = vec!["judge", id.as_str()];
        arguments.extend(answers.iter().flat_map(|answer| ["--answer", answer.as_str()]));
        arguments.extend(more);
        home.by("rater-1", &arguments)
    };
    let with = |from: &str, to: &str| good.iter().map(|answer| answer.replace(from, to)).collect::<Vec<_>>();
    nothing_changes(&home, |_| {
        judge(&good[1..], &["--rationale", "Why."]).refused("answers");
        judge(&with("correct@1=no", "correct@1=perhaps"), &["--rationale", "Why."]).refused("answers");
        judge(&with("complete@1=1", "complete@1=9"), &["--rationale", "Why."]).refused("answers");
        judge(&with("correct@1", "correct@3"), &["--rationale", "Why."]).refused("answers");
        judge(&with("better", "nothing"), &["--rationale", "Why."]).refused("answers");
        judge(&good, &[]).refused("rationale-required");
        judge(&good, &["--rationale", "  \n"]).refused("rationale-required");
    });
    let why = format!("@{}", home.file("why.txt", "Because.\n"));
    let done = judge(&good, &["--rationale", &why, "--confidence", "80", "--seconds", "90"]).done();
    assert_eq!(done["state"], "open");
    let own = home.by("rater-1", &["item", "show", &id]).done();
    assert_eq!(own["judgements"][0]["rationale"], "Because.\n");
}

#[test]
fn a_ruling_answers_what_is_disputed_with_an_opinion() {
    let home = Home::demo();
    let id = home.pick("disputed", |acts| !acts.knows("you"));
    let given = support::answers(&home.show(&id)["disputed"], Says::Wrong);
    let rule = |answers: &[String], opinion: &str| {
        let mut arguments = vec!["adjudicate", id.as_str(), "--opinion", opinion];
        arguments.extend(answers.iter().flat_map(|answer| ["--answer", answer.as_str()]));
        home.run(&arguments)
    };
    nothing_changes(&home, |_| {
        rule(&given, " ").refused("opinion-required");
        if given.len() > 1 {
            rule(&given[1..], "Why.").refused("answers");
        }
        let more = [given.as_slice(), &["safe@1=no".to_owned()]].concat();
        rule(&more, "Why.").refused("answers");
    });
    home.run(&["review", &id, "--sign"]).refused("not-reviewable");
    rule(&given, "Why.").done();
    rule(&given, "Why.").refused("not-disputed");
}

#[test]
fn recused_is_recused_and_one_more_rater_is_asked_once() {
    let home = Home::demo();
    let parted = [("rater-1", Says::Wrong), ("rater-3", Says::Partly), ("rater-2", Says::First)];
    let id = home.fresh();
    parted.into_iter().for_each(|(who, says)| drop(home.judge(who, &id, says).done()));
    home.run(&["recuse", &id, "--reason", ""]).refused("reason-required");
    home.run(&["recuse", &id, "--reason", "I know the author."]).done();
    home.rule("you", &id, Says::Wrong).refused("recused");
    home.rule("rater-5", &id, Says::Wrong).done();
    home.run(&["review", &id, "--sign"]).refused("recused");

    let id = home.fresh();
    parted.into_iter().for_each(|(who, says)| drop(home.judge(who, &id, says).done()));
    assert_eq!(home.run(&["dispute", "ask-rater", &id]).done()["state"], "open");
    home.run(&["dispute", "ask-rater", &id]).refused("not-disputed");
    home.judge("rater-6", &id, Says::First).done();
    if home.state(&id) == "disputed" {
        home.run(&["dispute", "ask-rater", &id]).refused("extra-rater-once");
    }
}

/// Weakness: who works at one house may own a part of another.
/// Scenario: rater-5 declares an interest in institution-1; its people then have a part in items that rater-5 could rule on or
/// review.
/// Verified: they do neither, until they say that the interest has ended; it is there for all to see; others' items are open.
#[test]
fn a_declared_interest_leaves_the_item_to_others() {
    let home = Home::demo();
    let says = [("rater-2", Says::Wrong), ("rater-4", Says::Partly), ("you", Says::First)];
    let disputed = home.fresh();
    says.into_iter().for_each(|(who, says)| drop(home.judge(who, &disputed, says).done()));
    let [agreed, elsewhere] = [["rater-2", "rater-4"], ["rater-3", "you"]].map(|raters| {
        let id = home.fresh();
        raters.into_iter().for_each(|who| drop(home.judge(who, &id, Says::Wrong).done()));
        id
    });
    let declare =
        |who: &str, more: &[&str]| home.by(who, &[&["institution", "interest", "institution-1"], more].concat());
    declare("rater-5", &["--end"]).refused("interest");
    home.by("rater-5", &["institution", "interest", "nowhere"]).usage("nowhere");
    declare("rater-5", &[]).done();
    declare("rater-5", &[]).refused("interest");
    nothing_changes(&home, |home| {
        home.rule("rater-5", &disputed, Says::Wrong).refused("interest");
        home.by("rater-5", &["review", &agreed, "--sign"]).refused("interest");
    });
    home.by("rater-5", &["review", &elsewhere, "--sign"]).done();
    let listed = home.run(&["member", "list"]).done();
    let row = listed["members"].as_array().unwrap().iter().find(|row| row["handle"] == "rater-5").unwrap().clone();
    assert_eq!(row["notes"][0], "has an interest in institution-1");
    declare("rater-5", &["--end"]).done();
    home.by("rater-5", &["review", &agreed, "--sign"]).done();
}

#[test]
fn nobody_talks_about_an_item_while_it_is_rated() {
    let home = Home::demo();
    let note = |who: &str, id: &str| home.by(who, &["note", id, "--text", "The second row is decisive."]);
    let id = home.fresh();
    home.judge("rater-1", &id, Says::Wrong).done();
    nothing_changes(&home, |_| {
        note("rater-1", &id).refused("discussion");
        note("steward-1", &id).refused("discussion");
    });
    for (who, says) in [("rater-3", Says::Partly), ("rater-2", Says::First)] {
        home.judge(who, &id, says).done();
    }
    assert_eq!(home.state(&id), "disputed");
    nothing_changes(&home, |_| note("rater-6", &id).refused("discussion"));
    home.by("rater-1", &["note", &id, "--text", " "]).refused("reason-required");
    note("rater-1", &id).done();
    note("you", &id).done();
    let read = |who: &str| home.by(who, &["item", "show", &id]).done()["notes"].as_array().unwrap().clone();
    let said = read("you");
    assert_eq!(said.len(), 2);
    assert!(said[0]["by"].as_str().unwrap().starts_with("rater ") && said[0]["own"] == false && said[1]["own"] == true);
    assert_eq!(said[0]["text"], "The second row is decisive.");
    assert!(read("rater-6").is_empty(), "who may still judge it reads nothing");

    // one more rater is asked: nobody who read the others' answers changes theirs, and nobody talks
    home.run(&["dispute", "ask-rater", &id]).done();
    nothing_changes(&home, |home| {
        home.say("rater-1", "revise", &id, Says::First).refused("item-closed");
        note("rater-1", &id).refused("discussion");
    });
    assert!(read("rater-1").is_empty());
    home.judge("rater-6", &id, Says::First).done();
    assert_eq!(read("rater-6").len(), 2, "who judged it reads what was said");
    let entry = said[0]["entry"].to_string();
    home.by("rater-1", &["erase", &id, "--entry", &entry, "--part", "note"]).done();
    assert!(read("you")[0]["text"].is_null());
    home.ledger().done();
}

#[test]
fn what_is_not_yours_or_is_opened_is_not_revised() {
    let home = Home::demo();
    let open = home.pick("open", |acts| acts.judged == ["rater-2"]);
    let disputed = home.pick("disputed", |acts| acts.has_judged("rater-1"));
    nothing_changes(&home, |home| {
        home.say("rater-4", "revise", &open, Says::First).refused("not-own");
        home.by("rater-4", &["withdraw", &open]).refused("not-own");
        home.say("rater-1", "revise", &disputed, Says::First).refused("item-closed");
    });
    home.by("rater-4", &["skip", &open, "--reason", " "]).refused("reason-required");
    home.by("rater-4", &["skip", &open, "--reason", "Not my field."]).done();
    home.by("rater-4", &["skip", &open, "--reason", "Not my field."]).refused("skipped-already");
}

#[test]
fn stewards_withdraw_items_under_an_article() {
    let home = Home::demo();
    let id = home.ids(GUILD, Some("agreed"))[0].clone();
    let articles = home.run(&["constitution", "show"]).done();
    let article = articles["articles"][0]["number"].to_string();
    let withdraw = |who: &str, article: &str, reason: &str| {
        home.by(who, &["item", "withdraw", &id, "--article", article, "--reason", reason])
    };
    nothing_changes(&home, |_| {
        withdraw("rater-1", &article, "No.").refused("steward-only");
        withdraw("you", "9999", "No.").refused("article-required");
        withdraw("you", &article, "").refused("reason-required");
    });
    assert_eq!(withdraw("you", &article, "It names a patient.").done()["state"], "withdrawn");
    assert_eq!(home.ids(GUILD, Some("withdrawn")), std::slice::from_ref(&id));
    home.judge("you", &id, Says::Wrong).refused("item-closed");
    home.run(&["review", &id, "--sign"]).refused("item-closed");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn texts_are_erased_by_their_author_or_by_a_steward_under_an_article() {
    let home = Home::demo();
    let article = home.run(&["constitution", "show"]).done()["articles"][0]["number"].to_string();
    let id = home.pick("agreed", |acts| acts.judged.len() == 2);
    let raters = home.acts()[&id].judged.clone();
    let mine = home.by(&raters[0], &["item", "show", &id]).done();
    let judgements = mine["judgements"].as_array().unwrap();
    let own = judgements.iter().find(|judgement| judgement["own"] == true).unwrap();
    let (entry, theirs) = (own["entry"].to_string(), judgements.iter().find(|j| j["own"] == false).unwrap());
    let erase = |who: &str, entry: &str, more: &[&str]| {
        home.by(who, &[&["erase", id.as_str(), "--entry", entry], more].concat())
    };
    nothing_changes(&home, |_| {
        erase(&raters[1], &entry, &[]).refused("erasure");
        erase("you", &entry, &[]).refused("article-required");
        erase(&raters[0], &entry, &["--part", "opinion"]).usage("opinion");
    });
    erase(&raters[0], &entry, &[]).done();
    erase(&raters[0], &entry, &[]).usage("rationale");
    erase("you", &theirs["entry"].to_string(), &["--article", &article]).done();
    let shown = home.show(&id);
    assert!(shown["judgements"].as_array().unwrap().iter().all(|judgement| judgement["rationale"].is_null()));
    assert_eq!(shown["state"], "agreed", "a rationale decides nothing");
    erase(&raters[0], &entry, &["--part", "answers"]).done();
    assert_eq!(home.state(&id), "open", "without its answers the judgement doesn't count");
    let verified = home.ledger().done();
    assert_eq!((&verified["ok"], &verified["erased"]), (&json!(true), &json!(3)));
}

#[test]
fn members_and_credentials() {
    let home = Home::demo();
    let added = home.run(&["member", "add", "rater-9"]).done();
    assert!(added["key"].as_str().is_some_and(|key| key.ends_with("keys/rater-9")), "{added}");
    let attest = |who: &str, whom: &str, class: &str, expires: &str| {
        let institution = ["--institution", "Somewhere", "--expires", expires];
        home.by(who, &[&["credential", "attest", whom, "--guild", GUILD, "--class", class], &institution[..]].concat())
    };
    let id = home.fresh();
    home.judge("rater-9", &id, Says::Wrong).refused("role");
    nothing_changes(&home, |home| {
        attest("you", "you", "board", "2099-01-01").refused("own-credential");
        attest("you", "rater-9", "wizard", "2099-01-01").refused("credential");
        attest("you", "rater-9", "board", "2001-01-01").refused("credential");
        attest("rater-9", "rater-1", "board", "2099-01-01").refused("steward-only");
        attest("you", "nobody-here", "board", "2099-01-01").usage("nobody-here");
        home.by("rater-1", &["member", "add", "rater-10"]).refused("steward-only");
        assert!(!home.key("rater-10").exists(), "the key made for a refused member is gone");
        let key = home.key("rater-1").display().to_string();
        home.run(&["--as", &key, "member", "add", "rater-10"]).refused("steward-only");
        home.run(&["member", "add", "rater-9"]).usage("rater-9");
        let known = home.hall.join("keys/rater-1.pub").display().to_string();
        home.run(&["member", "add", "twin", "--key", &known]).refused("member-exists");
    });
    attest("you", "rater-9", "board", "2099-01-01").done();
    home.judge("rater-9", &id, Says::Wrong).done();
}

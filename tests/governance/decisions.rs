//! Decisions of a hall's members: majority, quorum, who may vote and who is recused come from the constitution and the ledger.

use serde_json::json;

use crate::support::{GUILD, Home, Ran, Says};

/// Ballots of members, and the count.
fn decided(home: &Home, what: &str, default: &str, ballots: &[(&str, &str)]) -> Ran {
    counted(home, (what, default), ballots, &[])
}

fn counted(home: &Home, (what, default): (&str, &str), ballots: &[(&str, &str)], more: &[&str]) -> Ran {
    let rows: String = ballots.iter().map(|(who, ranking)| format!("{who},{ranking}\n")).collect();
    let file = home.file("ballots.csv", format!("voter,ranking\n{rows}"));
    home.run(&[&["tally", "--ballots", &file, "--default", default, "--decision", what][..], more].concat())
}

fn for_it<'a>(who: &[&'a str]) -> Vec<(&'a str, &'static str)> {
    who.iter().map(|who| (*who, "yes>keep")).collect()
}

#[test]
fn a_charter_is_its_guild_s_to_change() {
    let home = Home::demo();
    let what = format!("charter:{GUILD}");
    let found = decided(&home, &what, "keep", &for_it(&["rater-1", "rater-3", "rater-5"])).done();
    assert_eq!(found["winner"], "keep", "three of seven: 3 Q is 3.97");
    assert_eq!(found["decision"]["majority"], "2:1");
    assert_eq!((&found["decision"]["electors"], &found["decision"]["quorum"]), (&json!(7), &json!("3.97")));
    assert!(found["decision"]["article"].as_str().unwrap().starts_with("Article 3."), "{found}");
    let found = decided(&home, &what, "keep", &for_it(&["rater-1", "rater-3", "rater-5", "you"])).done();
    assert_eq!((&found["winner"], &found["decision"]["founding"]), (&json!("yes"), &json!(true)));
    assert_eq!(found["decision"]["advisory"], true, "in the founding the founders sign a charter");
    let all = ["rater-1", "rater-2", "rater-3", "rater-4", "rater-5", "rater-6", "you"];
    assert_eq!(
        decided(&home, &what, "keep", &for_it(&all)).done()["robust"],
        true,
        "without any house all others are for it"
    );
    assert_eq!(found["without"].as_array().unwrap().len(), 4, "every institution is left out once: {found}");

    decided(&home, &what, "keep", &for_it(&["steward-1"])).usage("line 2: `steward-1` has no vote in this decision");
    decided(&home, &what, "keep", &for_it(&["rater-1", "nobody"])).usage("line 3: no member `nobody`");
    let id = home.run(&["member", "list"]).done()["members"][0].clone();
    let (id, handle) = (id["id"].as_str().unwrap().to_owned(), id["handle"].as_str().unwrap().to_owned());
    decided(&home, "constitution", "keep", &for_it(&[&handle, &id])).usage("voted already, under another name");
    decided(&home, "charter:nowhere", "keep", &[]).usage("no guild `nowhere`");
    decided(&home, "lunch", "keep", &[]).usage("`lunch` is no decision of members");
    let file = home.file("ballots.csv", "voter,ranking\n");
    home.run(&["tally", "--ballots", &file, "--default", "keep", "--decision", "steward", "--quorum", "2"])
        .usage("--decision");
}

/// Weakness: whoever stands to gain could leave out that they do.
/// Scenario: members attest a friend, another objects, and the attesters vote for their friend; candidates vote for
/// themselves; a steward votes on their own recall.
/// Verified: nobody declares anything; the entries say who is recused, their ballots aren't counted and they leave n.
#[test]
fn the_ledger_says_who_is_recused() {
    let home = Home::demo();
    home.run(&["demo", "advance", "400d"]).done();
    // the franchise: something accepted within twelve months
    let id = home.fresh();
    home.judge("rater-1", &id, Says::Wrong).done();
    home.judge("rater-3", &id, Says::Wrong).done();
    ["rater-2", "rater-5"].iter().for_each(|who| drop(home.by(who, &["review", &id, "--sign"]).done()));
    let entry = crate::people::petition(&home, "friend");
    let what = format!("petition:{entry}");
    decided(&home, &what, "no", &[]).usage("nobody objects to petition");
    home.by("rater-1", &["member", "attest", &entry]).done();
    home.by("rater-6", &["member", "object", &entry, "--reason", "They sell what we judge."]).done();
    let ballots = [("rater-1", "yes>no"), ("rater-2", "no>yes"), ("rater-3", "no>yes")];
    let found = decided(&home, &what, "no", &ballots).done();
    assert_eq!((&found["winner"], &found["ballots"]), (&json!("no"), &json!(2)), "{found}");
    assert_eq!(found["recused"], json!([{"voter": "rater-1", "grounds": ["attester"]}]));
    assert_eq!((&found["decision"]["electors"], &found["decision"]["founding"]), (&json!(4), &json!(false)));
    assert_eq!(found["decision"]["quorum"], "0.87", "Q of the three who are left");
    decided(&home, &what, "no", &[("rater-4", "yes>no")]).usage("`rater-4` has no vote");
    decided(&home, "petition:1", "no", &[]).usage("no petition 1 waits");

    let ballots = [("rater-1", "rater-1>none"), ("rater-2", "rater-3>none"), ("rater-5", "rater-3>none")];
    let elected = |more: &[&str]| counted(&home, ("steward", "none"), &ballots, more);
    elected(&[]).usage("name the candidates");
    elected(&["--options", "rater-1,rater-33"]).usage("no member `rater-33`");
    // whoever is only written on a ballot is no candidate, and keeps their vote
    elected(&["--options", "rater-1,none"]).usage("is no option of this vote");
    let found = elected(&["--options", "rater-1,rater-3,none"]).done();
    let recused: Vec<&str> =
        found["recused"].as_array().unwrap().iter().map(|one| one["voter"].as_str().unwrap()).collect();
    assert!(recused.contains(&"rater-1") && recused.len() == 2, "{found}");
    assert_eq!(found["winner"], "none", "3 Q of two is 2.12, and two prefer rater-3");

    decided(&home, "recall:rater-1", "keep", &[]).usage("no steward");
    decided(&home, "recall:you", "keep", &[("you", "keep>go")]).usage("`you` has no vote");
}

/// A guild of this name in which rater-1 and rater-3 settled an item.
fn another_guild(home: &Home, name: &str) {
    let charter =
        include_str!("../../guilds/cardiology.toml").replace("id = \"cardiology\"", &format!("id = \"{name}\""));
    home.run(&["guild", "add", &home.file(&format!("{name}.toml"), charter)]).done();
    // the third could rule if they parted
    let people = [("rater-1", "institution-1"), ("rater-3", "institution-2"), ("rater-5", "institution-3")];
    for (who, institution) in people {
        let what = ["--guild", name, "--class", "board", "--institution", institution, "--expires", "2099-01-01"];
        home.run(&[&["credential", "attest", who][..], &what].concat()).done();
    }
    let output =
        r#"{"prompt": "Which lead?", "outputs": [{"text": "V1", "model": "m"}, {"text": "V6", "model": "n"}]}"#;
    home.run(&["import", &home.file("one.jsonl", format!("{output}\n")), "--guild", name]).done();
    let id = home.ids(name, None)[0].clone();
    home.judge("rater-1", &id, Says::Wrong).done();
    home.judge("rater-3", &id, Says::Wrong).done();
}

/// Weakness: the many of one guild could change the constitution for the few of others; and a steward could block every change
/// by adding guilds that nobody works in.
/// Scenario: two who alone work in two of four guilds are against it, the others are for it; a fifth guild is empty.
/// Verified: the count has a winner, and it isn't adopted: two of four are not more than half. The empty one isn't asked.
#[test]
fn a_constitution_takes_more_than_half_of_the_guilds() {
    let home = Home::demo();
    let raters = ["rater-2", "rater-4", "rater-5", "rater-6", "you", "steward-1"];
    let ballots = [for_it(&raters), vec![("rater-1", "keep>yes"), ("rater-3", "keep>yes")]].concat();
    let found = decided(&home, "constitution", "keep", &ballots).done();
    assert_eq!(found["winner"], "yes", "{found}");
    assert_eq!(found["decision"]["guilds"][0], json!({"guild": "cardiology", "votes": 4, "against": 2}));
    another_guild(&home, "third");
    assert_eq!(decided(&home, "constitution", "keep", &ballots).done()["winner"], "yes", "two of three are");
    another_guild(&home, "fourth");
    let charter = include_str!("../../guilds/cardiology.toml").replace("id = \"cardiology\"", "id = \"empty\"");
    home.run(&["guild", "add", &home.file("empty.toml", charter)]).done();
    let found = decided(&home, "constitution", "keep", &ballots).done();
    assert_eq!((&found["winner"], &found["decision"]["by_guilds"]), (&json!("keep"), &json!(false)), "{found}");
    assert_eq!(found["decision"]["guilds"].as_array().unwrap().len(), 4);
    assert!(found["dropped"][0]["reason"].as_str().unwrap().starts_with("guilds: it takes more than half"), "{found}");
    let found = decided(&home, "recall:you", "keep", &[("you", "keep>go"), ("rater-1", "go>keep")]).done();
    assert_eq!(found["recused"][0], json!({"voter": "you", "grounds": ["candidate"]}));
}

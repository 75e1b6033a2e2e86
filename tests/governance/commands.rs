//! `tally` by command: the document, the words, and files that can't be counted.

use crate::support::{Ran, finish, guildhall};
use tempfile::TempDir;

fn run(dir: &TempDir, words: &[&str]) -> Ran {
    finish(guildhall().current_dir(dir.path()).arg("tally").args(words))
}

fn folder(ballots: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("b.csv"), ballots).unwrap();
    dir
}

const VOTE: [&str; 6] = ["--ballots", "b.csv", "--default", "Z", "--json", "--majority"];

fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    VOTE[..5].iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn the_document_has_winners_matrix_and_reasons() {
    let cycle =
        folder("voter,ranking\n1,A>B>C>Z\n2,A>B>C>Z\n3,B>C>A>Z\n4,B>C>A>Z\n5,C>A>B>Z\n6,C>A>B>Z\n7,A>B>C>Z\n8,\n");
    let told = run(&cycle, &words(&["--majority", "2:1", "--quorum", "3"])).done();
    assert_eq!((&told["winner"], &told["winners"]), (&"A".into(), &serde_json::json!(["A"])));
    assert_eq!(told["schwartz"], serde_json::json!(["A", "B", "C"]));
    assert_eq!((&told["pairwise"]["A"]["B"], &told["pairwise"]["B"]["A"]), (&5.into(), &2.into()));
    assert_eq!((&told["ballots"], told["dropped"].as_array().unwrap().len()), (&8.into(), 0));

    let tie = folder("voter,ranking\n1,A=B>Z\n2,A=B>Z\n");
    let told = run(&tie, &words(&[])).done();
    assert!(told["winner"].is_null());
    assert_eq!(told["winners"], serde_json::json!(["A", "B"]));
    let short = run(&tie, &words(&["--quorum", "3Q", "--electors", "25"])).done();
    assert_eq!(short["winner"], "Z");
    assert_eq!(short["dropped"][0]["reason"], "quorum: 2 prefer it to the default, 7.5 are needed");
}

#[test]
fn each_step_is_said_and_an_institution_that_turns_it_is_named() {
    let vote = folder("voter,ranking\n1,yes>no\n2,yes>no\n3,yes>no\n4,no>yes\n5,no>yes\n");
    std::fs::write(vote.path().join("i.csv"), "voter,institution\n1,h\n2,h\n3,a\n4,a\n5,b\n").unwrap();
    let words = ["--ballots", "b.csv", "--default", "no", "--institutions", "i.csv", "--explain"];
    let ran = run(&vote, &words);
    for said in [
        "yes: 3 to 2 over the default: stays",
        "yes over no, 3 to 2",
        "Schwartz set is yes",
        "NOT ROBUST",
        "without h (2 ballots): no",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    let told = run(&vote, &[&words[..6], &["--json"]].concat()).done();
    assert_eq!((&told["robust"], &told["without"][2]["institution"]), (&false.into(), &"h".into()));
    std::fs::write(vote.path().join("i.csv"), "voter,institution\n1,h\n").unwrap();
    run(&vote, &words).usage("no institution for the voter `2`");
}

#[test]
fn who_stands_to_gain_doesn_t_vote_and_leaves_the_electorate() {
    let vote = folder("voter,ranking\n1,yes>no\n2,yes>no\n3,yes>no\n4,no>yes\n5,no>yes\n");
    std::fs::write(vote.path().join("i.csv"), "voter,institution\n1,h\n2,h\n3,a\n4,a\n5,b\n6,h\n").unwrap();
    let words = ["--ballots", "b.csv", "--default", "no", "--institutions", "i.csv", "--electors", "9"];
    let asked = |more: &[&str]| run(&vote, &[&words[..], more].concat());
    assert_eq!(asked(&["--json"]).done()["winner"], "yes");
    // the vendor's three, of whom two voted, and one who is about it and trained it
    let interests = ["--interest", "vendor=h", "--interest", "candidate=4", "--interest", "trainer=4"];
    let told = asked(&[&interests[..], &["--quorum", "2Q", "--json"]].concat()).done();
    assert_eq!((&told["winner"], &told["ballots"]), (&"no".into(), &2.into()));
    let recused: Vec<&str> =
        told["recused"].as_array().unwrap().iter().map(|one| one["voter"].as_str().unwrap()).collect();
    assert_eq!(recused, ["1", "2", "4", "6"]);
    // nine may vote, five are left: twice Q is the root of five
    assert_eq!(told["dropped"][0]["reason"], "quorum: 1 prefer it to the default, 2.24 are needed");
    let said = asked(&interests).out;
    assert!(
        said.contains("4 is recused, as trainer and candidate") && said.contains("6 is recused, as vendor"),
        "{said}"
    );
    for (interest, says) in [
        ("vendor=nowhere", "nobody in --institutions works there"),
        ("trainer=7", "neither --ballots nor --institutions have that voter"),
        ("friend=1", "is no interest"),
    ] {
        asked(&["--interest", interest]).usage(says);
    }
    run(&vote, &[&words[..4], &["--interest", "vendor=h"]].concat()).usage("say with --institutions who works where");
}

#[test]
fn what_can_t_be_counted_is_refused_with_its_line() {
    let refused = |ballots: &str, more: &[&str], says: &str| run(&folder(ballots), &words(more)).usage(says);
    refused("voter,ranking\n1,A>Z\n1,Z>A\n", &[], "b.csv: line 3: the voter `1` is on line 2 already");
    refused("voter,ranking\n1,A>>Z\n", &[], "b.csv: line 2: `A>>Z` is no ranking");
    refused("voter,ranking\n1,A>B>A\n", &[], "`A` is in it twice");
    refused("voter,ranking\n1,A>Q\n", &["--options", "A,B"], "line 2: `Q` is no option of this vote: A, B, Z");
    refused("voter,vote\n1,A\n", &[], "no column `ranking`");
    refused("voter,ranking\n1,A\n", &["--majority", "1:2"], "is no majority");
    refused("voter,ranking\n1,A\n", &["--quorum", "many"], "is no quorum");
    refused("voter,ranking\n1,A\n2,A\n", &["--electors", "1"], "2 ballots, but --electors says that 1 may vote");
    // quotes, marks and line ends of other systems
    let odd = folder("\u{feff}voter,ranking\r\n\"1\",\"A > Z\"\r\n");
    assert_eq!(run(&odd, &words(&[])).done()["winner"], "A");
    // nobody voted: the default stands
    assert_eq!(run(&folder("voter,ranking\n"), &words(&[])).done()["winner"], "Z");
    let hostile = folder("voter,ranking\n1,\"A\u{1b}[31m>Z\"\n");
    let ran = run(&hostile, &["--ballots", "b.csv", "--default", "Z", "--explain"]);
    assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
}

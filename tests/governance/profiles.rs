//! 600 profiles with the winners that an independent implementation of the same rule found, and printed examples.

use std::io::Read as _;

use guildhall::governance::{Ballots, Electorate, Majority, Quorum, tally};
use serde_json::Value;

use crate::support::{finish, guildhall};

/// The names that win.
pub fn winners(rankings: &[&str], default: &str, majority: &str, quorum: &str) -> Vec<String> {
    let ballots = Ballots::read(rankings, default, &[]).unwrap();
    let electorate = Electorate(rankings.len() as u64);
    let (majority, quorum): (Majority, Quorum) = (majority.parse().unwrap(), quorum.parse().unwrap());
    let count = tally(&ballots, majority, (quorum, electorate));
    count.winners().iter().map(|option| ballots.options()[*option].clone()).collect()
}

/// So many ballots of each ranking.
pub fn times<'a>(groups: &[(usize, &'a str)]) -> Vec<&'a str> {
    groups.iter().flat_map(|(count, ranking)| std::iter::repeat_n(*ranking, *count)).collect()
}

fn profiles() -> String {
    let mut text = String::new();
    let packed = include_bytes!("data/profiles.jsonl.gz");
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    text
}

/// Every sixth by command, from a file of ballots.
#[test]
fn the_command_finds_them_too() {
    let dir = tempfile::TempDir::new().unwrap();
    for line in profiles().lines().step_by(6) {
        let profile: Value = serde_json::from_str(line).unwrap();
        let rankings = profile["ballots"].as_array().unwrap().iter().map(|one| one.as_str().unwrap());
        let rows: String = (1..).zip(rankings).map(|(voter, ranking)| format!("{voter},{ranking}\n")).collect();
        std::fs::write(dir.path().join("b.csv"), format!("voter,ranking\n{rows}")).unwrap();
        let mut tally = guildhall();
        tally.current_dir(dir.path()).args(["tally", "--ballots", "b.csv", "--json"]);
        tally.args([
            "--default",
            profile["default"].as_str().unwrap(),
            "--majority",
            profile["majority"].as_str().unwrap(),
        ]);
        let told = finish(tally.args(["--quorum", &profile["quorum"].to_string()])).done();
        let names = |value: &Value| {
            let mut names: Vec<String> = serde_json::from_value(value.clone()).unwrap();
            names.sort();
            names
        };
        assert_eq!(names(&told["winners"]), names(&profile["winners"]), "{line}");
    }
}

#[test]
fn every_profile_has_its_winners() {
    let text = profiles();
    let mut counted = 0;
    for line in text.lines() {
        let profile: Value = serde_json::from_str(line).unwrap();
        let strings = |key: &str| -> Vec<&str> {
            profile[key].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
        };
        let majority = profile["majority"].as_str().unwrap();
        let quorum = profile["quorum"].to_string();
        let mut found = winners(&strings("ballots"), profile["default"].as_str().unwrap(), majority, &quorum);
        let mut expected = strings("winners");
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{line}");
        counted += 1;
    }
    assert_eq!(counted, 600);
}

#[test]
fn three_to_one_is_met_at_its_edge_and_not_below() {
    let vote = |yes, no| winners(&times(&[(yes, "yes>no"), (no, "no>yes")]), "no", "3:1", "0");
    assert_eq!([vote(30, 10), vote(29, 10), vote(3, 1)], [["yes"], ["no"], ["yes"]]);
    // a majority of one to one is more than half: a tie keeps the default
    let even = winners(&times(&[(5, "yes>no"), (5, "no>yes")]), "no", "1:1", "0");
    assert_eq!(even, ["no"]);
}

#[test]
fn a_quorum_counts_those_who_prefer_the_option_to_the_default() {
    assert_eq!(winners(&times(&[(3, "yes>no")]), "no", "1:1", "4"), ["no"]);
    assert_eq!(winners(&times(&[(4, "yes>no")]), "no", "1:1", "4"), ["yes"]);
    assert_eq!(
        winners(&times(&[(4, "yes>no"), (3, "no>yes")]), "no", "1:1", "4"),
        ["yes"],
        "whoever stays home defeats nothing"
    );
}

#[test]
fn schulze_s_45_voters_choose_e() {
    // https://doi.org/10.1007/s00355-010-0475-4, the example with five candidates
    let ballots = times(&[
        (5, "A>C>B>E>D"),
        (5, "A>D>E>C>B"),
        (8, "B>E>D>A>C"),
        (3, "C>A>B>E>D"),
        (7, "C>A>E>B>D"),
        (2, "C>B>A>D>E"),
        (7, "D>C>E>B>A"),
        (8, "E>B>A>D>C"),
    ]);
    assert_eq!(ballots.len(), 45);
    assert_eq!(winners(&ballots, "none", "1:1", "0"), ["E"]);
}

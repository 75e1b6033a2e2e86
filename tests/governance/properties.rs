//! What holds of every vote.

use guildhall::governance::{Ballots, Electorate, Majority, Quorum, tally};
use proptest::prelude::*;

const NAMES: [&str; 5] = ["A", "B", "C", "D", "Z"];

/// A ballot: each option's place, some of them the same, some left out.
fn ballot() -> impl Strategy<Value = Vec<Option<u8>>> {
    prop::collection::vec(prop::option::weighted(0.8, 0..4_u8), 5)
}

fn spelled(places: &[Option<u8>], names: &[&str]) -> String {
    let group = |place: u8| -> Vec<&str> {
        places.iter().zip(names).filter(|(at, _)| **at == Some(place)).map(|(_, name)| *name).collect()
    };
    let groups: Vec<String> =
        (0..4).map(group).filter(|group| !group.is_empty()).map(|group| group.join("=")).collect();
    groups.join(">")
}

fn count(texts: &[String], majority: &str) -> Vec<String> {
    let rankings: Vec<&str> = texts.iter().map(String::as_str).collect();
    let named: Vec<String> = Vec::new();
    let default = if texts.iter().any(|text| text.contains("zz")) { "zz" } else { "Z" };
    let ballots = Ballots::read(&rankings, default, &named).unwrap();
    let (majority, quorum): (Majority, Quorum) = (majority.parse().unwrap(), "2".parse().unwrap());
    let found = tally(&ballots, majority, (quorum, Electorate(texts.len() as u64)));
    let mut won: Vec<String> = found.winners().iter().map(|option| ballots.options()[*option].clone()).collect();
    won.sort();
    won
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_names_change_nothing(ballots in prop::collection::vec(ballot(), 1..30), three in any::<bool>()) {
        let majority = if three { "3:1" } else { "1:1" };
        let texts: Vec<String> = ballots.iter().map(|one| spelled(one, &NAMES)).collect();
        let won = count(&texts, majority);
        prop_assert!(!won.is_empty(), "somebody wins, at the least the default");
        let turned: Vec<String> = texts.iter().rev().cloned().collect();
        prop_assert_eq!(&count(&turned, majority), &won);
        // the order of names turned round
        let other = ["dd", "cc", "bb", "aa", "zz"];
        let renamed: Vec<String> = ballots.iter().map(|one| spelled(one, &other)).collect();
        if renamed.iter().any(|text| text.contains("zz")) {
            let mut back: Vec<String> = won
                .iter()
                .map(|name| other[NAMES.iter().position(|known| known == name).unwrap()].to_owned())
                .collect();
            back.sort();
            prop_assert_eq!(count(&renamed, majority), back);
        }
    }

    #[test]
    fn what_everybody_ranks_first_wins_alone(ballots in prop::collection::vec(ballot(), 2..30)) {
        let texts: Vec<String> = ballots
            .iter()
            .map(|one| {
                let rest = spelled(&[None, one[1], one[2], one[3], one[4]], &NAMES);
                if rest.is_empty() { "A".to_owned() } else { format!("A>{rest}") }
            })
            .collect();
        prop_assert_eq!(count(&texts, "3:1"), ["A"]);
    }

    #[test]
    fn an_option_that_beats_each_other_by_itself_wins_alone(ballots in prop::collection::vec(ballot(), 2..20)) {
        let texts: Vec<String> = ballots.iter().map(|one| spelled(one, &NAMES)).collect();
        let rankings: Vec<&str> = texts.iter().map(String::as_str).collect();
        let read = Ballots::read(&rankings, "Z", &[]).unwrap();
        let found = tally(&read, "1:1".parse().unwrap(), ("0".parse().unwrap(), Electorate(0)));
        let options = 0..read.options().len();
        let beats = |one: usize, other: usize| found.pairwise.prefer(one, other) > found.pairwise.prefer(other, one);
        if let Some(winner) = options.clone().find(|one| options.clone().all(|other| other == *one || beats(*one, other))) {
            prop_assert_eq!(found.winners(), [winner]);
        }
    }
}

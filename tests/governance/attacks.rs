//! Attacks on a vote, each as weakness, scenario, what is verified.

use std::collections::BTreeMap;

use guildhall::governance::{Ballots, Electorate, Houses, LeftOut, Majority, Quorum, leave_one_institution_out};

use crate::profiles::{times, winners};

/// A rule: majority, quorum, electorate.
type Counted = (Majority, (Quorum, Electorate));

fn rule(majority: &str, quorum: &str, electorate: u64) -> Counted {
    (majority.parse().unwrap(), (quorum.parse().unwrap(), Electorate(electorate)))
}

/// The count again without each institution; `of` says how many ballots each cast, in their order.
fn without_each(ballots: &Ballots, of: &[(usize, &str)], electors: &[(&str, u64)], rule: Counted) -> Vec<LeftOut> {
    let of: Vec<String> = times(of).into_iter().map(str::to_owned).collect();
    let electors: BTreeMap<String, u64> = electors.iter().map(|(house, count)| ((*house).to_owned(), *count)).collect();
    leave_one_institution_out(ballots, Houses { ballots: &of, electors: &electors }, rule.0, rule.1)
}

/// Weakness: under plurality an option loses to its own likeness.
/// Scenario: a vendor has three near copies of its rival's proposal put on the ballot.
/// Verified: those who like the proposal rank its copies beside it, and one of them wins as it would have alone.
#[test]
fn clones_don_t_split_an_option() {
    let alone = times(&[(6, "open>closed>none"), (5, "closed>open>none")]);
    assert_eq!(winners(&alone, "none", "1:1", "0"), ["open"]);
    let cloned = times(&[
        (2, "open>open2>open3>closed>none"),
        (2, "open2>open3>open>closed>none"),
        (2, "open3>open>open2>closed>none"),
        (5, "closed>open>open2>open3>none"),
    ]);
    let won = winners(&cloned, "none", "1:1", "0");
    assert!(won.iter().all(|option| option.starts_with("open")), "{won:?}");
}

/// Weakness: a quorum of ballots cast lets opponents defeat a motion by staying at home.
/// Scenario: seven for it and none against; four opponents stay away, or come and vote against it.
/// Verified: their coming never helps the motion, their staying never defeats it.
#[test]
fn staying_at_home_defeats_nothing() {
    let home = times(&[(7, "yes>no")]);
    let come = times(&[(7, "yes>no"), (4, "no>yes")]);
    assert_eq!(winners(&home, "no", "1:1", "7"), ["yes"]);
    assert_eq!(winners(&come, "no", "1:1", "7"), ["yes"]);
}

/// Weakness: one house may hold enough votes to turn a result.
/// Scenario: the hospital's six outvote five others of three institutions; then it votes under three names.
/// Verified: the count without it tells another result; split into shells, no single one does, which is why shells are
/// joined (`institution join`) before a vote: joined they are found again.
#[test]
fn one_institution_that_turns_a_result_is_found() {
    let rankings = times(&[(6, "yes>no"), (5, "no>yes")]);
    let ballots = Ballots::read(&rankings, "no", &[]).unwrap();
    let flips = |houses: &[(usize, &str)]| -> Vec<String> {
        let all = without_each(&ballots, houses, &[], rule("1:1", "0", 11));
        all.into_iter().filter(|one| one.flips).map(|one| one.institution).collect()
    };
    assert_eq!(flips(&[(6, "hospital"), (2, "a"), (2, "b"), (1, "c")]), ["hospital"]);
    let shells = flips(&[(2, "shell-1"), (2, "shell-2"), (2, "shell-3"), (2, "a"), (2, "b"), (1, "c")]);
    assert_eq!(shells, ["shell-1", "shell-2", "shell-3"], "so narrow a vote each of them turns");
    let wide = times(&[(9, "yes>no"), (5, "no>yes")]);
    let ballots = Ballots::read(&wide, "no", &[]).unwrap();
    let rule = rule("1:1", "0", 14);
    let apart = [(3, "shell-1"), (3, "shell-2"), (3, "shell-3"), (5, "a")];
    assert!(without_each(&ballots, &apart, &[], rule).iter().all(|one| !one.flips));
    let joined = without_each(&ballots, &[(9, "one"), (5, "a")], &[], rule);
    assert!(joined.iter().any(|one| one.flips && one.institution == "one"));
}

/// Weakness: a quorum grows with everyone who may vote, so a large house raises it by being there, whether it votes or not.
/// Scenario: of a hundred, eighty are the hospital's; three of them and twelve others want it, and the quorum is 3 Q.
/// Verified: without the hospital its eighty leave the electorate, not its three ballots alone: twelve of twenty reach 3 Q of
/// twenty, 6.71, so it turns nothing; and one that casts no ballot is left out too.
#[test]
fn an_institution_is_left_out_with_all_its_electors() {
    let ballots = Ballots::read(&times(&[(15, "yes>no")]), "no", &[]).unwrap();
    let houses = [(3, "hospital"), (6, "a"), (6, "b")];
    let winners = |electors: &[(&str, u64)]| -> Vec<(String, usize, bool)> {
        let all = without_each(&ballots, &houses, electors, rule("1:1", "3Q", 100));
        all.into_iter().map(|one| (one.institution, one.ballots, one.flips)).collect()
    };
    let told = |house: &str, ballots, flips| (house.to_owned(), ballots, flips);
    let listed = winners(&[("hospital", 80), ("a", 8), ("b", 8), ("silent", 4)]);
    let silent = told("silent", 0, false);
    assert_eq!(listed[2..], [told("hospital", 3, false), silent], "{listed:?}");
    assert_eq!(
        winners(&[])[2],
        told("hospital", 3, true),
        "its ballots alone would leave 97 electors, and 3 Q of them 14.8"
    );
}

/// Weakness: ranking the default high may block what a majority wants.
/// Scenario: a third puts the default first on every ballot.
/// Verified: at 1:1 they don't block, at 2:1 a third is just not enough, and one more is.
#[test]
fn the_default_blocks_with_the_share_that_the_rule_says() {
    let vote = |yes, no, majority| winners(&times(&[(yes, "yes>keep"), (no, "keep>yes")]), "keep", majority, "0");
    assert_eq!(vote(8, 4, "1:1"), ["yes"]);
    assert_eq!(vote(8, 4, "2:1"), ["yes"]);
    assert_eq!(vote(7, 4, "2:1"), ["keep"]);
}

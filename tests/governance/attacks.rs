//! Attacks on a vote, each as weakness, scenario, what is verified.

use guildhall::governance::{Ballots, Electorate, Majority, Quorum, leave_one_institution_out};

use crate::profiles::{times, winners};

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
    let rule = ("1:1".parse::<Majority>().unwrap(), ("0".parse::<Quorum>().unwrap(), Electorate(11)));
    let of = |houses: &[(usize, &str)]| -> Vec<String> { times(houses).into_iter().map(str::to_owned).collect() };
    let flips = |houses: &[(usize, &str)]| -> Vec<String> {
        let all = leave_one_institution_out(&ballots, &of(houses), rule.0, rule.1);
        all.into_iter().filter(|one| one.flips).map(|one| one.institution).collect()
    };
    assert_eq!(flips(&[(6, "hospital"), (2, "a"), (2, "b"), (1, "c")]), ["hospital"]);
    let shells = flips(&[(2, "shell-1"), (2, "shell-2"), (2, "shell-3"), (2, "a"), (2, "b"), (1, "c")]);
    assert_eq!(shells, ["shell-1", "shell-2", "shell-3"], "so narrow a vote each of them turns");
    let wide = times(&[(9, "yes>no"), (5, "no>yes")]);
    let ballots = Ballots::read(&wide, "no", &[]).unwrap();
    let of: Vec<String> =
        times(&[(3, "shell-1"), (3, "shell-2"), (3, "shell-3"), (5, "a")]).into_iter().map(str::to_owned).collect();
    let rule = (rule.0, (rule.1.0, Electorate(14)));
    assert!(leave_one_institution_out(&ballots, &of, rule.0, rule.1).iter().all(|one| !one.flips));
    let joined: Vec<String> = of.iter().map(|house| if house == "a" { "a".into() } else { "one".into() }).collect();
    assert!(
        leave_one_institution_out(&ballots, &joined, rule.0, rule.1)
            .iter()
            .any(|one| one.flips && one.institution == "one")
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

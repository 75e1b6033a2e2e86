//! Accounts of one institution that lie together, against plain majority and against the rule with its cap.

use std::collections::BTreeSet;

use guildhall::consensus::{Vote, accuracy_of_prior, verdict};
use guildhall::domain::Answer;

use crate::support::items::Terms;
use crate::support::kinds::KINDS;

/// Shares of 1,000 targets decided wrongly by plain majority and by the rule, when `colluders` accounts of one
/// institution lie together and five of 30 honest raters, right four times in five, judge each.
fn wrong(colluders: usize) -> [f64; 2] {
    let charter = Terms { separation: "strict", overlap: (2, 20), question: &KINDS[0].question() }.charter();
    let mut state = 42_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut wrong = [0, 0];
    for _ in 0..1000 {
        let truth = below(3);
        let lie = (truth + 1 + below(2)) % 3;
        let first = below(30);
        let mut votes: Vec<(String, usize)> = (0..5)
            .map(|index| {
                let said = if below(5) < 4 { truth } else { (truth + 1 + below(2)) % 3 };
                (format!("honest {}", (first + 7 * index) % 30), said)
            })
            .collect();
        votes.extend(vec![("ring".to_owned(), lie); colluders]);
        let counts: [usize; 3] = [0, 1, 2].map(|option| votes.iter().filter(|vote| vote.1 == option).count());
        let most = (0..3).rev().max_by_key(|option| counts[*option]).unwrap();
        let answer = |option: usize| Answer::Label(["a", "b", "c"][option].into());
        let accuracy = accuracy_of_prior(700_000, 3);
        let votes: Vec<Vote> =
            votes.into_iter().map(|(institution, said)| Vote { institution, accuracy, answer: answer(said) }).collect();
        let ruled = verdict(&charter, &charter.questions[0], &votes, None, &BTreeSet::new()).unwrap();
        wrong[0] += usize::from(most != truth);
        wrong[1] += usize::from(ruled.value != answer(truth));
    }
    wrong.map(|count| count as f64 / 1000.0)
}

#[test]
fn the_cap_defeats_collusion() {
    let shares = [3, 5, 12].map(wrong);
    for [majority, capped] in shares {
        assert!(capped <= majority && capped <= 0.20, "{shares:?}");
        assert_eq!(capped, shares[0][1], "more accounts gain nothing");
    }
    assert!(shares[1][0] > 0.5 && shares[2][0] == 1.0, "majority alone falls: {shares:?}");
}

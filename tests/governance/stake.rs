//! Stake by rule SR-1: the reference's worked example, what holds of every register, and attacks as weakness, scenario, what
//! is verified.

use std::collections::{BTreeMap, BTreeSet};

use guildhall::domain::{Charter, ItemId, LabelId, LabelKey, MemberId, StakeSplit};
use guildhall::exchange::release::stake_csv;
use guildhall::governance::{Concentration, Contributed, Part, REGISTER, Register, StakeRule, register, vesting};
use proptest::prelude::*;

/// The numbers of the constitution.
const RULE: StakeRule =
    StakeRule { label_units: 1_000_000, member_cap: 100_000, institution_cap: 250_000, cap_of_equal_share: 1_500_000 };
const SPLIT: StakeSplit = StakeSplit { author: 100_000, raters: 600_000, adjudicator: 100_000, reviewers: 200_000 };

fn member(n: u8) -> MemberId {
    MemberId::from_entropy([n; 16])
}

/// Nobody's institution is another's.
fn apart(who: &MemberId) -> String {
    who.to_string()
}

fn label(n: u8, author: Option<u8>, raters: &[(u8, u32)], adjudicator: Option<u8>, reviewers: &[u8]) -> Contributed {
    let item = ItemId::from_hash([n; 32]);
    Contributed {
        label: LabelKey { question: "correct".to_owned(), output: Some(1) }.id(&item),
        item,
        weight: 4_000_000,
        split: SPLIT,
        author: author.map(member),
        raters: raters.iter().map(|(who, weight)| (member(*who), *weight)).collect(),
        adjudicator: adjudicator.map(member),
        reviewers: reviewers.iter().map(|who| member(*who)).collect(),
    }
}

fn units(label: &Contributed) -> BTreeMap<MemberId, u64> {
    label.units(RULE.label_units).into_iter().map(|(who, (_, units))| (who, units)).collect()
}

fn claims(register: &Register) -> Vec<u64> {
    let mut claims: Vec<u64> = register.claims.values().map(|claim| claim.claim).collect();
    claims.sort_unstable_by(|a, b| b.cmp(a));
    claims
}

/// Four labels that eight people made; one brought them all and a second rated each, one of them without a ruling.
fn worked_example() -> Vec<Contributed> {
    let classes = [2, 1, 1, 3, 1, 3, 2];
    let rated = |who: &[u8]| who.iter().map(|who| (*who, classes[usize::from(*who)])).collect::<Vec<_>>();
    vec![
        label(1, Some(7), &rated(&[0, 1, 4]), None, &[2, 3]),
        label(2, Some(7), &rated(&[0, 3, 5, 6]), Some(2), &[1, 4]),
        label(3, Some(7), &rated(&[0, 1, 4]), Some(6), &[5]),
        label(4, Some(7), &rated(&[0, 1, 2, 4]), Some(6), &[3, 5]),
    ]
}

#[test]
fn the_references_worked_example() {
    let rule = StakeRule { member_cap: 200_000, ..RULE };
    let found = register(&worked_example(), &rule, apart);
    assert_eq!(found.claims.len(), 8);
    assert_eq!(found.claims.values().map(|claim| claim.share).max(), Some(248_333));
    assert_eq!(claims(&found)[..2], [200_000, 134_167]);
    assert_eq!(found.commons, 48_333);
    assert_eq!(claims(&found).iter().sum::<u64>() + found.commons, REGISTER);
    let own = register(&worked_example(), &RULE, apart);
    assert_eq!(own.member_cap, 187_500, "with the constitution's tenth, 1.5 equal shares of eight are more");
}

#[test]
fn parts_that_weren_t_needed_are_shared() {
    let whole = label(1, Some(1), &[(2, 3), (3, 1)], Some(4), &[5, 6]);
    let expected = [(1, 100_000), (2, 450_000), (3, 150_000), (4, 100_000), (5, 100_000), (6, 100_000)];
    assert_eq!(units(&whole), expected.map(|(who, units)| (member(who), units)).into());
    let agreed = label(1, Some(1), &[(2, 3), (3, 1)], None, &[5, 6]);
    let expected = [(1, 111_111), (2, 500_000), (3, 166_667), (5, 111_111), (6, 111_111)];
    assert_eq!(units(&agreed), expected.map(|(who, units)| (member(who), units)).into());
    let alone = label(1, None, &[(2, 1)], None, &[]);
    assert_eq!(units(&alone), [(member(2), 1_000_000)].into());
    let thirds = label(1, None, &[(9, 1), (2, 1), (5, 1)], None, &[]);
    let expected = [(2, 333_334), (5, 333_333), (9, 333_333)];
    assert_eq!(units(&thirds), expected.map(|(who, units)| (member(who), units)).into(), "ties by member id");
}

#[test]
fn class_weights_are_one_to_three() {
    let text = include_str!("../../guilds/cardiology.toml");
    let read = |weight: &str| Charter::read(&text.replacen("stake = 3", weight, 1)).map_err(|error| error.to_string());
    assert!(read("stake = 2").is_ok());
    for weight in ["stake = 0", "stake = 4"] {
        assert_eq!(read(weight).unwrap_err(), "a class's stake is not 1, 2 or 3");
    }
}

#[test]
fn a_register_without_gold_is_the_commons() {
    let found = register(&[], &RULE, apart);
    assert_eq!((found.claims.len(), found.commons, found.labels), (0, REGISTER, 0));
    assert_eq!(stake_csv(&found).lines().last(), Some("commons,,0,,,,,,1000000"));
    assert_eq!(Concentration::of(claims(&found)), Concentration::default());
    let nobodys = register(&[label(1, None, &[], None, &[])], &RULE, apart);
    assert_eq!((nobodys.claims.len(), nobodys.commons, nobodys.labels), (0, REGISTER, 1));
}

#[test]
fn a_heavier_label_counts_for_more() {
    let heavy = Contributed { weight: 3_000_000, ..label(1, None, &[(1, 1)], None, &[]) };
    let light = Contributed { weight: 1_000_000, ..label(2, None, &[(2, 3)], None, &[]) };
    let found = register(&[heavy, light], &RULE, apart);
    let shares: Vec<u64> = found.claims.values().map(|claim| claim.share).collect();
    assert_eq!(shares, [750_000, 250_000], "class weights divide a label, not the register");
}

/// Weakness: who may change the split could write it in their favour once the work is done.
/// Scenario: eight labels are judged under the old split; then the reviewers adopt a charter that gives all to reviewers.
/// Verified: the old labels keep the split of the revision that they were judged under; the new one holds for new labels.
#[test]
fn rules_changed_before_payout_change_nothing_paid_for_before() {
    let old: Vec<Contributed> = (1..=8).map(|n| label(n, Some(1), &[(2, 1), (3, 1)], None, &[4, 5])).collect();
    let before = register(&old, &RULE, apart);
    let greedy = StakeSplit { author: 0, raters: 0, adjudicator: 0, reviewers: 1_000_000 };
    let new = Contributed { split: greedy, ..label(9, Some(1), &[(2, 1), (3, 1)], None, &[4, 5]) };
    let after = register(&[old, vec![new]].concat(), &RULE, apart);
    for (who, claim) in &before.claims {
        let gained: Vec<u64> = after.claims[who].units.iter().zip(claim.units).map(|(now, then)| now - then).collect();
        let expected = if [member(4), member(5)].contains(who) { 500_000 } else { 0 };
        assert_eq!(gained.iter().sum::<u64>(), expected, "of the one new label");
    }
}

/// Weakness: reviewers could pass each other's labels for the reviewers' part.
/// Scenario: three friends sign off all that any of them rated, and one of them brought it too; one of them even gets listed
/// as rater and reviewer of the same label.
/// Verified: nobody draws twice on a label, so a ring earns what any three would, and the caps bound it. That the labels are
/// any good the rule can't tell: that is for challenges, and for the concentration that is shown.
#[test]
fn a_ring_of_mutual_reviews_earns_no_more_than_its_work() {
    let ring: Vec<Contributed> = (0..9_u8)
        .map(|n| {
            let (rates, signs, both) = (n % 3, (n + 1) % 3, (n + 2) % 3);
            label(n, Some(both), &[(rates, 3), (10 + n, 1)], None, &[signs, both, rates])
        })
        .collect();
    for made in &ring {
        assert_eq!(units(made).values().sum::<u64>(), 1_000_000);
        assert!(!made.parts().contains_key(&Part::Author), "who signed off draws nothing as author");
        assert_eq!(made.parts()[&Part::Reviewer].len(), 2, "who rated draws nothing as reviewer");
    }
    let found = register(&ring, &RULE, apart);
    let of_ring: u64 = (0..3).map(|who| found.claims[&member(who)].claim).sum();
    assert!((0..3).all(|who| found.claims[&member(who)].claim == found.member_cap), "at the cap, each of them");
    assert_eq!(of_ring, 3 * 125_000, "of twelve members, 1.5 equal shares each");
    assert!(found.commons > 400_000, "the rest is nobody's: {}", found.commons);
    let alarms = guildhall::governance::Alarms { herfindahl: 250_000, nakamoto: 3, largest: 333_333 };
    let seen = Concentration::of(found.claims.values().map(|claim| claim.claim));
    assert_eq!(seen.alarms(&alarms, "members").len(), 0, "it takes three to hold half, and each holds a fifth");
    assert_eq!(seen.nakamoto, 3);
}

/// Weakness: an institution's cap counts institutions, and an institution is a name.
/// Scenario: a house of six among four others' members splits into three shells of two.
/// Verified: under one name it is capped; under three it isn't, and gets more: no rule over the ledger tells a shell from a
/// house. Joined by a steward (article 12) they count as one again from the next register on, and caps hold for what is
/// pending. What the split can't touch is the cap on each member.
#[test]
fn shells_evade_the_institutions_cap_until_they_are_joined() {
    let rated = |n: u8| label(n, None, &[(n % 6, 3), (10 + n % 4, 1)], None, &[]);
    let labels: Vec<Contributed> = (0..12).map(rated).collect();
    let house = |shells: u8| {
        move |who: &MemberId| {
            let of = (0..6).find(|n| member(*n) == *who).map(|n| format!("house-{}", n % shells));
            of.unwrap_or_else(|| who.to_string())
        }
    };
    let held = |found: &Register| (0..6).map(|n| found.claims[&member(n)].claim).sum::<u64>();
    let one = register(&labels, &RULE, house(1));
    assert_eq!(one.institution_cap, 300_000, "five institutions");
    assert_eq!(held(&one), 300_000);
    let split = register(&labels, &RULE, house(3));
    assert!(held(&split) > 700_000, "three caps instead of one: {}", held(&split));
    assert!(split.claims.values().all(|claim| claim.claim <= split.member_cap));
    let joined = register(&labels, &RULE, |who| {
        let of = house(3)(who);
        if of.starts_with("house") { "house-0".to_owned() } else { of }
    });
    assert_eq!(held(&joined), held(&one));
}

/// Weakness: stake could be kept on labels that were taken back.
/// Scenario: a release of three labels; one is withdrawn before a model trained on it is ratified, one after.
/// Verified: the first is void, the others vest, and the model's register is over those.
#[test]
fn what_is_withdrawn_before_vesting_is_void() {
    let labels = [1, 2, 3].map(|n| label(n, None, &[(n, 1)], None, &[]));
    let withdrawn: BTreeMap<LabelId, u64> = [(labels[0].label.clone(), 15), (labels[1].label.clone(), 25)].into();
    let vested = vesting((&labels, 10), &withdrawn, 20);
    let kept: Vec<&LabelId> = vested.iter().map(|made| &made.label).collect();
    assert_eq!(kept, [&labels[1].label, &labels[2].label]);
    let found = register(&vested, &RULE, apart);
    assert!(!found.claims.contains_key(&member(1)));
    assert_eq!(claims(&found), [500_000, 500_000]);
    assert!(vesting((&labels, 30), &withdrawn, 20).is_empty(), "no vote vests what wasn't published yet");
}

fn any_label() -> impl Strategy<Value = Contributed> {
    let raters = prop::collection::btree_map(0..12_u8, 0..4_u32, 0..5);
    let people =
        (prop::option::of(0..12_u8), raters, prop::option::of(0..12_u8), prop::collection::vec(0..12_u8, 0..4));
    (any::<u8>(), people, 0..5_000_000_u64, prop::collection::vec(0..=1_000_000_u32, 3)).prop_map(
        |(n, (author, raters, adjudicator, reviewers), weight, mut cuts)| {
            cuts.sort_unstable();
            let split = StakeSplit {
                author: cuts[0],
                raters: cuts[1] - cuts[0],
                adjudicator: cuts[2] - cuts[1],
                reviewers: 1_000_000 - cuts[2],
            };
            let raters: Vec<(u8, u32)> = raters.into_iter().collect();
            Contributed { split, weight, ..label(n, author, &raters, adjudicator, &reviewers) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_label_gives_all_or_nothing_and_nobody_two_parts(made in any_label()) {
        let units = units(&made);
        let sum: u64 = units.values().sum();
        prop_assert!(sum == RULE.label_units || (sum == 0 && units.values().all(|units| *units == 0)), "{sum}");
        let members: Vec<&MemberId> = made.parts().values().flat_map(|of| of.keys().copied().collect::<Vec<_>>()).collect();
        let distinct: BTreeSet<&MemberId> = members.iter().copied().collect();
        prop_assert_eq!(members.len(), distinct.len());
    }

    #[test]
    fn registers_sum_exactly_caps_hold_and_order_is_nothing(
        labels in prop::collection::vec(any_label(), 0..12),
        houses in 1..6_u8,
        turn in any::<prop::sample::Index>(),
    ) {
        let of = |who: &MemberId| {
            let n = (0..12_u8).find(|n| member(*n) == *who).unwrap_or(0);
            format!("house-{}", n % houses)
        };
        let found = register(&labels, &RULE, of);
        let held: u64 = found.claims.values().map(|claim| claim.claim).sum();
        prop_assert_eq!(held + found.commons, REGISTER);
        for claim in found.claims.values() {
            prop_assert!(claim.claim <= claim.share, "caps only reduce");
            prop_assert!(claim.claim <= found.member_cap);
        }
        for (house, held) in found.institutions() {
            prop_assert!(held <= found.institution_cap, "{house}: {held}");
        }
        let units: u64 = Part::ALL.into_iter().map(|part| found.units_of(part)).sum();
        prop_assert_eq!(units % RULE.label_units, 0, "whole labels");
        // another order, as somebody else may come upon them, gives the same bytes
        let mut turned = labels.clone();
        turned.reverse();
        if !turned.is_empty() {
            let by = turn.index(turned.len());
            turned.rotate_left(by);
        }
        prop_assert_eq!(stake_csv(&register(&turned, &RULE, of)), stake_csv(&found));
    }

    #[test]
    fn concentration_is_within_its_bounds(amounts in prop::collection::vec(0..1_000_000_u64, 1..20)) {
        let found = Concentration::of(amounts.clone());
        if let Some(equal) = 1_000_000_u64.checked_div(found.holders) {
            prop_assert!(found.herfindahl <= 1_000_000 && found.herfindahl + 1 >= equal);
            prop_assert!(found.nakamoto >= 1 && found.nakamoto <= found.holders / 2 + 1);
            prop_assert!(found.largest >= equal);
            prop_assert!(found.largest.pow(2) / 1_000_000 <= found.herfindahl + 1, "squares sum to no less than one of them");
        }
    }
}

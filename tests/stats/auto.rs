//! What `auto` promises: the same bits under other names, orders and threads; models that only climb; gold that is kept.

use guildhall::stats::{AggregationError, Auto, AutoFit, Judgement, Judgements, Member, majority};
use proptest::prelude::*;

fn fit(judgements: &Judgements) -> AutoFit {
    Auto { gold: &[], threads: 1 }.fit(judgements).unwrap()
}

fn set(given: &[(u32, u32, u32)]) -> Judgements {
    Judgements::new(given.iter().map(|&(item, rater, class)| Judgement { item, rater, class }).collect())
}

fn bits(fit: &AutoFit) -> Vec<Vec<u64>> {
    let posterior = &fit.aggregation.posterior;
    (0..posterior.items()).map(|item| posterior.of(item).iter().map(|value| value.to_bits()).collect()).collect()
}

/// Rows, with raters and classes renamed; weights go by the old rater.
fn renamed(rows: &[Judgement], raters: &[u32], classes: &[u32], weights: &[f64]) -> Judgements {
    let new = |row: &Judgement| Judgement {
        item: row.item,
        rater: raters[row.rater as usize],
        class: classes[row.class as usize],
    };
    let mut old = vec![0; raters.len()];
    (0..).zip(raters).for_each(|(rater, new): (u32, _)| old[*new as usize] = rater);
    let set = Judgements::new(rows.iter().map(new).collect());
    if weights.is_empty() { set } else { set.weighted(|row| weights[old[row.rater as usize] as usize]) }
}

fn shuffled(length: u32) -> impl Strategy<Value = Vec<u32>> {
    Just((0..length).collect::<Vec<u32>>()).prop_shuffle()
}

/// Up to 12 items, 6 raters, 4 classes: small enough that ties and symmetries are common.
fn rows() -> impl Strategy<Value = Vec<Judgement>> {
    let row = (0..12_u32, 0..6_u32, 0..4_u32).prop_map(|(item, rater, class)| Judgement { item, rater, class });
    let every = [0, 1, 2, 3].map(|class| Judgement { item: 11, rater: class, class });
    prop::collection::vec(row, 1..50).prop_map(move |mut rows| {
        // every class and rater occurs, each pair once, so that no order of rows matters
        rows.extend(every);
        rows.extend([4, 5].map(|rater| Judgement { item: 10, rater, class: 0 }));
        rows.sort();
        rows.dedup_by_key(|row| (row.item, row.rater));
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_and_order_change_no_bit(
        rows in rows(), order in shuffled(64), raters in shuffled(6), classes in shuffled(4), weighted in any::<bool>(),
    ) {
        let weights = if weighted { vec![1.0, 0.3, 1.0, 1.0 / 3.0, 0.7, 1.0] } else { vec![] };
        prop_assume!((0..4).all(|class| rows.iter().any(|row| row.class == class)));
        let plain = fit(&renamed(&rows, &[0, 1, 2, 3, 4, 5], &[0, 1, 2, 3], &weights));
        let mut mixed: Vec<Judgement> = order.iter().filter_map(|at| rows.get(*at as usize).copied()).collect();
        mixed.extend(rows.iter().skip(64).copied());
        let other = fit(&renamed(&mixed, &raters, &classes, &weights));
        for (left, right) in bits(&plain).iter().zip(bits(&other)) {
            for (class, value) in left.iter().enumerate() {
                prop_assert_eq!(*value, right[classes[class] as usize]);
            }
        }
        for (left, right) in plain.members.iter().zip(&other.members) {
            prop_assert_eq!(left.weight.to_bits(), right.weight.to_bits());
            prop_assert_eq!(&left.log_posterior, &right.log_posterior);
        }
    }

    /// Every rater has a mirror who says the other class: names alone tell the two classes apart.
    #[test]
    fn a_symmetry_of_the_data_leaves_every_item_even(
        half in prop::collection::vec((0..6_u32, 0..3_u32, 0..2_u32), 1..20), raters in shuffled(6),
    ) {
        let mut given: Vec<(u32, u32, u32)> = half;
        given.sort();
        given.dedup_by_key(|row| (row.0, row.1));
        let mirror: Vec<_> = given.iter().map(|(item, rater, class)| (*item, rater + 3, 1 - class)).collect();
        given.extend(mirror);
        for row in &mut given {
            row.1 = raters[row.1 as usize];
        }
        let found = fit(&set(&given));
        for (item, label) in found.aggregation.labels.iter().enumerate().filter(|(_, label)| label.is_some()) {
            prop_assert_eq!(*label, Some(0));
            let shares = found.aggregation.posterior.of(item);
            prop_assert_eq!(shares[0].to_bits(), shares[1].to_bits());
        }
    }

    #[test]
    fn every_member_climbs_and_every_item_sums_to_one(rows in rows(), gold in 0..4_u32, weighted in any::<bool>()) {
        let mut judgements = Judgements::new(rows.clone());
        if weighted {
            judgements = judgements.weighted(|row| 1.0 / f64::from(1 + row.rater));
        }
        let known = [(10, gold), (11, gold)];
        let Ok(found) = (Auto { gold: &known, threads: 1 }).fit(&judgements) else { return Ok(()) };
        for member in &found.members {
            prop_assert!(member.log_posterior.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", member);
            prop_assert!(member.converged);
        }
        let posterior = &found.aggregation.posterior;
        for (item, label) in found.aggregation.labels.iter().enumerate() {
            let sum: f64 = posterior.of(item).iter().sum();
            let whole = f64::from(u8::from(label.is_some()));
            prop_assert!((sum - whole).abs() < 1e-12);
        }
        if (gold as usize) < judgements.classes() {
            prop_assert_eq!(found.aggregation.labels[11], Some(gold));
        }
    }
}

#[test]
fn two_raters_who_part_on_one_item_leave_it_even() {
    let found = fit(&set(&[(0, 0, 0), (0, 1, 1)]));
    assert_eq!(found.aggregation.posterior.of(0), [0.5, 0.5]);
    assert_eq!((found.aggregation.labels[0], found.aggregation.guards.tied_items.len()), (Some(0), 1));
}

#[test]
fn nine_raters_with_nine_classes_leave_them_even() {
    let given: Vec<_> = (0..9).map(|rater| (0, rater, rater)).collect();
    let found = fit(&set(&given));
    let first = found.aggregation.posterior.of(0)[0];
    assert!(found.aggregation.posterior.of(0).iter().all(|value| value.to_bits() == first.to_bits()));
}

#[test]
fn classes_that_only_names_tell_apart_are_said() {
    // seven classes with equal votes on both items: 5,040 orders, and no exchange of two is a symmetry
    let given: Vec<_> = (0..7).flat_map(|rater| [(0, rater, rater), (1, rater, (rater + 1) % 7)]).collect();
    let notes = fit(&set(&given)).aggregation.notes;
    assert!(notes.iter().any(|note| note.contains("ordered by name")), "{notes:?}");
}

#[test]
fn unanimous_judgements_move_nothing() {
    let given: Vec<_> = (0..30).flat_map(|item| (0..3).map(move |rater| (item, rater, item % 3))).collect();
    let found = fit(&set(&given));
    assert_eq!(found.aggregation.guards.moved_from_majority, 0.0);
    assert!((0..30).zip(&found.aggregation.labels).all(|(item, label)| *label == Some(item % 3)));
    assert_eq!(found.suggest_audit(4).len(), 4);
    assert!(!found.is_audit_advised());
}

#[test]
fn what_cannot_be_decided_is_refused() {
    let auto = Auto { gold: &[], threads: 1 };
    assert_eq!(auto.fit(&set(&[])).err(), Some(AggregationError::NoJudgements));
    assert_eq!(auto.fit(&set(&[(0, 0, 0), (0, 1, 0)])).err(), Some(AggregationError::OneClass));
}

#[test]
fn without_overlap_only_the_pool_is_used_and_said() {
    let found = fit(&set(&[(0, 0, 0), (1, 1, 1), (2, 0, 1)]));
    assert_eq!(found.members.iter().map(|member| member.member).collect::<Vec<_>>(), [Member::Pool]);
    assert!(found.aggregation.notes[0].contains("no item has two judgements"));
    assert_eq!(found.aggregation.labels, majority(&set(&[(0, 0, 0), (1, 1, 1), (2, 0, 1)])).unwrap().labels);
}

#[test]
fn tables_over_the_limit_are_left_out_and_said() {
    // 300 raters × 600 × 600 classes: 108 million cells
    let given: Vec<_> =
        (0..1200_u32).flat_map(|item| [(item, item % 300, item % 600), (item, (item + 1) % 300, item % 600)]).collect();
    let found = fit(&set(&given));
    assert_eq!(found.members.len(), 2);
    assert!(found.aggregation.notes[0].contains("108000000 numbers"), "{:?}", found.aggregation.notes);
}

/// Ten raters of accuracy .5 to .9 on 400 items with 3 judgements each.
fn crowd() -> (Vec<u32>, Judgements) {
    let mut state = 11_u64;
    let mut below = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % bound).unwrap()
    };
    let mut truth = Vec::new();
    let mut rows = Vec::new();
    for item in 0..400 {
        truth.push(below(3));
        for _ in 0..3 {
            let rater = below(10);
            let right = below(100) < 50 + 4 * rater;
            rows.push(Judgement { item, rater, class: if right { truth[item as usize] } else { below(3) } });
        }
    }
    (truth, Judgements::new(rows))
}

#[test]
fn threads_change_no_bit() {
    let (_, judgements) = crowd();
    let one = fit(&judgements);
    for threads in [2, 3, 8] {
        let many = Auto { gold: &[], threads }.fit(&judgements).unwrap();
        assert_eq!(bits(&one), bits(&many));
        assert_eq!(one.members, many.members);
    }
}

#[test]
fn gold_is_kept_and_weighs_who_was_right() {
    let (truth, judgements) = crowd();
    let plain = fit(&judgements);
    let gold: Vec<(u32, u32)> = (0..40).map(|item| (item, truth[item as usize])).collect();
    let known = Auto { gold: &gold, threads: 1 }.fit(&judgements).unwrap();
    for (item, class) in &gold {
        assert_eq!(known.aggregation.labels[*item as usize], Some(*class));
        assert_eq!(known.aggregation.confidence(*item as usize), Some(1.0));
    }
    let best = known.members.iter().map(|member| member.gold_right).max();
    assert!(best > Some(20) && plain.members.iter().all(|member| member.gold_right == 0));
    for (with, without) in known.members.iter().zip(&plain.members) {
        assert_eq!(with.held_out, without.held_out);
    }
    let asked = known.suggest_audit(1000);
    assert!(asked.iter().all(|item| *item >= 40) && asked.len() + 40 <= 400);
    // an unknown item or class is no gold
    let odd = Auto { gold: &[(9999, 0), (0, 99)], threads: 1 }.fit(&judgements).unwrap();
    assert_eq!(bits(&odd), bits(&plain));
}

#[test]
fn an_audit_asks_for_moved_items_first() {
    let (_, judgements) = crowd();
    let found = fit(&judgements);
    let votes = majority(&judgements).unwrap();
    let moved: Vec<bool> = found
        .suggest_audit(400)
        .iter()
        .map(|item| found.aggregation.labels[*item as usize] != votes.labels[*item as usize])
        .collect();
    assert!(moved.windows(2).all(|pair| pair[0] >= pair[1]) && moved[0]);
    assert_eq!(found.is_audit_advised(), found.aggregation.guards.moved_from_majority > 0.02);
}

//! What every aggregation promises: threads and the order of rows change no bit, the log posterior never falls.

use guildhall::stats::{Aggregation, ConfusionPrior, DawidSkene, Glad, Judgement, Judgements, Mace, OneCoin, Stop};
use proptest::prelude::*;

fn fits(judgements: &Judgements, threads: usize) -> Vec<(&'static str, Aggregation)> {
    let stop = Stop { tolerance: 1e-10, iterations: 60 };
    let prior = ConfusionPrior { diagonal: 1.0, off_diagonal: 0.1, class: 0.5 };
    vec![
        ("map", DawidSkene::maximum_a_posteriori(threads).fit(judgements).unwrap().aggregation),
        ("ml", DawidSkene::maximum_likelihood(threads).fit(judgements).unwrap().aggregation),
        ("weak prior", DawidSkene { prior, stop, threads }.fit(judgements).unwrap().aggregation),
        ("one-coin", OneCoin::new(threads).fit(judgements).unwrap().0),
        ("mace", Mace { restarts: 2, seed: 1, stop, threads }.fit(judgements).unwrap().0),
        ("glad", Glad { stop, threads }.fit(judgements).unwrap().aggregation),
    ]
}

fn bits(result: &Aggregation) -> (Vec<u64>, Vec<u64>) {
    let posterior =
        (0..result.posterior.items()).flat_map(|item| result.posterior.of(item)).map(|share| share.to_bits());
    (posterior.collect(), result.log_posterior.iter().map(|value| value.to_bits()).collect())
}

fn rows() -> impl Strategy<Value = Vec<Judgement>> {
    let row =
        (0..25_u32, 0..8_u32, 0..10_u32).prop_map(|(item, rater, class)| Judgement { item, rater, class: class / 3 });
    prop::collection::vec(row, 2..150).prop_map(|mut rows| {
        rows.sort();
        rows.dedup_by_key(|row| (row.item, row.rater));
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_posterior_never_falls(rows in rows(), weighted in any::<bool>()) {
        let mut judgements = Judgements::new(rows.clone());
        if weighted {
            judgements = judgements.weighted(|row| 1.0 / f64::from(1 + row.rater % 3));
        }
        for (name, result) in fits(&judgements, 1) {
            let climb = &result.log_posterior;
            prop_assert!(climb.windows(2).all(|pair| pair[0] <= pair[1]), "{}: {:?}", name, climb);
            prop_assert!(climb.iter().all(|value| value.is_finite()), "{}: {:?}", name, climb);
            // a true fall would end the climb unconverged
            prop_assert!(result.converged || climb.len() >= 60, "{}: {} {:?}", name, climb.len(), climb.last());
            for item in 0..judgements.items() {
                let sum: f64 = result.posterior.of(item).iter().sum();
                let whole = f64::from(u8::from(result.labels[item].is_some()));
                prop_assert!((sum - whole).abs() < 1e-9, "{} {}", name, sum);
            }
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_bit(rows in rows(), seed in any::<u64>()) {
        let mut mixed = rows.clone();
        for last in (1..mixed.len()).rev() {
            mixed.swap(last, (seed.rotate_left(last as u32) % (last as u64 + 1)) as usize);
        }
        for ((name, left), (_, right)) in fits(&Judgements::new(rows), 1).iter().zip(fits(&Judgements::new(mixed), 1)) {
            prop_assert_eq!(bits(left), bits(&right), "{}", name);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let mut state = 5_u64;
    let mut below = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % bound).unwrap()
    };
    // enough for all parts
    let rows: Vec<Judgement> = (0..60_000)
        .map(|at| {
            let (item, rater) = (at / 4, below(60));
            Judgement { item, rater, class: if below(100) < 40 + rater { item % 3 } else { below(3) } }
        })
        .collect();
    let judgements = Judgements::new(rows);
    let one = fits(&judgements, 1);
    for threads in [2, 3, 7] {
        for ((name, left), (_, right)) in one.iter().zip(fits(&judgements, threads)) {
            assert!(bits(left) == bits(&right), "{name} on {threads} threads");
        }
    }
}

#[test]
fn the_smallest_sets_are_fitted() {
    let set = |given: &[(u32, u32, u32)]| {
        Judgements::new(given.iter().map(|&(item, rater, class)| Judgement { item, rater, class }).collect())
    };
    // one judgement; one class; one item; one rater; gaps in every numbering
    for given in [
        &[(0, 0, 0)][..],
        &[(0, 0, 0), (0, 1, 0), (1, 0, 0)],
        &[(0, 0, 0), (0, 1, 1), (0, 2, 1)],
        &[(0, 0, 0), (1, 0, 1), (2, 0, 1)],
        &[(7, 5, 3), (7, 9, 3), (2, 9, 1)],
    ] {
        let judgements = set(given);
        for (name, result) in fits(&judgements, 2) {
            for (item, label) in (0..).zip(&result.labels) {
                let judged = given.iter().any(|row| row.0 == item);
                assert_eq!(label.is_some(), judged, "{name} {given:?}");
                let shares = result.posterior.of(item as usize);
                assert!(shares.iter().all(|share| share.is_finite()), "{name} {given:?} {shares:?}");
            }
            assert!(result.converged, "{name} {given:?} {:?}", result.log_posterior);
        }
    }
}

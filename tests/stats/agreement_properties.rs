//! What holds for any judgements.

use guildhall::stats::{
    Bootstrap, Coefficient, Counts, Distance, Judgement, Judgements, Metric, Undefined, WeightTable, Weights,
    cohen_kappa, cohen_kappas, fleiss_kappa, gwet_ac1, gwet_ac2, kendall_tau, kendall_w, krippendorff_alphas,
    pairwise_agreement, percent_agreement,
};
use proptest::prelude::*;

const LEVELS: [Metric; 4] = [Metric::Nominal, Metric::Ordinal, Metric::Interval, Metric::Ratio];
const CLASSES: usize = 4;
const VALUES: [f64; CLASSES] = [0.0, 1.5, 2.0, 7.0];
const BOOTSTRAP: Bootstrap = Bootstrap { seed: 11, replicates: 20 };

/// One class for each item and rater, or none.
fn grids() -> impl Strategy<Value = Vec<Vec<Option<u32>>>> {
    let cell = prop_oneof![1 => Just(None), 4 => (0..CLASSES as u32).prop_map(Some)];
    (1..7_usize).prop_flat_map(move |raters| prop::collection::vec(prop::collection::vec(cell.clone(), raters), 1..25))
}

fn rows(grid: &[Vec<Option<u32>>]) -> Vec<Judgement> {
    let mut rows = Vec::new();
    for (item, line) in (0..).zip(grid) {
        for (rater, cell) in (0..).zip(line) {
            rows.extend(cell.map(|class| Judgement { item, rater, class }));
        }
    }
    rows
}

fn named(judgements: &Judgements) -> Vec<(String, Coefficient)> {
    let counts = Counts::of(judgements).with_classes(CLASSES);
    let mut all = Vec::new();
    let mut add = |name: &str, coefficient| all.push((name.to_owned(), coefficient));
    add("percent", percent_agreement(&counts));
    add("pairwise", pairwise_agreement(&counts));
    add("AC1", gwet_ac1(&counts));
    for weights in [Weights::Identity, Weights::Linear, Weights::Quadratic, Weights::Ordinal] {
        let table = WeightTable::new(weights, CLASSES, Some(&VALUES)).unwrap();
        add(&format!("AC2 {weights:?}"), gwet_ac2(&counts, &table));
        add(&format!("Fleiss {weights:?}"), fleiss_kappa(&counts, &table));
    }
    for (metric, alpha) in LEVELS.iter().zip(krippendorff_alphas(&counts, LEVELS, Some(&VALUES), &BOOTSTRAP)) {
        add(&format!("alpha {metric:?}"), alpha);
    }
    for distance in [Distance::Plain, Distance::Linear, Distance::Quadratic] {
        add(&format!("Cohen {distance:?}"), cohen_kappas(judgements, distance, 1).mean);
    }
    all
}

/// The same values, and reasons that may name another class.
fn bits(all: &[(String, Coefficient)]) -> Vec<Result<[u64; 3], String>> {
    let bits = |one: &Coefficient| match one {
        Ok(one) => Ok([one.value, one.low, one.high].map(f64::to_bits)),
        Err(reason) => Err(reason.to_string()),
    };
    all.iter().map(|(_, one)| bits(one)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_names_of_items_and_raters_change_no_bit(grid in grids(), seed in any::<u64>()) {
        let first = named(&Judgements::new(rows(&grid)));
        let turned: Vec<Vec<_>> = grid.iter().rev().map(|line| line.iter().rev().copied().collect()).collect();
        let mut other = rows(&turned);
        other.sort_by_key(|row| (u64::from(row.item) * 31 + u64::from(row.rater) * 17).wrapping_mul(seed | 1));
        prop_assert_eq!(bits(&first), bits(&named(&Judgements::new(other))));
    }

    #[test]
    fn names_of_classes_do_not_matter_to_nominal_coefficients(grid in grids(), shift in 0..CLASSES as u32) {
        let renamed: Vec<Vec<_>> = grid.iter().map(|line| {
            line.iter().map(|cell| cell.map(|class| (class + shift) % CLASSES as u32)).collect()
        }).collect();
        let nominal = |name: &str| ["percent", "pairwise", "AC1", "alpha Nominal", "Cohen Plain"].contains(&name)
            || name.ends_with("Identity");
        let one = named(&Judgements::new(rows(&grid)));
        let other = named(&Judgements::new(rows(&renamed)));
        for ((name, one), (_, other)) in one.iter().zip(&other).filter(|((name, _), _)| nominal(name)) {
            match (one, other) {
                (Ok(one), Ok(other)) => prop_assert!((one.value - other.value).abs() <= 1e-12, "{}", name),
                (Err(one), Err(other)) => prop_assert_eq!(one.to_string(), other.to_string()),
                _ => prop_assert!(false, "{}: {:?} and {:?}", name, one, other),
            }
        }
    }

    #[test]
    fn values_are_finite_and_at_most_one(grid in grids()) {
        for (name, one) in named(&Judgements::new(rows(&grid))) {
            if let Ok(one) = one {
                prop_assert!(one.value.is_finite() && one.value <= 1.0, "{} {:?}", name, one);
                prop_assert!(one.low.is_finite() && one.high.is_finite() && one.low <= one.high, "{} {:?}", name, one);
                prop_assert!(one.high <= 1.0, "{} {:?}", name, one);
            }
        }
    }

    #[test]
    fn perfect_agreement_is_one(classes in prop::collection::vec(0..CLASSES as u32, 2..20), raters in 2..6_usize) {
        let grid: Vec<Vec<_>> = classes.iter().map(|&class| vec![Some(class); raters]).collect();
        let alike = classes.iter().all(|&class| class == classes[0]);
        for (name, one) in named(&Judgements::new(rows(&grid))) {
            if name.starts_with("per") || name.starts_with("pair") || !alike {
                let value = one.unwrap().value;
                prop_assert!((value - 1.0).abs() < 1e-12, "{} {}", name, value);
            } else {
                prop_assert!(matches!(one, Err(Undefined::Unanimous { class }) if class == classes[0]), "{}", name);
            }
        }
    }

    #[test]
    fn two_raters_can_change_places(pairs in prop::collection::vec((0..5_u32, 0..5_u32), 0..40)) {
        let turned: Vec<_> = pairs.iter().rev().map(|&(one, other)| (other, one)).collect();
        for distance in [Distance::Plain, Distance::Linear, Distance::Quadratic] {
            prop_assert_eq!(cohen_kappa(&pairs, distance), cohen_kappa(&turned, distance));
        }
    }

    #[test]
    fn alpha_and_fleiss_differ_only_by_the_number_of_values(grid in grids()) {
        // 1 - alpha = (1 - kappa) (n - 1) / n if every item has as many judgements
        let full: Vec<Vec<_>> = grid.iter().map(|line| line.iter().map(|cell| cell.or(Some(0))).collect()).collect();
        let counts = Counts::of(&Judgements::new(rows(&full))).with_classes(CLASSES);
        let identity = WeightTable::new(Weights::Identity, CLASSES, None).unwrap();
        let [alpha] = krippendorff_alphas(&counts, [Metric::Nominal], None, &BOOTSTRAP);
        if let (Ok(alpha), Ok(kappa)) = (alpha, fleiss_kappa(&counts, &identity)) {
            let all = counts.pairable() as f64;
            prop_assert!((1.0 - alpha.value - (1.0 - kappa.value) * (all - 1.0) / all).abs() < 1e-12);
        }
    }

    #[test]
    fn rankings_are_symmetric_and_in_range(
        rankings in (2..8_usize).prop_flat_map(|things| prop::collection::vec(prop::collection::vec(0..4_u8, things), 2..6))
    ) {
        let rankings: Vec<Vec<f64>> = rankings.iter().map(|one| one.iter().map(|&rank| f64::from(rank)).collect()).collect();
        let mut turned: Vec<Vec<f64>> = rankings.iter().map(|one| one.iter().rev().copied().collect()).collect();
        turned.reverse();
        prop_assert_eq!(kendall_w(&rankings), kendall_w(&turned));
        if let Ok(w) = kendall_w(&rankings) {
            prop_assert!((0.0..=1.0).contains(&w), "{}", w);
        }
        let equal = vec![rankings[0].clone(); 3];
        prop_assert_eq!(kendall_w(&equal), kendall_tau(&rankings[0], &rankings[0]).map(|tau| tau.value));
        let (tau, other) = (kendall_tau(&rankings[0], &rankings[1]), kendall_tau(&rankings[1], &rankings[0]));
        prop_assert_eq!(tau, other);
        if let Ok(tau) = tau {
            prop_assert!(tau.value.abs() <= 1.0 && tau.low <= tau.value && tau.value <= tau.high, "{:?}", tau);
        }
    }
}

#[test]
fn a_million_classes_are_no_trouble() {
    let rows = (0..40).map(|row| Judgement { item: row / 2, rater: row % 2, class: row * row * 7_919 % 1_000_000 });
    let counts = Counts::of(&Judgements::new(rows.collect())).with_classes(1_000_000);
    assert!(gwet_ac1(&counts).is_ok());
    assert!(WeightTable::new(Weights::Linear, counts.classes(), None).is_err());
    let bootstrap = Bootstrap { seed: 1, replicates: 2 };
    let [nominal, ordinal, interval, ratio] = krippendorff_alphas(&counts, LEVELS, None, &bootstrap);
    assert!(nominal.is_ok() && ordinal.is_ok());
    assert_eq!((interval, ratio), (Err(Undefined::NotNumeric), Err(Undefined::NotNumeric)));
}

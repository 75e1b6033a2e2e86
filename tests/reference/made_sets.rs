//! Small made sets, and what other programs say of them (`data/agreement.json`): krippendorff 0.9.0 (alpha), irrCAC 0.4.4 (AC1,
//! AC2, Fleiss, Brennan and Prediger, with intervals), statsmodels 0.15.0 and scikit-learn (Cohen, with standard
//! errors), scipy (tau, W by Friedman's statistic); unitizing alpha by counting every pair of characters in fractions.

use crate::tables::close;
use guildhall::stats::{
    Bootstrap, Coefficient, Counts, Distance, Judgement, Judgements, Metric, Span, Text, WeightTable, Weights,
    cohen_kappas, fleiss_kappa, gwet_ac2, kendall_tau, kendall_w, krippendorff_alpha, percent_agreement,
    unitizing_alpha,
};
use serde_json::Value;

const NONE: Bootstrap = Bootstrap { seed: 1, replicates: 0 };
/// Last digit that irrCAC was asked for is 1e-12.
const DIGITS: f64 = 1e-11;
/// Of intervals: scipy's Student quantile is off by up to 1e-8.
const INTERVAL_DIGITS: f64 = 5e-9;

fn made() -> Value {
    serde_json::from_str(include_str!("data/agreement.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

fn index(value: &Value) -> u32 {
    value.as_u64().unwrap() as u32
}

/// Name, judgements, class values and the set itself.
fn sets() -> Vec<(String, Judgements, Vec<f64>, Value)> {
    let made = made();
    let sets = made.as_object().unwrap().iter().filter(|(_, set)| set.get("rows").is_some());
    sets.map(|(name, set)| {
        let row = |row: &Value| Judgement { item: index(&row[0]), rater: index(&row[1]), class: index(&row[2]) };
        let rows = set["rows"].as_array().unwrap().iter().map(row).collect();
        (name.clone(), Judgements::new(rows), numbers(&set["values"]), set.clone())
    })
    .collect()
}

#[test]
fn alpha_is_as_the_package_krippendorff_says() {
    for (name, judgements, values, set) in sets() {
        let levels = [
            ("nominal", Metric::Nominal),
            ("ordinal", Metric::Ordinal),
            ("interval", Metric::Interval),
            ("ratio", Metric::Ratio),
        ];
        for (level, metric) in levels {
            let alpha = krippendorff_alpha(&Counts::of(&judgements), metric, Some(&values), &NONE).unwrap();
            close(alpha.value, set["alpha"][level].as_f64().unwrap(), DIGITS, &format!("{name}: {level}"));
        }
    }
}

#[test]
fn weighted_coefficients_and_intervals_are_as_irrcac_says() {
    let kinds = [
        ("identity", Weights::Identity),
        ("linear", Weights::Linear),
        ("quadratic", Weights::Quadratic),
        ("ordinal", Weights::Ordinal),
    ];
    for (name, judgements, values, set) in sets() {
        let counts = Counts::of(&judgements).with_classes(values.len());
        for (kind, weights) in kinds {
            let table = WeightTable::new(weights, values.len(), Some(&values)).unwrap();
            let check = |which: &str, got: Coefficient| {
                let (got, want) = (got.unwrap(), &set["weighted"][kind][which]);
                let ends = [
                    (got.value, "value", DIGITS),
                    (got.low, "low", INTERVAL_DIGITS),
                    (got.high, "high", INTERVAL_DIGITS),
                ];
                for (got, end, tolerance) in ends {
                    close(got, want[end].as_f64().unwrap(), tolerance, &format!("{name}: {kind} {which} {end}"));
                }
            };
            check("gwet", gwet_ac2(&counts, &table));
            check("fleiss", fleiss_kappa(&counts, &table));
        }
        let agreement = set["weighted"]["identity"]["gwet"]["pa"].as_f64().unwrap();
        close(percent_agreement(&counts).unwrap().value, agreement, DIGITS, &name);
    }
}

#[test]
fn cohens_kappa_is_as_statsmodels_says() {
    let kinds = [("plain", Distance::Plain), ("linear", Distance::Linear), ("quadratic", Distance::Quadratic)];
    for (name, judgements, _, set) in sets() {
        let want = set["pairs"].as_array().unwrap();
        for (kind, distance) in kinds {
            let got = cohen_kappas(&judgements, distance, 1);
            assert_eq!(got.pairs.len(), want.len());
            let mut sum = 0.0;
            for (got, want) in got.pairs.iter().zip(want) {
                assert_eq!((got.first, got.second), (index(&want["first"]), index(&want["second"])));
                assert_eq!(got.shared, index(&want["shared"]));
                let (kappa, error) = (want[kind][0].as_f64().unwrap(), want[kind][1].as_f64().unwrap());
                let estimate = got.kappa.unwrap();
                sum += kappa;
                close(estimate.value, kappa, DIGITS, &format!("{name}: {kind} {got:?}"));
                // a rater of one class has no error, which tells nothing
                let informed = error > 1e-6 || kappa == 1.0;
                let low = if informed { (kappa - 1.959_963_984_540_054 * error).max(-1.0) } else { -1.0 };
                close(estimate.low, low, 1e-10, &format!("{name}: {kind} {got:?}"));
            }
            close(got.mean.unwrap().value, sum / want.len() as f64, DIGITS, &name);
        }
    }
}

#[test]
fn rankings_are_as_scipy_says() {
    let made = made();
    for one in made["kendall_tau"].as_array().unwrap() {
        let tau = kendall_tau(&numbers(&one["one"]), &numbers(&one["other"])).unwrap();
        close(tau.value, one["tau"].as_f64().unwrap(), DIGITS, "tau");
        assert!(tau.low < tau.value && tau.value < tau.high);
    }
    for one in made["kendall_w"].as_array().unwrap() {
        let rankings: Vec<Vec<f64>> = one["rankings"].as_array().unwrap().iter().map(numbers).collect();
        close(kendall_w(&rankings).unwrap(), one["w"].as_f64().unwrap(), DIGITS, "W");
    }
}

#[test]
fn unitizing_alpha_is_a_count_of_all_pairs_of_characters() {
    for one in made()["unitizing"].as_array().unwrap() {
        let span = |span: &Value| Span { start: index(&span[0]), end: index(&span[1]), class: index(&span[2]) };
        let spans = |list: &Value| list.as_array().unwrap().iter().map(span).collect();
        let text = |text: &Value| Text {
            length: index(&text[0]),
            raters: text[1].as_array().unwrap().iter().map(spans).collect(),
        };
        let texts: Vec<Text> = one["texts"].as_array().unwrap().iter().map(text).collect();
        let alpha = unitizing_alpha(&texts, &Bootstrap { seed: 3, replicates: 500 }).unwrap();
        close(alpha.value, one["alpha"].as_f64().unwrap(), DIGITS, "alpha");
        assert!(alpha.low <= alpha.value && alpha.value <= alpha.high, "{alpha:?}");
        let mut turned = texts.clone();
        turned.reverse();
        turned.iter_mut().for_each(|text| text.raters.reverse());
        assert_eq!(unitizing_alpha(&turned, &Bootstrap { seed: 3, replicates: 500 }), Ok(alpha));
    }
}

//! Five public sets whose judgements may not be copied: run with their folder in
//! `TRUTH_INFERENCE` and `-- --ignored`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::tables::close;
use guildhall::stats::{
    Bootstrap, Coefficient, Counts, Distance, Judgement, Judgements, Metric, WeightTable, Weights, cohen_kappas,
    fleiss_kappa, gwet_ac1, gwet_ac2, krippendorff_alphas, pairwise_agreement, percent_agreement,
};
use serde_json::Value;

/// The references have ten digits.
const DIGITS: f64 = 6e-11;
const NONE: Bootstrap = Bootstrap { seed: 1, replicates: 0 };

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("TRUTH_INFERENCE").expect("TRUTH_INFERENCE names the folder of the sets"))
}

/// The references count the first of a repeated pair.
fn read(set: &str) -> (Judgements, Vec<f64>) {
    let text = fs::read_to_string(folder().join(format!("{set}.csv"))).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.trim().split(',').collect()).collect();
    let number = |column: usize| {
        let mut names: BTreeMap<&str, u32> = rows.iter().map(|row| (row[column], 0)).collect();
        names.values_mut().zip(0..).for_each(|(index, place)| *index = place);
        names
    };
    let (items, raters, classes) = (number(0), number(1), number(2));
    let judgement = |row: &Vec<&str>| Judgement { item: items[row[0]], rater: raters[row[1]], class: classes[row[2]] };
    let judgements = Judgements::new(rows.iter().rev().map(judgement).collect());
    (judgements, classes.keys().map(|name| name.parse().unwrap()).collect())
}

#[test]
#[ignore = "needs the public sets: TRUTH_INFERENCE=DIR cargo test --release --test reference -- --ignored"]
fn every_reference_is_met_to_nine_digits() {
    let reference: Value = serde_json::from_str(&fs::read_to_string(folder().join("reference.json")).unwrap()).unwrap();
    let mut checked = 0;
    for (name, set) in reference["sets"].as_object().unwrap() {
        let (judgements, values) = read(name);
        let want = &set["agreement"];
        let counts = Counts::of(&judgements);
        assert_eq!(counts.judgements(), want["votes_dedup"].as_u64().unwrap());
        assert_eq!(counts.pairable_items(), want["items_ge2"].as_u64().unwrap());
        let mut check = |what: &str, got: f64, want: &Value| {
            close(got, want.as_f64().unwrap_or_else(|| panic!("{name} {what}")), DIGITS, &format!("{name}: {what}"));
            checked += 1;
        };
        let levels = [Metric::Nominal, Metric::Ordinal, Metric::Interval];
        let alphas = krippendorff_alphas(&counts, levels, Some(&values), &NONE);
        for (level, alpha) in ["alpha_nominal", "alpha_ordinal", "alpha_interval"].iter().zip(alphas) {
            check(level, alpha.unwrap().value, &want[level]);
        }
        check("pairs", pairwise_agreement(&counts).unwrap().value, &want["pairwise_agree_pair_weighted"]);
        check("pa", percent_agreement(&counts).unwrap().value, &want["gwet_identity"]["pa"]);
        check("AC1", gwet_ac1(&counts).unwrap().value, &want["gwet_identity"]["AC"]);
        weighted(&counts, &values, want, &mut check);
        cohen(&judgements, want, &mut check);
    }
    assert!(checked >= 5 * 25, "{checked}");
    println!("{checked} numbers");
}

fn weighted(counts: &Counts, values: &[f64], want: &Value, check: &mut impl FnMut(&str, f64, &Value)) {
    let kinds = [
        ("identity", Weights::Identity),
        ("linear", Weights::Linear),
        ("quadratic", Weights::Quadratic),
        ("ordinal", Weights::Ordinal),
    ];
    for (kind, weights) in kinds {
        let table = WeightTable::new(weights, values.len(), Some(values)).unwrap();
        let own = &want[format!("gwet_{kind}")];
        let mut both = |key: &str, program: &str, got: Coefficient| {
            let got = got.unwrap();
            check(&format!("{kind} {key}"), got.value, &own[key]);
            let other = &want["irrCAC"][kind][program];
            if other.is_null() {
                return;
            }
            check(&format!("{kind} {program}"), got.value, &other["coef"]);
            let error = (got.value - got.low) / student(counts.items());
            check(&format!("{kind} {program} error"), error, &other["se"]);
        };
        both("AC", "gwet", gwet_ac2(counts, &table));
        both("fleiss_conger_style", "fleiss", fleiss_kappa(counts, &table));
    }
}

/// Student's quantile at .975, degrees of freedom one less than the items.
fn student(items: u64) -> f64 {
    match items {
        108 => 1.982_383_370_175_691,
        800 => 1.962_937_461_105_605_6,
        807 => 1.962_911_598_717_397,
        _ => panic!("no quantile for {items} items"),
    }
}

fn cohen(judgements: &Judgements, want: &Value, check: &mut impl FnMut(&str, f64, &Value)) {
    for least in [1, 2, 10] {
        let kappas = cohen_kappas(judgements, Distance::Plain, least);
        let want = &want["cohen_pairwise"][format!("min_common_{least}")];
        assert_eq!(kappas.pairs.len() as u64, want["pairs"].as_u64().unwrap());
        let defined = kappas.pairs.iter().filter(|pair| pair.kappa.is_ok()).count();
        assert_eq!(defined as u64, want["pairs_defined"].as_u64().unwrap());
        let shares = kappas.pairs.iter().map(|pair| f64::from(pair.agreed) / f64::from(pair.shared));
        let agreement = shares.sum::<f64>() / kappas.pairs.len() as f64;
        check("mean", kappas.mean.unwrap().value, &want["mean"]);
        check("weighted mean", kappas.weighted_mean.unwrap(), &want["mean_weighted_by_common"]);
        check("median", kappas.median.unwrap(), &want["median"]);
        check("agreement of pairs", agreement, &want["mean_pct_agree"]);
    }
}

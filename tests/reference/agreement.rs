//! Numbers printed in the literature.

use crate::tables::{close, counted, krippendorff_2011};
use guildhall::stats::{
    Bootstrap, Counts, Metric, WeightTable, Weights, fleiss_kappa, gwet_ac1, gwet_ac2, kendall_tau, kendall_w,
    krippendorff_alpha, krippendorff_alphas, percent_agreement, preference_alpha,
};

const BOOTSTRAP: Bootstrap = Bootstrap { seed: 6, replicates: 1_000 };
const VALUES: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

#[test]
fn alpha_of_four_observers_and_twelve_units() {
    let counts = Counts::of(&krippendorff_2011());
    assert_eq!((counts.pairable(), counts.judgements(), counts.pairable_items()), (40, 41, 11));
    let levels = [Metric::Nominal, Metric::Ordinal, Metric::Interval, Metric::Ratio];
    let printed = [0.7434, 0.8154, 0.8491, 0.7974];
    let together = krippendorff_alphas(&counts, levels, Some(&VALUES), &BOOTSTRAP);
    for ((metric, printed), alpha) in levels.into_iter().zip(printed).zip(together) {
        let alpha = alpha.unwrap();
        close(alpha.value, printed, 5e-5, &format!("{metric:?}"));
        assert!(alpha.low < alpha.value && alpha.value < alpha.high && alpha.high <= 1.0, "{alpha:?}");
        assert_eq!(krippendorff_alpha(&counts, metric, Some(&VALUES), &BOOTSTRAP), Ok(alpha));
    }
    assert_eq!(preference_alpha(&counts, &BOOTSTRAP), together[1]);
}

#[test]
fn alpha_of_two_observers_and_ten_units() {
    // Krippendorff 2011, section A: binary data with coincidences 10, 4, 4, 2, alpha .095
    let two = crate::tables::table(0, &["0100000000", "1110010100"]);
    let alpha = krippendorff_alpha(&Counts::of(&two), Metric::Nominal, None, &BOOTSTRAP).unwrap();
    close(alpha.value, 0.095, 5e-4, "alpha");
}

#[test]
fn fleiss_kappa_of_thirty_patients() {
    // Fleiss 1971, table 1: depression, personality disorder, schizophrenia, neurosis, other, by 6 psychiatrists
    let patients: [[u32; 5]; 30] = [
        [0, 0, 0, 6, 0],
        [0, 3, 0, 0, 3],
        [0, 1, 4, 0, 1],
        [0, 0, 0, 0, 6],
        [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0],
        [0, 0, 4, 0, 2],
        [2, 0, 3, 1, 0],
        [2, 0, 0, 4, 0],
        [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0],
        [1, 1, 0, 4, 0],
        [0, 3, 3, 0, 0],
        [1, 0, 0, 5, 0],
        [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1],
        [3, 0, 0, 1, 2],
        [5, 1, 0, 0, 0],
        [0, 2, 0, 4, 0],
        [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6],
        [0, 1, 0, 5, 0],
        [0, 2, 0, 1, 3],
        [2, 0, 0, 4, 0],
        [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0],
        [4, 0, 0, 0, 2],
        [0, 2, 0, 4, 0],
        [1, 0, 5, 0, 0],
        [0, 0, 0, 0, 6],
    ];
    let rows: Vec<&[u32]> = patients.iter().map(|row| row.as_slice()).collect();
    let counts = Counts::of(&counted(&rows));
    let identity = WeightTable::new(Weights::Identity, 5, None).unwrap();
    close(fleiss_kappa(&counts, &identity).unwrap().value, 0.430, 5e-4, "kappa");
    close(percent_agreement(&counts).unwrap().value, 0.556, 1e-3, "agreement");
}

#[test]
fn gwets_four_raters() {
    // Gwet's package irrCAC, example cac.raw4raters (the data are Krippendorff's): AC1 .77544 with standard error
    // .14295, kappa .76117 with .15302, AC2 .85874 (linear), .91400 (quadratic), .89894 (ordinal)
    let counts = Counts::of(&krippendorff_2011());
    let ac1 = gwet_ac1(&counts).unwrap();
    close(ac1.value, 0.775_44, 5e-6, "AC1");
    // 2.200 985 standard errors (Student, 11 degrees)
    close(ac1.value - ac1.low, 2.200_985 * 0.142_95, 2e-5, "AC1's reach");
    assert_eq!(ac1.high, 1.0);
    let identity = WeightTable::new(Weights::Identity, 5, None).unwrap();
    let kappa = fleiss_kappa(&counts, &identity).unwrap();
    close(kappa.value, 0.761_17, 5e-6, "kappa");
    close(kappa.value - kappa.low, 2.200_985 * 0.153_02, 2e-5, "kappa's reach");
    let printed = [(Weights::Linear, 0.858_74), (Weights::Quadratic, 0.914), (Weights::Ordinal, 0.898_94)];
    for (weights, printed) in printed {
        let table = WeightTable::new(weights, 5, Some(&VALUES)).unwrap();
        close(gwet_ac2(&counts, &table).unwrap().value, printed, 5e-6, &format!("{weights:?} AC2"));
    }
}

#[test]
fn rankings_agree_with_counts_by_hand() {
    // 21 pairs in order, 24 not
    let one = [7.0, 4.0, 3.0, 10.0, 6.0, 2.0, 9.0, 8.0, 1.0, 5.0];
    let other = [5.0, 7.0, 3.0, 10.0, 1.0, 9.0, 6.0, 2.0, 8.0, 4.0];
    assert_eq!(kendall_tau(&one, &other).unwrap().value, -3.0 / 45.0);
    // three equal rankings, with a tie in each
    assert_eq!(kendall_w(&[[1.0, 2.0, 2.0, 4.0]; 3]), Ok(1.0));
}

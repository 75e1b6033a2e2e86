//! Published numbers: Dawid and Skene's anaesthetists, labels of another implementation, accuracies on public sets.

use std::fs::File;
use std::path::Path;

use guildhall::exchange::{Truth, Votes, read_truth, read_votes};
use guildhall::stats::{
    Aggregation, Auto, ConfusionPrior, DawidSkene, Glad, Judgement, Mace, OneCoin, Stop, majority, wawa,
    zero_based_skill,
};

/// Table 1 of Dawid and Skene 1979: 45 patients; three answers of the first anaesthetist, then one of each other.
const ANAESTHETISTS: [&str; 45] = [
    "1111111", "3334334", "1122122", "2223121", "2223222", "2223322", "1222111", "3333433", "2222223", "2322223",
    "4444444", "2223343", "1111111", "2223212", "1211111", "1112111", "1111111", "1111111", "2222221", "2221322",
    "2222222", "2222221", "2223222", "2212222", "1111111", "1111111", "2322222", "1111111", "1111111", "1121121",
    "1111111", "3333233", "1111111", "2222222", "2223232", "4334343", "2212232", "2323233", "3333432", "1111111",
    "1111111", "1212111", "2322222", "1211111", "2222222",
];

/// Error rates that an independent EM in another language ends at; by anaesthetist, then truth, then answer.
const ERROR_RATES: [[[f64; 4]; 4]; 5] = [
    [[0.889, 0.111, 0.0, 0.0], [0.071, 0.876, 0.053, 0.0], [0.0, 0.339, 0.661, 0.0], [0.0, 0.0, 0.556, 0.444]],
    [[0.834, 0.166, 0.0, 0.0], [0.053, 0.633, 0.314, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    [[1.0, 0.0, 0.0, 0.0], [0.106, 0.788, 0.105, 0.0], [0.0, 0.404, 0.199, 0.398], [0.0, 0.0, 0.667, 0.333]],
    [[0.944, 0.056, 0.0, 0.0], [0.054, 0.843, 0.104, 0.0], [0.0, 0.0, 0.801, 0.199], [0.0, 0.0, 0.333, 0.667]],
    [[1.0, 0.0, 0.0, 0.0], [0.159, 0.735, 0.106, 0.0], [0.0, 0.209, 0.791, 0.0], [0.0, 0.0, 0.333, 0.667]],
];

#[test]
fn the_anaesthetists_are_as_in_the_paper() {
    let mut rows = Vec::new();
    for (item, answers) in (0..).zip(ANAESTHETISTS) {
        for (turn, answer) in (0_u32..).zip(answers.bytes()) {
            rows.push(Judgement { item, rater: turn.saturating_sub(2), class: u32::from(answer - b'1') });
        }
    }
    let fit = DawidSkene::maximum_likelihood(1).fit_replicates(rows).unwrap();
    // the prevalences printed in the paper
    for (found, published) in fit.prevalence.iter().zip([0.40, 0.42, 0.11, 0.07]) {
        assert!((found - published).abs() < 0.005, "{:?}", fit.prevalence);
    }
    for (rater, table) in ERROR_RATES.iter().enumerate() {
        for (truth, row) in table.iter().enumerate() {
            for (label, published) in row.iter().enumerate() {
                let found = fit.confusion(rater, label, truth);
                assert!((found - published).abs() < 0.000_51, "{rater} {truth} {label}: {found} {published}");
            }
        }
    }
    let labels: String = fit.aggregation.labels.iter().map(|label| (label.unwrap() + 1).to_string()).collect();
    assert_eq!(labels, "142222132243121111222222112111131224233111212");
    let top = fit.aggregation.log_posterior.last().copied().unwrap();
    assert!((top + 192.890_881_214).abs() < 1e-6, "{top}");
    assert_eq!(
        fit.aggregation.posterior.of(34).iter().map(|share| (1000.0 * share).round()).collect::<Vec<_>>(),
        [0.0, 948.0, 52.0, 0.0]
    );
}

fn labels(votes: &Votes, result: &Aggregation) -> Vec<String> {
    let name = |label: &Option<u32>| label.map_or("", |label| votes.classes.name(label)).to_owned();
    result.labels.iter().map(name).collect()
}

/// crowd-kit 1.4 on a made set with many ties, its columns sorted so that ties go to the smallest label.
#[test]
fn votes_have_the_labels_of_crowd_kit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data");
    let votes = read_votes(File::open(folder.join("made.csv")).unwrap()).unwrap();
    let printed = std::fs::read_to_string(folder.join("made.crowd_kit.csv")).unwrap();
    let column =
        |at: usize| printed.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(votes.items.iter().map(str::to_owned).collect::<Vec<_>>(), column(0));
    let by_votes = majority(&votes.judgements).unwrap();
    assert!(by_votes.guards.tied_items.len() > 10);
    assert_eq!(labels(&votes, &by_votes), column(1));
    assert_eq!(labels(&votes, &wawa(&votes.judgements).unwrap()), column(2));
    assert_eq!(labels(&votes, &zero_based_skill(&votes.judgements).unwrap()), column(3));
}

/// A public set; its licence does not let it be copied.
fn public(name: &str) -> (Votes, Truth) {
    let folder = std::env::var_os("TRUTH_INFERENCE").expect("TRUTH_INFERENCE names the folder of the sets");
    let open = |file: String| File::open(Path::new(&folder).join(file)).unwrap();
    let votes = read_votes(open(format!("{name}.csv"))).unwrap();
    (votes, read_truth(open(format!("{name}.truth.csv"))).unwrap())
}

/// Accuracies of one set.
struct Golden {
    set: &'static str,
    majority: f64,
    wawa: f64,
    auto: f64,
    one_coin: f64,
    /// Class prior without pseudo-counts, all rows.
    dawid_skene: f64,
    dawid_skene_weak: f64,
    glad: Option<f64>,
    mace: Option<f64>,
}

const GOLDEN: [Golden; 5] = [
    Golden {
        set: "bluebird",
        majority: 0.7592592593,
        wawa: 0.7592592593,
        auto: 0.8889,
        one_coin: 0.5833,
        dawid_skene: 0.8888888889,
        dawid_skene_weak: 0.8981481481,
        glad: Some(0.7222222222),
        mace: Some(0.7685185185),
    },
    Golden {
        set: "rte",
        majority: 0.91875,
        wawa: 0.92125,
        auto: 0.9250,
        one_coin: 0.9225,
        dawid_skene: 0.9275,
        dawid_skene_weak: 0.9275,
        glad: Some(0.92625),
        mace: Some(0.9275),
    },
    Golden {
        set: "dog",
        majority: 0.8178438662,
        wawa: 0.8289962825,
        auto: 0.8389,
        one_coin: 0.8302,
        dawid_skene: 0.8364312268,
        dawid_skene_weak: 0.8413878563,
        glad: Some(0.833952912),
        mace: Some(0.8364312268),
    },
    Golden {
        set: "web",
        majority: 0.7764794572,
        wawa: 0.8168111572,
        auto: 0.8391,
        one_coin: 0.7931,
        dawid_skene: 0.7719562759,
        dawid_skene_weak: 0.8081417263,
        glad: Some(0.8217112703),
        mace: Some(0.8198266114),
    },
    // printed with repeated pairs for wawa and the models, without for the rest
    Golden {
        set: "s_adult",
        majority: 0.7598,
        wawa: 0.7628,
        auto: 0.7928,
        one_coin: 0.7177,
        dawid_skene: 0.7447447447,
        dawid_skene_weak: 0.7507507508,
        glad: None,
        mace: None,
    },
];

#[test]
#[ignore = "needs the public sets: TRUTH_INFERENCE=DIR cargo test --release --test reference -- --ignored"]
fn public_sets_have_their_golden_accuracies() {
    for golden in &GOLDEN {
        let (votes, truth) = public(golden.set);
        let given = &votes.judgements;
        let accuracy = |result: &Aggregation| truth.accuracy(&votes, &result.labels).unwrap();
        let close = |what: &str, found: f64, printed: f64, within: f64| {
            assert!((found - printed).abs() <= within, "{} {what}: {found}, printed {printed}", golden.set);
        };
        close("majority", accuracy(&majority(given).unwrap()), golden.majority, 6e-5);
        close("wawa", accuracy(&wawa(given).unwrap()), golden.wawa, 6e-5);
        let auto = Auto { gold: &[], threads: 2 }.fit(given).unwrap();
        close("auto", accuracy(&auto.aggregation), golden.auto, 6e-5);
        assert!(accuracy(&auto.aggregation) >= golden.majority - 0.02, "{}: far under the majority", golden.set);
        close("one-coin", accuracy(&OneCoin::new(1).fit(given).unwrap().0), golden.one_coin, 0.002);
        let map = DawidSkene::maximum_a_posteriori(2);
        close("dawid-skene", accuracy(&map.fit(given).unwrap().aggregation), golden.dawid_skene, 1e-9);
        let prior = ConfusionPrior { diagonal: 1.0, off_diagonal: 0.1, class: 0.0 };
        let weak = DawidSkene { prior, stop: Stop { tolerance: 1e-12, iterations: 300 }, threads: 1 };
        close("weak dawid-skene", accuracy(&weak.fit(given).unwrap().aggregation), golden.dawid_skene_weak, 1e-9);
        if let Some(printed) = golden.glad {
            close("glad", accuracy(&Glad::new(1).fit(given).unwrap().aggregation), printed, 0.004);
        }
        if let Some(printed) = golden.mace {
            let found = accuracy(&Mace::new(0, 1).fit(given).unwrap().0);
            assert!(found > printed - 0.006, "{} mace: {found}, printed {printed}", golden.set);
        }
    }
}

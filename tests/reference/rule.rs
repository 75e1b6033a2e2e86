//! The rule `consensus/1` against its published golden numbers; the properties behind them are in `tests/consensus`.

use crate::support::items::{Terms, Trial};
use guildhall::consensus::{LabelRoute, Tier, accuracy_of_prior, evidence, evidence_cap};
use guildhall::domain::ItemState;

const THREE: &str = "kind = \"label\"\noptions = [{ key = \"a\", title = \"A\" }, { key = \"b\", title = \"B\" }, { key = \"c\", title = \"C\" }]";

fn item(answers: &[&str]) -> Trial {
    let terms = Terms { separation: "strict", overlap: (2, 3), question: THREE };
    Trial::new(terms.charter()).rated_apart(answers)
}

fn board(answers: &[&str]) -> Trial {
    answers
        .iter()
        .enumerate()
        .fold(item(&[]), |trial, (index, answer)| trial.rated(&index.to_string(), "board", answer))
}

fn gold(trial: Trial, sign_offs: u32) -> Trial {
    (0..sign_offs).fold(trial, |trial, index| trial.signed(&format!("reviewer {index}"))).in_state(ItemState::Gold)
}

/// A row: what it is, the item, tier and value, then p, m, support, quality, weight, flip.
type Row = (&'static str, Trial, (Tier, &'static str), [f64; 6]);

fn golden() -> Vec<Row> {
    use Tier::{Adjudicated, Agreed, Gold, Single};
    let parted = || item(&["a", "a", "b"]);
    vec![
        ("2 of 2", item(&["a", "a"]), (Agreed, "a"), [0.9697, 4.159, 0.5334, 0.6267, 0.6267, 0.0303]),
        ("3 of 3", item(&["a", "a", "a"]), (Agreed, "a"), [0.9961, 6.238, 0.6317, 0.7053, 0.7053, 0.0100]),
        ("3 of 3, gold", gold(item(&["a"; 3]), 1), (Gold, "a"), [0.9994, 8.057, 0.6890, 0.8756, 3.5023, 0.0100]),
        ("3 board, gold", gold(board(&["a"; 3]), 1), (Gold, "a"), [0.9997, 8.727, 0.7058, 0.8823, 3.5293, 0.0100]),
        ("with the one", parted().ruled("b"), (Adjudicated, "b"), [0.9665, 4.055, 0.5271, 0.7163, 1.4325, 0.0335]),
        ("same, gold", gold(parted().ruled("b"), 2), (Gold, "b"), [0.9991, 7.692, 0.6789, 0.8716, 3.4863, 0.0100]),
        ("with the two", gold(parted().ruled("a"), 2), (Gold, "a"), [1.0, 11.749, 0.7636, 0.9054, 3.6217, 0.0100]),
        ("a third", gold(parted().ruled("c"), 2), (Gold, "c"), [0.9920, 5.510, 0.6024, 0.8409, 3.3638, 0.0100]),
        (
            "3-0 against",
            gold(item(&["a"; 3]).ruled("b"), 2),
            (Gold, "b"),
            [0.9455, 3.547, 0.4937, 0.7975, 3.1899, 0.0545],
        ),
        ("one", item(&["a"]), (Single, "a"), [0.8, 2.079, 0.3637, 0.3637, 0.0909, 0.2]),
    ]
}

#[test]
fn every_row_of_the_golden_numbers() {
    // half a unit of the last printed digit, and of the millionths the numbers are kept in
    let tolerance = |printed: usize| if printed == 1 { 0.000_500_5 } else { 0.000_050_5 };
    for (name, trial, (tier, value), expected) in golden() {
        let label = trial.label().expect(name);
        let verdict = &label.verdict;
        assert_eq!((label.tier, verdict.value.to_string().as_str()), (tier, value), "{name}");
        let ruled = if trial.item.rulings.is_empty() { LabelRoute::Agreement } else { LabelRoute::Adjudication };
        assert_eq!(label.route, ruled, "{name}");
        let found =
            [verdict.posterior, verdict.evidence, verdict.support, label.quality, label.weight, label.flip_probability];
        for (column, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let found = found as f64 / 1e6;
            assert!((found - expected).abs() <= tolerance(column), "{name}, column {column}: {found} for {expected}");
        }
    }
}

#[test]
fn evidence_of_the_defaults_among_three() {
    let thousandths = |amount: i64| (amount + 500) / 1000;
    let of_class = |prior| thousandths(evidence(accuracy_of_prior(prior, 3), 3, 950_000));
    assert_eq!([550_000, 700_000, 750_000].map(of_class), [1540, 2079, 2303]);
    let cap = evidence_cap(3, 950_000);
    assert_eq!(thousandths(cap), 3638);
    assert_eq!(evidence(accuracy_of_prior(990_000, 3), 3, 950_000), cap, "nobody counts more");
    assert_eq!(evidence(accuracy_of_prior(0, 3), 3, 950_000), 0, "chance counts nothing");

    // a ruling's and a sign-off's evidence, as they show against nobody
    let ruled = item(&[]).ruled("a").label().unwrap();
    assert_eq!(thousandths(ruled.verdict.evidence), 5456);
    let with = |sign_offs| gold(item(&[]).ruled("a"), sign_offs).label().unwrap().verdict.evidence;
    assert_eq!(thousandths(with(1) - with(0)), 1819);
    let twice = item(&["a", "a"]).signed("x").signed("x").label();
    assert_eq!(twice.unwrap().verdict.evidence, item(&["a", "a"]).signed("x").label().unwrap().verdict.evidence);
}

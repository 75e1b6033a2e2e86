//! What holds for every item: bounds, monotony, and what changes no bit.

use guildhall::consensus::{MILLION, Record, evidence};
use guildhall::domain::Route;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::items::{CLASSES, Terms, Trial};
use crate::support::kinds::{KINDS, Kind};

/// Institution, class and answer by number.
type Row = (usize, usize, usize);

fn rated(trial: Trial, pool: &[&str], rows: &[Row]) -> Trial {
    rows.iter().fold(trial, |trial, (institution, class, answer)| {
        trial.rated(&institution.to_string(), CLASSES[*class], pool[answer % pool.len()])
    })
}

prop_compose! {
    /// A kind, one to seven judgements of up to five institutions, perhaps a ruling, and sign-offs.
    fn cases_of(kinds: Vec<usize>)(
        kind in prop::sample::select(kinds),
        rows in prop::collection::vec((0..5usize, 0..5usize, 0..8usize), 1..8),
        ruling in prop::option::weighted(0.3, 0..8usize),
        signed in 0..3usize,
    ) -> Case {
        Case { kind: &KINDS[kind], rows, ruling, signed }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    cases_of((0..KINDS.len()).collect())
}

#[derive(Clone)]
struct Case {
    kind: &'static Kind,
    rows: Vec<Row>,
    ruling: Option<usize>,
    signed: usize,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let answers: Vec<_> = self.rows.iter().map(|row| self.kind.pool[row.2 % self.kind.pool.len()]).collect();
        write!(f, "{} {:?} {answers:?} ruling {:?} signed {}", self.kind.question, self.rows, self.ruling, self.signed)
    }
}

impl Case {
    fn trial(&self) -> Trial {
        let trial = rated(self.kind.trial("strict", (2, 9)), self.kind.pool, &self.rows);
        let trial = (0..self.signed).fold(trial, |trial, index| trial.signed(&format!("reviewer {index}")));
        match self.ruling {
            Some(answer) => trial.ruled(self.kind.pool[answer % self.kind.pool.len()]),
            None => trial,
        }
    }
}

/// What must not depend on how judgements are written down: p, m, support, quality, weight, flip, agreement.
fn numbers(trial: &Trial) -> Option<[i64; 7]> {
    let label = trial.label()?;
    let verdict = &label.verdict;
    let own = [label.quality, label.weight, label.flip_probability, label.agreement];
    Some([verdict.posterior, verdict.evidence, verdict.support, own[0], own[1], own[2], own[3]])
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn quality_and_weight_are_products_within_bounds(case in cases()) {
        let Some(label) = case.trial().label() else { return Ok(()) };
        let (floor, multiplier) = (i64::from(label.rule.floor), i64::from(label.rule.multiplier));
        prop_assert!((0..=MILLION).contains(&label.verdict.support));
        prop_assert!((0..=MILLION).contains(&label.quality));
        prop_assert_eq!(label.quality, floor + (MILLION - floor) * label.verdict.support / MILLION);
        prop_assert_eq!(label.weight, multiplier * label.quality / MILLION);
        prop_assert!((10_000..=500_000).contains(&label.flip_probability));
        prop_assert!(label.verdict.counted.iter().zip(&label.verdict.raw).all(|(counted, raw)| counted <= raw));
    }

    #[test]
    fn one_more_agreeing_institution_never_lowers_quality(case in cases(), class in 0..5usize) {
        let trial = case.trial();
        let Some(before) = trial.label() else { return Ok(()) };
        let after = trial.rated("another", CLASSES[class], &before.verdict.value.to_string()).label().unwrap();
        prop_assert!(after.quality >= before.quality, "{} became {}", before.quality, after.quality);
    }

    #[test]
    fn splitting_a_rater_into_accounts_changes_no_bit(case in cases(), which in 0..8usize, accounts in 2..9usize) {
        // beside another rater: alone, two accounts would not settle an item at all
        let mut whole = case.clone();
        whole.rows.push((6, 2, 0));
        let which = which % case.rows.len();
        whole.rows[which].0 = 5;
        let mut split = whole.clone();
        split.rows.extend(vec![whole.rows[which]; accounts - 1]);
        let but_agreement = |trial| numbers(&trial).map(|[p, m, s, quality, weight, flip, _]| [p, m, s, quality, weight, flip]);
        prop_assert_eq!(but_agreement(whole.trial()), but_agreement(split.trial()));
    }

    #[test]
    fn the_order_of_rows_changes_no_bit((case, shuffled) in cases().prop_flat_map(|case| {
        let rows = Just(case.rows.clone()).prop_shuffle();
        (Just(case), rows)
    })) {
        let (one, other) = (case.trial(), Case { rows: shuffled, ..case }.trial());
        prop_assert_eq!(numbers(&one), numbers(&other));
        let value = |trial: &Trial| trial.label().map(|label| (label.verdict.value, label.verdict.settled));
        prop_assert_eq!(value(&one), value(&other));
        prop_assert_eq!(one.route(), other.route());
    }

    #[test]
    fn the_names_of_categories_change_no_bit(case in cases_of(vec![0, 1, 5, 6])) {
        const NAMES: [(char, char); 6] = [('a', 'r'), ('b', 'q'), ('c', 'p'), ('x', 'z'), ('y', 'y'), ('z', 'x')];
        let new = |name: char| NAMES.iter().find(|pair| pair.0 == name).map_or(name, |pair| pair.1);
        let is_label = case.kind.question.contains("label");
        // a span's category is between colons, `minor` and `major` stay
        let rename = |answer: &str| match answer.contains(':') {
            true => answer.chars().map(|c| if "xyz".contains(c) { new(c) } else { c }).collect(),
            false => answer.chars().map(new).collect::<String>(),
        };
        let question = ["a", "b", "c"].iter().fold(case.kind.question(), |text, name| {
            text.replace(&format!("key = \"{name}\""), &format!("key = \"{}\"", rename(name)))
        });
        let plain = Case { ruling: None, signed: 0, ..case };
        let pool: Vec<String> = plain.kind.pool.iter().map(|answer| rename(answer)).collect();
        let pool: Vec<&str> = pool.iter().map(String::as_str).collect();
        let empty = Trial::new(Terms { separation: "strict", overlap: (2, 9), question: &question }.charter());
        let renamed = rated(empty, &pool, &plain.rows);
        let (before, after) = (plain.trial().label().unwrap(), renamed.label().unwrap());
        prop_assert_eq!((before.verdict.posterior, before.quality), (after.verdict.posterior, after.quality));
        if is_label {
            let mut value: Vec<String> = rename(&before.verdict.value.to_string()).split(',').map(str::to_owned).collect();
            value.sort();
            prop_assert_eq!(value.join(","), after.verdict.value.to_string());
        }
    }

    #[test]
    fn no_single_institution_settles_an_item(case in cases()) {
        let rows: Vec<Row> = case.rows.iter().map(|row| (0, row.1, row.2)).collect();
        let count = u32::try_from(rows.len()).unwrap();
        let full = rated(case.kind.trial("strict", (1, count)), case.kind.pool, &rows).route();
        prop_assert_eq!((full.to, full.labels.len()), (Route::Disputed, 1));
        let open = rated(case.kind.trial("strict", (1, count + 1)), case.kind.pool, &rows).route();
        prop_assert_eq!(open.to, Route::AnotherRater);
    }

    #[test]
    fn one_more_miss_never_raises_the_misser(
        by_category in prop::collection::vec((gold_counts(), gold_counts()), 2..12),
        prior in prop::sample::select(vec![0, 300_000, 550_000, 700_000, 750_000, 990_000]),
        which in 0..12usize,
    ) {
        let categories = by_category.len();
        let of = |record: &Record| record.accuracy(categories, prior);
        let before = Record { by_category };
        let mut after = before.clone();
        after.by_category[which % categories].1 += 1;
        prop_assert!(of(&after) <= of(&before), "{} became {}", of(&before), of(&after));
        let counts = |record: &Record| evidence(of(record), categories, 950_000);
        prop_assert!(counts(&after) <= counts(&before));
    }
}

fn gold_counts() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), 0..4u32, 0..40u32, 0..2000u32]
}

#[test]
fn a_miss_in_one_category_does_not_narrow_the_bound() {
    // once rose from .760 to .765: the missed category's variance fell faster than its mean
    let record = |misses| Record { by_category: vec![(995, 0), (0, misses), (752, 0), (1407, 0), (645, 43)] };
    let path: Vec<i64> = (0..200).map(|misses| record(misses).accuracy(5, 0)).collect();
    assert!(path.is_sorted_by(|fewer, more| fewer >= more), "{path:?}");
    let hopeless = Record { by_category: vec![(0, 100_000); 2] };
    assert!(hopeless.accuracy(2, 0) < 1_000, "{}", hopeless.accuracy(2, 0));
}

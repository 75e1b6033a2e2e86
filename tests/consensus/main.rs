//! The rule `consensus/1` in every deciding kind: settled, disputed, decided; its published numbers are in `tests/reference`.

#[path = "../support"]
mod support {
    pub mod items;
    pub mod kinds;
}

mod properties;
mod separation;

use guildhall::consensus::{Record, Snapshot};
use guildhall::domain::{Answer, Route};
use support::items::{CLASSES, Terms, Trial};
use support::kinds::{ANCHORS, KINDS};

#[test]
fn a_miss_in_the_snapshot_lowers_the_weight_of_what_the_misser_said() {
    let trial = KINDS[0].trial("strict", (2, 3)).rated_apart(&["a", "a"]);
    let weight = |misses| {
        let record = Record { by_category: vec![(10, misses); 3] };
        let snapshot = Snapshot { records: [((Trial::member(1), "q".to_owned()), record)].into() };
        trial.label_under(&snapshot).unwrap().weight
    };
    assert!(weight(0) > weight(1) && weight(1) > weight(5), "{:?}", [0, 1, 5].map(weight));
}

#[test]
fn in_every_kind_disagreement_is_disputed_at_the_maximum_and_agreement_settles() {
    for kind in &KINDS {
        let empty = || kind.trial("strict", (2, 3));
        for class in CLASSES {
            let parted = kind.parted.iter().enumerate();
            let raters: Vec<_> = parted.map(|(index, answer)| (index.to_string(), *answer)).collect();
            let mut trial = empty();
            for (index, (institution, answer)) in raters.iter().enumerate() {
                trial = trial.rated(institution, class, answer);
                let expected = if index == 2 { Route::Disputed } else { Route::AnotherRater };
                assert_eq!(trial.route().to, expected, "{} of {class} after {}", kind.question, index + 1);
            }
            assert_eq!((trial.route().labels.len(), trial.route().opens), (1, true), "{}", kind.question);
        }
        for count in [2, 3] {
            let routing = empty().rated_apart(&kind.same[..count]).route();
            assert_eq!((routing.to, routing.opens), (Route::Agreed, true), "{} by {count}", kind.question);
        }
        assert_eq!(empty().rated_apart(&kind.same[..1]).route().to, Route::AnotherRater, "under the minimum");
        let mut flagged = empty().rated_apart(&kind.same);
        flagged.item.unsafe_flag = true;
        assert_eq!(flagged.route().to, Route::Disputed, "raters alone don't settle what may harm");
    }
}

#[test]
fn two_institutions_outvote_a_dissenter_only_when_nearly_sure() {
    let route = |raters: &[(&str, &str, &str)]| {
        let trial = KINDS[0].trial("strict", (2, raters.len() as u32));
        raters
            .iter()
            .fold(trial, |trial, (institution, class, answer)| trial.rated(institution, class, answer))
            .route()
            .to
    };
    let dissenter = ("9", "professional", "b");
    assert_eq!(route(&[("1", "professional", "a"), ("2", "professional", "a"), dissenter]), Route::Disputed);
    assert_eq!(route(&[("1", "oracle", "a"), ("2", "oracle", "a"), ("3", "oracle", "a"), dissenter]), Route::Agreed);
    assert_eq!(route(&[("1", "oracle", "a"), ("1", "oracle", "a"), ("1", "oracle", "a"), dissenter]), Route::Disputed);
}

#[test]
fn ratings_within_the_spread_agree() {
    let route = |spread: u8, points: &[&str]| {
        let question = format!("kind = \"rating\"\nspread = {spread}\n{ANCHORS}");
        let charter = Terms { separation: "strict", overlap: (2, points.len() as u32), question: &question }.charter();
        Trial::new(charter).rated_apart(points).route().to
    };
    assert_eq!([route(0, &["3", "3"]), route(0, &["3", "4"])], [Route::Agreed, Route::Disputed]);
    assert_eq!([route(1, &["4", "3"]), route(1, &["3", "5"])], [Route::Agreed, Route::Disputed]);
    assert_eq!(route(1, &["2", "3", "4"]), Route::Disputed, "two steps from the lowest to the highest");
}

#[test]
fn marks_are_the_same_from_the_charters_share_of_overlap() {
    let route = |marks: [&str; 2]| KINDS[5].trial("strict", (2, 2)).rated_apart(&marks).route().to;
    assert_eq!(route(["0-10:x:minor", "0-20:x:minor"]), Route::Agreed, "10 of 20 characters");
    assert_eq!(route(["0-10:x:minor", "0-21:x:minor"]), Route::Disputed, "10 of 21");
    assert_eq!(route(["0-10:x:minor", "10-20:x:minor"]), Route::Disputed, "they only touch");
    assert_eq!(route(["", ""]), Route::Agreed, "nobody marked anything");
    assert_eq!(route(["", "0-10:x:minor"]), Route::Disputed);
}

#[test]
fn a_cycle_of_rankings_has_no_value_until_ruled() {
    let trial = KINDS[4].trial("strict", (2, 3)).rated_apart(&KINDS[4].parted);
    assert_eq!(trial.label(), None);
    assert_eq!(trial.ruled("2>3>1").label().unwrap().verdict.value.to_string(), "2>3>1");
}

#[test]
fn without_any_evidence_a_capped_majority_decides() {
    let trial = KINDS[0].trial("strict", (2, 9)).rated("1", "novice", "c").rated("2", "novice", "c");
    let trial = (0..3).fold(trial, |trial, _| trial.rated("3", "novice", "a"));
    let verdict = trial.label().unwrap().verdict;
    assert_eq!((verdict.value, verdict.unweighed), (Answer::Label("c".into()), true), "two institutions against one");
    assert_eq!((verdict.posterior, verdict.support), (333_333, 0));
    let weighed = trial.rated("4", "professional", "b").label().unwrap().verdict;
    assert_eq!((weighed.value, weighed.unweighed), (Answer::Label("b".into()), false), "any evidence outweighs none");
}

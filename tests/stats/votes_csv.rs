//! The reader of judgements meets whatever a file may hold: it reads or refuses, and never panics.

use guildhall::exchange::{read_truth, read_votes};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_votes(&bytes[..]);
        let _ = read_truth(&bytes[..]);
    }

    #[test]
    fn anything_behind_a_header_is_read_or_refused(
        mark in any::<bool>(), body in "[a-b1-2,\"\r\n \u{e4}]{0,80}",
    ) {
        let text = format!("{}task,worker,label\n{body}", if mark { "\u{feff}" } else { "" });
        if let Err(error) = read_votes(text.as_bytes()) {
            prop_assert!(error.to_string().starts_with("line "), "{}", error);
        }
    }

    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec(("[^\u{0}]{1,5}", "[a-c]", "[a-z\",\n ]{0,4}x"), 1..20), end in "\r?\n",
    ) {
        let rows: Vec<_> = rows.into_iter().filter(|row| !row.0.trim().is_empty()).collect();
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let lines = rows.iter().map(|row| [&row.0, &row.1, &row.2].map(|text| quoted(text)).join(","));
        let text: Vec<String> = std::iter::once("task,worker,label".to_owned()).chain(lines).collect();
        let votes = read_votes(text.join(&end).as_bytes()).unwrap();
        let mut last = std::collections::BTreeMap::new();
        for (task, worker, label) in &rows {
            last.insert((task.as_str(), worker.as_str()), label.as_str());
        }
        let judgements = &votes.judgements;
        prop_assert_eq!(judgements.rows().len() + judgements.repeated(), rows.len());
        for row in judgements.rows() {
            let pair = (votes.items.name(row.item), votes.raters.name(row.rater));
            prop_assert_eq!(last[&pair], votes.classes.name(row.class));
        }
    }
}

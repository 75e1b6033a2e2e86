//! Who is in the demo and what they do, item by item: made-up judgements, so that every state is there to see.

use std::collections::BTreeMap;

use crate::domain::LabelKey;

/// Raters: handle, credential class, institution.
pub const CAST: [(&str, &str, &str); 6] = [
    ("rater-1", "board", "institution-1"),
    ("rater-2", "professional", "institution-1"),
    ("rater-3", "board", "institution-2"),
    ("rater-4", "professional", "institution-2"),
    ("rater-5", "board", "institution-3"),
    ("rater-6", "professional", "institution-3"),
];

/// What somebody thinks of an item's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Both wrong, the second less so.
    Wrong,
    /// The first is partly right, the second mostly.
    Partly,
    /// The first is mostly right, the second wrong.
    First,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Judges.
    Judge(&'static str, Says),
    /// Rules.
    Rule(&'static str, Says),
    /// Signs off.
    Sign(&'static str),
}

/// Steps for each of a guild's 24 items: 10 open, 4 agreed, 3 disputed, 2 adjudicated, 5 gold, one of them by ruling.
pub fn script() -> Vec<Vec<Step>> {
    use Says::{First, Partly, Wrong};
    use Step::{Judge, Rule, Sign};
    let (a, b, c, d, e, f) = ("rater-1", "rater-2", "rater-3", "rater-4", "rater-5", "rater-6");
    let agreed = |x, y, says| vec![Judge(x, says), Judge(y, says)];
    let parted = |x, y, z| vec![Judge(x, Wrong), Judge(y, Partly), Judge(z, First)];
    let with = |mut steps: Vec<Step>, more: &[Step]| {
        steps.extend(more);
        steps
    };
    vec![
        with(agreed(a, d, Wrong), &[Sign(e), Sign(b)]),
        with(agreed(c, f, Partly), &[Sign(a), Sign(d)]),
        agreed(a, c, Wrong),
        parted(a, c, f),
        vec![],
        with(parted(a, c, b), &[Rule(e, Partly), Sign(d), Sign(f)]),
        vec![Judge(b, Wrong)],
        with(parted(b, d, a), &[Rule(e, Wrong)]),
        agreed(d, e, Partly),
        vec![],
        parted(b, d, e),
        with(agreed(b, c, First), &[Sign(e), Sign(a)]),
        vec![],
        vec![Judge(c, Partly)],
        with(parted(d, f, c), &[Rule(a, First)]),
        agreed(b, f, Wrong),
        vec![],
        parted(b, f, e),
        vec![],
        with(agreed(a, f, Wrong), &[Sign(c), Sign(d)]),
        vec![],
        agreed(c, e, First),
        vec![Judge(f, Wrong)],
        vec![],
    ]
}

/// The answers to what is asked, for somebody who thinks so; optional questions stay open.
pub fn answers(asked: &[LabelKey], says: Says) -> BTreeMap<String, String> {
    let answer = |key: &LabelKey| {
        let first = key.output == Some(1);
        let word = match (key.question.as_str(), says) {
            ("correct", Says::Wrong) => "no",
            ("correct", Says::Partly) => {
                if first {
                    "partly"
                } else {
                    "mostly"
                }
            }
            ("correct", Says::First) => {
                if first {
                    "mostly"
                } else {
                    "no"
                }
            }
            ("safe", Says::Wrong) => "no",
            ("safe", Says::Partly) => "supervised",
            ("safe", Says::First) => {
                if first {
                    "supervised"
                } else {
                    "no"
                }
            }
            ("complete", Says::Wrong) => "1",
            ("complete", Says::Partly) => "2",
            ("complete", Says::First) => {
                if first {
                    "3"
                } else {
                    "1"
                }
            }
            ("better", Says::Wrong) => "1",
            ("better", Says::Partly) => "2",
            ("better", Says::First) => "-2",
            _ => return None,
        };
        Some((key.to_string(), word.to_owned()))
    };
    asked.iter().filter_map(answer).collect()
}

/// A rationale, made up like the judgement.
pub fn rationale(says: Says) -> Option<&'static str> {
    Some(match says {
        Says::Wrong => "Demo rationale: both outputs miss what the question turns on; the second errs less.",
        Says::Partly => "Demo rationale: the second output has the main point, the first names it without its limits.",
        Says::First => "Demo rationale: the first output answers the question, the second answers another one.",
    })
}

/// An opinion, made up like the ruling.
pub fn opinion(says: Says) -> &'static str {
    match says {
        Says::Wrong => "Demo opinion: measured by the charter's anchors neither output can be relied on.",
        Says::Partly => "Demo opinion: the anchors put the first output at partly and the second at mostly.",
        Says::First => {
            "Demo opinion: the first output meets the anchor for mostly; the second does not address the question."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_items_stay_open_and_every_state_occurs() {
        let script = script();
        let judged = |steps: &&Vec<Step>| steps.iter().filter(|step| matches!(step, Step::Judge(..))).count() >= 2;
        assert_eq!(script.len(), 24);
        assert_eq!(script.len() - script.iter().filter(judged).count(), 10);
        let ruled = |steps: &&Vec<Step>| steps.iter().any(|step| matches!(step, Step::Rule(..)));
        assert_eq!(script.iter().filter(ruled).count(), 3);
    }
}

//! What a member does on an item.

use std::fmt;

use serde::Serialize;

use super::Charter;

/// What a member does on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Judges.
    Rater,
    /// Rules.
    Adjudicator,
    /// Signs off or returns.
    Reviewer,
    /// Curates.
    Steward,
}

impl Role {
    /// Whether the charter admits `class` to this role.
    pub fn admits(self, charter: &Charter, class: &str) -> bool {
        let classes = match self {
            Self::Rater => &charter.eligibility.rater,
            Self::Adjudicator => &charter.eligibility.adjudicator,
            Self::Reviewer => &charter.eligibility.reviewer,
            Self::Steward => return false,
        };
        classes.iter().any(|admitted| admitted == class)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rater => "rater",
            Self::Adjudicator => "adjudicator",
            Self::Reviewer => "reviewer",
            Self::Steward => "steward",
        })
    }
}

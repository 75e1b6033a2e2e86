//! SR-1, rule 2: stake is pending when its label is published, vests when the guilds ratify a model trained on that release,
//! and is void if the label was withdrawn before. Times are places in the ledger, so that nobody's clock decides.
//!
//! Limitations: no entry ratifies a model yet, so nothing has vested anywhere; the rule stands here for when one does.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::LabelId;

use super::split::Contributed;

/// What has become of a label's stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Not published: there is no stake of it.
    Unpublished,
    /// Published; no model trained on it is ratified.
    Pending,
    /// A model trained on it was ratified while it stood; nothing takes that back.
    Vested,
    /// Withdrawn before.
    Void,
}

/// The entries that matter for a label's stake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// The release that first published it.
    pub published: Option<u64>,
    /// By which it was withdrawn, or lost its gold.
    pub withdrawn: Option<u64>,
    /// By which the first model trained on such a release was ratified.
    pub ratified: Option<u64>,
}

impl Life {
    /// What has become of its stake.
    pub fn fate(&self) -> Fate {
        let Self { published, withdrawn, ratified } = *self;
        let Some(published) = published else { return Fate::Unpublished };
        // a vote on what wasn't published yet ratifies nothing of it
        let ratified = ratified.filter(|at| *at > published);
        match (ratified, withdrawn) {
            (Some(at), Some(gone)) if gone < at => Fate::Void,
            (Some(_), _) => Fate::Vested,
            (None, Some(_)) => Fate::Void,
            (None, None) => Fate::Pending,
        }
    }
}

/// The labels of a release whose stake vests by a ratification in entry `ratified`; the register of the model is over these.
/// `withdrawn` holds the entries by which labels of the release were withdrawn.
pub fn vesting(released: (&[Contributed], u64), withdrawn: &BTreeMap<LabelId, u64>, ratified: u64) -> Vec<Contributed> {
    let (labels, published) = released;
    let life = |label: &Contributed| Life {
        published: Some(published),
        withdrawn: withdrawn.get(&label.label).copied(),
        ratified: Some(ratified),
    };
    labels.iter().filter(|label| life(label).fate() == Fate::Vested).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stake_vests_while_the_label_stands() {
        let fate = |published, withdrawn, ratified| Life { published, withdrawn, ratified }.fate();
        assert_eq!(fate(None, None, None), Fate::Unpublished);
        assert_eq!(fate(Some(10), None, None), Fate::Pending);
        assert_eq!(fate(Some(10), None, Some(20)), Fate::Vested);
        assert_eq!(fate(Some(10), Some(15), Some(20)), Fate::Void, "withdrawn before");
        assert_eq!(fate(Some(10), Some(25), Some(20)), Fate::Vested, "what vested stays");
        assert_eq!(fate(Some(10), Some(15), None), Fate::Void);
        assert_eq!(fate(Some(10), None, Some(5)), Fate::Pending, "ratified before it was published");
        assert_eq!(fate(None, Some(5), Some(20)), Fate::Unpublished);
    }
}

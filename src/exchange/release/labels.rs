//! Which labels a release holds, and the digest that its entry signs them with.

use serde_json::json;

use crate::consensus::{Label, Snapshot, Tier, labels};
use crate::domain::{CanonicalError, Digest, GuildId, Item, State, canonical};

use super::permitted::blocked;

/// A label in a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedLabel {
    /// The label.
    pub label: Label,
    /// Kind of its question, as charters spell it.
    pub kind: String,
    /// How many raters answered.
    pub raters: u64,
}

/// The tier with this name.
pub fn tier_named(name: &str) -> Option<Tier> {
    [Tier::Single, Tier::Agreed, Tier::Adjudicated, Tier::Gold].into_iter().find(|tier| tier_word(*tier) == name)
}

pub(super) fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Single => "single",
        Tier::Agreed => "agreed",
        Tier::Adjudicated => "adjudicated",
        Tier::Gold => "gold",
    }
}

/// The labels of these items that a release of `guild` from `lowest` on holds, by item and key; those of weight 0 not, nor
/// those whose contributors' terms don't allow it.
pub fn released_labels<'a>(
    state: &State,
    items: impl Iterator<Item = &'a Item>,
    guild: &GuildId,
    lowest: Tier,
) -> Vec<ReleasedLabel> {
    let mut released: Vec<ReleasedLabel> = items
        .filter(|item| item.guild == *guild && item.is_settled() && !item.paused && blocked(state, item).is_none())
        .flat_map(|item| labels(state, item, &Snapshot::default()))
        .filter(|label| label.tier >= lowest && label.weight > 0)
        .filter_map(|label| {
            let charter = state.items.get(&label.item).and_then(|item| state.charter_of(item));
            let charter = charter.or_else(|| state.charter_in_force(guild).map(|(_, charter)| charter))?;
            let kind = serde_json::to_value(charter.question(&label.key.question)?.kind).ok()?;
            let raters = u64::try_from(label.votes.len()).ok()?;
            Some(ReleasedLabel { label, kind: kind.as_str()?.to_owned(), raters })
        })
        .collect();
    released.sort_by(|a, b| (&a.label.item, &a.label.key).cmp(&(&b.label.item, &b.label.key)));
    released
}

/// The digest over the labels' canonical lines.
pub fn digest_of_labels(labels: &[ReleasedLabel]) -> Result<Digest, CanonicalError> {
    let mut lines = Vec::new();
    for ReleasedLabel { label, .. } in labels {
        lines.extend(canonical(&json!({
            "flip_probability": label.flip_probability,
            "item": label.item,
            "label": label.id,
            "quality": label.quality,
            "question": label.key,
            "route": label.route,
            "tier": label.tier,
            "value": label.verdict.value.to_string(),
            "weight": label.weight,
        }))?);
        lines.push(b'\n');
    }
    Ok(Digest::of(&lines))
}

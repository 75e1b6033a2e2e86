//! An event with who did it to what: what the rules decide on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Digest, Event, GuildId, ItemId, MemberId};

/// The parts an entry commits to, with their contents where known.
///
/// A part that was erased, or isn't disclosed, is `None`.
pub type Parts = BTreeMap<String, Option<Value>>;

/// An event with who did it to what, and under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who; none for the hall.
    pub actor: Option<MemberId>,
    /// Fingerprint of the key that signs; the hall's own where it attests the act in somebody's name.
    pub key: String,
    /// In which guild, if in one.
    pub guild: Option<GuildId>,
    /// On which item, if on one.
    pub item: Option<ItemId>,
    /// The charter revision that answers are under.
    pub charter: Option<Digest>,
    /// The item as it was shown.
    pub shown: Option<Digest>,
    /// The contributor terms.
    pub terms: Option<Digest>,
    /// What.
    pub event: Event,
    /// See [`Parts`].
    pub parts: Parts,
}

impl Act {
    /// A text part's content; none if absent, undisclosed or not a text.
    pub fn text(&self, part: &str) -> Option<&str> {
        self.parts.get(part)?.as_ref()?.as_str()
    }

    /// The answers part, if disclosed and of the right form.
    pub fn answers(&self) -> Option<BTreeMap<String, String>> {
        serde_json::from_value(self.parts.get("answers")?.clone()?).ok()
    }
}

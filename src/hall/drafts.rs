//! Drafts as the console keeps them: what is typed, where typing stood, whether the item was on the screen.

use std::collections::BTreeMap;

use crate::domain::{ItemId, MemberId};
use crate::store::Draft;

use super::error::HallError;
use super::judge::Answered;
use super::opened::Hall;

/// What somebody has typed on an item and not submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftView {
    /// Answers given so far, in the grammar.
    pub answers: BTreeMap<String, String>,
    /// Rationale, or a ruling's opinion.
    pub rationale: String,
    /// Reasons of other acts, by the act's name.
    pub reasons: BTreeMap<String, String>,
    /// Where typing stood, in the console's words.
    pub field: String,
    /// The item was on the screen when this was kept.
    pub open: bool,
    /// How sure, percent.
    pub confidence: Option<u8>,
    /// Time spent so far.
    pub seconds: u32,
}

impl DraftView {
    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.rationale.is_empty() && self.reasons.values().all(String::is_empty)
    }
}

impl Hall {
    /// Keeps a draft; one in which nothing was typed is dropped.
    ///
    /// Errors: answers outside the grammar, or the store's.
    pub async fn keep_draft_view(&self, who: &MemberId, id: &ItemId, view: &DraftView) -> Result<(), HallError> {
        if view.is_empty() {
            return Ok(self.store.work().keep_draft(who, id, None)?);
        }
        let rationale = Some(view.rationale.clone());
        let said = Answered { answers: view.answers.clone(), rationale, ..Answered::default() };
        let draft = self.drafted(who, id, &said).await?;
        let at = self.now().ms();
        let DraftView { reasons, field, open, confidence, seconds, .. } = view.clone();
        let draft = Draft { reasons, field, open, confidence, seconds, at, ..draft };
        Ok(self.store.work().keep_draft(who, id, Some(&draft))?)
    }

    /// The draft kept for an item.
    pub fn draft_view(&self, who: &MemberId, id: &ItemId) -> Result<Option<DraftView>, HallError> {
        Ok(self.store.work().draft(who, id)?.map(view))
    }

    /// A member's drafts, the last changed first.
    pub fn drafts(&self, who: &MemberId) -> Result<Vec<(ItemId, DraftView)>, HallError> {
        let mut drafts = self.store.work().drafts(who)?;
        drafts.sort_by_key(|(_, draft)| std::cmp::Reverse(draft.at));
        Ok(drafts.into_iter().map(|(item, draft)| (item, view(draft))).collect())
    }
}

fn view(draft: Draft) -> DraftView {
    let Draft { answers, rationale, reasons, field, open, confidence, seconds, .. } = draft;
    DraftView { answers, rationale, reasons, field, open, confidence, seconds }
}

//! What is said of an item: one thread, once its rating is over, each under the letter or the role they have there.

use serde::Serialize;
use tokio::sync::broadcast;

use crate::domain::{Event, Item, ItemId, MemberId, Timestamp, may_discuss};

use super::error::HallError;
use super::letters::letters;
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// A note as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteView {
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// `rater A`, `adjudicator`, `reviewer`, or `member`.
    pub by: String,
    /// Whether it is the viewer's own.
    pub own: bool,
    /// What it says; none if erased.
    pub text: Option<String>,
}

impl Hall {
    /// Items on which something is said from now on, by whoever is in this process.
    pub fn listen(&self) -> broadcast::Receiver<ItemId> {
        self.said.listen()
    }

    /// Says something of an item.
    ///
    /// Errors: a refusal while the item is rated, or for who has no part in its dispute.
    pub async fn note(&self, signer: &dyn Signer, id: &ItemId, text: &str) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(None, Some(id.clone()), Event::ItemNoted {}).with("note", Some(text));
        let receipt = self.submit(signer, proposal).await?;
        self.said.tell(id);
        Ok(receipt)
    }

    /// What was said of an item, oldest first; nothing for those who may not read it.
    pub async fn notes(&self, viewer: &MemberId, id: &ItemId) -> Result<Vec<NoteView>, HallError> {
        let (state, item) = self.state_with(id).await?;
        if may_discuss(&state, id, viewer, self.now()).is_err() {
            return Ok(Vec::new());
        }
        let mut notes = Vec::new();
        for note in &item.notes {
            notes.push(NoteView {
                entry: note.seq,
                at: note.at,
                by: named(&item, &note.actor),
                own: note.actor == *viewer,
                text: self.text_part(note.seq, "note").await?,
            });
        }
        Ok(notes)
    }
}

/// Who somebody is on this item.
pub(super) fn named(item: &Item, actor: &MemberId) -> String {
    let letters = letters(item);
    let judgement = item.live().find(|judgement| judgement.actor == *actor);
    if let Some(letter) = judgement.and_then(|judgement| letters.get(&judgement.seq)) {
        return format!("rater {letter}");
    }
    let ruled = item.rulings.iter().any(|ruling| ruling.actor == *actor) || item.requester.as_ref() == Some(actor);
    let reviewed = item.reviews.iter().any(|review| review.actor == *actor);
    let role = if ruled || item.recused.contains(actor) { "adjudicator" } else { "member" };
    if reviewed { "reviewer".to_owned() } else { role.to_owned() }
}

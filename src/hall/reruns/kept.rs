//! Reruns in the ledger: recorded, read, and played again.

use serde::Serialize;

use crate::domain::{Event, Item, ItemId, MemberId, Timestamp, may_discuss};
use crate::hall::error::HallError;
use crate::hall::notes::named;
use crate::hall::opened::{Hall, corrupt};
use crate::hall::ports::Signer;
use crate::hall::submit::{Proposal, Receipt};
use crate::ledger::Entry;

use super::asked::Asked;
use super::loaded::Listening;
use super::transcript::Transcript;

/// A rerun as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RerunView {
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// `rater A`, `adjudicator`, `reviewer`, or `member`.
    pub by: String,
    /// Whether the viewer ran it.
    pub own: bool,
    /// What the model said; none if erased.
    pub transcript: Option<Transcript>,
}

impl Hall {
    /// Why a rerun of this item couldn't be recorded now, said before it is computed.
    pub async fn may_rerun(&self, who: &MemberId, id: &ItemId) -> Result<(), HallError> {
        let (state, _) = self.state_with(id).await?;
        Ok(may_discuss(&state, id, who, self.now())?)
    }

    /// Records what a model said of an item.
    pub async fn keep_rerun(
        &self,
        signer: &dyn Signer,
        id: &ItemId,
        transcript: &Transcript,
    ) -> Result<Receipt, HallError> {
        let event = Event::ItemRerun { model: transcript.model().digest.clone() };
        let mut proposal = Proposal::new(None, Some(id.clone()), event);
        let part = serde_json::to_value(transcript).map_err(|error| HallError::Failed(error.to_string()))?;
        proposal.parts.insert("transcript".to_owned(), part);
        let receipt = self.submit(signer, proposal).await?;
        self.said.tell(id);
        Ok(receipt)
    }

    /// What models said of an item, oldest first; nothing for those who may not read it.
    pub async fn reruns(&self, viewer: &MemberId, id: &ItemId) -> Result<Vec<RerunView>, HallError> {
        let (state, item) = self.state_with(id).await?;
        if may_discuss(&state, id, viewer, self.now()).is_err() {
            return Ok(Vec::new());
        }
        let mut views = Vec::new();
        for rerun in &item.reruns {
            views.push(RerunView {
                entry: rerun.seq,
                at: rerun.at,
                by: named(&item, &rerun.actor),
                own: rerun.actor == *viewer,
                transcript: self.transcript(rerun.seq).await?,
            });
        }
        Ok(views)
    }

    /// Computes a recorded rerun again: what was recorded, and what came out.
    ///
    /// Errors: no rerun there, or one that was erased; as of [`rerun`](Self::rerun).
    pub async fn replay_rerun(
        &self,
        who: &MemberId,
        entry: u64,
        tell: Listening<'_>,
    ) -> Result<(Transcript, Transcript), HallError> {
        let none = || HallError::Usage(format!("entry {entry} is no rerun; `guildhall item show` lists them"));
        let item = self.item_of_entry(entry).await?.ok_or_else(none)?;
        if !item.reruns.iter().any(|rerun| rerun.seq == entry) {
            return Err(none());
        }
        let (state, _) = self.state_with(&item.id).await?;
        may_discuss(&state, &item.id, who, self.now())?;
        let erased = || HallError::Usage(format!("the transcript of entry {entry} was erased"));
        let kept = self.transcript(entry).await?.ok_or_else(erased)?;
        let asked = match &kept {
            Transcript::Samples { settings, .. } => Asked::Samples(settings.clone()),
            Transcript::Score(score) => Asked::Score(score.output),
        };
        // by digest: a model of the same name may be another
        let model = kept.model().digest.to_string();
        let again = self.rerun(who, &item.id, (&model, &asked), tell).await?;
        Ok((kept, again))
    }

    async fn transcript(&self, seq: u64) -> Result<Option<Transcript>, HallError> {
        let bodies = self.store.bodies(seq, seq + 1).await?;
        let Some(body) = bodies.into_iter().find(|body| body.part == "transcript") else { return Ok(None) };
        let read = serde_json::from_slice(&body.content);
        read.map(Some).map_err(|error| corrupt(format!("bodies {seq} transcript"), error))
    }

    async fn item_of_entry(&self, entry: u64) -> Result<Option<Item>, HallError> {
        let size = self.size().await?;
        if entry >= size {
            return Ok(None);
        }
        let bytes = self.entry(entry).await?;
        let entry = Entry::read(&bytes).map_err(|error| corrupt(format!("entries {entry}"), error))?;
        match entry.core.refs.first() {
            Some(id) => Ok(Some(self.state_with(id).await?.1)),
            None => Ok(None),
        }
    }
}

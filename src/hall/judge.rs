//! Judging, ruling, reviewing, challenging: what members say of an item, brought into form and submitted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Event, FlagReason, ItemId, MemberId, Refusal, Rule, read_sheet};
use crate::ledger::MAX_CORES;
use crate::store::Draft;

use super::error::HallError;
use super::opened::{Hall, author};
use super::ports::{Signer, entropy};
use super::submit::{Proposal, Receipt};

/// What a rater says of an item.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// Answers by key, `correct@1`.
    pub answers: BTreeMap<String, String>,
    /// Why.
    pub rationale: Option<String>,
    /// How sure, percent.
    pub confidence: Option<u8>,
    /// Time spent.
    pub seconds: Option<u32>,
}

/// What became of drafts.
#[derive(Debug, Default)]
pub struct DraftsJudged {
    /// Submitted, with their receipts.
    pub done: Vec<(ItemId, Receipt)>,
    /// Still drafts, with why.
    pub left: Vec<(ItemId, Refusal)>,
}

impl Hall {
    /// Submits a judgement, claiming the item if that wasn't done; a repeated submission gives the first one's receipt,
    /// until it is known to be [`delivered`](Self::delivered).
    pub async fn judge(&self, signer: &dyn Signer, id: &ItemId, said: &Answered) -> Result<Receipt, HallError> {
        let who = self.member(signer).await?;
        let said = Answered { answers: self.spelled(id, &said.answers).await?, ..said.clone() };
        let draft = self.submission(&who, id, (&said.answers, said.rationale.as_deref().unwrap_or_default()))?;
        let known = self.store.repeated(draft.nonce.clone()).await?.is_some();
        if !known {
            self.claim(&who, id).await?;
        }
        self.store.work().keep_draft(&who, id, Some(&draft))?;
        let proposal = judgement(id, Event::JudgementSubmitted {}, &said);
        let receipt = self.submit(signer, Proposal { nonce: Some(draft.nonce), ..proposal }).await?;
        self.unclaim(&who, id)?;
        Ok(receipt)
    }

    /// Submits every draft that is whole under one signature, up to 64; the others stay drafts, each with what it lacks.
    ///
    /// Errors: one that is refused after all, since something happened meanwhile: then none is submitted.
    pub async fn judge_drafts(&self, signer: &dyn Signer) -> Result<DraftsJudged, HallError> {
        let who = self.member(signer).await?;
        let mut judged = DraftsJudged::default();
        let mut proposals = Vec::new();
        for (id, draft) in self.store.work().drafts(&who)? {
            if draft.answers.is_empty() || proposals.len() == MAX_CORES {
                continue;
            }
            // one whose receipt got lost is in the ledger already
            match self.store.repeated(draft.nonce.clone()).await? {
                Some((appended, author)) if author == who => {
                    self.unclaim(&who, &id)?;
                    self.delivered(&who, &id)?;
                    judged.done.push((id, Receipt::of(appended)));
                    continue;
                }
                _ => {}
            }
            let rationale = (!draft.rationale.is_empty()).then(|| draft.rationale.clone());
            let Draft { answers, confidence, seconds, .. } = draft;
            let said = Answered { answers, rationale, confidence, seconds: (seconds > 0).then_some(seconds) };
            let refused = match self.claim(&who, &id).await {
                Err(HallError::Refused(refusal)) => Some(*refusal),
                claimed => {
                    claimed?;
                    self.refusal_of(signer, &judgement(&id, Event::JudgementSubmitted {}, &said)).await?
                }
            };
            match refused {
                Some(refusal) => {
                    self.unclaim(&who, &id)?;
                    judged.left.push((id, refusal));
                }
                None => {
                    let proposal = judgement(&id, Event::JudgementSubmitted {}, &said);
                    proposals.push((id, Proposal { nonce: Some(draft.nonce), ..proposal }));
                }
            }
        }
        if proposals.is_empty() {
            return Ok(judged);
        }
        let (ids, proposals): (Vec<ItemId>, Vec<Proposal>) = proposals.into_iter().unzip();
        let receipts = match self.submit_all(signer, &proposals).await {
            Ok(receipts) => receipts,
            Err(error) => {
                // nothing was judged, so others may have the places
                ids.iter().try_for_each(|id| self.unclaim(&who, id))?;
                return Err(error);
            }
        };
        for (id, receipt) in ids.into_iter().zip(receipts) {
            self.unclaim(&who, &id)?;
            self.delivered(&who, &id)?;
            judged.done.push((id, receipt));
        }
        Ok(judged)
    }

    /// The author has the receipt of their judgement, so the same words sent again are a second one, and refused.
    pub fn delivered(&self, who: &MemberId, id: &ItemId) -> Result<(), HallError> {
        Ok(self.store.work().keep_draft(who, id, None)?)
    }

    /// The draft under whose nonce these answers go in: the one kept, if it says the same.
    fn submission(
        &self,
        who: &MemberId,
        id: &ItemId,
        (answers, rationale): (&BTreeMap<String, String>, &str),
    ) -> Result<Draft, HallError> {
        let kept = self.store.work().draft(who, id)?;
        if let Some(draft) = kept.filter(|draft| draft.answers == *answers && draft.rationale == rationale) {
            return Ok(draft);
        }
        let nonce = data_encoding::HEXLOWER.encode(&entropy(self.random.as_ref()));
        Ok(Draft { nonce, answers: answers.clone(), rationale: rationale.to_owned(), ..Draft::default() })
    }

    /// Replaces one's judgement while the item is open.
    pub async fn revise(&self, signer: &dyn Signer, id: &ItemId, said: &Answered) -> Result<Receipt, HallError> {
        let said = Answered { answers: self.spelled(id, &said.answers).await?, ..said.clone() };
        let replaces = self.own_judgement(signer, id).await?;
        self.submit(signer, judgement(id, Event::JudgementRevised { replaces }, &said)).await
    }

    /// Takes one's judgement back before gold.
    pub async fn withdraw(&self, signer: &dyn Signer, id: &ItemId) -> Result<Receipt, HallError> {
        let judgement = self.own_judgement(signer, id).await?;
        self.submit(signer, Proposal::new(None, Some(id.clone()), Event::JudgementWithdrawn { judgement })).await
    }

    /// Rules on a dispute.
    pub async fn adjudicate(
        &self,
        signer: &dyn Signer,
        id: &ItemId,
        answers: &BTreeMap<String, String>,
        opinion: &str,
    ) -> Result<Receipt, HallError> {
        let answers = self.spelled(id, answers).await?;
        let mut proposal = Proposal::new(None, Some(id.clone()), Event::RulingGiven {}).with("opinion", Some(opinion));
        proposal.parts.insert("answers".to_owned(), json!(answers));
        self.submit(signer, proposal).await
    }

    /// An act on an item that has at most a reason: recusal, request, review, challenge, resolution.
    pub async fn act(
        &self,
        signer: &dyn Signer,
        id: &ItemId,
        event: Event,
        reason: Option<&str>,
    ) -> Result<Receipt, HallError> {
        self.submit(signer, Proposal::new(None, Some(id.clone()), event).with("reason", reason)).await
    }

    /// Stops an item for the stewards.
    pub async fn flag(
        &self,
        signer: &dyn Signer,
        id: &ItemId,
        flag: FlagReason,
        reason: &str,
    ) -> Result<Receipt, HallError> {
        self.act(signer, id, Event::ItemFlagged { flag }, Some(reason)).await
    }

    /// Destroys a part of an entry on an item: content and salt.
    ///
    /// Errors: a refusal, or no such part (it was erased before, or never was).
    pub async fn erase(
        &self,
        signer: &dyn Signer,
        id: &ItemId,
        (entry, part): (u64, &str),
        article: Option<u32>,
    ) -> Result<Receipt, HallError> {
        self.check_part(entry, part).await?;
        let event = Event::BodyErased { article, entry, part: part.to_owned() };
        self.submit(signer, Proposal::new(None, Some(id.clone()), event)).await
    }

    /// Keeps an unfinished judgement; its answers must be of the grammar, none is required yet.
    pub async fn keep_draft(&self, who: &MemberId, id: &ItemId, said: &Answered) -> Result<(), HallError> {
        let draft = self.drafted(who, id, said).await?;
        Ok(self.store.work().keep_draft(who, id, Some(&draft))?)
    }

    /// The draft of these words, under the nonce they will go in by.
    pub(super) async fn drafted(&self, who: &MemberId, id: &ItemId, said: &Answered) -> Result<Draft, HallError> {
        let answers = self.spelled(id, &said.answers).await?;
        self.submission(who, id, (&answers, said.rationale.as_deref().unwrap_or_default()))
    }

    /// The unfinished judgement kept for an item.
    pub fn draft(&self, who: &MemberId, id: &ItemId) -> Result<Option<Draft>, HallError> {
        Ok(self.store.work().draft(who, id)?)
    }

    async fn own_judgement(&self, signer: &dyn Signer, id: &ItemId) -> Result<u64, HallError> {
        let (state, item) = self.state_with(id).await?;
        let who = author(&state, signer)?;
        let own = item.live().find(|judgement| judgement.actor == who).map(|judgement| judgement.seq);
        Ok(own.ok_or_else(|| state.refusal(Rule::NotOwn, "no judgement of yours stands on this item"))?)
    }

    /// The answers in their one spelling; a refusal says what is wrong.
    async fn spelled(
        &self,
        id: &ItemId,
        answers: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, HallError> {
        let (state, item) = self.state_with(id).await?;
        let Some(charter) = state.charter_of(&item) else { return Ok(answers.clone()) };
        let sheet = read_sheet(charter, &item.shape, answers)
            .map_err(|fault| state.refusal(Rule::Answers, fault.to_string()))?;
        Ok(sheet.into_iter().map(|(label, answer)| (label.to_string(), answer.to_string())).collect())
    }
}

fn judgement(id: &ItemId, event: Event, said: &Answered) -> Proposal {
    let mut proposal = Proposal::new(None, Some(id.clone()), event).with("rationale", said.rationale.as_deref());
    proposal.parts.insert("answers".to_owned(), json!(said.answers));
    let mut spent = serde_json::Map::new();
    if let Some(confidence) = said.confidence {
        spent.insert("confidence".to_owned(), json!(confidence));
    }
    if let Some(seconds) = said.seconds {
        spent.insert("seconds".to_owned(), json!(seconds));
    }
    if !spent.is_empty() {
        proposal.parts.insert("effort".to_owned(), Value::Object(spent));
    }
    proposal
}

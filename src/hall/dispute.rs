//! An open dispute as its adjudicator sees it: who says what with which evidence; and the list of open ones.

use serde::Serialize;

use crate::consensus::{Snapshot, Verdict, verdicts};
use crate::domain::{
    Answer, DisputeCause, GuildId, Item, ItemId, ItemState, LabelKey, MemberId, Rule, State, Timestamp, may_adjudicate,
};
use crate::store::{ItemRow, Page, PageKey};

use super::error::HallError;
use super::letters::letters;
use super::opened::Hall;
use super::queue::{Cursor, QueueFrom};

/// One rater's part in a label.
#[derive(Debug, Clone, Serialize)]
pub struct DisputeVote {
    /// `A`, `B`, `C`: shuffled.
    pub rater: char,
    /// Its answer, in its one spelling.
    pub answer: String,
    /// Its evidence, millionths.
    pub evidence: i64,
    /// As counted after the institution cap.
    pub counted: i64,
    /// Whether it gives the value that leads.
    pub leads: bool,
}

/// One label of a disputed item.
#[derive(Debug, Clone, Serialize)]
pub struct DisputedLabel {
    /// Which.
    pub label: LabelKey,
    /// Whether a ruling must answer it.
    pub disputed: bool,
    /// The value that leads; none if the votes contradict each other.
    pub leading: Option<String>,
    /// Its posterior, millionths.
    pub posterior: i64,
    /// Who says what.
    pub votes: Vec<DisputeVote>,
}

/// An open dispute.
#[derive(Debug, Clone, Serialize)]
pub struct DisputeView {
    /// When it was opened.
    pub opened: Timestamp,
    /// Why.
    pub cause: DisputeCause,
    /// The reason of the return or challenge that opened it.
    pub reason: Option<String>,
    /// The deciding labels, those in dispute first.
    pub labels: Vec<DisputedLabel>,
    /// One more rater may be asked.
    pub may_ask_rater: bool,
}

/// A dispute in a list.
#[derive(Debug, Clone, Serialize)]
pub struct DisputeRow {
    /// The item.
    pub id: ItemId,
    /// Its guild.
    pub guild: GuildId,
    /// How its prompt begins.
    pub opening: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// Why.
    pub cause: DisputeCause,
    /// What a ruling must answer.
    pub labels: Vec<LabelKey>,
    /// Whether the viewer may rule on it.
    pub mine: bool,
}

/// A page of disputes, oldest item first.
#[derive(Debug, Clone, Serialize)]
pub struct DisputePage {
    /// Its rows.
    pub rows: Vec<DisputeRow>,
    /// There may be more after this place.
    pub after: Option<Cursor>,
}

impl Hall {
    /// An item's open dispute, for those who may rule on it.
    ///
    /// Errors: a refusal that tells why they may not.
    pub async fn dispute(&self, who: &MemberId, id: &ItemId) -> Result<DisputeView, HallError> {
        let (state, item) = self.state_with(id).await?;
        may_adjudicate(&state, id, who, self.now())?;
        let none = || state.refusal(Rule::NotDisputed, "no dispute is open on this item");
        let dispute = item.dispute.clone().ok_or_else(none)?;
        let by_letter = letters(&item);
        let mut labels: Vec<DisputedLabel> = verdicts(&state, &item, &Snapshot::default())
            .into_iter()
            .map(|(label, verdict, votes)| {
                let disputed = dispute.labels.contains(&label);
                let rater = |seq: &u64| by_letter.get(seq).copied().unwrap_or('?');
                labelled((label, disputed), verdict.as_ref(), votes.iter().map(|(seq, a)| (rater(seq), a)).collect())
            })
            .collect();
        labels.sort_by_key(|label| !label.disputed);
        let asked = item.extra_rater || !item.rulings.is_empty() || item.returns > 0;
        Ok(DisputeView {
            opened: dispute.at,
            cause: dispute.cause,
            reason: self.text_part(dispute.seq, "reason").await?,
            labels,
            may_ask_rater: item.state == ItemState::Disputed && !asked,
        })
    }

    /// A page of open disputes.
    pub async fn disputes(
        &self,
        who: &MemberId,
        guild: Option<&GuildId>,
        (from, limit): (QueueFrom, usize),
    ) -> Result<DisputePage, HallError> {
        let mut state = self.state().await?;
        let guilds = state.guilds.keys().filter(|known| guild.is_none_or(|wanted| wanted == *known));
        // a challenge's dispute runs beside gold
        let cells =
            guilds.flat_map(|guild| [ItemState::Disputed, ItemState::Gold].map(|s| (guild.clone(), s))).collect();
        let beyond = if let QueueFrom::After(cursor) = from { Some(cursor.0) } else { None };
        let mut page = Page { cells, key: PageKey::Position, down: false, beyond, limit: limit.max(200) };
        let mut rows = Vec::new();
        loop {
            let chunk = self.store.page(page.clone()).await?;
            let ended = chunk.len() < page.limit;
            for row in chunk {
                if rows.len() == limit {
                    return Ok(DisputePage { rows, after: page.beyond.map(Cursor) });
                }
                page.beyond = Some(row.n);
                rows.extend(self.dispute_row(&mut state, who, &row).await?);
            }
            if ended {
                return Ok(DisputePage { rows, after: None });
            }
        }
    }

    async fn dispute_row(
        &self,
        state: &mut State,
        who: &MemberId,
        row: &ItemRow,
    ) -> Result<Option<DisputeRow>, HallError> {
        let Item { id, guild, .. } = &row.item;
        let Some(dispute) = &row.item.dispute else { return Ok(None) };
        state.items = [(id.clone(), row.item.clone())].into();
        Ok(Some(DisputeRow {
            id: id.clone(),
            guild: guild.clone(),
            opening: self.opening(id).await?,
            opened: dispute.at,
            cause: dispute.cause,
            labels: dispute.labels.clone(),
            mine: may_adjudicate(state, id, who, self.now()).is_ok(),
        }))
    }
}

fn labelled(
    (label, disputed): (LabelKey, bool),
    verdict: Option<&Verdict>,
    votes: Vec<(char, &Answer)>,
) -> DisputedLabel {
    let nth = |list: Option<&Vec<i64>>, n: usize| list.and_then(|list| list.get(n)).copied().unwrap_or(0);
    let mut said: Vec<DisputeVote> = votes
        .into_iter()
        .enumerate()
        .map(|(n, (rater, answer))| DisputeVote {
            rater,
            answer: answer.to_string(),
            evidence: nth(verdict.map(|verdict| &verdict.raw), n),
            counted: nth(verdict.map(|verdict| &verdict.counted), n),
            leads: verdict.and_then(|verdict| verdict.gives.get(n)).copied().unwrap_or(false),
        })
        .collect();
    said.sort_by_key(|vote| vote.rater);
    DisputedLabel {
        label,
        disputed,
        leading: verdict.map(|verdict| verdict.value.to_string()),
        posterior: verdict.map_or(0, |verdict| verdict.posterior),
        votes: said,
    }
}

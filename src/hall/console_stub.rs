//! stub
#![allow(missing_docs)]
use crate::domain::*;
use super::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use super::error::HallError;
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftView { pub answers: BTreeMap<String,String>, pub rationale: String, pub field: String, pub open: bool, pub at: i64, pub confidence: Option<u8>, pub seconds: u32, pub reasons: BTreeMap<String,String> }
impl DraftView { pub fn is_empty(&self) -> bool { self.answers.is_empty() && self.rationale.is_empty() && self.reasons.is_empty() } }
#[derive(Debug, Clone, Default)]
pub struct QueueFilter { pub guild: Option<GuildId>, pub state: Option<ItemState>, pub mark: Option<Mark>, pub role: Option<Role>, pub search: Option<String> }
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)] pub enum QueueSort { #[default] Oldest, Newest, Touched }
#[derive(Debug, Clone, PartialEq, Eq)] pub struct Cursor(pub i64);
#[derive(Debug, Clone, PartialEq, Eq)] pub enum QueueFrom { Start, End, After(Cursor), Before(Cursor) }
#[derive(Debug, Clone)] pub struct QueueRow { pub id: ItemId, pub guild: GuildId, pub state: ItemState, pub marks: Vec<Mark>, pub judgements: usize, pub outputs: usize, pub opening: String, pub mine: Vec<Role>, pub skipped: bool, pub drafted: bool, pub own: bool, pub touched: Option<(u64, Timestamp)> }
#[derive(Debug, Clone)] pub struct SearchProgress { pub done: u64, pub total: u64 }
#[derive(Debug, Clone)] pub struct QueuePage { pub rows: Vec<QueueRow>, pub before: Option<Cursor>, pub after: Option<Cursor>, pub total: Option<u64>, pub searched: Option<SearchProgress> }
#[derive(Debug, Clone)] pub struct DisputeVote { pub rater: char, pub answer: Option<String>, pub evidence: i64, pub counted: i64, pub capped: bool }
#[derive(Debug, Clone)] pub struct DisputedLabel { pub label: LabelKey, pub leading: Option<String>, pub posterior: i64, pub votes: Vec<DisputeVote> }
#[derive(Debug, Clone)] pub struct DisputeView { pub opened: Timestamp, pub cause: DisputeCause, pub labels: Vec<DisputedLabel>, pub others: Vec<DisputedLabel>, pub may_rule: bool, pub may_ask_rater: bool, pub reason: Option<String> }
#[derive(Debug, Clone)] pub struct DisputeRow { pub id: ItemId, pub guild: GuildId, pub opening: String, pub opened: Timestamp, pub cause: DisputeCause, pub labels: Vec<LabelKey>, pub judgements: usize, pub mine: bool }
#[derive(Debug, Clone)] pub struct DisputePage { pub rows: Vec<DisputeRow>, pub after: Option<Cursor>, pub before: Option<Cursor> }
#[derive(Debug, Clone)] pub struct ReleaseRow { pub guild: GuildId, pub version: String, pub at: Timestamp, pub seq: u64, pub tier: String, pub labels: u64, pub root: String, pub by: String }
#[derive(Debug, Clone)] pub enum NewsKind { Gold, Agreed, Adjudicated, Disputed, Challenged, Superseded, Upheld, Withdrawn, Released { version: String, labels: u64 }, MemberAdded, Imported { items: u64 } }
#[derive(Debug, Clone)] pub struct News { pub at: Timestamp, pub seq: u64, pub item: Option<ItemId>, pub guild: Option<GuildId>, pub what: NewsKind }
impl Hall {
  pub async fn queue(&self, who: &MemberId, filter: &QueueFilter, _s: QueueSort, _f: QueueFrom, limit: usize) -> Result<QueuePage, HallError> {
    let mut rows = vec![];
    for (role, guild, id) in self.inbox(who).await? { if filter.role.is_none_or(|r| r == role) && filter.guild.as_ref().is_none_or(|g| *g == guild) && rows.len() < limit { let v = self.item(who, &id).await?;
      rows.push(QueueRow { id, guild, state: v.state, marks: v.marks, judgements: 0, outputs: v.outputs.len(), opening: v.prompt.last().map(|t| t.content.clone()).unwrap_or_default(), mine: vec![role], skipped: false, drafted: false, own: false, touched: None }) } }
    Ok(QueuePage { rows, before: None, after: None, total: None, searched: None })
  }
  pub async fn dispute(&self, _who: &MemberId, _id: &ItemId) -> Result<DisputeView, HallError> { Err(HallError::Usage("stub".into())) }
  pub async fn disputes(&self, _who: &MemberId, _g: Option<GuildId>, _f: QueueFrom, _l: usize) -> Result<DisputePage, HallError> { Ok(DisputePage { rows: vec![], after: None, before: None }) }
  pub async fn releases(&self, _g: Option<&GuildId>) -> Result<Vec<ReleaseRow>, HallError> { Ok(vec![]) }
  pub async fn news(&self, _who: &MemberId, _l: usize) -> Result<Vec<News>, HallError> { Ok(vec![]) }
  pub async fn charter_of(&self, id: &ItemId) -> Result<Arc<Charter>, HallError> { let (s, i) = self.state_with(id).await?; Ok(s.charter_of(&i).cloned().unwrap()) }
  pub async fn charter_in_force(&self, g: &GuildId) -> Result<(Digest, Arc<Charter>), HallError> { let s = self.state().await?; let (d, c) = s.charter_in_force(g).unwrap(); Ok((d.clone(), c.clone())) }
  pub async fn constitution(&self) -> Result<(Digest, String), HallError> { Err(HallError::Usage("stub".into())) }
  pub async fn size(&self) -> Result<u64, HallError> { Ok(self.store.head().await?.map_or(0, |h| h.0)) }
  pub async fn keep_draft_at(&self, who: &MemberId, id: &ItemId, d: DraftView) -> Result<(), HallError> { self.keep_draft(who, id, &Answered { answers: d.answers, rationale: Some(d.rationale), ..Answered::default() }).await }
  pub async fn drafts(&self, _who: &MemberId) -> Result<Vec<(ItemId, DraftView)>, HallError> { Ok(vec![]) }
  pub fn draft_view(&self, who: &MemberId, id: &ItemId) -> Result<Option<DraftView>, HallError> { Ok(self.draft(who, id)?.map(|d| DraftView { answers: d.answers, rationale: d.rationale, ..DraftView::default() })) }
  pub async fn verify_with(&self, _p: &(dyn Fn(u64,u64)+Send+Sync)) -> Result<Verified, HallError> { self.verify().await }
  pub fn renew(&self, _who: &MemberId, _id: &ItemId) -> Result<(), HallError> { Ok(()) }
}

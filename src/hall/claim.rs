//! Claiming items: which one a rater is offered, and leases that are exact between processes.

use std::collections::BTreeMap;

use crate::domain::{
    Event, GuildId, Item, ItemId, ItemState, MemberId, Number, Rule, State, Timestamp, may_rate, open_places,
};
use crate::store::{Claim, ItemFilter, StoreError, Touch};

use super::error::HallError;
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// Items looked at in one query for the next one to offer.
const PAGE: usize = 200;

impl Hall {
    /// Claims an item for judging, or renews the lease; returns until when it runs.
    ///
    /// Errors: a refusal, among them that others hold all places.
    pub async fn claim(&self, who: &MemberId, id: &ItemId) -> Result<Timestamp, HallError> {
        let (state, _) = self.state_with(id).await?;
        may_rate(&state, id, who, self.now())?;
        match self.lease(&state, who, id).await? {
            Claim::Held(until) => Ok(until),
            Claim::Taken(others) => {
                let reason =
                    format!("{others} other rater(s) are at work on it and it takes no more; take another item");
                Err(state.refusal(Rule::Leased, reason).into())
            }
        }
    }

    /// Claims the first item of the guild that the member may judge; none if there is none.
    pub async fn claim_next(&self, who: &MemberId, guild: &GuildId) -> Result<Option<(ItemId, Timestamp)>, HallError> {
        let mut state = self.state().await?;
        let filter = ItemFilter { guild: Some(guild.clone()), state: Some(ItemState::Open), ..ItemFilter::default() };
        let mut after = 0;
        loop {
            let page = self.store.items(filter.clone(), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(None) };
            after = last.n;
            for row in page {
                let (id, skipped) = (row.item.id.clone(), row.item.skipped.contains(who));
                state.items = [(id.clone(), row.item)].into();
                if skipped || may_rate(&state, &id, who, self.now()).is_err() {
                    continue;
                }
                if let Claim::Held(until) = self.lease(&state, who, &id).await? {
                    return Ok(Some((id, until)));
                }
            }
        }
    }

    /// Gives a lease back.
    pub fn unclaim(&self, who: &MemberId, id: &ItemId) -> Result<(), HallError> {
        Ok(self.store.work().release(id, who)?)
    }

    async fn lease(&self, state: &State, who: &MemberId, id: &ItemId) -> Result<Claim, HallError> {
        let now = self.now();
        let until = lease_until(state, now);
        let (store, id, who) = (self.store.clone(), id.clone(), who.clone());
        let runtime = tokio::runtime::Handle::current();
        let claimed = tokio::task::spawn_blocking(move || {
            let touch = Touch { items: vec![id.clone()], ..Touch::default() };
            let mut places = || {
                let (state, _) = runtime.block_on(store.snapshot(touch.clone()))?;
                let item = state.items.get(&id);
                let judged = |item: &Item| item.live().map(|judgement| judgement.actor.clone()).collect();
                Ok((item.map_or(0, |item| open_places(&state, item)), item.map(judged).unwrap_or_default()))
            };
            store.work().claim(&id, &who, (now, until), &mut places)
        });
        Ok(claimed.await.map_err(|_| StoreError::Stopped)??)
    }

    /// Extends a lease that the member holds, while they work; whether they hold one.
    pub async fn renew(&self, who: &MemberId, id: &ItemId) -> Result<bool, HallError> {
        let until = lease_until(&self.state().await?, self.now());
        Ok(self.store.work().renew(id, who, until)?)
    }

    /// How many others are at work on each item; never who.
    pub(super) fn at_work(&self, who: &MemberId) -> Result<BTreeMap<ItemId, usize>, HallError> {
        let mut at_work = BTreeMap::new();
        for lease in self.store.work().leases(self.now())?.into_iter().filter(|lease| lease.member != *who) {
            *at_work.entry(lease.item).or_default() += 1;
        }
        Ok(at_work)
    }

    /// Passes on an item, with a reason.
    pub async fn skip(&self, signer: &dyn Signer, id: &ItemId, reason: &str) -> Result<Receipt, HallError> {
        let proposal = Proposal::new(None, Some(id.clone()), Event::ItemSkipped {}).with("reason", Some(reason));
        let receipt = self.submit(signer, proposal).await?;
        self.unclaim(&self.member(signer).await?, id)?;
        Ok(receipt)
    }
}

fn lease_until(state: &State, now: Timestamp) -> Timestamp {
    now.plus_ms(state.number(Number::LeaseMinutes) * 60_000)
}

//! One act's way into the ledger: decide, sign outside any lock, decide again and append in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    Act, Digest, Event, GuildId, HallId, Item, ItemId, ItemState, MemberId, Rule, State, Timestamp, canonical,
    canonical_value, commitment, decide, project, shown_to,
};
use crate::ledger::{
    Commit, Core, Entry, HALL_ACTOR, Header, Manifest, Seen, Signer as SignedBy, fingerprint, hash_of_core, key_line,
    leaf_hash, line,
};
use crate::store::{Appended, Appending, NewBody, StoreError, Tip, Touch};

use super::derive::{Derived, derive};
use super::error::HallError;
use super::keys::HostKey;
use super::opened::{Hall, member_of};
use super::ports::{Signer, entropy, salt};

/// The clock may run this much behind the last entry before acts are refused.
const CLOCK_SLACK_MS: i64 = 60_000;
/// How often an act is decided and signed again because its author appended something else meanwhile.
const ATTEMPTS: u32 = 8;

/// What a member wants to do.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// In which guild, if in one.
    pub guild: Option<GuildId>,
    /// On which item, if on one.
    pub item: Option<ItemId>,
    /// What.
    pub event: Event,
    /// The parts to commit to.
    pub parts: BTreeMap<String, Value>,
    /// Names the submission; a fresh one if none.
    pub nonce: Option<String>,
    /// It holds only if this many entries came before, since it was computed over them.
    pub after: Option<u64>,
}

impl Proposal {
    /// An act on an item, or on a guild or the hall.
    pub fn new(guild: Option<GuildId>, item: Option<ItemId>, event: Event) -> Self {
        Self { guild, item, event, parts: BTreeMap::new(), nonce: None, after: None }
    }

    /// With a text part, unless it is absent.
    #[must_use]
    pub fn with(mut self, part: &str, text: Option<&str>) -> Self {
        if let Some(text) = text {
            self.parts.insert(part.to_owned(), Value::String(text.to_owned()));
        }
        self
    }
}

/// Proof for the submitter that the act is in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Place of the entry.
    pub event: u64,
    /// Its leaf hash in the tree, hexadecimal.
    pub entry_hash: String,
    /// The signed head that covers it.
    pub checkpoint: String,
    /// Where the item stands now, if one was acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ItemState>,
}

impl Receipt {
    fn of(appended: Appended) -> Self {
        Self {
            event: appended.seq,
            entry_hash: data_encoding::HEXLOWER.encode(&leaf_hash(&appended.bytes)),
            checkpoint: appended.head,
            state: appended.item.map(|item| item.state),
        }
    }
}

/// A part to commit to: name, salt, content.
type Part = (String, [u8; 32], Value);

/// An act that was signed but not appended.
pub(super) struct Signed {
    act: Act,
    core: Core,
    core_hash: Digest,
    manifest: Manifest,
    sig: String,
    parts: Vec<Part>,
    /// An import that its entry makes visible.
    publish: Option<(i64, String)>,
    after: Option<u64>,
}

impl Hall {
    /// Does what is proposed, signed by `signer`.
    ///
    /// Errors: a refusal, no signature, or the store's. A proposal whose nonce was appended before gives its receipt.
    pub async fn submit(&self, signer: &dyn Signer, proposal: Proposal) -> Result<Receipt, HallError> {
        self.submit_import(signer, proposal, None).await
    }

    /// The same, making an import visible with the entry.
    pub(super) async fn submit_import(
        &self,
        signer: &dyn Signer,
        proposal: Proposal,
        publish: Option<(i64, String)>,
    ) -> Result<Receipt, HallError> {
        let line = key_line(signer.public_key())?;
        let actor = member_of(&self.state().await?, &line)?;
        if let Some(nonce) = &proposal.nonce {
            match self.store.repeated(nonce.clone()).await? {
                Some((appended, author)) if author == actor => return Ok(Receipt::of(appended)),
                _ => {}
            }
        }
        for _ in 0..ATTEMPTS {
            let touch = Touch { actor: Some(actor.clone()), item: proposal.item.clone() };
            let (state, tip) = self.store.snapshot(touch.clone()).await?;
            let mut signed = self.sign(signer, &state, (&actor, &tip), &proposal).await?;
            signed.publish = publish.clone();
            match self.append(touch, signed).await {
                Err(HallError::Store(StoreError::Moved)) if proposal.after.is_none() => continue,
                done => return done.map(Receipt::of),
            }
        }
        Err(HallError::Store(StoreError::Moved))
    }

    /// Appends a signed act and what follows from it.
    pub(super) async fn append(&self, touch: Touch, signed: Signed) -> Result<Appended, HallError> {
        let (clock, host, random) = (Arc::clone(&self.clock), Arc::clone(&self.host), Arc::clone(&self.random));
        let fill = move |appending: &mut Appending| {
            let now = clock.now();
            let mut nonce = || data_encoding::HEXLOWER.encode(&entropy(random.as_ref()));
            fill(appending, signed, &Host { key: &host, now }, &mut nonce)
        };
        let appended = self.store.append(touch, Box::new(fill)).await?;
        let size = appended.head.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0);
        self.store.work().note_head(size, &appended.head)?;
        Ok(appended)
    }

    /// Decides on a snapshot, builds the core and has it signed.
    pub(super) async fn sign(
        &self,
        signer: &dyn Signer,
        state: &State,
        (actor, tip): (&MemberId, &Tip),
        proposal: &Proposal,
    ) -> Result<Signed, HallError> {
        let now = self.clock.now().max(tip.last_at);
        let act = act_of(state, actor, proposal);
        decide(state, &act, now)?;
        let key = fingerprint(signer.public_key());
        let parts: Vec<Part> = proposal
            .parts
            .iter()
            .map(|(name, content)| (name.clone(), salt(self.random.as_ref()), content.clone()))
            .collect();
        let commit =
            |(name, salt, content): &Part| Ok(Commit { commit: commitment(salt, content)?, part: name.clone() });
        let body: Result<Vec<Commit>, HallError> = parts.iter().map(commit).collect();
        let nonce = proposal.nonce.clone();
        let core = Core {
            actor: actor.to_string(),
            body: body?,
            charter: act.charter.clone(),
            demo: self.demo.then_some(true),
            guild: act.guild.clone(),
            hall: self.id.clone(),
            key: key.clone(),
            mine: tip.author.mine,
            nonce: nonce.unwrap_or_else(|| data_encoding::HEXLOWER.encode(&entropy(self.random.as_ref()))),
            prev: tip.author.prev.clone(),
            refs: act.item.iter().cloned().collect(),
            seen: Seen::of(tip.size(), &tip.root()),
            shown: act.shown.clone(),
            terms: act.terms.clone(),
            v: 1,
            event: act.event.clone(),
        };
        let core_hash = hash_of_core(&core)?;
        let manifest = Manifest::over(vec![core_hash.clone()], self.id.clone(), key);
        let sig = signer.sign(&line(&manifest)?).await?;
        Ok(Signed { act, core, core_hash, manifest, sig, parts, publish: None, after: proposal.after })
    }
}

/// The act that a proposal means on these rows: with the charter, terms and item as they are in force.
fn act_of(state: &State, actor: &MemberId, proposal: &Proposal) -> Act {
    let item = proposal.item.as_ref().and_then(|id| state.items.get(id));
    let answered = proposal.parts.contains_key("answers");
    let in_force = |item: &Item| state.charter_in_force(&item.guild).map(|(digest, _)| digest.clone());
    let charter = item.filter(|_| answered).and_then(|item| item.charter.clone().or_else(|| in_force(item)));
    let terms = item
        .filter(|_| matches!(proposal.event, Event::JudgementSubmitted {} | Event::JudgementRevised { .. }))
        .and_then(|item| state.charter_of(item))
        .and_then(|charter| canonical(&charter.terms).ok())
        .map(|bytes| Digest::of(&bytes));
    Act {
        actor: Some(actor.clone()),
        guild: proposal.guild.clone().or_else(|| item.map(|item| item.guild.clone())),
        item: proposal.item.clone(),
        shown: item.filter(|_| answered).and_then(|item| shown_to(item, &item.id, actor)),
        charter,
        terms,
        event: proposal.event.clone(),
        parts: proposal.parts.iter().map(|(name, content)| (name.clone(), Some(content.clone()))).collect(),
    }
}

struct Host<'a> {
    key: &'a HostKey,
    now: Timestamp,
}

/// Inside the store's transaction: decides again and adds the entry, its consequences and the head.
fn fill(
    appending: &mut Appending,
    signed: Signed,
    host: &Host<'_>,
    nonce: &mut dyn FnMut() -> String,
) -> Result<(), StoreError> {
    let failed = |error: &dyn std::fmt::Display| StoreError::Entry(error.to_string());
    let author = (appending.tip.author.mine, &appending.tip.author.prev);
    let moved = signed.after.is_some_and(|size| size != appending.tip.size());
    if author != (signed.core.mine, &signed.core.prev) || moved {
        return Err(StoreError::Moved);
    }
    let last_at = appending.tip.last_at;
    if host.now.plus_ms(CLOCK_SLACK_MS) < last_at {
        let reason = format!("the clock says {}, but the last entry is of {last_at}; set the clock right", host.now);
        return Err(appending.state.refusal(Rule::Clock, reason).into());
    }
    let at = host.now.max(last_at);
    decide(&appending.state, &signed.act, at)?;
    let seq = appending.tip.size();
    let header = Header { at, seq, sig: signed.sig.clone(), signer: SignedBy::Member };
    let bytes = Entry::write(&header, &signed.core, &signed.manifest).map_err(|error| failed(&error))?;
    let hall = signed.core.hall.clone();
    appending.push(&signed.core, signed.core_hash.clone(), bytes, at);
    for (part, salt, content) in &signed.parts {
        let content = canonical_value(content).map_err(|error| failed(&error))?;
        appending.bodies.push(NewBody { seq, part: part.clone(), salt: *salt, content });
    }
    if let Event::BodyErased { entry, part, .. } = &signed.act.event {
        appending.erased.push((*entry, part.clone()));
    }
    appending.publish = signed.publish;
    project(&mut appending.state, &hall, &signed.act, (seq, at));
    let place = (seq, appending.tip.root());
    if let Derived::Events(events) = derive(&appending.state, signed.act.item.as_ref(), &signed.act.event, place) {
        for event in events {
            consequence(appending, &hall, event, (&signed.act, host, at), nonce).map_err(|error| failed(&error))?;
        }
    }
    let head = host.key.head(&hall, appending.tip.size(), appending.tip.root());
    appending.head = Some(head.map_err(|error| failed(&error))?);
    Ok(())
}

/// Adds one entry of the hall's.
fn consequence(
    appending: &mut Appending,
    hall: &HallId,
    event: Event,
    (cause, host, at): (&Act, &Host<'_>, Timestamp),
    nonce: &mut dyn FnMut() -> String,
) -> Result<(), HallError> {
    let tip = &appending.tip;
    let demo = appending.state.hall.as_ref().is_some_and(|facts| facts.demo);
    let core = Core {
        actor: HALL_ACTOR.to_owned(),
        body: Vec::new(),
        charter: None,
        demo: demo.then_some(true),
        guild: cause.guild.clone(),
        hall: hall.clone(),
        key: host.key.fingerprint(),
        mine: tip.host.mine,
        nonce: nonce(),
        prev: tip.host.prev.clone(),
        refs: cause.item.iter().cloned().collect(),
        seen: Seen::of(tip.size(), &tip.root()),
        shown: None,
        terms: None,
        v: 1,
        event,
    };
    let core_hash = hash_of_core(&core)?;
    let manifest = Manifest::over(vec![core_hash.clone()], hall.clone(), host.key.fingerprint());
    let sig = host.key.sign(&line(&manifest)?)?;
    let seq = tip.size();
    let bytes = Entry::write(&Header { at, seq, sig, signer: SignedBy::Host }, &core, &manifest)?;
    let act = core.act(&mut |_| None)?;
    appending.push(&core, core_hash, bytes, at);
    project(&mut appending.state, hall, &act, (seq, at));
    Ok(())
}

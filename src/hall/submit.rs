//! An act's way to a signature: decided on a snapshot, put into a core, signed outside any lock; several may share one
//! manifest. Its way into the ledger is `entering`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    Act, Digest, Event, GuildId, Item, ItemId, ItemState, MemberId, Refusal, State, canonical, canonical_value,
    commitment, decide, shown_to,
};
use crate::ledger::{
    Commit, Core, Entry, MAX_CORES, Manifest, Seen, Signer as SignedBy, fingerprint, hash_of_core, leaf_hash, line,
};
use crate::store::{Appended, AuthorTip, StoreError, Tip, Touch};

use super::error::HallError;
use super::opened::{Hall, author};
use super::ports::{CoreToSign, PartToSign, Signer, ToSign, entropy, salt};

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
    /// Whether its author signed it, or the hall attests it; none where the entry can't be read.
    pub signed_by: Option<SignedBy>,
    /// Where the item stands now, if one was acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ItemState>,
}

impl Receipt {
    pub(super) fn of(appended: Appended) -> Self {
        let entry = Entry::read(&appended.bytes);
        Self {
            event: appended.seq,
            signed_by: entry.ok().map(|entry| entry.header.signer),
            entry_hash: data_encoding::HEXLOWER.encode(&leaf_hash(&appended.bytes)),
            checkpoint: appended.head,
            state: appended.item.map(|item| item.state),
        }
    }
}

/// One act of a signed manifest.
pub(super) struct SignedAct {
    /// What it does.
    pub act: Act,
    /// Its second line.
    pub core: Core,
    /// That line's hash.
    pub core_hash: Digest,
    /// What it commits to: name, salt, content.
    pub parts: Vec<(String, [u8; 32], Value)>,
}

/// Acts that were signed but not appended.
pub(super) struct Signed {
    /// In the order of the manifest.
    pub acts: Vec<SignedAct>,
    /// Third line of each.
    pub manifest: Manifest,
    /// The signature over it.
    pub sig: String,
    /// Whose key made it.
    pub by: SignedBy,
    /// An import that its entry makes visible.
    pub publish: Option<(i64, String)>,
    /// See [`Proposal::after`].
    pub after: Option<u64>,
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
        let actor = author(&self.state().await?, signer)?;
        if let Some(nonce) = &proposal.nonce {
            match self.store.repeated(nonce.clone()).await? {
                Some((appended, author)) if author == actor => return Ok(Receipt::of(appended)),
                _ => {}
            }
        }
        let receipts = self.sign_and_append(signer, &actor, (std::slice::from_ref(&proposal), publish)).await?;
        receipts.into_iter().next().ok_or_else(|| HallError::Failed("the act gave no entry".to_owned()))
    }

    /// Does all that is proposed, each on another item, under one signature; or nothing of it.
    ///
    /// Errors: as of [`submit`](Self::submit); more than 64 proposals.
    pub(super) async fn submit_all(
        &self,
        signer: &dyn Signer,
        proposals: &[Proposal],
    ) -> Result<Vec<Receipt>, HallError> {
        if !(1..=MAX_CORES).contains(&proposals.len()) {
            return Err(HallError::Usage(format!("one signature covers 1 to {MAX_CORES} acts")));
        }
        let actor = author(&self.state().await?, signer)?;
        self.sign_and_append(signer, &actor, (proposals, None)).await
    }

    /// Why the act can't be done now, if a rule says so; nothing is signed.
    pub(super) async fn refusal_of(
        &self,
        signer: &dyn Signer,
        proposal: &Proposal,
    ) -> Result<Option<Refusal>, HallError> {
        let actor = author(&self.state().await?, signer)?;
        let touch = Touch { actor: Some(actor.clone()), items: proposal.item.iter().cloned().collect() };
        let (state, tip) = self.store.snapshot(touch).await?;
        let act = act_of(&state, (&actor, &fingerprint(signer.public_key())), proposal);
        Ok(decide(&state, &act, self.clock.now().max(tip.last_at)).err())
    }

    async fn sign_and_append(
        &self,
        signer: &dyn Signer,
        actor: &MemberId,
        (proposals, publish): (&[Proposal], Option<(i64, String)>),
    ) -> Result<Vec<Receipt>, HallError> {
        let bound = proposals.iter().any(|proposal| proposal.after.is_some());
        for _ in 0..ATTEMPTS {
            self.settle().await?;
            let items = proposals.iter().filter_map(|proposal| proposal.item.clone()).collect();
            let touch = Touch { actor: Some(actor.clone()), items };
            let (state, tip) = self.store.snapshot(touch.clone()).await?;
            let mut signed = self.sign(signer, &state, (actor, &tip), proposals).await?;
            signed.publish = publish.clone();
            match self.append(touch, signed).await {
                Err(HallError::Store(StoreError::Moved)) if !bound => continue,
                done => return Ok(done?.into_iter().map(Receipt::of).collect()),
            }
        }
        Err(HallError::Store(StoreError::Moved))
    }

    /// Decides on a snapshot, builds the cores and has their manifest signed.
    pub(super) async fn sign(
        &self,
        signer: &dyn Signer,
        state: &State,
        (actor, tip): (&MemberId, &Tip),
        proposals: &[Proposal],
    ) -> Result<Signed, HallError> {
        let key = fingerprint(signer.public_key());
        let mut place = tip.author.clone();
        let mut acts = Vec::new();
        for proposal in proposals {
            let signed = self.core_of(state, (actor, &key), (tip, &place), proposal)?;
            place = AuthorTip { mine: place.mine + 1, prev: Some(signed.core_hash.clone()) };
            acts.push(signed);
        }
        let hashes = acts.iter().map(|act| act.core_hash.clone()).collect();
        let manifest = Manifest::over(hashes, self.id.clone(), key);
        let cores: Result<Vec<CoreToSign>, HallError> = acts.iter().map(to_sign).collect();
        let sig = signer.sign(&ToSign { text: line(&manifest)?, cores: cores? }).await?;
        let by = if signer.in_name_of().is_some() { SignedBy::Host } else { SignedBy::Member };
        let after = proposals.iter().find_map(|proposal| proposal.after);
        Ok(Signed { acts, manifest, sig, by, publish: None, after })
    }

    fn core_of(
        &self,
        state: &State,
        (actor, key): (&MemberId, &str),
        (tip, place): (&Tip, &AuthorTip),
        proposal: &Proposal,
    ) -> Result<SignedAct, HallError> {
        let act = act_of(state, (actor, key), proposal);
        decide(state, &act, self.clock.now().max(tip.last_at))?;
        let salted = |(name, content): (&String, &Value)| (name.clone(), salt(self.random.as_ref()), content.clone());
        let parts: Vec<(String, [u8; 32], Value)> = proposal.parts.iter().map(salted).collect();
        let nonce = proposal.nonce.clone();
        let core = Core {
            actor: actor.to_string(),
            body: commits(&parts)?,
            charter: act.charter.clone(),
            demo: self.demo.then_some(true),
            founding: state.is_founding(self.clock.now().max(tip.last_at)).then_some(true),
            guild: act.guild.clone(),
            hall: self.id.clone(),
            key: key.to_owned(),
            mine: place.mine,
            nonce: nonce.unwrap_or_else(|| data_encoding::HEXLOWER.encode(&entropy(self.random.as_ref()))),
            prev: place.prev.clone(),
            refs: act.item.iter().cloned().collect(),
            seen: Seen::of(tip.size(), &tip.root()),
            shown: act.shown.clone(),
            terms: act.terms.clone(),
            v: 1,
            event: act.event.clone(),
        };
        let core_hash = hash_of_core(&core)?;
        Ok(SignedAct { act, core, core_hash, parts })
    }
}

/// The commitments to parts.
fn commits(parts: &[(String, [u8; 32], Value)]) -> Result<Vec<Commit>, HallError> {
    parts
        .iter()
        .map(|(name, salt, content)| Ok(Commit { commit: commitment(salt, content)?, part: name.clone() }))
        .collect()
}

fn to_sign(act: &SignedAct) -> Result<CoreToSign, HallError> {
    let part = |(_, salt, content): &(String, [u8; 32], Value)| {
        Ok(PartToSign { salt: *salt, content: canonical_value(content)? })
    };
    let parts: Result<Vec<PartToSign>, HallError> = act.parts.iter().map(part).collect();
    Ok(CoreToSign { core: canonical(&act.core)?, parts: parts? })
}

/// The act that a proposal means on these rows: with the charter, terms and item as they are in force.
fn act_of(state: &State, (actor, key): (&MemberId, &str), proposal: &Proposal) -> Act {
    let item = proposal.item.as_ref().and_then(|id| state.items.get(id));
    let answered = proposal.parts.contains_key("answers");
    let in_force = |item: &Item| state.charter_in_force(&item.guild).map(|(digest, _)| digest.clone());
    let charter = item.filter(|_| answered).and_then(|item| item.charter.clone().or_else(|| in_force(item)));
    let terms = item
        .filter(|_| proposal.event.is_contribution())
        .and_then(|item| Some(state.terms_in(&item.guild, actor, state.charter_of(item)?)))
        .and_then(|terms| state.digest_of_terms(terms));
    Act {
        actor: Some(actor.clone()),
        key: key.to_owned(),
        guild: proposal.guild.clone().or_else(|| item.map(|item| item.guild.clone())),
        item: proposal.item.clone(),
        shown: item.filter(|_| answered).and_then(|item| shown_to(item, &item.id, actor)),
        charter,
        terms,
        event: proposal.event.clone(),
        parts: proposal.parts.iter().map(|(name, content)| (name.clone(), Some(content.clone()))).collect(),
    }
}

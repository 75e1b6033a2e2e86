//! Signed acts' way into the ledger, inside the store's transaction: decided again, appended with all that follows from
//! them, under one signed head. What the hall states of its own accord goes the same way.

use std::sync::Arc;

use crate::domain::{Act, Event, GuildId, HallId, ItemId, Rule, Timestamp, canonical_value, decide, due, project};
use crate::ledger::{Core, Entry, HALL_ACTOR, Header, Manifest, Seen, Signer as SignedBy, hash_of_core, line};
use crate::store::{Appended, Appending, NewBody, StoreError, Touch};

use super::derive::{Derived, derive};
use super::error::HallError;
use super::keys::HostKey;
use super::opened::Hall;
use super::ports::entropy;
use super::submit::{Receipt, Signed, SignedAct};

/// The clock may run this much behind the last entry before acts are refused.
const CLOCK_SLACK_MS: i64 = 60_000;

/// Who signs what the hall says, and what the time is.
struct Host {
    key: Arc<HostKey>,
    hall: HallId,
    now: Timestamp,
}

impl Hall {
    /// Appends signed acts and what follows from them.
    pub(super) async fn append(&self, touch: Touch, signed: Signed) -> Result<Vec<Appended>, HallError> {
        let (clock, random, host) = (Arc::clone(&self.clock), Arc::clone(&self.random), self.host_at());
        let fill = move |appending: &mut Appending| {
            let host = Host { now: clock.now(), ..host };
            let mut nonce = || data_encoding::HEXLOWER.encode(&entropy(random.as_ref()));
            fill(appending, signed, &host, &mut nonce)
        };
        let appended = self.store.append(touch, Box::new(fill)).await?;
        self.note_head(&appended)?;
        Ok(appended)
    }

    /// Appends what the hall itself states.
    pub(super) async fn state_event(&self, event: Event) -> Result<Receipt, HallError> {
        let (clock, random, host) = (Arc::clone(&self.clock), Arc::clone(&self.random), self.host_at());
        let fill = move |appending: &mut Appending| {
            let host = Host { now: clock.now(), ..host };
            let mut nonce = || data_encoding::HEXLOWER.encode(&entropy(random.as_ref()));
            let at = time(appending, &host)?;
            if due(&appending.state, at).is_some() {
                return Err(StoreError::Moved);
            }
            let about = About { event, guild: None, item: None };
            say(appending, about, (&host, at), &mut nonce)?;
            settle(appending, (&host, at), &mut nonce)?;
            sign_head(appending, &host)
        };
        self.settle().await?;
        let appended = self.store.append(Touch::default(), Box::new(fill)).await?;
        self.note_head(&appended)?;
        let receipt = appended.into_iter().next().map(Receipt::of);
        receipt.ok_or_else(|| HallError::Failed("nothing was appended".to_owned()))
    }

    /// Appends what the hall owes, if anything: what follows from the days that passed. Who came in gets a name.
    ///
    /// Whoever acts calls it first; it costs a look at the rows.
    pub(super) async fn settle(&self) -> Result<(), HallError> {
        let (state, tip) = self.store.snapshot(Touch::default()).await?;
        if due(&state, self.now().max(tip.last_at)).is_some() {
            let (clock, random, host) = (Arc::clone(&self.clock), Arc::clone(&self.random), self.host_at());
            let fill = move |appending: &mut Appending| {
                let host = Host { now: clock.now(), ..host };
                let mut nonce = || data_encoding::HEXLOWER.encode(&entropy(random.as_ref()));
                let at = time(appending, &host)?;
                settle(appending, (&host, at), &mut nonce)?;
                match appending.entries.is_empty() {
                    true => Err(StoreError::Moved), // another process wrote it
                    false => sign_head(appending, &host),
                }
            };
            match self.store.append(Touch::default(), Box::new(fill)).await {
                Ok(appended) => self.note_head(&appended)?,
                Err(StoreError::Moved) => {}
                Err(error) => return Err(error.into()),
            }
            self.welcome().await?;
        }
        Ok(())
    }

    fn host_at(&self) -> Host {
        Host { key: Arc::clone(&self.host), hall: self.id.clone(), now: self.now() }
    }

    fn note_head(&self, appended: &[Appended]) -> Result<(), HallError> {
        let Some(last) = appended.last() else { return Ok(()) };
        let size = last.head.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0);
        Ok(self.store.work().note_head(size, &last.head)?)
    }
}

fn failed(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Entry(error.to_string())
}

/// The time of what is appended now.
fn time(appending: &Appending, host: &Host) -> Result<Timestamp, StoreError> {
    let last_at = appending.tip.last_at;
    if host.now.plus_ms(CLOCK_SLACK_MS) < last_at {
        let reason = format!("the clock says {}, but the last entry is of {last_at}; set the clock right", host.now);
        return Err(appending.state.refusal(Rule::Clock, reason).into());
    }
    Ok(host.now.max(last_at))
}

fn sign_head(appending: &mut Appending, host: &Host) -> Result<(), StoreError> {
    let head = host.key.head(&host.hall, appending.tip.size(), appending.tip.root());
    appending.head = Some(head.map_err(|error| failed(&error))?);
    Ok(())
}

/// Decides again and adds each act's entry with its consequences, then the head.
fn fill(
    appending: &mut Appending,
    signed: Signed,
    host: &Host,
    nonce: &mut dyn FnMut() -> String,
) -> Result<(), StoreError> {
    let author = (appending.tip.author.mine, &appending.tip.author.prev);
    let first = signed.acts.first().map(|act| (act.core.mine, &act.core.prev));
    let moved = signed.after.is_some_and(|size| size != appending.tip.size());
    if Some(author) != first || moved {
        return Err(StoreError::Moved);
    }
    for act in &signed.acts {
        enter(appending, (act, &signed), host, nonce)?;
    }
    appending.publish = signed.publish;
    sign_head(appending, host)
}

fn enter(
    appending: &mut Appending,
    (signed, whole): (&SignedAct, &Signed),
    host: &Host,
    nonce: &mut dyn FnMut() -> String,
) -> Result<(), StoreError> {
    let at = time(appending, host)?;
    let founding = appending.state.is_founding(at).then_some(true);
    if founding != signed.core.founding || due(&appending.state, at).is_some() {
        return Err(StoreError::Moved);
    }
    decide(&appending.state, &signed.act, at)?;
    let seq = appending.tip.size();
    let header = Header { at, seq, sig: whole.sig.clone(), signer: whole.by };
    let bytes = Entry::write(&header, &signed.core, &whole.manifest).map_err(|error| failed(&error))?;
    appending.push(&signed.core, signed.core_hash.clone(), bytes, at);
    for (part, salt, content) in &signed.parts {
        let content = canonical_value(content).map_err(|error| failed(&error))?;
        appending.bodies.push(NewBody { seq, part: part.clone(), salt: *salt, content });
    }
    match &signed.act.event {
        Event::BodyErased { entry, part, .. } => appending.erased.push((*entry, Some(part.clone()))),
        // what was taken back before it was gold is destroyed, salt and all, with what it was before it was revised
        Event::JudgementWithdrawn { judgement } => {
            let item = signed.act.item.as_ref().and_then(|id| appending.state.items.get(id));
            let given = item.map(|item| item.entries_of(*judgement)).unwrap_or_default();
            appending.erased.extend(given.into_iter().map(|entry| (entry, None)));
        }
        _ => {}
    }
    project(&mut appending.state, &host.hall, &signed.act, (seq, at));
    let place = (seq, appending.tip.root());
    if let Derived::Events(events) = derive(&appending.state, signed.act.item.as_ref(), &signed.act.event, place) {
        for event in events {
            let Act { guild, item, .. } = signed.act.clone();
            say(appending, About { event, guild, item }, (host, at), nonce)?;
        }
    }
    settle(appending, (host, at), nonce)
}

/// Adds all that the hall owes at this moment.
fn settle(
    appending: &mut Appending,
    (host, at): (&Host, Timestamp),
    nonce: &mut dyn FnMut() -> String,
) -> Result<(), StoreError> {
    while let Some((guild, event)) = due(&appending.state, at) {
        say(appending, About { event, guild, item: None }, (host, at), nonce)?;
    }
    Ok(())
}

/// What the hall says, and of what.
struct About {
    event: Event,
    guild: Option<GuildId>,
    item: Option<ItemId>,
}

/// Adds one entry of the hall's.
fn say(
    appending: &mut Appending,
    about: About,
    (host, at): (&Host, Timestamp),
    nonce: &mut dyn FnMut() -> String,
) -> Result<(), StoreError> {
    let tip = &appending.tip;
    let demo = appending.state.hall.as_ref().is_some_and(|facts| facts.demo);
    let core = Core {
        actor: HALL_ACTOR.to_owned(),
        body: Vec::new(),
        charter: None,
        demo: demo.then_some(true),
        founding: appending.state.is_founding(at).then_some(true),
        guild: about.guild,
        hall: host.hall.clone(),
        key: host.key.fingerprint(),
        mine: tip.host.mine,
        nonce: nonce(),
        prev: tip.host.prev.clone(),
        refs: about.item.into_iter().collect(),
        seen: Seen::of(tip.size(), &tip.root()),
        shown: None,
        terms: None,
        v: 1,
        event: about.event,
    };
    let act = core.act(&mut |_| None).map_err(|error| failed(&error))?;
    decide(&appending.state, &act, at)?;
    let core_hash = hash_of_core(&core).map_err(|error| failed(&error))?;
    let manifest = Manifest::over(vec![core_hash.clone()], host.hall.clone(), host.key.fingerprint());
    let text = line(&manifest).map_err(|error| failed(&error))?;
    let sig = host.key.sign(&text).map_err(|error| failed(&error))?;
    let seq = tip.size();
    let header = Header { at, seq, sig, signer: SignedBy::Host };
    let bytes = Entry::write(&header, &core, &manifest).map_err(|error| failed(&error))?;
    appending.push(&core, core_hash, bytes, at);
    project(&mut appending.state, &host.hall, &act, (seq, at));
    Ok(())
}

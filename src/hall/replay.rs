//! Entries in order, checked one by one: structure, signature, the rule that allowed each act, and each consequence
//! derived again. Where entries come from, and what else is compared, is `verify` and `verify_release`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    Act, Digest, Event, HallId, Item, ItemId, ItemShape, State, Timestamp, canonical_value, commitment, decide, due,
    project,
};
use crate::ledger::{Chain, Entry, HALL_ACTOR, Signer};

use super::derive::{Derived, derive};

/// What is wrong, and where; `check` is a command of others that shows the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, or table.
    pub file: String,
    /// Where in it.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// How to see it without this program.
    pub check: String,
}

/// Salt and canonical bytes of parts, by entry and name.
pub(super) type PartBytes = BTreeMap<(u64, String), (Vec<u8>, Vec<u8>)>;

/// See the module's first line.
pub(super) struct Replay {
    /// Order and signatures.
    pub chain: Chain,
    /// The rows as the entries make them; rules' texts are put in beforehand.
    pub state: State,
    /// Consequences that rest on what isn't here.
    pub not_derivable: u64,
    /// Parts committed to that aren't here and weren't erased.
    pub missing: BTreeSet<(u64, String)>,
    /// Parts erased.
    pub erased: BTreeSet<(u64, String)>,
    expected: VecDeque<(Option<ItemId>, Event)>,
    free: Option<(ItemId, u64)>,
    last_at: Timestamp,
    hall: Option<HallId>,
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            chain: Chain::default(),
            state: State::default(),
            not_derivable: 0,
            missing: BTreeSet::new(),
            erased: BTreeSet::new(),
            expected: VecDeque::new(),
            free: None,
            last_at: Timestamp::from_ms(0),
            hall: None,
        }
    }
}

impl Replay {
    /// Takes the next entry in. `parts` are those known; `item` is the item it acts on, if its texts are known.
    ///
    /// Errors: what is wrong with it, in words.
    pub fn accept(&mut self, bytes: &[u8], parts: &PartBytes, item: Option<Item>) -> Result<Entry, String> {
        let mut chain = std::mem::take(&mut self.chain);
        let entry = chain.accept(bytes, &|entry| self.key_of(entry)).map_err(|error| error.to_string());
        self.chain = chain;
        let entry = entry?;
        let seq = entry.header.seq;
        let hall = self.hall.get_or_insert_with(|| entry.core.hall.clone()).clone();
        self.check_demo(&entry)?;
        let known = known_parts(&entry, parts)?;
        let act = entry.core.act(&mut |part| known.get(part).cloned()).map_err(|error| error.to_string())?;
        for commit in &entry.core.body {
            if !known.contains_key(&commit.part) {
                self.missing.insert((seq, commit.part.clone()));
            }
        }
        self.check_founding(&entry)?;
        if let Some(id) = &act.item {
            let guild = act.guild.clone().ok_or("an act on an item names no guild")?;
            let untouched = || Item::untouched(id.clone(), guild, ItemShape::default(), None);
            self.state.items.entry(id.clone()).or_insert_with(|| item.unwrap_or_else(untouched));
        }
        if entry.core.actor == HALL_ACTOR {
            if matches!(act.event, Event::PetitionFiled { .. }) {
                self.statement(&act, entry.header.at)?;
            } else {
                self.consequence(&entry)?;
            }
            project(&mut self.state, &hall, &act, (seq, entry.header.at));
            self.last_at = entry.header.at;
            return Ok(entry);
        }
        self.owes_nothing(entry.header.at)?;
        self.free = None;
        if matches!(act.event, Event::ReleaseCut { .. }) && entry.core.seen.size != seq {
            return Err("a release is signed over all that came before it, and something came between".to_owned());
        }
        decide(&self.state, &act, entry.header.at).map_err(|refusal| format!("no rule allows it: {refusal}"))?;
        project(&mut self.state, &hall, &act, (seq, entry.header.at));
        self.destroyed(&act);
        let root = self.chain.root_at(seq + 1).copied().unwrap_or_default();
        match derive(&self.state, act.item.as_ref(), &act.event, (seq, root)) {
            Derived::Events(events) => {
                self.expected = events.into_iter().map(|event| (act.item.clone(), event)).collect();
            }
            Derived::NotDerivable => self.free = act.item.map(|item| (item, seq)),
        }
        self.last_at = entry.header.at;
        Ok(entry)
    }

    /// Notes what an act destroys: a part, or all words of a judgement that is taken back.
    fn destroyed(&mut self, act: &Act) {
        match &act.event {
            Event::BodyErased { entry, part, .. } => {
                self.missing.remove(&(*entry, part.clone()));
                self.erased.insert((*entry, part.clone()));
            }
            Event::JudgementWithdrawn { judgement } => {
                let item = act.item.as_ref().and_then(|id| self.state.items.get(id));
                let given = item.map(|item| item.entries_of(*judgement)).unwrap_or_default();
                let (taken, missing): (BTreeSet<_>, BTreeSet<_>) =
                    std::mem::take(&mut self.missing).into_iter().partition(|(seq, _)| given.contains(seq));
                self.missing = missing;
                self.erased.extend(taken);
            }
            _ => {}
        }
    }

    /// Whether anything is still to come.
    pub fn finish(&self) -> Result<(), String> {
        match self.owed(self.last_at) {
            Some(event) => Err(format!("the hall's `{}` is missing at the end", event.kind())),
            None if !self.chain.is_whole() => Err("a batch was signed whole, but its last entries are missing".into()),
            None => Ok(()),
        }
    }

    /// What the hall should have written before anybody acts at `at`.
    fn owed(&self, at: Timestamp) -> Option<Event> {
        let expected = self.expected.front().map(|(_, event)| event.clone());
        expected.or_else(|| due(&self.state, at).map(|(_, event)| event))
    }

    fn owes_nothing(&self, at: Timestamp) -> Result<(), String> {
        let owed = self.owed(at);
        owed.map_or(Ok(()), |event| Err(format!("before it the hall's `{}` is missing", event.kind())))
    }

    fn check_founding(&self, entry: &Entry) -> Result<(), String> {
        match entry.core.founding == self.state.is_founding(entry.header.at).then_some(true) {
            true => Ok(()),
            false => Err("every entry of the founding is stamped `founding`, and no other is".to_owned()),
        }
    }

    fn key_of(&self, entry: &Entry) -> Option<String> {
        if let Event::HallFounded { founders, .. } = &entry.core.event {
            let own = founders.iter().filter(|_| entry.header.signer == Signer::Member);
            let founder = own.into_iter().find(|founder| founder.member.as_str() == entry.core.actor);
            return founder.map(|founder| founder.key.clone());
        }
        if entry.header.signer == Signer::Host {
            return self.state.hall.as_ref().map(|hall| hall.key.clone());
        }
        let member = self.state.members.get(&entry.core.actor.parse().ok()?)?;
        member.keys.iter().find(|key| key.fingerprint == entry.core.key).map(|key| key.line.clone())
    }

    fn check_demo(&self, entry: &Entry) -> Result<(), String> {
        let demo = match (&entry.core.event, &self.state.hall) {
            (Event::HallFounded { demo, .. }, _) => *demo,
            (_, Some(hall)) => hall.demo,
            (_, None) => false,
        };
        if entry.core.demo == demo.then_some(true) {
            Ok(())
        } else {
            Err("every entry of a demo hall is stamped `demo`, and no other is".to_owned())
        }
    }

    /// What the hall states of its own accord: that somebody asks to be admitted.
    fn statement(&mut self, act: &Act, at: Timestamp) -> Result<(), String> {
        self.owes_nothing(at)?;
        self.free = None;
        decide(&self.state, act, at).map_err(|refusal| format!("no rule allows it: {refusal}"))
    }

    /// A hall's entry: the next one expected, or one that can't be derived from what is here.
    fn consequence(&mut self, entry: &Entry) -> Result<(), String> {
        let item = entry.core.refs.first().cloned();
        if let Some(expected) = self.expected.pop_front() {
            if expected == (item, entry.core.event.clone()) {
                return Ok(());
            }
            let (_, event) = expected;
            return Err(format!("the rules derive {event:?} here, but it says {:?}", entry.core.event));
        }
        if entry.core.event.is_due() {
            self.free = None;
            let said = (entry.core.guild.clone(), entry.core.event.clone());
            return match due(&self.state, entry.header.at) {
                Some(owed) if owed == said && item.is_none() => Ok(()),
                Some((_, owed)) => Err(format!("the hall owes {owed:?} here, but it says {:?}", said.1)),
                None => Err("nothing before it, and no time that passed, has this consequence".to_owned()),
            };
        }
        let (Some((about, cause)), true) = (self.free.clone(), entry.core.event.is_derived()) else {
            return Err("nothing before it has this consequence".to_owned());
        };
        let fits = match &entry.core.event {
            Event::BodiesOpened { root, size } => {
                *size == cause + 1 && self.chain.root_at(*size).is_some_and(|known| *root == Digest::from_bytes(*known))
            }
            Event::ItemRouted { cause: named, .. } => *named == cause,
            _ => false,
        };
        if Some(about) != item || !fits {
            return Err("it names another item, cause or head than the act before it".to_owned());
        }
        self.not_derivable += 1;
        Ok(())
    }
}

/// The contents of an entry's known parts, each opened against its commitment.
fn known_parts(entry: &Entry, parts: &PartBytes) -> Result<BTreeMap<String, Value>, String> {
    let mut known = BTreeMap::new();
    for commit in &entry.core.body {
        let Some((salt, content)) = parts.get(&(entry.header.seq, commit.part.clone())) else { continue };
        let wrong = |what: &str| format!("its part `{}` {what}", commit.part);
        let salt: &[u8; 32] = salt.as_slice().try_into().map_err(|_| wrong("has a salt that isn't 32 bytes"))?;
        let value: Value = serde_json::from_slice(content).map_err(|_| wrong("is not JSON"))?;
        if canonical_value(&value).ok().as_deref() != Some(content) {
            return Err(wrong("is not in canonical form"));
        }
        if commitment(salt, &value).ok().as_ref() != Some(&commit.commit) {
            return Err(wrong("is not what was committed to"));
        }
        known.insert(commit.part.clone(), value);
    }
    Ok(known)
}

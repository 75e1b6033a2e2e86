//! The order among entries: what a verifier checks of each before it asks what the entry means. Signatures included;
//! the meaning is `domain`'s, what follows from it `consensus`'s.

use std::collections::{BTreeMap, HashSet, VecDeque};

use crate::domain::{Digest, Event, HallId, Timestamp};

use super::entry::{Entry, EntryError, HALL_ACTOR, Seen, Signer};
use super::sshsig::{self, SignatureError};
use super::tree::{Frontier, Hash, leaf_hash};

/// Why an entry doesn't fit where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// Signature or key.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Out of order, forked, replayed, of another hall.
    #[error("{0}")]
    Order(String),
}

/// What is known after some entries, enough to check the next.
#[derive(Debug, Clone)]
pub struct Chain {
    hall: Option<HallId>,
    frontier: Frontier,
    roots: Vec<Hash>,
    last_at: Timestamp,
    nonces: HashSet<String>,
    authors: BTreeMap<String, Author>,
    signatures: u64,
}

#[derive(Debug, Clone, Default)]
struct Author {
    mine: u64,
    prev: Option<Digest>,
    /// Cores of a batch that were signed and must come next.
    pending: VecDeque<Digest>,
}

impl Default for Chain {
    fn default() -> Self {
        let frontier = Frontier::default();
        Self {
            hall: None,
            roots: vec![frontier.root()],
            frontier,
            last_at: Timestamp::from_ms(0),
            nonces: HashSet::new(),
            authors: BTreeMap::new(),
            signatures: 0,
        }
    }
}

fn order<T>(text: String) -> Result<T, ChainError> {
    Err(ChainError::Order(text))
}

impl Chain {
    /// Checks the next entry's bytes and takes it in; `key_of` gives the line of the key that may have signed it.
    ///
    /// Errors: the first rule it breaks. The chain is unusable then.
    pub fn accept(&mut self, bytes: &[u8], key_of: &dyn Fn(&Entry) -> Option<String>) -> Result<Entry, ChainError> {
        let entry = Entry::read(bytes)?;
        self.check_place(&entry)?;
        self.check_author(&entry)?;
        check_signature(&entry, key_of)?;
        self.signatures += 1;
        self.frontier.append(leaf_hash(bytes));
        self.roots.push(self.frontier.root());
        self.last_at = entry.header.at;
        Ok(entry)
    }

    fn check_place(&mut self, entry: &Entry) -> Result<(), ChainError> {
        let seq = self.frontier.size();
        if entry.header.seq != seq {
            return order(format!("its seq is {}, but it stands at {seq}", entry.header.seq));
        }
        if entry.header.at < self.last_at {
            return order(format!("it is of {}, before the entry before it ({})", entry.header.at, self.last_at));
        }
        let hall = self.hall.get_or_insert_with(|| entry.core.hall.clone());
        if entry.core.hall != *hall || entry.manifest.hall != *hall {
            return order(format!("it is of hall {}, not {hall}", entry.core.hall));
        }
        if matches!(entry.core.event, Event::HallFounded { .. }) != (seq == 0) {
            return order("a hall is founded by its first entry".to_owned());
        }
        let Seen { size, .. } = entry.core.seen;
        let known = usize::try_from(size).ok().and_then(|size| self.roots.get(size));
        if known.map(|root| Seen::of(size, root)).as_ref() != Some(&entry.core.seen) {
            return order(format!("its author saw a head of size {size} that is not this log's"));
        }
        if !self.nonces.insert(entry.core.nonce.clone()) {
            return order("its nonce stands in an earlier entry: a replay".to_owned());
        }
        Ok(())
    }

    fn check_author(&mut self, entry: &Entry) -> Result<(), ChainError> {
        let author = self.authors.entry(entry.core.actor.clone()).or_default();
        if entry.core.mine != author.mine || entry.core.prev != author.prev {
            return order(format!(
                "its author's entries part: it says {} came before, the log has {}",
                entry.core.mine, author.mine
            ));
        }
        author.mine += 1;
        author.prev = Some(entry.core_hash.clone());
        if let Some(expected) = author.pending.pop_front() {
            if expected != entry.core_hash {
                return order("an entry signed in the same batch is missing before it".to_owned());
            }
        } else {
            let mut cores = entry.manifest.cores.iter().cloned();
            if cores.next().as_ref() != Some(&entry.core_hash) {
                return order("the signed manifest doesn't list its core".to_owned());
            }
            author.pending = cores.collect();
        }
        if entry.manifest.cores.contains(&entry.core_hash) {
            Ok(())
        } else {
            order("the signed manifest doesn't list its core".to_owned())
        }
    }

    /// Whether every batch that was signed is there in full.
    pub fn is_whole(&self) -> bool {
        self.authors.values().all(|author| author.pending.is_empty())
    }

    /// How many entries were taken in.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// How many signatures were checked.
    pub fn signatures(&self) -> u64 {
        self.signatures
    }

    /// The root over the first `size` entries.
    pub fn root_at(&self, size: u64) -> Option<&Hash> {
        self.roots.get(usize::try_from(size).ok()?)
    }
}

fn check_signature(entry: &Entry, key_of: &dyn Fn(&Entry) -> Option<String>) -> Result<(), ChainError> {
    if entry.core.actor == HALL_ACTOR && entry.header.signer != Signer::Host {
        return order("what the hall says is signed by the hall".to_owned());
    }
    let Some(line) = key_of(entry) else {
        return order(format!("{} has no key {} in this hall", entry.core.actor, entry.core.key));
    };
    let key = sshsig::read_public_key(&line)?;
    if sshsig::key_line(&key)? != line {
        return Err(SignatureError::Key("the line is not in its one form".to_owned()).into());
    }
    let name = sshsig::fingerprint(&key);
    if entry.core.key != name || entry.manifest.key != name {
        return order(format!("it names the key {}, but its author's is {name}", entry.core.key));
    }
    sshsig::verify(&key, &entry.signed, &entry.header.sig)?;
    Ok(())
}

//! An open hall: its directory, store, own key, clock and randomness; and the look-ups that every use case needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use russh::keys::ssh_key::PrivateKey;

use crate::domain::{Charter, Digest, GuildId, HallFacts, HallId, Item, ItemId, MemberId, Rule, State, Timestamp};
use crate::ledger::fingerprint;
use crate::store::{Store, StoreError, Touch};

use super::error::HallError;
use super::keys::{HostKey, read_key, ssh_host_key};
use super::models::OnTheWay;
use super::ports::{Clock, Random, Signer};
use super::reruns::Reruns;
use super::said::Said;

/// See the module's first line.
pub struct Hall {
    pub(super) dir: PathBuf,
    pub(super) store: Store,
    pub(super) host: Arc<HostKey>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) id: HallId,
    pub(super) demo: bool,
    /// Sessions by member, in this process.
    pub(super) presence: Mutex<BTreeMap<MemberId, u32>>,
    pub(super) said: Said,
    pub(super) reruns: Reruns,
    pub(super) on_the_way: OnTheWay,
}

/// A demo's clock: the real one, advanced.
struct Advanced {
    clock: Arc<dyn Clock>,
    by_ms: i64,
}

impl Clock for Advanced {
    fn now(&self) -> Timestamp {
        self.clock.now().plus_ms(self.by_ms)
    }
}

impl Hall {
    /// Opens the hall in `dir`.
    ///
    /// Errors: no hall there, or one this program can't use; says which file and why.
    pub async fn open(dir: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Self, HallError> {
        if !dir.join("hall.db").is_file() {
            let hint = "make one with `guildhall init` or `guildhall demo`, or name one with --hall";
            return Err(HallError::Usage(format!("no hall in {}; {hint}", dir.display())));
        }
        let store = Store::open(dir).await?;
        let (state, _) = store.snapshot(Touch::default()).await?;
        let Some(facts) = state.hall else {
            return Err(HallError::Failed(format!("{} has no genesis entry", dir.display())));
        };
        let host = Arc::new(HostKey::of(read_key(&dir.join("keys/hall"))?)?);
        if host.line()? != facts.key {
            return Err(HallError::Failed(format!("{} is not this hall's key", dir.join("keys/hall").display())));
        }
        let by_ms = store.work().clock_offset_ms()?;
        let clock = if by_ms == 0 { clock } else { Arc::new(Advanced { clock, by_ms }) };
        Ok(Self {
            dir: dir.to_path_buf(),
            store,
            host,
            clock,
            random,
            id: facts.id,
            demo: facts.demo,
            presence: Mutex::default(),
            said: Said::default(),
            reruns: Reruns::of(dir),
            on_the_way: OnTheWay::default(),
        })
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The key by which SSH clients know it, and its file; made if there is none.
    pub fn ssh_host_key(&self) -> Result<(PrivateKey, PathBuf), HallError> {
        ssh_host_key(&self.dir, self.random.as_ref())
    }

    /// Now, as this hall tells the time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Advances a demo's clock; takes effect when the hall is opened next.
    ///
    /// Errors: the hall is no demo.
    pub fn advance(&self, by_ms: i64) -> Result<Timestamp, HallError> {
        if !self.demo {
            return Err(HallError::Usage("only a demo hall has a clock of its own".to_owned()));
        }
        let work = self.store.work();
        work.set_clock_offset_ms(work.clock_offset_ms()? + by_ms)?;
        Ok(self.now().plus_ms(by_ms))
    }

    /// The rows that aren't items.
    pub async fn state(&self) -> Result<State, HallError> {
        Ok(self.store.snapshot(Touch::default()).await?.0)
    }

    /// What the genesis entry fixed.
    pub async fn facts(&self) -> Result<HallFacts, HallError> {
        let facts = self.state().await?.hall;
        facts.ok_or_else(|| HallError::Failed("this hall has no genesis entry".to_owned()))
    }

    /// The member who holds this key, or a refusal of strangers.
    pub async fn member(&self, signer: &dyn Signer) -> Result<MemberId, HallError> {
        match author(&self.state().await?, signer) {
            Ok(member) => Ok(member),
            // whoever is a member since some days passed, but nobody acted meanwhile
            Err(_) => {
                self.settle().await?;
                author(&self.state().await?, signer)
            }
        }
    }

    /// How many entries the ledger has.
    pub async fn size(&self) -> Result<u64, HallError> {
        Ok(self.store.head().await?.map_or(0, |(size, _)| size))
    }

    /// The charter an item's answers are under.
    pub async fn charter_of(&self, id: &ItemId) -> Result<Arc<Charter>, HallError> {
        let (state, item) = self.state_with(id).await?;
        let charter = state.charter_of(&item).cloned();
        charter.ok_or_else(|| HallError::Failed(format!("no charter of {} is in this hall", item.guild)))
    }

    /// The charter in force in a guild, and its digest.
    pub async fn charter_in_force(&self, guild: &GuildId) -> Result<(Digest, Arc<Charter>), HallError> {
        let state = self.state().await?;
        let charter = state.charter_in_force(guild).map(|(digest, charter)| (digest.clone(), Arc::clone(charter)));
        charter.ok_or_else(|| HallError::Usage(format!("no guild `{guild}` in this hall")))
    }

    /// The text of the constitution in force.
    pub async fn constitution(&self) -> Result<String, HallError> {
        let digest = self.facts().await?.constitution;
        let found = self.store.rules().await?.into_iter().find(|(_, known, _)| *known == digest);
        found.map(|(.., text)| text).ok_or_else(|| HallError::Failed("the constitution's text is gone".to_owned()))
    }

    /// The rows with one item loaded.
    pub(super) async fn state_with(&self, id: &ItemId) -> Result<(State, Item), HallError> {
        let touch = Touch { items: vec![id.clone()], ..Touch::default() };
        let (state, _) = self.store.snapshot(touch).await?;
        let item = state.items.get(id).cloned();
        item.map(|item| (state, item)).ok_or_else(|| no_item(id.as_str()))
    }

    /// The item whose id starts with `prefix`, with or without `it_`.
    ///
    /// Errors: fewer than 4 characters, no such item, or several.
    pub async fn find_item(&self, prefix: &str) -> Result<ItemId, HallError> {
        let bare = prefix.strip_prefix("it_").unwrap_or(prefix);
        if bare.len() < 4 {
            return Err(HallError::Usage(format!("`{prefix}`: give at least 4 characters of an item's id")));
        }
        let mut found = self.store.ids_starting(format!("it_{bare}")).await?.into_iter();
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            (Some(_), Some(_)) => Err(HallError::Usage(format!("`{prefix}` starts several ids; give more of it"))),
            (None, _) => Err(no_item(prefix)),
        }
    }

    /// Checks that the guild is in the hall.
    pub async fn find_guild(&self, name: &str) -> Result<GuildId, HallError> {
        let state = self.state().await?;
        let known: Vec<&str> = state.guilds.keys().map(GuildId::as_str).collect();
        match state.guilds.keys().find(|guild| guild.as_str() == name) {
            Some(guild) => Ok(guild.clone()),
            None => Err(HallError::Usage(format!("no guild `{name}` in this hall; there is {}", known.join(", ")))),
        }
    }
}

fn no_item(id: &str) -> HallError {
    HallError::Usage(format!("no item `{id}` in this hall; `guildhall item list --guild G` lists them"))
}

/// A store error for a caller that reads files of the hall itself.
pub(super) fn corrupt(place: impl Into<String>, reason: impl ToString) -> HallError {
    HallError::Store(StoreError::Corrupt { place: place.into(), reason: reason.to_string() })
}

/// The member whose acts this signer signs.
pub(super) fn author(state: &State, signer: &dyn Signer) -> Result<MemberId, HallError> {
    if let Some(member) = signer.in_name_of() {
        return Ok(member.clone());
    }
    let found = state.member_with(&fingerprint(signer.public_key()));
    let stranger = || state.refusal(Rule::Stranger, "your key is no member's of this hall");
    Ok(found.map(|member| member.id.clone()).ok_or_else(stranger)?)
}

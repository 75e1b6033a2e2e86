//! Founding a hall: directory, keys, rules, genesis entry, first guilds.

use std::path::Path;
use std::sync::Arc;

use russh::keys::ssh_key::PublicKey;

use crate::domain::{Charter, Constitution, Event, Founder as FounderFact, GuildId, HallId, MemberId};
use crate::ledger::key_line;
use crate::store::{Store, Touch};

use super::error::{HallError, file_error};
use super::keys::{HostKey, KeyInMemory, make_key, private_dir};
use super::models::OnTheWay;
use super::opened::Hall;
use super::ports::{Clock, Random, Signer, entropy};
use super::reruns::Reruns;
use super::submit::Proposal;

/// Who founds a hall.
#[derive(Debug, Clone)]
pub struct Founder {
    /// Name in the directory.
    pub handle: String,
    /// Their key; one is made in the hall's `keys` if none.
    pub key: Option<PublicKey>,
    /// May curate.
    pub steward: bool,
}

/// What a hall is founded with. The first founder's key is made here and signs.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Its name.
    pub name: String,
    /// Licence of its data, SPDX.
    pub licence: String,
    /// Its founders, the signing one first.
    pub founders: Vec<Founder>,
    /// Charter texts of its first guilds.
    pub charters: Vec<String>,
    /// Text of its constitution.
    pub constitution: String,
    /// A throwaway hall.
    pub demo: bool,
}

/// Founds a hall in `dir`, which must be empty or absent; what was made is removed again if it fails.
///
/// Returns the open hall and the ids of its founders, in order.
pub async fn found(
    dir: &Path,
    founding: Founding,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<(Hall, Vec<MemberId>), HallError> {
    let existed = dir.exists();
    if existed && dir.read_dir().map_err(file_error(dir))?.next().is_some() {
        return Err(HallError::Usage(format!("{} is not empty; a hall needs a directory of its own", dir.display())));
    }
    let made = make(dir, founding, clock, random).await;
    if made.is_err() {
        // what can't be removed is reported by the next attempt
        let _ = std::fs::remove_dir_all(dir);
        if existed {
            let _ = std::fs::create_dir(dir);
        }
    }
    made
}

async fn make(
    dir: &Path,
    founding: Founding,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<(Hall, Vec<MemberId>), HallError> {
    check(&founding)?;
    private_dir(dir)?;
    private_dir(&dir.join("keys"))?;
    let host = HostKey::of(make_key(&dir.join("keys/hall"), "guildhall hall key", random.as_ref())?)?;
    let store = Store::create(dir).await?;
    let constitution = store.put_rule("constitution", founding.constitution.clone()).await?;
    write(&dir.join("constitution.md"), &founding.constitution)?;

    let mut founders = Vec::new();
    let mut first = None;
    for founder in &founding.founders {
        let public = match &founder.key {
            Some(key) => key.clone(),
            None => {
                let path = dir.join("keys").join(&founder.handle);
                let key = make_key(&path, &founder.handle, random.as_ref())?;
                let public = key.public_key().clone();
                first = first.or(Some(key));
                public
            }
        };
        let member = MemberId::from_entropy(entropy(random.as_ref()));
        store.put_name("member", member.to_string(), founder.handle.clone()).await?;
        founders.push(FounderFact { key: key_line(&public)?, member, steward: founder.steward });
    }
    let ids: Vec<MemberId> = founders.iter().map(|founder| founder.member.clone()).collect();
    let id = HallId::from_entropy(entropy(random.as_ref()));
    let event = Event::HallFounded {
        constitution,
        demo: founding.demo,
        founders,
        hall_key: host.line()?,
        licence: founding.licence,
        name: founding.name,
    };
    let demo = founding.demo;
    let (dir, host, presence, said) = (dir.to_path_buf(), Arc::new(host), Default::default(), Default::default());
    let (reruns, on_the_way) = (Reruns::of(&dir), OnTheWay::default());
    let hall = Hall { dir, store, host, clock, random, id, demo, presence, said, reruns, on_the_way };
    let signer = KeyInMemory::of(first.ok_or_else(|| HallError::Usage("the first founder has no key".to_owned()))?);
    genesis(&hall, &signer, &ids, event).await?;
    for text in founding.charters {
        hall.add_guild(&signer, text).await?;
    }
    Ok((hall, ids))
}

async fn genesis(hall: &Hall, signer: &dyn Signer, ids: &[MemberId], event: Event) -> Result<(), HallError> {
    let actor = ids.first().cloned().ok_or_else(|| HallError::Usage("a hall has at least one founder".to_owned()))?;
    let touch = Touch { actor: Some(actor.clone()), ..Touch::default() };
    let (state, tip) = hall.store.snapshot(touch.clone()).await?;
    let proposal = Proposal::new(None, None, event);
    let signed = hall.sign(signer, &state, (&actor, &tip), std::slice::from_ref(&proposal)).await?;
    hall.append(touch, signed).await.map(|_| ())
}

fn check(founding: &Founding) -> Result<(), HallError> {
    Constitution::read(&founding.constitution).map_err(|error| HallError::Usage(format!("constitution: {error}")))?;
    for text in &founding.charters {
        Charter::read(text).map_err(|error| HallError::Usage(format!("charter: {error}")))?;
    }
    let spdx = |c: char| c.is_ascii_alphanumeric() || "-.+() ".contains(c);
    if founding.licence.is_empty() || !founding.licence.chars().all(spdx) {
        return Err(HallError::Usage(format!("`{}` is not an SPDX licence such as CC-BY-4.0", founding.licence)));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), HallError> {
    std::fs::write(path, text).map_err(file_error(path))
}

impl Hall {
    /// Adds a guild under its charter's text, signed by a steward.
    pub async fn add_guild(&self, signer: &dyn Signer, text: String) -> Result<GuildId, HallError> {
        let charter = Charter::read(&text).map_err(|error| HallError::Usage(format!("charter: {error}")))?;
        let digest = self.store.put_rule("charter", text.clone()).await?;
        let event = Event::GuildAdded { charter: digest };
        self.submit(signer, Proposal::new(Some(charter.id.clone()), None, event)).await?;
        let guilds = self.dir.join("guilds");
        private_dir(&guilds)?;
        write(&guilds.join(format!("{}.toml", charter.id)), &text)?;
        Ok(charter.id)
    }
}

//! Members: adding them, attesting credentials, and the directory of names that the ledger doesn't hold.

use russh::keys::ssh_key::PublicKey;
use serde::Serialize;

use crate::domain::{Event, GuildId, InstitutionId, MemberId, MemberKey, Role, State, Timestamp, fingerprint_of};
use crate::ledger::key_line;

use super::error::HallError;
use super::keys::make_key;
use super::opened::Hall;
use super::ports::{Signer, entropy};
use super::submit::{Proposal, Receipt};

/// Somebody to be added.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Name in the directory.
    pub handle: String,
    /// Their key; one is made in the hall's `keys` if none.
    pub key: Option<PublicKey>,
    /// May curate.
    pub steward: bool,
    /// The petition that is granted so, with its key.
    pub petition: Option<u64>,
}

/// A member as lists show them.
#[derive(Debug, Clone, Serialize)]
pub struct MemberRow {
    /// Random id.
    pub id: MemberId,
    /// Name from the directory, if not erased.
    pub handle: String,
    /// Fingerprints of the keys that sign for them now.
    pub keys: Vec<String>,
    /// Fingerprints of revoked keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
    /// Roles over all guilds.
    pub roles: Vec<Role>,
    /// `guild: class at institution until day`.
    pub credentials: Vec<String>,
}

impl Hall {
    /// Adds a member; returns the id and, if a key was made here, its file.
    pub async fn add_member(
        &self,
        signer: &dyn Signer,
        new: NewMember,
    ) -> Result<(MemberId, Option<std::path::PathBuf>), HallError> {
        check_handle(&new.handle)?;
        if self.names("member").await?.iter().any(|(_, name)| *name == new.handle) {
            return Err(HallError::Usage(format!("the handle `{}` is taken", new.handle)));
        }
        let path = self.dir.join("keys").join(&new.handle);
        let (line, made) = match (&new.key, new.petition) {
            (Some(key), _) => (key_line(key)?, None),
            (None, Some(petition)) => (self.petition_key(petition).await?, None),
            (None, None) => {
                let key = make_key(&path, &new.handle, self.random.as_ref())?;
                (key_line(key.public_key())?, Some(path.clone()))
            }
        };
        let asked = line.clone();
        let member = MemberId::from_entropy(entropy(self.random.as_ref()));
        let event =
            Event::MemberAdded { key: line, member: member.clone(), petition: new.petition, steward: new.steward };
        let added = self.submit(signer, Proposal::new(None, None, event)).await;
        if let (Err(_), Some(path)) = (&added, &made) {
            // a key that nobody enrolled is of no use
            let _ = std::fs::remove_file(path);
            let _ = std::fs::remove_file(path.with_extension("pub"));
        }
        added?;
        if new.petition.is_some() {
            self.store.drop_name("petition", fingerprint_of(&asked)).await?;
        }
        self.store.put_name("member", member.to_string(), new.handle).await?;
        Ok((member, made))
    }

    /// Attests a member's credential in a guild.
    pub async fn attest(
        &self,
        signer: &dyn Signer,
        member: &MemberId,
        guild: GuildId,
        (class, institution, expires): (String, InstitutionId, Timestamp),
    ) -> Result<Receipt, HallError> {
        let event = Event::CredentialAttested { class, expires, institution, member: member.clone() };
        self.submit(signer, Proposal::new(Some(guild), None, event)).await
    }

    /// The institution with this name, entered into the directory if it is new.
    pub async fn institution(&self, name: &str) -> Result<InstitutionId, HallError> {
        if let Some((id, _)) = self.names("institution").await?.into_iter().find(|(_, known)| known == name) {
            return Ok(id.parse()?);
        }
        let id = InstitutionId::from_entropy(entropy(self.random.as_ref()));
        self.store.put_name("institution", id.to_string(), name.to_owned()).await?;
        Ok(id)
    }

    /// The member with exactly this handle.
    pub async fn member_called(&self, handle: &str) -> Result<Option<MemberId>, HallError> {
        let found = self.names("member").await?.into_iter().find(|(_, known)| known == handle);
        Ok(found.map(|(id, _)| id.parse()).transpose()?)
    }

    /// A member by handle, id or unique start of an id.
    pub async fn find_member(&self, text: &str) -> Result<MemberId, HallError> {
        if let Some((id, _)) = self.names("member").await?.into_iter().find(|(_, handle)| handle == text) {
            return Ok(id.parse()?);
        }
        let state = self.state().await?;
        let mut found = state.members.keys().filter(|id| text.len() >= 4 && id.as_str().starts_with(text));
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id.clone()),
            _ => Err(HallError::Usage(format!("no member `{text}`; `guildhall member list` lists them"))),
        }
    }

    /// All members with names, roles and credentials.
    pub async fn members(&self) -> Result<Vec<MemberRow>, HallError> {
        let state = self.state().await?;
        let handles = self.names("member").await?;
        let places = self.names("institution").await?;
        let name = |names: &[(String, String)], id: &str| {
            names.iter().find(|(known, _)| known == id).map_or_else(|| id.to_owned(), |(_, name)| name.clone())
        };
        let mut rows = Vec::new();
        for member in state.members.values() {
            let held = member.credentials.iter().map(|held| {
                let place = name(&places, held.institution.as_str());
                format!("{}: {} at {place} until {}", held.guild, held.class, held.expires.day())
            });
            let (live, revoked) = member.keys.iter().partition::<Vec<_>, _>(|key| key.revoked.is_none());
            let fingerprints = |keys: Vec<&MemberKey>| keys.iter().map(|key| key.fingerprint.clone()).collect();
            rows.push(MemberRow {
                id: member.id.clone(),
                handle: name(&handles, member.id.as_str()),
                keys: fingerprints(live),
                revoked: fingerprints(revoked),
                roles: roles(&state, &member.id, self.now()),
                credentials: held.collect(),
            });
        }
        rows.sort_by(|a, b| a.handle.cmp(&b.handle));
        Ok(rows)
    }

    /// A member's handle, or the id if the directory doesn't know them.
    pub async fn handle(&self, member: &MemberId) -> Result<String, HallError> {
        let names = self.names("member").await?;
        let found = names.into_iter().find(|(id, _)| id == member.as_str());
        Ok(found.map_or_else(|| member.to_string(), |(_, name)| name))
    }

    pub(super) async fn names(&self, kind: &str) -> Result<Vec<(String, String)>, HallError> {
        let all = self.store.directory().await?;
        Ok(all.into_iter().filter(|(found, ..)| found == kind).map(|(_, id, name)| (id, name)).collect())
    }
}

/// The roles open to a member in any guild.
fn roles(state: &State, member: &MemberId, at: Timestamp) -> Vec<Role> {
    let mut roles: Vec<Role> = state.guilds.keys().flat_map(|guild| Role::of(state, guild, member, at)).collect();
    if state.members.get(member).is_some_and(|member| member.steward) {
        roles.push(Role::Steward);
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Handles name key files, so they are simple words.
fn check_handle(handle: &str) -> Result<(), HallError> {
    let simple = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = handle.starts_with(|c: char| c.is_ascii_alphanumeric()) && handle.chars().all(simple);
    if fits && handle != "hall" && handle.len() <= 64 && !handle.ends_with(".pub") {
        return Ok(());
    }
    Err(HallError::Usage(format!("`{handle}` can't be a handle: letters, digits, - _ . and not `hall`")))
}

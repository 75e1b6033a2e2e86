//! Members: adding them, attesting credentials, and the directory of names that the ledger doesn't hold.

use std::collections::BTreeSet;

use russh::keys::ssh_key::PublicKey;
use serde::Serialize;

use crate::domain::{
    Event, InstitutionId, Member, MemberId, MemberKey, Role, State, Timestamp, fingerprint_of, recovered_from,
};
use crate::ledger::key_line;

use super::error::HallError;
use super::keys::make_key;
use super::opened::Hall;
use super::ports::{Signer, entropy};
use super::submit::Proposal;

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
    /// `good` or `suspended`.
    pub standing: &'static str,
    /// Since when they are a member.
    pub joined: Timestamp,
    /// What else there is to say of their standing, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An institution as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct InstitutionRow {
    /// Random code.
    pub id: InstitutionId,
    /// Name from the directory, if not erased.
    pub name: String,
    /// Name of the one it counts as, if it was joined to one.
    pub counts_as: Option<String>,
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
            (None, Some(petition)) => (self.petitioner(petition).await?.key, None),
            (None, None) => {
                let key = make_key(&path, &new.handle, self.random.as_ref())?;
                (key_line(key.public_key())?, Some(path.clone()))
            }
        };
        let asked = line.clone();
        let member = match new.petition {
            Some(petition) => self.petitioner(petition).await?.member,
            None => MemberId::from_entropy(entropy(self.random.as_ref())),
        };
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

    /// The institutions that credentials name.
    pub async fn institutions(&self) -> Result<Vec<InstitutionRow>, HallError> {
        let state = self.state().await?;
        let names = self.names("institution").await?;
        let held = state.members.values().flat_map(|member| &member.credentials).map(|held| &held.institution);
        let known: BTreeSet<&InstitutionId> = held.collect();
        let row = |id: &InstitutionId| {
            let other = state.institution(id.as_str(), None);
            let counts_as = (other != id.as_str()).then(|| named(&names, other));
            InstitutionRow { id: id.clone(), name: named(&names, id.as_str()), counts_as }
        };
        Ok(known.into_iter().map(row).collect())
    }

    /// All members with names, roles, credentials and standing.
    pub async fn members(&self) -> Result<Vec<MemberRow>, HallError> {
        self.welcome().await?;
        let (state, now) = (self.state().await?, self.now());
        let handles = self.names("member").await?;
        let places = self.names("institution").await?;
        let mut rows = Vec::new();
        for member in state.members.values() {
            let held = member.credentials.iter().map(|held| {
                let place = named(&places, state.institution(held.institution.as_str(), None));
                format!("{}: {} at {place} until {}", held.guild, held.class, held.expires.day())
            });
            let (live, revoked) = member.keys.iter().partition::<Vec<_>, _>(|key| key.revoked.is_none());
            let fingerprints = |keys: Vec<&MemberKey>| keys.iter().map(|key| key.fingerprint.clone()).collect();
            rows.push(MemberRow {
                id: member.id.clone(),
                handle: named(&handles, member.id.as_str()),
                keys: fingerprints(live),
                revoked: fingerprints(revoked),
                roles: roles(&state, &member.id, now),
                credentials: held.collect(),
                standing: if member.suspended_until(now).is_some() { "suspended" } else { "good" },
                joined: member.joined,
                notes: notes(&state, member, (now, &places)),
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

/// The name that the directory has for an id, or the id.
fn named(names: &[(String, String)], id: &str) -> String {
    names.iter().find(|(known, _)| known == id).map_or_else(|| id.to_owned(), |(_, name)| name.clone())
}

/// A suspension and its appeal, interests, and keys that are to replace theirs.
fn notes(state: &State, member: &Member, (now, places): (Timestamp, &[(String, String)])) -> Vec<String> {
    let interest = |id: &InstitutionId| format!("has an interest in {}", named(places, id.as_str()));
    let mut notes: Vec<String> = member.interests.iter().map(interest).collect();
    if let (Some(until), Some(held)) = (member.suspended_until(now), &member.suspension) {
        let appeal = held.appeal.map(|entry| format!(", appealed in entry {entry}")).unwrap_or_default();
        notes.push(format!("suspended until {} under article {}{appeal}", until.day(), held.article));
    }
    for (key, known) in state.recoveries.iter().filter(|(_, one)| one.member == member.id && one.stopped.is_none()) {
        let from = recovered_from(state, known, now).map(|from| format!(", to sign alone from {from} on"));
        notes.push(format!("{} vouch for {key} as theirs{}", known.vouches.len(), from.unwrap_or_default()));
    }
    notes
}

/// The roles open to a member in any guild.
fn roles(state: &State, member: &MemberId, at: Timestamp) -> Vec<Role> {
    let mut roles: Vec<Role> = state.guilds.keys().flat_map(|guild| Role::of(state, guild, member, at)).collect();
    if state.members.get(member).is_some_and(|member| member.steward && member.suspended_until(at).is_none()) {
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

//! What an act on members, their keys, standing and terms, or on the hall's own rules, changes in the rows; part of
//! `project`.

use super::{
    Act, Credential, DAY_MS, Digest, Event, GuildId, InstitutionId, Join, Member, MemberId, MemberKey, Number,
    Petition, Recovery, Signing, State, Suspension, Timestamp, Vouch, fingerprint_of,
};

/// Applies one of these acts.
pub(super) fn members_event(state: &mut State, act: &Act, (seq, at): (u64, Timestamp)) {
    match &act.event {
        Event::ConstitutionSigned { .. }
        | Event::CharterSigned { .. }
        | Event::ConstitutionAdopted { .. }
        | Event::CharterAdopted { .. } => texts(state, act),
        Event::KeyAdded { .. }
        | Event::KeyRevoked { .. }
        | Event::RecoveryVouched { .. }
        | Event::RecoveryStopped { .. }
        | Event::KeyRecovered { .. } => keys(state, act, (seq, at)),
        Event::MemberAdded { .. }
        | Event::MemberAdmitted { .. }
        | Event::PetitionFiled { .. }
        | Event::PetitionAttested { .. }
        | Event::AttestationRevoked { .. }
        | Event::PetitionObjected { .. }
        | Event::PetitionDeclined { .. } => admissions(state, act, (seq, at)),
        _ => standing(state, act, (seq, at)),
    }
}

/// Founders sign a text, or all of them have.
fn texts(state: &mut State, act: &Act) {
    let guild = act.guild.clone();
    match (&act.event, &act.actor) {
        (Event::ConstitutionSigned { constitution: text } | Event::CharterSigned { charter: text }, Some(actor)) => {
            name_text(state, text);
            let Some(hall) = state.hall.as_mut() else { return };
            let known = hall.signing.iter_mut().find(|signing| signing.guild == guild && signing.text == *text);
            match known {
                Some(signing) => {
                    signing.by.insert(actor.clone());
                }
                None => hall.signing.push(Signing { guild, text: text.clone(), by: [actor.clone()].into() }),
            }
        }
        (Event::ConstitutionAdopted { constitution }, _) => {
            // what was signed to replace another text is signed anew
            if let Some(hall) = state.hall.as_mut() {
                hall.constitution = constitution.clone();
                hall.signing.retain(|signing| signing.guild.is_some());
            }
            put_in_force(state, constitution);
        }
        (Event::CharterAdopted { charter }, _) => {
            if let Some(hall) = state.hall.as_mut() {
                hall.signing.retain(|signing| signing.guild != guild);
            }
            if let Some(guild) = guild.and_then(|guild| state.guilds.get_mut(&guild)) {
                guild.charter = charter.clone();
            }
            note_terms(state, charter);
        }
        _ => {}
    }
}

/// Notes that an entry names this text of a rule.
pub(super) fn name_text(state: &mut State, text: &Digest) {
    if let Some(hall) = state.hall.as_mut() {
        hall.named.insert(text.clone());
    }
}

/// The constitution with this digest is the one that rules go by, if its text is here.
pub(super) fn put_in_force(state: &mut State, constitution: &Digest) {
    if let Some(text) = state.constitutions.get(constitution) {
        state.constitution = Some(text.clone());
    }
}

/// Notes the terms of a charter that is in force, so that contributions under them can be read.
pub(super) fn note_terms(state: &mut State, charter: &Digest) {
    let Some(terms) = state.charters.get(charter).map(|charter| charter.terms.clone()) else { return };
    if let Some(digest) = state.digest_of_terms(&terms) {
        state.terms.insert(digest, terms);
    }
}

fn keys(state: &mut State, act: &Act, (seq, at): (u64, Timestamp)) {
    match &act.event {
        Event::KeyAdded { key, member } => {
            taken(state, key);
            if let Some(member) = state.members.get_mut(member) {
                member.keys.push(MemberKey::new(key));
            }
        }
        Event::KeyRevoked { key, member } => revoke(state, member, Some(key), seq),
        Event::RecoveryVouched { key, member } => {
            let Some(by) = act.actor.clone() else { return };
            // the newest word is the one that counts, for one key at a time
            for known in state.recoveries.values_mut().filter(|known| known.member == *member) {
                known.vouches.retain(|vouch| vouch.by != by);
            }
            state.recoveries.retain(|_, known| !known.vouches.is_empty() || known.stopped.is_some());
            let new = || Recovery { key: key.clone(), member: member.clone(), vouches: Vec::new(), stopped: None };
            let recovery = state.recoveries.entry(fingerprint_of(key)).or_insert_with(new);
            if recovery.member != *member {
                // it was vouched for as another's, and those words have ended
                *recovery = new();
            }
            recovery.vouches.push(Vouch { seq, by, at });
        }
        Event::RecoveryStopped { key } => {
            if let Some(recovery) = state.recoveries.get_mut(key) {
                recovery.stopped = Some(seq);
            }
        }
        Event::KeyRecovered { key, member } => {
            taken(state, key);
            state.recoveries.retain(|_, other| other.member != *member);
            revoke(state, member, None, seq);
            if let Some(member) = state.members.get_mut(member) {
                member.keys.push(MemberKey::new(key));
            }
        }
        _ => {}
    }
}

/// Revokes one key of a member, or all.
fn revoke(state: &mut State, member: &MemberId, key: Option<&String>, seq: u64) {
    let keys = state.members.get_mut(member).map(|member| member.keys.iter_mut()).into_iter().flatten();
    for revoked in keys.filter(|known| key.is_none_or(|key| known.fingerprint == *key) && known.revoked.is_none()) {
        revoked.revoked = Some(seq);
    }
}

/// The key is a member's now: nobody asks or vouches with it any more.
fn taken(state: &mut State, key: &str) {
    state.petitions.retain(|_, petition| petition.key != key);
    state.recoveries.remove(&fingerprint_of(key));
}

fn admissions(state: &mut State, act: &Act, (seq, at): (u64, Timestamp)) {
    // whoever the founders let in is bound to nobody by that, or one founder's hall could never go on without them
    let founding = state.is_founding(at);
    match (&act.event, &act.actor) {
        (Event::MemberAdded { key, member, petition, steward }, actor) => {
            state.petitions.retain(|seq, _| Some(*seq) != *petition);
            taken(state, key);
            let vouchers = actor.iter().filter(|_| !founding).cloned().collect();
            let added = Member { steward: *steward, vouchers, ..Member::new(member.clone(), key, at) };
            state.members.insert(member.clone(), added);
        }
        (Event::MemberAdmitted { key, member, petition }, _) => {
            let vouches = state.petitions.remove(petition).map(|known| known.vouches).unwrap_or_default();
            taken(state, key);
            let vouchers = vouches.into_iter().filter(|_| !founding).map(|vouch| vouch.by).collect();
            state.members.insert(member.clone(), Member { vouchers, ..Member::new(member.clone(), key, at) });
        }
        (Event::PetitionFiled { key, member }, _) => {
            let (key, member) = (key.clone(), member.clone());
            state.petitions.insert(seq, Petition { seq, key, member, at, vouches: Vec::new(), objection: None });
        }
        (Event::PetitionAttested { petition }, Some(by)) => {
            if let Some(member) = state.members.get_mut(by) {
                member.attested.push(at);
            }
            if let Some(petition) = state.petitions.get_mut(petition) {
                petition.vouches.push(Vouch { seq, by: by.clone(), at });
            }
        }
        (Event::AttestationRevoked { petition }, Some(by)) => {
            if let Some(petition) = state.petitions.get_mut(petition) {
                petition.vouches.retain(|vouch| vouch.by != *by);
            }
        }
        (Event::PetitionObjected { petition }, Some(by)) => {
            if let Some(petition) = state.petitions.get_mut(petition) {
                petition.objection = Some(Vouch { seq, by: by.clone(), at });
            }
        }
        (Event::PetitionDeclined { petition }, _) => {
            state.petitions.remove(petition);
        }
        _ => {}
    }
}

/// Credentials, institutions, suspensions, terms.
fn standing(state: &mut State, act: &Act, (seq, at): (u64, Timestamp)) {
    let Some(actor) = act.actor.clone() else { return };
    match &act.event {
        Event::CredentialAttested { class, expires, institution, member, .. } => {
            let (Some(member), Some(guild)) = (state.members.get_mut(member), &act.guild) else { return };
            member.credentials.push(Credential {
                guild: guild.clone(),
                class: class.clone(),
                institution: institution.clone(),
                expires: *expires,
                attester: actor,
                seq,
            });
        }
        Event::InstitutionJoined { institution, into, .. } => {
            let root = |id: &InstitutionId| state.institution(id.as_str(), None).parse::<InstitutionId>().ok();
            let (Some(institution), Some(into)) = (root(institution), root(into)) else { return };
            state.joins.insert(institution.clone(), Join { institution, into, seq });
        }
        Event::InterestDeclared { institution } => {
            state.members.get_mut(&actor).map(|member| member.interests.insert(institution.clone()));
        }
        Event::InterestEnded { institution } => {
            state.members.get_mut(&actor).map(|member| member.interests.remove(institution));
        }
        Event::MemberSuspended { article, member } => {
            let until = at.plus_ms(state.number(Number::SuspensionDays) * DAY_MS);
            if let Some(member) = state.members.get_mut(member) {
                let article = *article;
                member.suspension = Some(Suspension { seq, by: actor, article, at, until, appeal: None, lifted: None });
            }
        }
        Event::SuspensionAppealed {} => {
            if let Some(held) = state.members.get_mut(&actor).and_then(|member| member.suspension.as_mut()) {
                held.appeal = Some(seq);
            }
        }
        Event::SuspensionLifted { member } => {
            if let Some(held) = state.members.get_mut(member).and_then(|member| member.suspension.as_mut()) {
                held.lifted = Some(seq);
            }
        }
        Event::TermsSet { .. } => own_terms(state, (&actor, act.guild.as_ref()), act, seq),
        _ => {}
    }
}

fn own_terms(state: &mut State, (who, guild): (&MemberId, Option<&GuildId>), act: &Act, seq: u64) {
    let (Event::TermsSet { terms }, Some(guild)) = (&act.event, guild) else { return };
    if let Some(digest) = state.digest_of_terms(terms) {
        state.terms.insert(digest, terms.clone());
    }
    if let Some(member) = state.members.get_mut(who) {
        member.terms.insert(guild.clone(), terms.clone());
        if act.parts.contains_key("name") {
            member.named = Some(seq);
        }
    }
}

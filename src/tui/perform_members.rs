//! What the members' screen asks, awaited against the hall.

use crate::domain::TimestampError;
use crate::hall::{HallError, NewMember, Receipt};
use crate::ledger::read_public_key;

use super::actor::Actor;
use super::member_act::MemberAct;
use super::request::{Done, MembersDesk, Reply};
use super::session::Seat;

/// Members, and what the actor may know and do of them.
pub async fn members_desk(actor: &Actor) -> Result<MembersDesk, HallError> {
    let Actor { hall, member, .. } = actor;
    let petitions = match hall.petitions(member).await {
        // whoever may neither attest nor decline reads none
        Err(HallError::Refused(_)) => Vec::new(),
        petitions => petitions?,
    };
    let state = hall.state().await?;
    let mut guilds = Vec::new();
    for guild in state.guilds.keys() {
        guilds.push((guild.clone(), hall.charter_in_force(guild).await?.1));
    }
    let articles = state.constitution.iter().flat_map(|law| law.articles());
    Ok(MembersDesk {
        rows: hall.members().await?,
        guilds,
        petitions,
        terms: hall.terms(member).await?,
        recoveries: hall.recoveries(member).await?,
        articles: articles.map(|article| format!("Article {}. {}", article.number, article.title)).collect(),
    })
}

/// Does an act on petitions, members, or oneself.
pub async fn change_members(actor: &Actor, act: MemberAct) -> Result<Reply, HallError> {
    let Actor { hall, signer, .. } = actor;
    let signer = signer.as_ref();
    let (receipt, what) = match act {
        MemberAct::Add { handle, key, steward } => return add(actor, (handle, &key, steward)).await,
        MemberAct::Admit { petition, handle, steward } => {
            let new = NewMember { handle, key: None, steward, petition: Some(petition) };
            let (added, file) = hall.add_member(signer, new).await?;
            return Ok(Reply::Added(added, file));
        }
        MemberAct::Decline { petition, reason } => {
            (hall.decline(signer, petition, &reason).await?, "petition declined".to_owned())
        }
        MemberAct::AttestPetition(petition) => {
            let (receipt, admitted) = hall.attest_petition(signer, petition).await?;
            let what = if admitted { "petition attested, and who asked is a member now" } else { "petition attested" };
            (receipt, what.to_owned())
        }
        MemberAct::TakeBack(petition) => {
            (hall.revoke_attestation(signer, petition).await?, "your word is taken back".to_owned())
        }
        MemberAct::Object { petition, reason } => {
            (hall.object(signer, petition, &reason).await?, "you object; the members vote on it".to_owned())
        }
        MemberAct::AttestCredential { member, guild, class, institution, expires } => {
            let expires = expires.parse().map_err(|error: TimestampError| HallError::Usage(error.to_string()))?;
            let institution = hall.institution(institution.trim()).await?;
            let receipt = hall.attest(signer, &member, guild, (class, institution, expires)).await?;
            (receipt, "credential attested".to_owned())
        }
        other => standing(actor, other).await?,
    };
    Ok(Reply::Done(Done { item: None, receipt, what }))
}

async fn add(actor: &Actor, (handle, key, steward): (String, &str, bool)) -> Result<Reply, HallError> {
    let key = match key.trim() {
        "" if actor.seat == Seat::Remote => {
            let why = "give the member's key; one made on the host would stay there";
            return Err(HallError::Usage(why.to_owned()));
        }
        "" => None,
        line => Some(read_public_key(line)?),
    };
    let new = NewMember { handle, key, steward, petition: None };
    let (added, file) = actor.hall.add_member(actor.signer.as_ref(), new).await?;
    Ok(Reply::Added(added, file))
}

/// What concerns somebody who is a member: their standing, their terms, their keys.
async fn standing(actor: &Actor, act: MemberAct) -> Result<(Receipt, String), HallError> {
    let Actor { hall, signer, .. } = actor;
    let signer = signer.as_ref();
    let (receipt, what) = match act {
        MemberAct::Suspend { member, article, reason } => {
            (hall.suspend(signer, &member, (article, &reason)).await?, "suspended")
        }
        MemberAct::Lift { member, reason } => (hall.lift(signer, &member, &reason).await?, "the suspension is lifted"),
        MemberAct::Appeal { reason } => (hall.appeal(signer, &reason).await?, "your appeal is in the record"),
        MemberAct::Terms { guild, change } => {
            (hall.change_terms(signer, &guild, &change).await?, "your terms hold for what you contribute from now on")
        }
        MemberAct::VouchForKey { member, key } => {
            let key = read_public_key(key.trim())?;
            (hall.vouch_for_key(signer, &member, &key).await?, "you vouch for that key")
        }
        MemberAct::StopRecovery { key } => {
            (hall.stop_recovery(signer, &key).await?, "stopped: that key will not sign for you")
        }
        _ => return Err(HallError::Usage("that concerns no member's standing".to_owned())),
    };
    Ok((receipt, what.to_owned()))
}

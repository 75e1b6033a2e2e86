//! Who signs what a member does who came in over SSH: their own key behind the agent that they offer, else the hall.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::ssh_key::PublicKey;

use crate::domain::{MemberId, State};
use crate::hall::{Attesting, Hall, Signer, Signing, SigningError, ToSign};
use crate::ledger::fingerprint;
use crate::ssh::agent::{AgentKey, Connect};
use crate::tui::SignedBy;

use super::who::{Login, Who, may_stay};

/// How long an agent may take to list its keys.
const PATIENCE: Duration = Duration::from_secs(5);

/// An agent that a client offers.
#[derive(Clone)]
pub struct Offered {
    /// The agent.
    pub agent: Arc<dyn Connect>,
    /// How long it may take over a signature.
    pub patience: Duration,
}

/// Who signs what a member does: their own key behind the agent that their client offered, else the hall in their name.
pub async fn signer(
    hall: &Arc<Hall>,
    (id, who): (&MemberId, &Who),
    offered: Option<&Offered>,
) -> (Box<dyn Signer>, SignedBy) {
    let why = match offered {
        None => "no agent is forwarded; connect with `guildhall connect`, or `ssh -A`".to_owned(),
        Some(offered) => match tokio::time::timeout(PATIENCE, own(hall, (id, who), offered)).await {
            Ok(Ok(found)) => return found,
            Ok(Err(why)) => why,
            Err(_) => "your agent doesn't answer".to_owned(),
        },
    };
    let attesting = Attested { attesting: hall.attesting(id.clone()), hall: Arc::clone(hall), who: who.clone() };
    (Box::new(attesting), SignedBy::Hall(why))
}

type Found = (Box<dyn Signer>, SignedBy);

async fn own(hall: &Hall, (id, who): (&MemberId, &Who), offered: &Offered) -> Result<Found, String> {
    let mut asked = offered.agent.connect().await.map_err(|error| error.to_string())?;
    let unread = |error: io::Error| format!("your agent can't be read: {error}");
    let keys = asked.keys().await.map_err(unread)?;
    let state = hall.state().await.map_err(|error| error.to_string())?;
    let Some(key) = best(&state, id, (who, &keys)) else {
        let hint = "add one with ssh-add; one added with `ssh-add -h` is kept back from hosts";
        return Err(format!("your agent offers {} keys, and none is one of yours here; {hint}", keys.len()));
    };
    let signed_by = if asked.shows().await.unwrap_or(false) { SignedBy::ShowingAgent } else { SignedBy::Agent };
    let key = AgentKey::of(key.clone(), Arc::clone(&offered.agent)).within(offered.patience);
    Ok((Box::new(key), signed_by))
}

/// The member's key among those offered: the one they came in with, else any.
fn best<'a>(state: &State, id: &MemberId, (who, keys): (&Who, &'a [PublicKey])) -> Option<&'a PublicKey> {
    let member = state.members.get(id)?;
    let own = |key: &&PublicKey| member.signs_with(&fingerprint(key));
    let login =
        |key: &&PublicKey| matches!(who, Who::Member { login: Login::Key(login), .. } if *login == fingerprint(key));
    keys.iter().filter(own).find(login).or_else(|| keys.iter().find(own))
}

/// The hall in a member's name, as long as what they came in with is good.
struct Attested {
    attesting: Attesting,
    hall: Arc<Hall>,
    who: Who,
}

impl Signer for Attested {
    fn public_key(&self) -> &PublicKey {
        self.attesting.public_key()
    }

    fn in_name_of(&self) -> Option<&MemberId> {
        self.attesting.in_name_of()
    }

    fn sign<'a>(&'a self, what: &'a ToSign) -> Signing<'a> {
        Box::pin(async {
            let state = self.hall.state().await.map_err(|error| SigningError::Failed(error.to_string()))?;
            if !may_stay(&state, &self.who, self.hall.now()) {
                return Err(SigningError::Declined(
                    "the key you came in with was revoked, or its certificate has ended".to_owned(),
                ));
            }
            self.attesting.sign(what).await
        })
    }
}

//! The form for strangers: who they are, where they work, what they are, why they ask.

use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Instant;

use russh::keys::ssh_key::PublicKey;

use crate::hall::{HallError, PetitionText};
use crate::ledger::fingerprint;
use crate::tui::{LinearError, Lines};

use super::state::Shared;

/// Asks a stranger for a petition and files it; the exit code.
pub async fn petition(
    shared: &Shared,
    (key, peer): (&PublicKey, SocketAddr),
    lines: &mut Lines,
) -> Result<u32, LinearError> {
    let name = fingerprint(key);
    lines
        .say(&format!("This is a guildhall. Your key {name} is no member's here; you may ask to be admitted."))
        .await?;
    lines.say("Members who may attest you, and stewards, read what you write; nobody else does, and it is erased once it is answered.").await?;
    lines.say("Your key's public half stays in the hall's public record. Ctrl-C leaves and files nothing.").await?;
    let text = PetitionText {
        name: lines.ask("Your name").await?,
        institution: lines.ask("Where you work").await?,
        credentials: lines.ask("What you are, and who can confirm it").await?,
        statement: lines.ask("Why you would like to be a member").await?,
    };
    if let Some(fault) = text.fault() {
        lines.say(&format!("Nothing was filed: {fault}.")).await?;
        return Ok(2);
    }
    if !lines.yes("File it?").await? {
        lines.say("Nothing was filed.").await?;
        return Ok(1);
    }
    let allowed = {
        let mut petitioners = shared.petitioners.lock().unwrap_or_else(PoisonError::into_inner);
        petitioners.allows(peer.ip(), Instant::now())
    };
    if !allowed {
        lines.say("Nothing was filed: too many petitions came from your address; try again later.").await?;
        return Ok(1);
    }
    match shared.hall.petition(key, &text).await {
        Ok(receipt) => {
            shared.metrics.petitions.add(1);
            tracing::info!(%peer, key = name, entry = receipt.event, "petition filed");
            lines
                .say(&format!(
                    "Filed as entry {}. Come back with the same key: members attest you, or don't.",
                    receipt.event
                ))
                .await?;
            Ok(0)
        }
        Err(HallError::Refused(refusal)) => {
            lines.say(&format!("Nothing was filed: {}.", refusal.reason)).await?;
            Ok(1)
        }
        Err(error) => {
            tracing::error!(%error, "a petition can't be filed");
            lines.say("Nothing was filed: the hall can't take it now; try again later.").await?;
            Ok(70)
        }
    }
}

//! Petitions by command: filing one, reading those that wait, attesting, objecting, declining.

use clap::Args;
use serde_json::json;

use crate::hall::{PetitionRow, PetitionText};

use super::context::{CommandError, Context, Outcome};

/// Arguments of `member petition`.
#[derive(Debug, Args)]
pub struct PetitionArguments {
    /// Your name
    #[arg(long)]
    name: String,
    /// Where you work
    #[arg(long)]
    institution: String,
    /// What you are, and who can confirm it
    #[arg(long)]
    credentials: String,
    /// Why you would like to be a member
    #[arg(long)]
    statement: String,
}

/// What is done with a petition.
pub enum Answer {
    /// File one.
    File(PetitionArguments),
    /// List those that wait.
    List,
    /// Attest one.
    Attest(u64),
    /// Take that back.
    Revoke(u64),
    /// Object to one, with the reason.
    Object(u64, String),
    /// Decline one, with the reason.
    Decline(u64, String),
}

/// Does it.
pub async fn answer(command: Answer, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        Answer::File(given) => {
            let PetitionArguments { name, institution, credentials, statement } = given;
            let text = PetitionText { name, institution, credentials, statement };
            let (hall, signer) = context.enter().await?;
            let receipt = hall.petition_signed(signer.as_ref(), &text).await?;
            context.emit(&receipt, || format!("filed as entry {}; members attest it now", receipt.event))
        }
        Answer::Attest(petition) => {
            let (hall, signer) = context.enter().await?;
            let (receipt, admitted) = hall.attest_petition(signer.as_ref(), petition).await?;
            context.emit(
                &json!({"event": receipt.event, "admitted": admitted, "receipt": receipt}),
                || match admitted {
                    true => format!("petition {petition} is attested, and who asked is a member now"),
                    false => {
                        format!("petition {petition} is attested; `guildhall member petitions` says what it waits for")
                    }
                },
            )
        }
        Answer::Revoke(petition) => {
            let (hall, signer) = context.enter().await?;
            let receipt = hall.revoke_attestation(signer.as_ref(), petition).await?;
            context.emit(&receipt, || format!("your word for petition {petition} is taken back"))
        }
        Answer::Object(petition, reason) => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let receipt = hall.object(signer.as_ref(), petition, &reason).await?;
            context.emit(&receipt, || {
                format!("petition {petition} waits for a vote of the members; until ballots are built nobody is admitted on it")
            })
        }
        Answer::Decline(petition, reason) => {
            let reason = context.text(&reason)?;
            let (hall, signer) = context.enter().await?;
            let receipt = hall.decline(signer.as_ref(), petition, &reason).await?;
            context.emit(&receipt, || format!("petition {petition} is declined"))
        }
        Answer::List => {
            let (hall, member) = context.look().await?;
            let rows = hall.petitions(&member).await?;
            context.emit(&json!({ "petitions": rows }), || match rows.is_empty() {
                true => "no petition waits".to_owned(),
                false => rows.iter().map(petition_text).collect(),
            })
        }
    }
}

fn petition_text(row: &PetitionRow) -> String {
    let text = row.text.clone().unwrap_or_default();
    let mut told = format!(
        "{}  {}  {}\n  {}, {}\n  {}\n  {}\n",
        row.petition, row.at, row.key, text.name, text.institution, text.credentials, text.statement
    );
    let objection = row.objection.as_deref().unwrap_or_default();
    for (what, said) in [("attested by", row.attested_by.join(", ")), ("objection", objection.to_owned())] {
        if !said.is_empty() {
            told.push_str(&format!("  {what}: {said}\n"));
        }
    }
    told + &format!("  {}\n", row.waits_for())
}

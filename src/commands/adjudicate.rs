//! `adjudicate` and `dispute`: ruling on what raters part over.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::domain::{Event, ItemState};

use super::context::{CommandError, Context, Outcome};
use super::judge::{OnItem, answers_of, receipt};

/// Arguments of `adjudicate`.
#[derive(Debug, Args)]
pub struct Adjudicate {
    /// The item: a unique start of its id
    item: String,
    /// An answer to a disputed question: correct@1=no
    #[arg(long = "answer", required = true, value_name = "KEY=VALUE")]
    answers: Vec<String>,
    /// The written opinion; text or @file
    #[arg(long)]
    opinion: String,
}

/// Commands of `dispute`.
#[derive(Debug, Subcommand)]
pub enum DisputeCommand {
    /// List a guild's disputes
    List {
        /// The guild
        #[arg(long)]
        guild: String,
    },
    /// As its adjudicator: ask one more rater, once
    AskRater(OnItem),
}

/// Runs `adjudicate`.
pub async fn run(arguments: Adjudicate, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let answers = answers_of(&arguments.answers, context)?;
    let opinion = context.text(&arguments.opinion)?;
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let done = hall.adjudicate(signer.as_ref(), &id, &answers, &opinion).await?;
    receipt(context, &id, &done)
}

/// Runs `dispute`.
pub async fn run_dispute(command: DisputeCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        DisputeCommand::List { guild } => {
            let (hall, member) = context.look().await?;
            let guild = hall.find_guild(&guild).await?;
            let mut rows = Vec::new();
            for item in hall.list_items(&guild, Some(ItemState::Disputed), None).await? {
                let view = hall.item(&member, &item.id).await?;
                let yours = view.may.contains(&crate::domain::Role::Adjudicator);
                rows.push((item.id, item.judgements, view.disputed, yours));
            }
            let json: Vec<_> = rows
                .iter()
                .map(|(id, judgements, labels, yours)| {
                    json!({"id": id, "judgements": judgements, "disputed": labels, "yours": yours})
                })
                .collect();
            context.emit(&json!({ "disputes": json }), || {
                let line = |(id, judgements, labels, yours): &(_, usize, Vec<crate::domain::LabelKey>, bool)| {
                    let words: Vec<String> = labels.iter().map(ToString::to_string).collect();
                    let yours = if *yours { "you may rule" } else { "" };
                    format!("{id}  {judgements} judgements  {}  {yours}\n", words.join(", "))
                };
                if rows.is_empty() { "no dispute is open".to_owned() } else { rows.iter().map(line).collect() }
            })
        }
        DisputeCommand::AskRater(arguments) => {
            let (hall, signer) = context.enter().await?;
            let id = hall.find_item(arguments.item()).await?;
            let done = hall.act(signer.as_ref(), &id, Event::RaterRequested {}, None).await?;
            receipt(context, &id, &done)
        }
    }
}

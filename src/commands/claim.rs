//! `claim` and `queue`: what waits, and taking it.

use clap::Args;
use serde_json::json;

use super::context::{CommandError, Context, Outcome};

/// Arguments of `queue`.
#[derive(Debug, Args)]
pub struct Queue {
    /// Only this guild
    #[arg(long)]
    guild: Option<String>,
}

/// Arguments of `claim`.
#[derive(Debug, Args)]
pub struct ClaimArguments {
    /// The item; without it the next one of the guild
    item: Option<String>,
    /// The guild to take the next item from
    #[arg(long, required_unless_present = "item")]
    guild: Option<String>,
    /// Give the lease back instead
    #[arg(long, requires = "item")]
    release: bool,
}

/// Runs `queue`.
pub async fn run_queue(arguments: Queue, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, member) = context.look().await?;
    let waiting = hall.inbox(&member).await?;
    let wanted = |guild: &str| arguments.guild.as_deref().is_none_or(|wanted| wanted == guild);
    let rows: Vec<_> = waiting.into_iter().filter(|(_, guild, _)| wanted(guild.as_str())).collect();
    let json: Vec<_> = rows.iter().map(|(role, guild, id)| json!({"as": role, "guild": guild, "id": id})).collect();
    context.emit(&json!({ "waiting": json }), || {
        if rows.is_empty() {
            return "nothing waits for you".to_owned();
        }
        rows.iter().map(|(role, guild, id)| format!("{:12} {:20} {id}\n", role.to_string(), guild.as_str())).collect()
    })
}

/// Runs `claim`.
pub async fn run(arguments: ClaimArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, member) = context.look().await?;
    let claimed = match (&arguments.item, &arguments.guild) {
        (Some(prefix), _) => {
            let id = hall.find_item(prefix).await?;
            if arguments.release {
                hall.unclaim(&member, &id)?;
                return context.emit(&json!({"id": id, "until": null}), || format!("{id} given back"));
            }
            let until = hall.claim(&member, &id).await?;
            Some((id, until))
        }
        (None, Some(guild)) => hall.claim_next(&member, &hall.find_guild(guild).await?).await?,
        (None, None) => None,
    };
    match claimed {
        Some((id, until)) => context.emit(&json!({"id": id, "until": until}), || {
            format!("{id} is yours until {until}\nNext:  guildhall item show {id}")
        }),
        None => {
            context.emit(&json!({"id": null}), || "nothing is open for you here".to_owned())?;
            Ok(Outcome::No)
        }
    }
}

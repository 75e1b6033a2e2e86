//! `claim` and `queue`: what waits, and taking it.

use clap::Args;
use serde_json::json;

use crate::domain::{ItemState, MemberId};
use crate::hall::{Cursor, Hall, QueueFilter, QueueFrom, QueueSort};

use super::context::{CommandError, Context, Outcome};

/// Arguments of `queue`.
#[derive(Debug, Args)]
pub struct Queue {
    /// Only this guild
    #[arg(long)]
    guild: Option<String>,
    /// All items whose prompt or outputs have these words, or whose id starts so; not just what waits for you
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// All items in this state: open, agreed, disputed, adjudicated, gold, withdrawn
    #[arg(long)]
    state: Option<String>,
    /// With --search or --state: oldest, newest, or touched first
    #[arg(long, default_value = "oldest")]
    sort: String,
    /// With --search or --state: at most this many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// With --search or --state: the page after this place
    #[arg(long, value_name = "PLACE", allow_negative_numbers = true)]
    after: Option<i64>,
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
    if arguments.search.is_some() || arguments.state.is_some() {
        return page(&hall, &member, arguments, context).await;
    }
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

/// A page of all items, not just of those that wait.
async fn page(
    hall: &Hall,
    member: &MemberId,
    arguments: Queue,
    context: &mut Context<'_>,
) -> Result<Outcome, CommandError> {
    let guild = match &arguments.guild {
        Some(guild) => Some(hall.find_guild(guild).await?),
        None => None,
    };
    let named = |word: &String| serde_json::from_value(json!(word)).ok();
    let state: Option<ItemState> = arguments.state.as_ref().and_then(named);
    if arguments.state.is_some() && state.is_none() {
        let known = "open, agreed, disputed, adjudicated, gold, withdrawn";
        return Err(CommandError::Usage(format!("--state is one of {known}")));
    }
    let sort = match arguments.sort.as_str() {
        "oldest" => QueueSort::Oldest,
        "newest" => QueueSort::Newest,
        "touched" => QueueSort::Touched,
        other => return Err(CommandError::Usage(format!("--sort {other}: it is oldest, newest or touched"))),
    };
    let filter = QueueFilter { guild, state, search: arguments.search, ..QueueFilter::default() };
    let from = arguments.after.map_or(QueueFrom::Start, |after| QueueFrom::After(Cursor(after)));
    let page = hall.queue(member, &filter, sort, (from, arguments.limit.max(1))).await?;
    context.emit(&page, || {
        let mut text = String::new();
        for row in &page.rows {
            let opening: String = row.opening.replace(['\n', '\t'], " ").chars().take(60).collect();
            text.push_str(&format!("{}  {:<12} {opening}\n", row.id, row.state.to_string()));
        }
        if let Some((done, of)) = page.searched {
            text.push_str(&format!("{done} of {of} items are in the search yet\n"));
        }
        if let Some(after) = page.after {
            text.push_str(&format!("more: --after {}\n", after.0));
        }
        if text.is_empty() { "no such items".to_owned() } else { text }
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

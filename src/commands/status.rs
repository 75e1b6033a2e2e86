//! `status` and `stuck`: where the hall stands, and the next useful command.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use crate::hall::Status;

use super::context::{CommandError, Context, Outcome};

/// The status, and who would sign what the viewer does: `member`, or the `host` in their name.
#[derive(Serialize)]
struct Signing<'a> {
    #[serde(flatten)]
    status: &'a Status,
    signing: &'static str,
}

/// Runs `status`.
pub async fn run(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let status = hall.status(&hall.member(signer.as_ref()).await?).await?;
    let signing = if signer.in_name_of().is_some() { "host" } else { "member" };
    context.emit(&Signing { status: &status, signing }, || status_text(&status))
}

/// The status in words, the next useful command last.
pub fn status_text(status: &Status) -> String {
    let demo = if status.demo { " (a demo)" } else { "" };
    let mut text = format!("{}{demo} · you are {} · {} entries\n\n", status.name, status.handle, status.entries);
    let _ = writeln!(text, "{:18} {:^40}   {:^18}", "", "items", "waiting for you");
    let _ = writeln!(
        text,
        "{:18} {:>5} {:>6} {:>8} {:>11} {:>4}   {:>5} {:>4} {:>6}",
        "", "open", "agreed", "disputed", "adjudicated", "gold", "judge", "rule", "review"
    );
    for guild in &status.guilds {
        let count = |state: &str| guild.items.get(state).copied().unwrap_or(0);
        let waiting = &guild.waiting_for_me;
        let _ = writeln!(
            text,
            "{:18} {:>5} {:>6} {:>8} {:>11} {:>4}   {:>5} {:>4} {:>6}",
            guild.id.as_str(),
            count("open"),
            count("agreed"),
            count("disputed"),
            count("adjudicated"),
            count("gold"),
            waiting.judge,
            waiting.adjudicate,
            waiting.review,
        );
    }
    if status.petitions > 0 {
        let _ = writeln!(text, "\n{} petitions wait for your word", status.petitions);
    }
    let _ = write!(text, "\nNext:  {}", next(status));
    text
}

fn next(status: &Status) -> String {
    let waits = |of: fn(&crate::hall::GuildStatus) -> usize| status.guilds.iter().find(|guild| of(guild) > 0);
    if let Some(guild) = waits(|guild| guild.waiting_for_me.judge) {
        return format!("guildhall claim --guild {}", guild.id);
    }
    if let Some(guild) = waits(|guild| guild.waiting_for_me.adjudicate) {
        return format!("guildhall dispute list --guild {}", guild.id);
    }
    if let Some(guild) = waits(|guild| guild.waiting_for_me.review) {
        return format!("guildhall queue --guild {}", guild.id);
    }
    if status.petitions > 0 {
        return "guildhall member petitions".to_owned();
    }
    match status.guilds.first() {
        Some(guild) => format!("guildhall import FILE --guild {}", guild.id),
        None => "guildhall guild add cardiology".to_owned(),
    }
}

/// Runs `stuck`.
pub async fn run_stuck(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, _) = context.look().await?;
    let stuck = hall.stuck().await?;
    context.emit(&json!({ "stuck": stuck }), || {
        if stuck.is_empty() {
            return "no item is stuck".to_owned();
        }
        let line = |item: &crate::hall::StuckItem| {
            format!(
                "{}  {}  missing: {} ({}; {})\n",
                item.id, item.state, item.missing, item.because.reason, item.because.article
            )
        };
        stuck.iter().map(line).collect()
    })
}

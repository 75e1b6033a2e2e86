//! `item`: lists, shows and withdraws items.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::domain::{Event, ItemState, Mark};
use crate::hall::{ItemView, WhyLabel};

use super::context::{CommandError, Context, Outcome};
use super::evidence::summary;

/// Commands of `item`.
#[derive(Debug, Subcommand)]
pub enum ItemCommand {
    /// List a guild's items
    List(List),
    /// Show an item as you may see it
    Show(Show),
    /// Take an item out, as a steward, under an article
    Withdraw(WithdrawItem),
}

/// Arguments of `item list`.
#[derive(Debug, Args)]
pub struct List {
    /// The guild
    #[arg(long)]
    guild: String,
    /// A state (open, agreed, disputed, adjudicated, gold, withdrawn) or mark (paused, stuck, challenged)
    #[arg(long)]
    state: Option<String>,
}

/// Arguments of `item show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The item: a unique start of its id
    item: String,
    /// Explain every weight as a product of stored factors
    #[arg(long)]
    why: bool,
}

/// Arguments of `item withdraw`.
#[derive(Debug, Args)]
pub struct WithdrawItem {
    /// The item
    item: String,
    /// Number of the article it rests on
    #[arg(long)]
    article: u32,
    /// Why
    #[arg(long)]
    reason: String,
}

/// Runs `item`.
pub async fn run(command: ItemCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        ItemCommand::List(arguments) => list(arguments, context).await,
        ItemCommand::Show(arguments) => show(arguments, context).await,
        ItemCommand::Withdraw(arguments) => {
            let (hall, signer) = context.enter().await?;
            let id = hall.find_item(&arguments.item).await?;
            let event = Event::ItemWithdrawn { article: arguments.article };
            let reason = context.text(&arguments.reason)?;
            let receipt = hall.act(signer.as_ref(), &id, event, Some(&reason)).await?;
            context.emit(&receipt, || format!("{id} withdrawn (entry {})", receipt.event))
        }
    }
}

fn named<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(json!(word)).ok()
}

async fn list(arguments: List, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, _) = context.look().await?;
    let guild = hall.find_guild(&arguments.guild).await?;
    let (state, mark): (Option<ItemState>, Option<Mark>) = match arguments.state.as_deref() {
        None => (None, None),
        Some(word) => (named(word), named(word)),
    };
    if arguments.state.is_some() && state.is_none() && mark.is_none() {
        let known = "open, agreed, disputed, adjudicated, gold, withdrawn, paused, stuck, challenged";
        return Err(CommandError::Usage(format!("--state is one of {known}")));
    }
    let items = hall.list_items(&guild, state, mark).await?;
    context.emit(&json!({ "items": items }), || {
        let mut text = format!("{} items\n", items.len());
        for item in &items {
            let marks: Vec<String> = item.marks.iter().map(|mark| format!("{mark:?}").to_lowercase()).collect();
            let (state, judgements) = (item.state.to_string(), item.judgements);
            let _ = writeln!(text, "{}  {state:12} {judgements} judgements  {}", item.id, marks.join(", "));
        }
        text
    })
}

async fn show(arguments: Show, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, member) = context.look().await?;
    let id = hall.find_item(&arguments.item).await?;
    let mut view = hall.item(&member, &id).await?;
    if !arguments.why {
        view.labels.clear();
    }
    let text = item_text(&view);
    context.emit(&view, || if arguments.why { format!("{text}{}", why_text(&view.labels)) } else { text })
}

fn item_text(view: &ItemView) -> String {
    let marks: Vec<String> = view.marks.iter().map(|mark| format!(", {mark:?}").to_lowercase()).collect();
    let mut text = format!("{}  {}  {}{}\n", view.id, view.guild, view.state, marks.concat());
    for turn in &view.prompt {
        let _ = writeln!(text, "\nPrompt ({})\n{}", turn.role, turn.content);
    }
    for (number, turns) in &view.outputs {
        for turn in turns {
            let _ = writeln!(text, "\nOutput @{number}\n{}", turn.content);
        }
    }
    for caution in &view.cautions {
        let _ = writeln!(text, "\nCaution: {caution}");
    }
    let asked: Vec<String> = view.asked.iter().map(ToString::to_string).collect();
    let _ = writeln!(text, "\nAsked: {}", asked.join(", "));
    for judgement in &view.judgements {
        let own = if judgement.own { " (yours)" } else { "" };
        let _ = writeln!(text, "\nRater {}{own}, entry {}", judgement.rater, judgement.entry);
        write_answers(&mut text, judgement.answers.as_ref());
        if let Some(rationale) = &judgement.rationale {
            let _ = writeln!(text, "  says: {rationale}");
        }
    }
    if !view.disputed.is_empty() {
        let disputed: Vec<String> = view.disputed.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "\nDisputed: {}", disputed.join(", "));
    }
    for ruling in &view.rulings {
        let stands = if ruling.stands { "" } else { " (stands no more)" };
        let _ = writeln!(text, "\nRuling{stands}, entry {}", ruling.entry);
        write_answers(&mut text, ruling.answers.as_ref());
        let _ = writeln!(text, "  opinion: {}", ruling.opinion.as_deref().unwrap_or("erased"));
    }
    for note in &view.notes {
        let own = if note.own { " (you)" } else { "" };
        let said = note.text.as_deref().unwrap_or("erased");
        let _ = writeln!(text, "\nSaid by {}{own}, entry {}: {said}", note.by, note.entry);
    }
    for rerun in &view.reruns {
        let said = rerun.transcript.as_ref().map_or_else(|| "erased".to_owned(), summary);
        let _ = writeln!(text, "\nRerun by {}, entry {}: {said}", rerun.by, rerun.entry);
    }
    if view.sign_offs > 0 {
        let _ = writeln!(text, "\n{} sign-off(s)", view.sign_offs);
    }
    let may: Vec<String> = view.may.iter().map(ToString::to_string).collect();
    let _ =
        writeln!(text, "\nYou may act on it as: {}", if may.is_empty() { "nobody".to_owned() } else { may.join(", ") });
    text
}

fn write_answers(text: &mut String, answers: Option<&std::collections::BTreeMap<String, String>>) {
    match answers {
        Some(answers) => {
            for (key, answer) in answers {
                let _ = writeln!(text, "  {key} = {answer}");
            }
        }
        None => text.push_str("  (answers erased)\n"),
    }
}

/// Every weight as a product of stored factors.
fn why_text(labels: &[WhyLabel]) -> String {
    let unit = |amount: i64| format!("{}.{:04}", amount / 1_000_000, amount % 1_000_000 / 100);
    let mut text = String::new();
    for label in labels {
        let (tier, route) = (format!("{:?}", label.tier).to_lowercase(), format!("{:?}", label.route).to_lowercase());
        let _ = writeln!(text, "\n{} = {}  ({tier}, by {route})", label.label, label.value);
        for vote in &label.evidence {
            let gives = if vote.gives { "for it" } else { "against" };
            let _ = writeln!(
                text,
                "  rater {} {gives}: evidence {}, counted {} (cap of the institution)",
                vote.rater,
                unit(vote.evidence),
                unit(vote.counted)
            );
        }
        let _ =
            writeln!(text, "  posterior {}   m {}   v_max {}", unit(label.posterior), unit(label.m), unit(label.v_max));
        let _ = writeln!(text, "  support  {} = m / (m + v_max)", unit(label.support));
        let _ = writeln!(
            text,
            "  quality  {} = {} + (1 - {}) x {}",
            unit(label.quality),
            unit(i64::from(label.floor)),
            unit(i64::from(label.floor)),
            unit(label.support)
        );
        let _ = writeln!(
            text,
            "  weight   {} = {} x {}   (provisional until a release)   flip probability {}",
            unit(label.weight),
            unit(i64::from(label.multiplier)),
            unit(label.quality),
            unit(label.flip_probability)
        );
        if label.unweighed {
            text.push_str("  unweighed: no judgement had evidence, a capped majority decided\n");
        }
    }
    text
}

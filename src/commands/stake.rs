//! `stake`: who made what a guild publishes: its pending register, a member's claims, and how each unit comes about.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::governance::{Concentration, REGISTER, decimal, percent};
use crate::hall::{ExplainedLabel, ExplainedPart, StakeOf, StakeRow, StakeView, stake_in_words};

use super::context::{CommandError, Context, Outcome};

/// Commands of `stake`.
#[derive(Debug, Subcommand)]
pub enum StakeCommand {
    /// Show a guild's pending register, a member's claims, or what vested with a model
    Show(ShowArguments),
    /// Say how each unit comes about: of a label, an item's labels, or a member
    Explain {
        /// A label (lb_...), an item, or a member by handle or id
        #[arg(value_name = "LABEL|ITEM|MEMBER")]
        of: String,
    },
}

/// Arguments of `stake show`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ShowArguments {
    /// A guild's register: claims and commons sum to 1000000
    #[arg(long)]
    guild: Option<String>,
    /// A member's claims, guild by guild
    #[arg(long)]
    member: Option<String>,
    /// What vested when the guilds ratified this model
    #[arg(long)]
    model: Option<String>,
}

/// Runs `stake`.
pub async fn run(command: StakeCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        StakeCommand::Show(ShowArguments { guild: Some(guild), .. }) => {
            let hall = context.open().await?;
            let view = hall.stake(&hall.find_guild(&guild).await?).await?;
            context.emit(&report(&view), || stake_in_words(&view))
        }
        StakeCommand::Show(ShowArguments { member: Some(member), .. }) => of_member(&member, context).await,
        StakeCommand::Show(ShowArguments { model, .. }) => of_model(&model.unwrap_or_default(), context).await,
        StakeCommand::Explain { of } => explain(&of, context).await,
    }
}

/// Millionths as a number from 0 to 1.
fn share(millionths: u64) -> Value {
    json!(f64::from(u32::try_from(millionths).unwrap_or(u32::MAX)) / 1e6)
}

fn row(row: &StakeRow) -> Value {
    let units: Map<String, Value> = row.units.iter().map(|(part, units)| (part.to_string(), json!(units))).collect();
    json!({
        "member": row.member,
        "handle": row.handle,
        "institution": row.institution,
        "labels": row.labels,
        "units": units,
        "share": row.share,
        "claim": row.claim,
    })
}

fn report(view: &StakeView) -> Value {
    let claims = view.rows.iter().map(|row| (row.member.to_string(), json!(row.claim)));
    let houses = view.rows.iter().map(|row| row.institution.clone());
    let held =
        |code: &String| view.rows.iter().filter(|row| row.institution == *code).map(|row| row.claim).sum::<u64>();
    let houses: Map<String, Value> = houses.map(|code| (code.clone(), json!(held(&code)))).collect();
    let Concentration { herfindahl, nakamoto, largest, .. } = view.by_member;
    let by = view.by_institution;
    json!({
        "guild": view.guild,
        "status": "pending",
        "total": REGISTER,
        "labels": view.labels,
        "published": view.published,
        "kept_out": view.kept_out,
        "void": view.void,
        "members": claims.collect::<Map<_, _>>(),
        "commons": view.commons,
        "herfindahl": share(herfindahl),
        "nakamoto": nakamoto,
        "largest_share": share(largest),
        "institutions": {
            "members": houses,
            "herfindahl": share(by.herfindahl),
            "nakamoto": by.nakamoto,
            "largest_share": share(by.largest),
        },
        "caps": {"member": view.member_cap, "institution": view.institution_cap},
        "alarms": view.alarms,
        "rows": view.rows.iter().map(row).collect::<Vec<_>>(),
        "article": view.article,
    })
}

async fn of_member(text: &str, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let hall = context.open().await?;
    let member = hall.find_member(text).await?;
    let handle = hall.handle(&member).await?;
    let rows = hall.stake_of(&member).await?;
    let guilds: Map<String, Value> = rows.iter().map(|(guild, one)| (guild.to_string(), row(one))).collect();
    let report = json!({"member": member, "handle": handle, "total": REGISTER, "status": "pending", "guilds": guilds});
    context.emit(&report, || {
        let mut text = format!("{}, pending", handle);
        for (guild, row) in &rows {
            let _ = write!(
                text,
                "\n{guild}: {} of {REGISTER} ({}), over {} gold labels",
                row.claim,
                percent(row.claim),
                row.labels
            );
            if row.claim < row.share {
                let _ = write!(text, "; {} before the caps", row.share);
            }
            for (part, units) in row.units.iter().filter(|(_, units)| **units > 0) {
                let _ = write!(text, "\n  {units} units as {part}");
            }
        }
        if rows.is_empty() {
            text.push_str("\nno gold label rests on what they did yet");
        }
        text
    })
}

/// No model can be ratified before there are ballots, so there is nothing to find yet.
async fn of_model(model: &str, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    context.open().await?;
    let why =
        "no model is ratified in this hall, so no stake has vested; what is pending: guildhall stake show --guild G";
    context.emit(&json!({"model": model, "ratified": false, "members": {}, "reason": why}), || why.to_owned())?;
    Ok(Outcome::No)
}

async fn explain(text: &str, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let hall = context.open().await?;
    let of = hall.find_stake(text).await?;
    let labels = hall.explain_stake(&of).await?;
    let nothing = match &of {
        _ if !labels.is_empty() => None,
        StakeOf::Item(item) => Some(hall.without_stake(item).await?),
        StakeOf::Label(_) => Some("no gold of this hall that a release may hold has this label".to_owned()),
        StakeOf::Member(_) => Some("no gold label rests on what they did yet".to_owned()),
    };
    let total = match &of {
        StakeOf::Member(member) => Some(units_of(member.as_str(), &labels)),
        _ => None,
    };
    let mut report = json!({ "labels": labels });
    if let Some(reason) = &nothing {
        report["reason"] = json!(reason);
    }
    if let Some(units) = total {
        report["units"] = json!(units);
    }
    context.emit(&report, || match (&nothing, &of) {
        (Some(reason), _) => format!("no stake: {reason}"),
        (None, StakeOf::Member(member)) => own_in_words(member.as_str(), &labels),
        (None, _) => labels.chunk_by(is_alike).filter_map(in_words).collect::<Vec<_>>().join("\n\n"),
    })
}

fn units_of(member: &str, labels: &[ExplainedLabel]) -> u64 {
    let shares = labels.iter().flat_map(|label| &label.parts).flat_map(|part| &part.members);
    shares.filter(|share| share.member.as_str() == member).map(|share| share.units).sum()
}

/// A member's part of each label, one line a label.
fn own_in_words(member: &str, labels: &[ExplainedLabel]) -> String {
    let mut text = String::new();
    for label in labels {
        for part in &label.parts {
            let Some(share) = part.members.iter().find(|share| share.member.as_str() == member) else { continue };
            let weights: u32 = part.members.iter().map(|one| one.weight).sum();
            let _ = writeln!(
                text,
                "{} {} of {}: {} units as {}, {} of {weights} of its {}, label weight {}",
                label.label,
                label.key,
                label.item,
                share.units,
                part.part,
                share.weight,
                part.units,
                decimal(label.weight)
            );
        }
    }
    let _ = write!(
        text,
        "{} units over {} gold labels; the register weighs each label's units by its weight and sums to {REGISTER}",
        units_of(member, labels),
        labels.len()
    );
    text
}

/// Whether the same is to be said of two labels.
fn is_alike(one: &ExplainedLabel, other: &ExplainedLabel) -> bool {
    (&one.item, &one.charter, one.weight, &one.parts) == (&other.item, &other.charter, other.weight, &other.parts)
}

/// What is to be said of labels that are alike.
fn in_words(labels: &[ExplainedLabel]) -> Option<String> {
    let label = labels.first()?;
    let named: Vec<String> = labels.iter().map(|one| format!("{} {}", one.label, one.key)).collect();
    let mut text = format!("{}\nof {}, {}", named.join("\n"), label.item, label.guild);
    let each = if labels.len() > 1 { ", each" } else { "" };
    let units: u64 = label.parts.iter().map(|part| part.units).sum();
    let weight = decimal(label.weight);
    let _ = write!(text, "\n{units} units{each}; in the register a label counts with its weight, here {weight}");
    if let Some(charter) = &label.charter {
        let _ = write!(text, "\nsplit of the charter revision it was judged under, {charter}:");
    }
    for part in &label.parts {
        let _ = write!(text, "\n{}", part_in_words(part));
    }
    Some(text)
}

fn part_in_words(ExplainedPart { part, split, units, members }: &ExplainedPart) -> String {
    if members.is_empty() {
        return format!(
            "  {part}: {split} by the charter; nobody draws as {part}, so it goes to the others in proportion"
        );
    }
    let mut text = format!("  {part}: {split} by the charter, {units} here");
    let weights: u32 = members.iter().map(|share| share.weight).sum();
    for share in members {
        let _ = write!(text, "\n    {}: {} units, {} of {weights}", share.handle, share.units, share.weight);
        if part.name() == "rater" {
            text.push_str(" by the weight of their class");
        }
    }
    text
}

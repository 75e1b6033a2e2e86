//! `demo`: a throwaway hall with both guilds, the samples, members and work in every state; and its clock.

use std::path::Path;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::consensus::Tier;
use crate::domain::{CONSTITUTION, Event, GuildId, ItemId, ItemState, MemberId};
use crate::hall::{Answered, BadRows, Cut, Founder, Founding, Hall, KeyInMemory, found, read_key};

use super::context::{CommandError, Context, Outcome};
use super::demo_script::{CAST, Step, answers, opinion, rationale, script};
use super::init::record_key;
use super::status::status_text;
use super::templates::{TEMPLATES, Template};

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Don't open the console
    #[arg(long)]
    no_console: bool,
    /// What to do with a demo that exists
    #[command(subcommand)]
    command: Option<DemoCommand>,
}

impl Demo {
    /// Whether the console is to be opened in the demo that is made.
    pub fn opens_console(&self) -> bool {
        !self.no_console && self.command.is_none()
    }
}

/// Commands on an existing demo.
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Advance the demo's clock: 7d, 12h, 30m
    Advance {
        /// By how much
        by: String,
    },
}

/// The steward who imports the samples and never rates.
const IMPORTER: &str = "steward-1";
/// Whoever tries the demo.
pub const YOU: &str = "you";
/// How long demo credentials last.
const CREDENTIAL_MS: i64 = 2 * 365 * 86_400_000;

/// Runs `demo`.
pub async fn run(arguments: Demo, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    if let Some(DemoCommand::Advance { by }) = &arguments.command {
        let hall = context.open().await?;
        let now = hall.advance(duration_ms(by)?)?;
        return context.emit(&json!({ "now": now }), || format!("in this demo it is {now} now"));
    }
    let dir = context.hall.clone().unwrap_or_else(|| context.scratch.clone());
    let (hall, ids) = make(&dir, context).await?;
    let you = ids.first().cloned().ok_or_else(|| CommandError::Usage("the demo has no founder".to_owned()))?;
    let mut members = Vec::new();
    for row in hall.members().await? {
        let key = dir.join("keys").join(&row.handle);
        members.push(json!({"id": row.id, "handle": row.handle, "key": key, "roles": row.roles}));
    }
    let status = hall.status(&you).await?;
    let sum = |state: &str| status.guilds.iter().filter_map(|guild| guild.items.get(state)).sum::<u64>();
    let value = json!({
        "hall": status.hall,
        "member": you,
        "key": dir.join("keys").join(YOU),
        "guilds": status.guilds.iter().map(|guild| &guild.id).collect::<Vec<_>>(),
        "members": members,
        "items": {
            "open": sum("open"), "agreed": sum("agreed"), "disputed": sum("disputed"),
            "adjudicated": sum("adjudicated"), "gold": sum("gold"),
        },
    });
    let text = format!(
        "A demo hall stands in {}; its raters are made up, its outputs are real.\n\nexport GUILDHALL_HALL={}\n\n{}",
        dir.display(),
        dir.display(),
        status_text(&status)
    );
    context.emit(&value, || text)
}

fn duration_ms(text: &str) -> Result<i64, CommandError> {
    let unit = |suffix: char| match suffix {
        'd' => Some(86_400_000),
        'h' => Some(3_600_000),
        'm' => Some(60_000),
        _ => None,
    };
    let parsed = text.chars().last().and_then(unit).zip(text.get(..text.len().saturating_sub(1)));
    parsed
        .and_then(|(unit, number)| number.parse::<i64>().ok().filter(|n| (0..100_000).contains(n)).map(|n| n * unit))
        .ok_or_else(|| CommandError::Usage(format!("`{text}` is no time span such as 7d, 12h or 30m")))
}

async fn make(dir: &Path, context: &Context<'_>) -> Result<(Hall, Vec<MemberId>), CommandError> {
    let mut founders = vec![founder(YOU, true), founder(IMPORTER, true)];
    founders.extend(CAST.iter().map(|(handle, ..)| founder(handle, false)));
    let founding = Founding {
        name: "St. Demo".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        founders,
        charters: TEMPLATES.iter().map(|template| template.charter.to_owned()).collect(),
        constitution: CONSTITUTION.to_owned(),
        demo: true,
    };
    let (hall, ids) = found(dir, founding, Arc::clone(&context.clock), Arc::clone(&context.random)).await?;
    record_key(dir, "keys/you")?;
    let filled = fill(&hall, &ids).await;
    if filled.is_err() {
        // half a demo is of no use; `found` made the directory, or found it empty
        let _ = std::fs::remove_dir_all(dir);
    }
    filled?;
    Ok((hall, ids))
}

fn founder(handle: &str, steward: bool) -> Founder {
    Founder { handle: handle.to_owned(), key: None, steward }
}

fn key(hall: &Hall, handle: &str) -> Result<KeyInMemory, CommandError> {
    Ok(KeyInMemory::of(read_key(&hall.dir().join("keys").join(handle))?))
}

async fn fill(hall: &Hall, ids: &[MemberId]) -> Result<(), CommandError> {
    let importer = key(hall, IMPORTER)?;
    let expires = hall.now().plus_ms(CREDENTIAL_MS);
    for template in &TEMPLATES {
        let guild: GuildId = template.id.parse()?;
        let mut held = vec![(YOU, "board", "institution-4")];
        held.extend(CAST);
        for (handle, class, place) in held {
            let member = hall.find_member(handle).await?;
            let institution = hall.institution(place).await?;
            hall.attest(&importer, &member, guild.clone(), (class.to_owned(), institution, expires)).await?;
        }
        work(hall, &importer, template, &guild).await?;
        let cut = Cut { guild, version: "0.1.0".to_owned(), lowest: Tier::Agreed, tier: "agreed".to_owned() };
        let releases = hall.dir().join("releases");
        std::fs::create_dir_all(&releases)?;
        hall.cut(&key(hall, YOU)?, &cut, &releases.join(format!("{}-{}", template.id, cut.version))).await?;
    }
    debug_assert_eq!(ids.len(), CAST.len() + 2, "everybody is a founder");
    Ok(())
}

/// Imports a guild's samples and plays its script.
async fn work(hall: &Hall, importer: &KeyInMemory, template: &Template, guild: &GuildId) -> Result<(), CommandError> {
    let file = hall.dir().join(format!("{}.jsonl", template.id));
    std::fs::write(&file, template.samples)?;
    let report = hall.import(importer, &file, guild, BadRows::Stop).await;
    std::fs::remove_file(&file)?;
    let report = report?;
    if let Some(row) = report.rejected.first() {
        return Err(CommandError::Usage(format!("sample {}, line {}: {}", template.id, row.line, row.reason)));
    }
    let items = hall.list_items(guild, None, None).await?;
    for (item, steps) in items.iter().zip(script()) {
        for step in steps {
            play(hall, &item.id, &step).await?;
        }
    }
    Ok(())
}

async fn play(hall: &Hall, id: &ItemId, step: &Step) -> Result<(), CommandError> {
    match *step {
        Step::Judge(who, says) => {
            let asked = hall.item(&hall.find_member(who).await?, id).await?.asked;
            let said = Answered {
                answers: answers(&asked, says),
                rationale: rationale(says).map(ToOwned::to_owned),
                confidence: Some(80),
                seconds: Some(130),
            };
            let receipt = hall.judge(&key(hall, who)?, id, &said).await?;
            hall.delivered(&hall.find_member(who).await?, id)?;
            receipt
        }
        Step::Rule(who, says) => {
            let view = hall.item(&hall.find_member(who).await?, id).await?;
            hall.adjudicate(&key(hall, who)?, id, &answers(&view.disputed, says), opinion(says)).await?
        }
        Step::Sign(who) => {
            let member = hall.find_member(who).await?;
            if hall.item(&member, id).await?.state == ItemState::Gold {
                return Ok(()); // this guild asks for fewer sign-offs
            }
            hall.act(&key(hall, who)?, id, Event::ReviewSigned {}, None).await?
        }
    };
    Ok(())
}

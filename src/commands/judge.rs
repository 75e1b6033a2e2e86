//! `judge`, `revise`, `withdraw`, `skip`, `flag`, `erase` and acts with just a reason.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::domain::{Event, FlagReason, ItemId, TAKEN_BACK};
use crate::hall::{Answered, DraftsJudged, Receipt};
use crate::ledger::Signer as SignedBy;

use super::context::{CommandError, Context, Outcome};

/// Arguments of `judge` and `revise`.
#[derive(Debug, Args)]
pub struct Judge {
    /// The item: a unique start of its id
    #[arg(required_unless_present = "all_drafts")]
    item: Option<String>,
    /// An answer: correct@1=no for output 1, better=2 for the item; @file reads a text
    #[arg(long = "answer", required_unless_present_any = ["from_draft", "all_drafts"], value_name = "KEY=VALUE")]
    answers: Vec<String>,
    /// Submit every draft of yours that is whole, under one signature; the others stay drafts
    #[arg(long, conflicts_with_all = ["item", "answers", "draft", "from_draft", "rationale", "confidence", "seconds"])]
    all_drafts: bool,
    /// Keep the answers as a draft instead of submitting them
    #[arg(long)]
    draft: bool,
    /// Start from the draft kept for this item; what is given here counts over it
    #[arg(long)]
    from_draft: bool,
    /// Why; text or @file
    #[arg(long)]
    rationale: Option<String>,
    /// How sure you are, percent
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    confidence: Option<u8>,
    /// Time you spent, seconds
    #[arg(long)]
    seconds: Option<u32>,
}

/// Arguments of `revise`.
#[derive(Debug, Args)]
pub struct Revise {
    /// The item: a unique start of its id
    item: String,
    /// An answer: correct@1=no for output 1, better=2 for the item; all of them, not just those that change
    #[arg(long = "answer", required = true, value_name = "KEY=VALUE")]
    answers: Vec<String>,
    /// Why; text or @file
    #[arg(long)]
    rationale: Option<String>,
}

/// An item.
#[derive(Debug, Args)]
pub struct OnItem {
    /// The item: a unique start of its id
    item: String,
}

/// An item and a reason.
#[derive(Debug, Args)]
pub struct WithReason {
    /// The item: a unique start of its id
    item: String,
    /// Why; text or @file
    #[arg(long)]
    reason: String,
}

/// Words for flags.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FlagWord {
    /// Following an output could harm
    Unsafe,
    /// Not a question of this guild
    Scope,
    /// The texts hold personal data
    Personal,
    /// Broken, unreadable, not a question
    Broken,
}

/// Arguments of `flag`.
#[derive(Debug, Args)]
pub struct Flag {
    /// The item: a unique start of its id
    item: String,
    /// What is wrong
    #[arg(long, required_unless_present = "resolve")]
    kind: Option<FlagWord>,
    /// Why; text or @file
    #[arg(long, required_unless_present = "resolve")]
    reason: Option<String>,
    /// As a steward: let the item go on
    #[arg(long, conflicts_with_all = ["kind", "reason"])]
    resolve: bool,
}

/// Arguments of `note`.
#[derive(Debug, Args)]
pub struct NoteArguments {
    /// The item: a unique start of its id
    item: String,
    /// What you say; text or @file. `item show` lists what was said
    #[arg(long)]
    text: String,
}

/// Arguments of `erase`.
#[derive(Debug, Args)]
pub struct Erase {
    /// The item: a unique start of its id
    item: String,
    /// The entry that holds the text
    #[arg(long)]
    entry: u64,
    /// Which part: rationale, opinion, reason, note, effort, answers
    #[arg(long, default_value = "rationale")]
    part: String,
    /// As a steward: the article it rests on
    #[arg(long)]
    article: Option<u32>,
}

/// The answers of a command line, by key.
pub fn answers_of(given: &[String], context: &Context<'_>) -> Result<BTreeMap<String, String>, CommandError> {
    let mut answers = BTreeMap::new();
    for text in given {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| CommandError::Usage(format!("--answer {text}: not KEY=VALUE, such as correct@1=no")))?;
        if answers.insert(key.to_owned(), context.text(value)?).is_some() {
            return Err(CommandError::Usage(format!("--answer {key} is given twice")));
        }
    }
    Ok(answers)
}

/// What is said of an act that its author didn't sign.
const ATTESTED: &str =
    "\nattested by the hall, not signed by you: forward your key's agent with `ssh -A` or `guildhall connect`";

/// Prints a receipt.
pub fn receipt(context: &mut Context<'_>, id: &ItemId, receipt: &Receipt) -> Result<Outcome, CommandError> {
    context.emit(receipt, || {
        let state = receipt.state.map(|state| format!(", {state} now")).unwrap_or_default();
        let attested = if receipt.signed_by == Some(SignedBy::Host) { ATTESTED } else { "" };
        format!("{id}: entry {}{state}{attested}\nleaf {}\n{}", receipt.event, receipt.entry_hash, receipt.checkpoint)
    })
}

impl Judge {
    fn said(&self, context: &Context<'_>) -> Result<Answered, CommandError> {
        Ok(Answered {
            answers: answers_of(&self.answers, context)?,
            rationale: self.rationale.as_deref().map(|given| context.text(given)).transpose()?,
            confidence: self.confidence,
            seconds: self.seconds,
        })
    }
}

/// Runs `judge`.
pub async fn run(arguments: Judge, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let mut said = arguments.said(context)?;
    let (hall, signer) = context.enter().await?;
    let who = hall.member(signer.as_ref()).await?;
    let Some(item) = &arguments.item else {
        let judged = hall.judge_drafts(signer.as_ref()).await?;
        return drafts(&judged, context);
    };
    let id = hall.find_item(item).await?;
    if arguments.from_draft {
        let kept = hall.draft(&who, &id)?;
        let kept = kept.ok_or_else(|| CommandError::Usage(format!("no draft of yours is kept for {id}")))?;
        for (key, answer) in kept.answers {
            said.answers.entry(key).or_insert(answer);
        }
        said.rationale = said.rationale.or(Some(kept.rationale).filter(|text| !text.is_empty()));
    }
    if arguments.draft {
        hall.keep_draft(&who, &id, &said).await?;
        let kept = json!({"draft": said.answers, "rationale": said.rationale});
        return context.emit(&kept, || format!("kept for {id}; submit it with `guildhall judge {id} --from-draft`"));
    }
    let done = hall.judge(signer.as_ref(), &id, &said).await?;
    let told = receipt(context, &id, &done)?;
    hall.delivered(&who, &id)?;
    Ok(told)
}

/// Prints what became of drafts; one that is left is the answer no.
fn drafts(judged: &DraftsJudged, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let done: Vec<_> = judged.done.iter().map(|(id, receipt)| json!({"id": id, "receipt": receipt})).collect();
    let left: Vec<_> = judged.left.iter().map(|(id, refusal)| json!({"id": id, "refused": refusal})).collect();
    context.emit(&json!({"judged": done, "left": left}), || {
        let done = judged.done.iter().map(|(id, receipt)| format!("{id}: entry {}\n", receipt.event));
        let left = judged.left.iter().map(|(id, refusal)| format!("{id}: still a draft: {}\n", refusal.reason));
        let text: String = done.chain(left).collect();
        if text.is_empty() { "no draft of yours is kept".to_owned() } else { text }
    })?;
    Ok(if judged.left.is_empty() { Outcome::Done } else { Outcome::No })
}

/// Runs `revise`.
pub async fn run_revise(arguments: Revise, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let said = Answered {
        answers: answers_of(&arguments.answers, context)?,
        rationale: arguments.rationale.as_deref().map(|given| context.text(given)).transpose()?,
        ..Answered::default()
    };
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let done = hall.revise(signer.as_ref(), &id, &said).await?;
    receipt(context, &id, &done)
}

/// Runs `withdraw`.
pub async fn run_withdraw(arguments: OnItem, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let done = hall.withdraw(signer.as_ref(), &id).await?;
    let told = receipt(context, &id, &done)?;
    if !context.json {
        writeln!(context.out, "{TAKEN_BACK}")?;
    }
    Ok(told)
}

/// Runs `skip`.
pub async fn run_skip(arguments: WithReason, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let reason = context.text(&arguments.reason)?;
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let done = hall.skip(signer.as_ref(), &id, &reason).await?;
    receipt(context, &id, &done)
}

/// Runs an act that has just a reason.
pub async fn run_reasoned(
    arguments: WithReason,
    event: Event,
    context: &mut Context<'_>,
) -> Result<Outcome, CommandError> {
    let reason = context.text(&arguments.reason)?;
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let done = hall.act(signer.as_ref(), &id, event, Some(&reason)).await?;
    receipt(context, &id, &done)
}

/// Runs `flag`.
pub async fn run_flag(arguments: Flag, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let reason = arguments.reason.as_deref().map(|given| context.text(given)).transpose()?.unwrap_or_default();
    let done = match arguments.kind {
        Some(word) => {
            let flag = match word {
                FlagWord::Unsafe => FlagReason::Unsafe,
                FlagWord::Scope => FlagReason::Scope,
                FlagWord::Personal => FlagReason::Personal,
                FlagWord::Broken => FlagReason::Broken,
            };
            hall.flag(signer.as_ref(), &id, flag, &reason).await?
        }
        None => hall.act(signer.as_ref(), &id, Event::FlagResolved {}, None).await?,
    };
    receipt(context, &id, &done)
}

/// Runs `note`.
pub async fn run_note(arguments: NoteArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let text = context.text(&arguments.text)?;
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let done = hall.note(signer.as_ref(), &id, &text).await?;
    receipt(context, &id, &done)
}

/// Runs `erase`.
pub async fn run_erase(arguments: Erase, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(&arguments.item).await?;
    let what = (arguments.entry, arguments.part.as_str());
    let done = hall.erase(signer.as_ref(), &id, what, arguments.article).await?;
    context.emit(&json!(done), || {
        format!(
            "the {} of entry {} is destroyed, with its salt (entry {})\n{TAKEN_BACK}",
            arguments.part, arguments.entry, done.event
        )
    })
}

impl OnItem {
    /// The start of the id that was given.
    pub fn item(&self) -> &str {
        &self.item
    }
}

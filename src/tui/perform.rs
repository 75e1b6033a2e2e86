//! Requests awaited against the hall; the only file of the console that calls it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::{GuildId, ItemId, MemberId};
use crate::hall::{Asked, Hall, HallError, ModelPlace, QueueFilter, QueueFrom, QueuePage, QueueSort, verify_release};

use super::actor::Actor;
use super::perform_members::{change_members, members_desk};
use super::perform_models::{change_models, models_desk, watch_models};
use super::request::{Claim, Desk, Done, EvidenceDesk, Home, Reply, Request, Telling, Trouble};

/// Items that a search takes in before it answers.
const INDEXED: usize = 2_000;
/// How soon a stop is seen.
const SEEN: std::time::Duration = std::time::Duration::from_millis(50);
/// News shown on the first screen.
const NEWS: usize = 30;

/// Does what a request asks.
pub async fn perform(actor: &Actor, request: Request, tell: Telling<'_>) -> Result<Reply, Trouble> {
    let done = if request.changes() { change(actor, request).await } else { read(actor, request, tell).await };
    done.map_err(trouble)
}

fn trouble(error: HallError) -> Trouble {
    match error {
        HallError::Refused(refusal) => Trouble::Refused(refusal),
        error => Trouble::Failed(error.to_string()),
    }
}

async fn read(actor: &Actor, request: Request, tell: Telling<'_>) -> Result<Reply, HallError> {
    let Actor { hall, member, .. } = actor;
    Ok(match request {
        Request::Hall => Reply::Hall(Box::new(home(actor).await?)),
        Request::Queue { filter, sort, from, limit } => {
            Reply::Queue(searched(hall, member, (&filter, sort, from, limit)).await?)
        }
        Request::Disputes { guild, from, limit } => {
            Reply::Disputes(hall.disputes(member, guild.as_ref(), (from, limit)).await?)
        }
        Request::Desk { item, claim } => Reply::Desk(Box::new(desk(actor, &item, claim).await?)),
        Request::Releases => Reply::Releases(hall.releases().await?, hall.status(member).await?.guilds),
        Request::Members => Reply::Members(Box::new(members_desk(actor).await?)),
        Request::Log { before, limit } => log(actor, before, limit).await?,
        Request::Entry(seq) => {
            let bytes = hall.entry_for(member, seq).await?;
            Reply::Entry(seq, String::from_utf8_lossy(&bytes).into_owned())
        }
        Request::Verify => {
            let progress = |done, of| {
                tell(Reply::Verifying(done, of));
            };
            Reply::Verified(hall.verify_with(&progress).await?)
        }
        Request::VerifyRelease(dir) => {
            let dir = actor.release_dir(&dir)?;
            let verified = tokio::task::spawn_blocking(move || verify_release(&dir)).await;
            Reply::Verified(verified.map_err(|error| HallError::Failed(error.to_string()))??)
        }
        Request::Agreement(guild) => {
            let (guild, guilds) = guild_or_first(hall, guild).await?;
            Reply::Agreement(Box::new(hall.agreement(member, &guild, None).await?), guilds)
        }
        Request::Stake(guild) => {
            let (guild, guilds) = guild_or_first(hall, guild).await?;
            Reply::Stake(Box::new(hall.stake(&guild).await?), guilds)
        }
        Request::Stuck => Reply::Stuck(hall.stuck().await?),
        Request::Charter(guild) => {
            let (digest, charter) = hall.charter_in_force(&guild).await?;
            Reply::Charter(guild, digest.to_string(), charter)
        }
        Request::Evidence(item) => Reply::Evidence(Box::new(evidence(actor, &item).await?)),
        Request::Rerun { item, model, asked, stop } => rerun(actor, (&item, &model, &asked), &stop, tell).await?,
        Request::Models => Reply::Models(Box::new(models_desk(actor).await?)),
        Request::WatchModels(stop) => watch_models(actor, &stop, tell).await?,
        Request::VerifyModel(name) => {
            let faults = hall.verify_model(member, &name).await?;
            Reply::ModelVerified(name, faults)
        }
        Request::Notes(item) => Reply::Notes(hall.notes(member, &item).await?),
        Request::Constitution => Reply::Constitution(hall.constitution().await?),
        Request::Amendment => Reply::Amendment(hall.amendment(None).await?.in_words()),
        _ => Reply::Nothing,
    })
}

/// The page of the ledger that ends at `before`, or at its end.
async fn log(Actor { hall, member, .. }: &Actor, before: Option<u64>, limit: usize) -> Result<Reply, HallError> {
    let size = hall.size().await?;
    let end = before.unwrap_or(size).min(size);
    let from = end.saturating_sub(u64::try_from(limit).unwrap_or(u64::MAX));
    let wanted = usize::try_from(end - from).unwrap_or(limit);
    Ok(Reply::Log(hall.log(member, from, wanted).await?, size, hall.head().await?))
}

/// The guild that is asked about, or the first; and all there are.
async fn guild_or_first(hall: &Hall, guild: Option<GuildId>) -> Result<(GuildId, Vec<GuildId>), HallError> {
    let guilds: Vec<GuildId> = hall.state().await?.guilds.into_keys().collect();
    let first = || HallError::Usage("this hall has no guild yet".to_owned());
    Ok((guild.or_else(|| guilds.first().cloned()).ok_or_else(first)?, guilds))
}

async fn evidence(actor: &Actor, item: &ItemId) -> Result<EvidenceDesk, HallError> {
    let Actor { hall, member, .. } = actor;
    let view = hall.item(member, item).await?;
    let all = hall.models()?;
    let local = all
        .iter()
        .filter(|model| !matches!(model.place, ModelPlace::Endpoint(..)))
        .map(|model| model.name.clone())
        .collect();
    let models = all.into_iter().map(|model| model.name).collect();
    Ok(EvidenceDesk { view, charter: hall.charter_of(item).await?, models, local })
}

/// Runs a model and records what it said; nothing is recorded once it was stopped or nobody listens.
async fn rerun(
    actor: &Actor,
    (item, model, asked): (&ItemId, &str, &Asked),
    stop: &AtomicBool,
    tell: Telling<'_>,
) -> Result<Reply, HallError> {
    let Actor { hall, signer, member, .. } = actor;
    let heard = |heard| {
        let listened = tell(Reply::Heard(heard));
        if !listened {
            stop.store(true, Ordering::Relaxed);
        }
        !stop.load(Ordering::Relaxed)
    };
    // while a long prompt is read nothing is heard, and a stop is to be seen all the same
    let stopped = async {
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(SEEN).await;
        }
    };
    let transcript = tokio::select! {
        transcript = hall.rerun(member, item, (model, asked), &heard) => transcript,
        () = stopped => return Ok(Reply::Rerun(None)),
    };
    if stop.load(Ordering::Relaxed) {
        return Ok(Reply::Rerun(None));
    }
    let receipt = hall.keep_rerun(signer.as_ref(), item, &transcript?).await?;
    Ok(Reply::Rerun(Some((receipt, hall.reruns(member, item).await?))))
}

/// A page of the queue; a search first takes in some of what it doesn't know yet.
async fn searched(
    hall: &Hall,
    member: &MemberId,
    (filter, sort, from, limit): (&QueueFilter, QueueSort, QueueFrom, usize),
) -> Result<QueuePage, HallError> {
    if filter.search.is_some() {
        hall.index_some(INDEXED).await?;
    }
    hall.queue(member, filter, sort, (from, limit)).await
}

async fn home(actor: &Actor) -> Result<Home, HallError> {
    let Actor { hall, member, .. } = actor;
    let mut drafts = Vec::new();
    for (item, draft) in hall.drafts(member)? {
        let guild = hall.item(member, &item).await?.guild;
        drafts.push((item, guild, draft));
    }
    let (status, news) = (hall.status(member).await?, hall.news(NEWS).await?);
    Ok(Home { status, news, present: hall.present().await?, drafts, now: hall.now() })
}

async fn desk(actor: &Actor, item: &ItemId, claim: Claim) -> Result<Desk, HallError> {
    let Actor { hall, member, .. } = actor;
    let until = match claim {
        Claim::Take => Some(hall.claim(member, item).await?),
        Claim::No => None,
    };
    let view = hall.item(member, item).await?;
    let dispute = match view.may.contains(&crate::domain::Role::Adjudicator) {
        true => Some(hall.dispute(member, item).await?),
        false => None,
    };
    let (charter, draft) = (hall.charter_of(item).await?, hall.draft_view(member, item)?);
    Ok(Desk { view, charter, draft, dispute, until })
}

/// Does what changes something; nothing of a draft is left once its words are in the ledger.
async fn change(actor: &Actor, request: Request) -> Result<Reply, HallError> {
    let Actor { hall, signer, member, .. } = actor;
    let signer = signer.as_ref();
    let (item, receipt, what) = match request {
        Request::Judge { item, said } => {
            let receipt = hall.judge(signer, &item, &said).await?;
            (item, receipt, "judgement signed".to_owned())
        }
        Request::Revise { item, said } => {
            let receipt = hall.revise(signer, &item, &said).await?;
            (item, receipt, "judgement revised".to_owned())
        }
        Request::Rule { item, said } => {
            let opinion = said.rationale.as_deref().unwrap_or_default();
            let receipt = hall.adjudicate(signer, &item, &said.answers, opinion).await?;
            (item, receipt, "ruling signed".to_owned())
        }
        Request::WithdrawJudgement(item) => {
            let receipt = hall.withdraw(signer, &item).await?;
            (item, receipt, "judgement taken back".to_owned())
        }
        Request::Skip { item, reason } => {
            let receipt = hall.skip(signer, &item, &reason).await?;
            (item, receipt, "skipped".to_owned())
        }
        Request::Act { item, event, reason } => {
            let what = event.kind();
            let receipt = hall.act(signer, &item, event, reason.as_deref()).await?;
            (item, receipt, what)
        }
        other => return change_elsewhere(actor, other).await,
    };
    hall.delivered(member, &item)?;
    Ok(Reply::Done(Done { item: Some(item), receipt, what }))
}

/// What changes something that is no act on an item.
async fn change_elsewhere(actor: &Actor, request: Request) -> Result<Reply, HallError> {
    let Actor { hall, signer, member, .. } = actor;
    let signer = signer.as_ref();
    Ok(match request {
        // what else is typed on the item goes on being a draft
        Request::Note { item, text } => {
            let receipt = hall.note(signer, &item, &text).await?;
            Reply::Noted(receipt, hall.notes(member, &item).await?)
        }
        Request::Keep { item, draft } => {
            hall.keep_draft_view(member, &item, &draft).await?;
            Reply::Kept(item)
        }
        Request::Cut { cut, dir } => {
            let report = hall.cut(signer, &cut, &actor.release_dir(&dir)?).await?;
            Reply::Cut(report, dir)
        }
        // what is typed on the item goes on being a draft here too
        Request::Erase { item, entry, part } => {
            let receipt = hall.erase(signer, &item, (entry, &part), None).await?;
            Reply::Done(Done { item: None, receipt, what: format!("destroyed: {part} of entry {entry}") })
        }
        Request::Member(act) => change_members(actor, act).await?,
        Request::Model(act) => change_models(actor, act).await?,
        Request::SubmitDrafts => Reply::DraftsJudged(hall.judge_drafts(signer).await?),
        Request::Renew(item) => {
            hall.renew(member, &item).await?;
            Reply::Nothing
        }
        Request::Unclaim(item) => {
            // what was begun before keeps its place
            if hall.draft(member, &item)?.is_none() {
                hall.unclaim(member, &item)?;
            }
            Reply::Nothing
        }
        _ => Reply::Nothing,
    })
}

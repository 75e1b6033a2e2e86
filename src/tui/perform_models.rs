//! What the models' screen asks, awaited against the hall.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::hall::HallError;

use super::actor::Actor;
use super::request::{ModelAct, ModelsDesk, Reply, Telling};

/// How often a download's progress is told.
const OFTEN: Duration = Duration::from_millis(250);

/// The hall's models, those on their way, and whether the actor may change that.
pub async fn models_desk(Actor { hall, member, .. }: &Actor) -> Result<ModelsDesk, HallError> {
    let may_keep = hall.may_keep_models(member).await.is_ok();
    Ok(ModelsDesk { rows: hall.models()?, fetches: hall.fetches(), may_keep })
}

/// Tells how far downloads are until none is on its way or nobody looks any more.
pub async fn watch_models(actor: &Actor, stop: &AtomicBool, tell: Telling<'_>) -> Result<Reply, HallError> {
    loop {
        let desk = models_desk(actor).await?;
        let is_over = desk.fetches.iter().all(|fetch| fetch.fault.is_some());
        let reply = Reply::Models(Box::new(desk));
        if is_over || stop.load(Ordering::Relaxed) || !tell(reply) {
            return Ok(Reply::Models(Box::new(models_desk(actor).await?)));
        }
        tokio::time::sleep(OFTEN).await;
    }
}

/// Does an act on models.
pub async fn change_models(actor: &Actor, act: ModelAct) -> Result<Reply, HallError> {
    let Actor { hall, member, .. } = actor;
    Ok(Reply::ModelDone(match act {
        ModelAct::Fetch { source, name } => {
            hall.fetch_model(member, &source, name).await?;
            format!("fetching {}", source.trim())
        }
        ModelAct::Stop(source) => {
            hall.stop_fetch(member, &source).await?;
            "stopped; what came is kept for the next try".to_owned()
        }
        ModelAct::Remove(name) => {
            hall.remove_model(member, &name).await?;
            format!("{name} is taken out")
        }
    }))
}

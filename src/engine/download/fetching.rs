//! A model fetched: its files one after the other, then checked and registered at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::digest::text_digest;
use crate::engine::engine_error::EngineError;
use crate::engine::model::is_supported;
use crate::engine::registered::{Origin, Registered};
use crate::engine::registry::Registry;

use super::download_error::DownloadError;
use super::downloading::Downloading;
use super::one_file::Fetch;
use super::partial::Partial;
use super::plan::{Plan, plan};
use super::source::Source;

/// Says what a model of several files is.
const CONFIG: &str = "config.json";

/// Raised once the download that holds it is given up.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Fetches a model and registers it. Given up or interrupted, what came is kept, and the same source goes on from there.
///
/// Errors: nothing of the source, too little room, other bytes than were promised; a model that isn't supported.
pub async fn download(
    registry: &Registry,
    source: &Source,
    origin: Origin,
    with: &Downloading<'_>,
) -> Result<Registered, EngineError> {
    let (plan, web) = plan(source, with).await?;
    let name = registry.free_name(Path::new(&plan.name), &origin)?;
    let origin = Origin { name: Some(name), revision: plan.revision.clone(), licence: plan.licence.clone(), ..origin };
    let partial = Arc::new(Partial::open(&registry.staging(&source.shown()), &source.shown())?);
    let lines: String = plan.files.iter().map(|file| format!("{} {:?}\n", file.url, file.sha256)).collect();
    partial.of_version(&text_digest(&lines))?;
    fits(&plan, &partial, with)?;
    let mut done = 0;
    let all: u64 = plan.files.iter().filter_map(|file| file.bytes).sum();
    let is_single = plan.files.len() == 1;
    for file in &plan.files {
        let fetch = Fetch { web: &web, partial: &partial, file, is_single, with, before: done, all };
        done += fetch.to_its_end().await?;
        // it comes first, so that nobody waits for weights that can't be run
        let path = partial.whole().join("files").join(&file.name);
        if let (true, Err(error)) = (file.name == CONFIG, is_supported(&path)) {
            partial.remove()?;
            return Err(DownloadError::Model { name: CONFIG.to_owned(), error }.into());
        }
    }
    adopt(registry, plan, (origin, partial)).await
}

/// Checks what is here and makes it a model of the hall; given up, that ends too.
async fn adopt(
    registry: &Registry,
    plan: Plan,
    (origin, partial): (Origin, Arc<Partial>),
) -> Result<Registered, EngineError> {
    let promised: Vec<(String, String)> =
        plan.files.into_iter().filter_map(|file| Some((file.name, file.sha256?))).collect();
    let registry = registry.clone();
    let given_up = GivenUp::default();
    let is_given_up = Arc::clone(&given_up.0);
    let adopting = tokio::task::spawn_blocking(move || {
        let goes_on = || !is_given_up.load(Ordering::Relaxed);
        let adopted = registry.adopt(&partial.whole(), &origin, &promised, &goes_on);
        // the same bytes would come again, but another name, room, or not giving up can help with these
        if !matches!(&adopted, Err(EngineError::File { .. } | EngineError::Request(_))) {
            partial.remove()?;
        }
        adopted
    });
    adopting.await.map_err(|error| EngineError::Request(format!("the model could not be looked at: {error}")))?
}

/// Refuses what there is no room for, all files together.
fn fits(plan: &Plan, partial: &Partial, with: &Downloading<'_>) -> Result<(), DownloadError> {
    let missing = plan.files.iter().map(|file| file.bytes.unwrap_or(0).saturating_sub(partial.here(&file.name)));
    let (need, path) = (missing.fold(0, u64::saturating_add), partial.whole());
    match (with.free)(&path) {
        Some(free) if free < need => Err(DownloadError::Space { path, need, free }),
        _ => Ok(()),
    }
}

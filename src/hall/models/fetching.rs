//! Models fetched by the hall, whoever asked for them: they go on when that member leaves.

use crate::domain::MemberId;
use crate::engine::download::{Downloading, Hub, Source, download};
use crate::engine::net::{Backoff, environment};
use crate::engine::{EngineError, Origin, free_space};
use crate::hall::error::HallError;
use crate::hall::opened::Hall;
use crate::hall::reruns::wrong;

use super::on_the_way::{Fetch, FetchView};

impl Hall {
    /// What is on its way, or ended badly.
    pub fn fetches(&self) -> Vec<FetchView> {
        self.on_the_way.all().values().map(|fetch| fetch.view.clone()).collect()
    }

    /// Begins to fetch a model, or goes on with it.
    ///
    /// Errors: a refusal for who is no steward; a source that is neither a hub's nor behind encryption: whoever comes from
    /// outside doesn't make this machine ask others of its network.
    pub async fn fetch_model(&self, who: &MemberId, source: &str, name: Option<String>) -> Result<(), HallError> {
        self.may_keep_models(who).await?;
        let told = |error| wrong(EngineError::Download(error));
        let read = Source::new(source.trim()).map_err(told)?.filter(Source::is_encrypted);
        let hint = "a model is fetched from hf:ORG/REPO/FILE or https://; a file of this machine is added there, by `guildhall model add`";
        let source = read.ok_or_else(|| HallError::Usage(hint.to_owned()))?;
        if let Source::Hub { .. } = source {
            // what is wrong with the hub's address or token is told to whoever asks, at once
            Hub::new(&environment).map_err(told)?;
        }
        let backoff = Backoff { seed: self.random.number(), ..Backoff::default() };
        let (registry, shown) = (self.registry(), source.shown());
        let origin = Origin { name, source: shown.clone(), revision: None, licence: None, at: self.now().to_string() };
        let (on_the_way, key) = (self.on_the_way.clone(), shown.clone());
        let mut all = self.on_the_way.all();
        if all.get(&shown).is_some_and(|known| known.view.fault.is_none()) {
            return Err(HallError::Usage(format!("{shown} is on its way already")));
        }
        let task = tokio::spawn(async move {
            let tell = |here, of| on_the_way.tell(&key, |view| (view.here, view.all) = (here, of));
            let with = Downloading { environment: &environment, backoff, sha256: None, free: &free_space, tell: &tell };
            match download(&registry, &source, origin, &with).await {
                Ok(_) => {
                    on_the_way.all().remove(&key);
                }
                Err(error) => on_the_way.tell(&key, |view| view.fault = Some(error.to_string())),
            }
        });
        let view = FetchView { source: shown.clone(), here: 0, all: 0, fault: None };
        all.insert(shown, Fetch { view, task: task.abort_handle() });
        Ok(())
    }

    /// Stops fetching a model, and forgets why one couldn't be fetched; what came is kept for the next try.
    ///
    /// Errors: a refusal for who is no steward.
    pub async fn stop_fetch(&self, who: &MemberId, source: &str) -> Result<(), HallError> {
        self.may_keep_models(who).await?;
        if let Some(fetch) = self.on_the_way.all().remove(source) {
            fetch.task.abort();
        }
        Ok(())
    }
}

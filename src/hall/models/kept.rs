//! Models that a hall has: shown to its members, checked and taken out by its stewards.

use std::path::PathBuf;

use crate::domain::{MemberId, Rule};
use crate::engine::{Registered, Registry};
use crate::hall::error::HallError;
use crate::hall::opened::Hall;
use crate::hall::reruns::{blocking, wrong};

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelPlace {
    /// In the hall.
    Here,
    /// Elsewhere on this machine.
    Linked(PathBuf),
    /// Behind an endpoint: its address, and the model's name there.
    Endpoint(String, String),
}

/// A model as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelView {
    /// What this hall calls it.
    pub name: String,
    /// `llama`, `qwen3`.
    pub family: String,
    /// How most of its weights are stored.
    pub quantization: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// What it says of its licence.
    pub licence: Option<String>,
    /// Whether it has a chat template.
    pub template: bool,
    /// What names it anywhere.
    pub digest: String,
    /// Where it came from.
    pub source: String,
    /// The commit it was taken from.
    pub revision: Option<String>,
    /// When it was added.
    pub added: String,
    /// Where it is.
    pub place: ModelPlace,
    /// Its files and their bytes.
    pub files: Vec<(String, u64)>,
}

impl ModelView {
    fn of(model: Registered) -> Self {
        let place = match (model.remote, model.linked) {
            (Some(remote), _) => ModelPlace::Endpoint(remote.address, remote.model),
            (None, Some(path)) => ModelPlace::Linked(path),
            (None, None) => ModelPlace::Here,
        };
        Self {
            name: model.name,
            family: model.family,
            quantization: model.quantization,
            bytes: model.bytes,
            licence: model.licence,
            template: model.template,
            digest: model.digest,
            source: model.source,
            revision: model.revision,
            added: model.added,
            place,
            files: model.files.into_iter().map(|part| (part.name, part.bytes)).collect(),
        }
    }
}

impl Hall {
    /// The models that reruns may use, by name.
    pub fn models(&self) -> Result<Vec<ModelView>, HallError> {
        let all = self.registry().list().map_err(wrong)?;
        Ok(all.into_iter().map(ModelView::of).collect())
    }

    /// Whether a member may add models and take them out.
    pub async fn may_keep_models(&self, who: &MemberId) -> Result<(), HallError> {
        let state = self.state().await?;
        let steward = state.members.get(who).is_some_and(|member| member.steward);
        Ok(state.require(steward, Rule::StewardOnly, "a steward keeps the hall's models")?)
    }

    /// Computes a model's hashes again: what differs or is gone.
    ///
    /// Errors: a refusal for who is no steward; no such model.
    pub async fn verify_model(&self, who: &MemberId, name: &str) -> Result<Vec<String>, HallError> {
        self.may_keep_models(who).await?;
        let (registry, name) = (self.registry(), name.to_owned());
        blocking(move || registry.verify(&registry.find(&name)?)).await
    }

    /// Takes a model out: its copy is deleted; what was linked stays where it is.
    ///
    /// Errors: as of [`verify_model`](Self::verify_model).
    pub async fn remove_model(&self, who: &MemberId, name: &str) -> Result<(), HallError> {
        self.may_keep_models(who).await?;
        let (registry, name) = (self.registry(), name.to_owned());
        blocking(move || registry.remove(&registry.find(&name)?)).await
    }

    pub(super) fn registry(&self) -> Registry {
        Registry::of(self.dir())
    }
}

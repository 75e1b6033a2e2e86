//! Model reruns: an open-weight model answers again, or says how likely it finds an answer.

mod digest;
mod engine_error;
mod local;
mod measure;
mod model_facts;
mod registered;
mod registry;
mod remote_model;
mod settings;

pub mod download;
pub mod endpoint;
pub mod model;
pub mod net;
pub mod text;

pub use digest::digest;
pub use engine_error::EngineError;
pub use local::{Local, Prompted, stopped};
pub use measure::{available_memory, free_space, peak_memory, processor_seconds};
pub use registered::{ModelPart, Origin, Registered};
pub use registry::Registry;
pub use remote_model::RemoteModel;
pub use settings::{Listener, Sample, Scored, Settings, Unheard};

//! Model reruns: an open-weight model answers again, or says how likely it finds an answer.

mod digest;
mod engine_error;
mod local;
mod made_by;
mod measure;
mod model_facts;
mod registered;
mod registry;
mod remote_model;
mod settings;
mod words;

pub mod download;
pub mod endpoint;
pub mod model;
pub mod net;
pub mod text;

pub use digest::digest;
pub use engine_error::EngineError;
pub use local::{Local, Prompted, stopped};
pub use made_by::made_by;
pub use measure::{available_memory, free_space, peak_memory, processor_seconds};
pub use registered::{ModelPart, Origin, Registered};
pub use registry::Registry;
pub use remote_model::{RemoteModel, Waits};
pub use settings::{Listener, Sample, Scored, Settings, Unheard};
pub use words::template;

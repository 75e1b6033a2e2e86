//! Model reruns: an open-weight model answers again, or says how likely it finds an answer.

mod digest;
mod local;
mod local_error;
mod measure;
mod model_facts;
mod registry;
mod settings;

pub mod model;
pub mod text;

pub use digest::digest;
pub use local::{Local, Prompted, stopped};
pub use local_error::EngineError;
pub use measure::{available_memory, peak_memory, processor_seconds};
pub use registry::{ModelPart, Origin, Registered, Registry};
pub use settings::{Listener, Sample, Scored, Settings, Unheard};

//! Models behind an OpenAI-compatible HTTP endpoint: answers in samples, with log-probabilities where they are offered, and
//! scores where the server can echo.

mod address;
mod echo;
mod endpoint_error;
mod endpoint_sample;
mod endpoint_settings;
mod event_stream;
mod growing;
mod hearing;
mod reading;
mod remote;
mod reply;
mod request_body;
mod sample_seed;
mod scored_text;
mod transport;

pub use address::Address;
pub use endpoint_error::EndpointError;
pub use endpoint_sample::{Answered, EndpointSample, EndpointScored, EndpointStopped, HeardToken};
pub use endpoint_settings::{Delivery, Dialect, EndpointSettings, KeyInClear, LogProbabilities, Several, Times};
pub use remote::Endpoint;
pub use request_body::EndpointPrompt;

//! Models that answer an item again, as evidence: asked for, computed in turn, kept in the ledger, played again.

mod alike;
mod asked;
mod computing;
mod ends;
mod kept;
mod loaded;
mod remote;
mod transcript;
mod turns;

pub use alike::{Alike, similarity};
pub use asked::{Asked, Heard, Sampled};
pub use kept::RerunView;
pub use transcript::{
    EndpointNamed, ModelNamed, RerunSettings, ScoredToken, ScoredTranscript, Transcript, TranscriptSample,
};

pub(super) use loaded::{Reruns, blocking, wrong};

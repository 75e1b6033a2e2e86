//! The use cases that the front doors share: found, import, claim, judge, adjudicate, review, release, verify.

mod adopting;
mod agreement;
mod attesting;
mod audit;
mod backup;
mod claim;
mod credentials;
mod derive;
mod dispute;
mod drafts;
mod entering;
mod error;
mod found;
mod glance;
mod holder;
mod import;
mod judge;
mod keys;
mod leaving;
mod letters;
mod lists;
mod log;
mod member_keys;
mod members;
mod models;
mod news;
mod notes;
mod opened;
mod own_terms;
mod petitions;
mod poll;
mod ports;
mod presence;
mod queue;
mod rebuild;
mod release;
mod replay;
mod reruns;
mod said;
mod stake;
mod stake_explained;
mod stake_fate;
mod stake_words;
mod standing;
mod submit;
mod verify;
mod verify_release;
mod view;

pub use adopting::Amendment;
pub use agreement::{
    AgreementView, Found, NamedCoefficient, PairAgreement, Parting, QuestionAgreement, RaterLetter, Week,
    agreement_in_words, interval, share,
};
pub use attesting::Attesting;
pub use audit::{Audit, OwnAct, audit, read_log};
pub use backup::{backup, restore};
pub use credentials::Evidence;
pub use dispute::{DisputePage, DisputeRow, DisputeView, DisputeVote, DisputedLabel};
pub use drafts::DraftView;
pub use error::HallError;
pub use found::{Founder, Founding, found};
pub use glance::{GuildStatus, Status, Waiting};
pub use holder::{HeldKey, Holder};
pub use import::{BadRows, ImportReport, Rejected};
pub use judge::{Answered, DraftsJudged};
pub use keys::{KeyInMemory, origin, read_key};
pub use leaving::{Taken, TakenCredential, TakenEntry, TakenPart};
pub use lists::{ListedItem, StuckItem};
pub use log::LogLine;
pub use member_keys::RecoveryRow;
pub use members::{InstitutionRow, MemberRow, NewMember};
pub use models::{FetchView, ModelPlace, ModelView};
pub use news::{News, NewsKind, ReleaseRow};
pub use notes::NoteView;
pub use opened::Hall;
pub use own_terms::{TermsChange, TermsView};
pub use petitions::{PetitionRow, PetitionText};
pub use poll::{Decision, Elector, Poll};
pub use ports::{Clock, CoreToSign, PartToSign, Random, Signer, Signing, SigningError, ToSign};
pub use presence::Stay;
pub use queue::{Cursor, QueueFilter, QueueFrom, QueuePage, QueueRow, QueueSort};
pub use release::{Cut, CutReport};
pub use replay::Fault;
pub use reruns::{
    Alike, Asked, EndpointNamed, Heard, ModelNamed, RerunSettings, RerunView, Sampled, ScoredToken, ScoredTranscript,
    Transcript, TranscriptSample, similarity,
};
pub use stake::{StakeRow, StakeView};
pub use stake_explained::{ExplainedLabel, ExplainedPart, ExplainedShare, StakeOf};
pub use stake_fate::VoidStake;
pub use stake_words::{concentration_in_words, published_in_words, stake_in_words};
pub use standing::Interested;
pub use submit::{Proposal, Receipt};
pub use verify::{Progress, Verified};
pub use verify_release::verify_release;
pub use view::{ItemView, JudgementView, RulingView, WhyLabel, WhyVote};

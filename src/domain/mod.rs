//! Plain values of the guild's work and the pure rules over them; no input or output, no clock, no randomness.

mod answer;
mod canonical;
mod charter;
mod constitution;
mod decide;
mod event;
mod hash;
mod id;
mod item;
mod member;
mod membership;
mod project;
mod question;
mod refusal;
mod roles;
mod sheet;
mod state;
mod time;

pub use answer::{Answer, AnswerFault, Preference, Span};
pub use canonical::{
    CanonicalError, canonical, canonical_value, commitment, core_hash, item_id, shown_digest, shown_order,
};
pub use charter::{
    Attested, Charter, CharterError, ClassRule, Eligibility, Evidence, Overlap, Routing, Separation, StakeSplit, Terms,
    TierRule, Tiers,
};
pub use constitution::{Article, Constitution, ConstitutionError};
pub use decide::{decide, shown_to};
pub use event::{Act, Event, FlagReason, Founder, Parts, Route};
pub use hash::sha256;
pub use id::{BatchId, Digest, GuildId, HallId, IdError, InstitutionId, ItemId, LabelId, MemberId};
pub use item::{
    Dispute, DisputeCause, Item, ItemShape, ItemState, Judgement, LabelKey, Mark, Note, Output, Review, Ruling, Turn,
};
pub use member::{Credential, Member, MemberKey, Standing, UNATTESTED, fingerprint_of};
pub use membership::MAX_PETITIONS;
pub use project::project;
pub use question::{Anchor, Choice, Question, QuestionKind, Scope};
pub use refusal::{Refusal, Rule};
pub use roles::{Role, may_adjudicate, may_discuss, may_rate, may_review, missing_for, open_places};
pub use sheet::{Sheet, read_sheet, required_rationale};
pub use state::{Batch, Guild, HallFacts, Petition, State};
pub use time::{Timestamp, TimestampError};

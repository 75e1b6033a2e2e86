//! Plain values of the guild's work and the pure rules over them; no input or output, no clock, no randomness.

mod act;
mod admission;
mod adoption;
mod amendment;
mod answer;
mod canonical;
mod charter;
mod constitution;
mod decide;
mod decide_members;
mod due;
mod event;
mod founding;
mod hash;
mod id;
mod institutions;
mod item;
mod member;
mod membership;
mod number;
mod project;
mod project_members;
mod question;
mod recovery;
mod refusal;
mod role;
mod roles;
mod sheet;
mod state;
mod suspension;
mod terms;
mod time;
mod vouching;

pub use act::{Act, Parts};
pub use admission::{admitted_from, may_attest};
pub use amendment::{Amended, ArticleChange};
pub use answer::{Answer, AnswerFault, Preference, Span};
pub use canonical::{
    CanonicalError, canonical, canonical_value, commitment, core_hash, item_id, shown_digest, shown_order, terms_digest,
};
pub use charter::{
    Attested, Charter, CharterError, ClassRule, Eligibility, Evidence, Overlap, Routing, Separation, StakeSplit,
    TierRule, Tiers,
};
pub use constitution::{Article, CONSTITUTION, Constitution, ConstitutionError};
pub use decide::{decide, shown_to};
pub use due::due;
pub use event::{Event, FlagReason, Founder, Route};
pub use hash::sha256;
pub use id::{BatchId, Digest, GuildId, HallId, IdError, InstitutionId, ItemId, LabelId, MemberId};
pub use item::{
    Dispute, DisputeCause, Item, ItemShape, ItemState, Judgement, LabelKey, Mark, Note, Output, Review, Ruling, Turn,
};
pub use member::{Credential, Member, MemberKey, Standing, Suspension, UNATTESTED, fingerprint_of};
pub use membership::MAX_PETITIONS;
pub use number::Number;
pub use project::project;
pub use question::{Anchor, Choice, Question, QuestionKind, Scope};
pub use recovery::recovered_from;
pub use refusal::{Refusal, Rule};
pub use role::Role;
pub use roles::{may_adjudicate, may_discuss, may_rate, may_review, missing_for, open_places};
pub use sheet::{Sheet, read_sheet, required_rationale};
pub use state::{Batch, Guild, HallFacts, Join, Petition, Recovery, Signing, State, Vouch};
pub use terms::{Attribution, Models, TAKEN_BACK, Terms, Use};
pub use time::{DAY_MS, Timestamp, TimestampError};

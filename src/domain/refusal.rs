//! Refusals: that a rule said no, which rule, and the article it stands in.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A rule that the program enforces; the constitution names the article of each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $name)] $variant),+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in the constitution and in refusals.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

rules! {
    /// Not a member of this hall, or the key is unknown.
    Stranger = "stranger",
    /// The charter doesn't admit this member's credentials to the role.
    Role = "role",
    /// Stewards do this.
    StewardOnly = "steward-only",
    /// A steward doesn't rate what they imported.
    OwnImport = "own-import",
    /// One judgement an item and rater.
    JudgedAlready = "judged-already",
    /// No more raters than the overlap.
    OverlapFull = "overlap-full",
    /// Another rater holds the lease.
    Leased = "leased",
    /// The item is not open for judging.
    ItemClosed = "item-closed",
    /// A flag stands.
    Paused = "paused",
    /// The claim would leave nobody to adjudicate.
    NobodyToAdjudicate = "nobody-to-adjudicate",
    /// Answers outside the charter's grammar, or a required one is missing.
    Answers = "answers",
    /// An answer asks for a rationale.
    RationaleRequired = "rationale-required",
    /// Answers under another revision of the charter than the item's.
    CharterSuperseded = "charter-superseded",
    /// Another's judgement.
    NotOwn = "not-own",
    /// No dispute is open.
    NotDisputed = "not-disputed",
    /// The adjudicator rated the item.
    AdjudicatorRated = "adjudicator-rated",
    /// The adjudicator is of a rater's institution.
    AdjudicatorInstitution = "adjudicator-institution",
    /// The adjudicator reviewed the item.
    AdjudicatorReviewed = "adjudicator-reviewed",
    /// The adjudicator ruled on it before.
    AdjudicatorRuled = "adjudicator-ruled",
    /// A ruling has a written opinion.
    OpinionRequired = "opinion-required",
    /// One more rater may be asked once.
    ExtraRaterOnce = "extra-rater-once",
    /// The item isn't settled, or never becomes gold under its charter.
    NotReviewable = "not-reviewable",
    /// The reviewer rated the item.
    ReviewerRated = "reviewer-rated",
    /// The reviewer ruled on it.
    ReviewerRuled = "reviewer-ruled",
    /// One review an item and reviewer.
    ReviewedAlready = "reviewed-already",
    /// A sign-off from outside the ruler's institution is still needed.
    ReviewerInstitution = "reviewer-institution",
    /// The act needs a reason.
    ReasonRequired = "reason-required",
    /// Gold is touched by challenge only.
    GoldByChallengeOnly = "gold-by-challenge-only",
    /// Only gold is challenged.
    NotGold = "not-gold",
    /// A challenge is open.
    ChallengedAlready = "challenged-already",
    /// Nobody attests themselves.
    OwnCredential = "own-credential",
    /// Unknown class, or an expiry that has passed.
    Credential = "credential",
    /// The hall can't sign this in a member's name, or the charter doesn't take it so.
    Attested = "attested",
    /// A member's keys are changed by the member; a steward replaces lost ones.
    KeyOwner = "key-owner",
    /// No such petition, or one too many.
    Petition = "petition",
    /// Only its founders change a hall's rules during the founding, and only then.
    Founding = "founding",
    /// The text isn't here, is in force, or is signed already; founders sign.
    Adoption = "adoption",
    /// An entrenched article would change.
    Entrenched = "entrenched",
    /// No more admissions in this quarter.
    Admissions = "admissions",
    /// Who attests has a credential, was a member for a while, and does so rarely.
    Attestation = "attestation",
    /// An objection waits for the members' vote.
    Objection = "objection",
    /// A lost key is replaced by two members of two institutions, unless an old one stops it.
    Recovery = "recovery",
    /// Suspended members wait.
    Suspended = "suspended",
    /// Whom a steward may suspend, and who lifts it.
    Suspension = "suspension",
    /// Which institutions are joined.
    Institution = "institution",
    /// Who declared an interest in an institution leaves what it had a part in to others.
    Interest = "interest",
    /// The key or id is a member's.
    MemberExists = "member-exists",
    /// The guild is in the hall.
    GuildExists = "guild-exists",
    /// The same items were imported before.
    BatchExists = "batch-exists",
    /// Only the author, or a steward under a named article, erases.
    Erasure = "erasure",
    /// A steward's act names an article.
    ArticleRequired = "article-required",
    /// A release has a new version, `major.minor.patch`.
    ReleaseVersion = "release-version",
    /// There is nothing to release.
    ReleaseEmpty = "release-empty",
    /// A contribution's terms block it.
    Terms = "terms",
    /// After a second return stewards rule.
    Panel = "panel",
    /// Recused from this dispute.
    Recused = "recused",
    /// Skipped before.
    SkippedAlready = "skipped-already",
    /// The clock is behind the last entry.
    Clock = "clock",
    /// No flag stands.
    NotFlagged = "not-flagged",
    /// Nobody talks about an item while it is rated.
    Discussion = "discussion",
    /// Signed for another hall, or out of the author's order.
    Sender = "sender",
}

impl Rule {
    /// The rule with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rule said no. A value, not an error: nothing went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Which rule.
    pub rule: Rule,
    /// Where it stands, `Article 4. One judgement each`.
    pub article: String,
    /// Why it applies here and what one can do, in words.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {} ({}; rule {})", self.reason, self.article, self.rule)
    }
}

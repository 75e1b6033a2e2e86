//! The closed list of events: what members do, and what the hall derives from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Digest, InstitutionId, LabelKey, MemberId, Terms, Timestamp};

/// A founder as the genesis entry names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Their guild key, one OpenSSH line without comment.
    pub key: String,
    /// Their id.
    pub member: MemberId,
    /// May curate.
    pub steward: bool,
}

/// Why an item was flagged to the stewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlagReason {
    /// Following an output could harm; the only flag that counts for routing.
    Unsafe,
    /// Not a question of this guild.
    Scope,
    /// The texts hold personal data.
    Personal,
    /// Broken, unreadable, not a question.
    Broken,
}

/// Where the rule sends an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// One more judgement is needed.
    AnotherRater,
    /// Every deciding question is settled.
    Agreed,
    /// The raters part.
    Disputed,
    /// The ruling stands.
    Adjudicated,
    /// Enough sign-offs.
    Gold,
    /// A challenge failed.
    Upheld,
    /// A challenge changed a value.
    Superseded,
    /// Gold lost an answer it rests on.
    Challenged,
}

/// What an entry says, apart from the bodies it commits to.
///
/// The serialised form is the core's `kind` and `pub`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "pub")]
pub enum Event {
    /// The first entry.
    #[serde(rename = "hall.founded")]
    HallFounded {
        /// Digest of the constitution's text.
        constitution: Digest,
        /// A throwaway hall.
        demo: bool,
        /// Who founded it.
        founders: Vec<Founder>,
        /// The hall's own key, one OpenSSH line without comment.
        hall_key: String,
        /// Licence of the guilds' data, SPDX.
        licence: String,
        /// The hall's name.
        name: String,
    },
    /// A guild with its first charter.
    #[serde(rename = "guild.added")]
    GuildAdded {
        /// Digest of the charter's text.
        charter: Digest,
    },
    /// A founder signs the digest of a constitution that is to be adopted.
    #[serde(rename = "constitution.signed")]
    ConstitutionSigned {
        /// Digest of the text.
        constitution: Digest,
    },
    /// Derived: every founder signed it.
    #[serde(rename = "constitution.adopted")]
    ConstitutionAdopted {
        /// Digest of the text.
        constitution: Digest,
    },
    /// A founder signs the digest of a charter that is to be adopted.
    #[serde(rename = "charter.signed")]
    CharterSigned {
        /// Digest of the text.
        charter: Digest,
    },
    /// Derived: every founder signed it.
    #[serde(rename = "charter.adopted")]
    CharterAdopted {
        /// Digest of the text.
        charter: Digest,
    },
    /// A new member, by a founder's word.
    #[serde(rename = "member.added")]
    MemberAdded {
        /// Their guild key, one OpenSSH line without comment.
        key: String,
        /// Their id.
        member: MemberId,
        /// The petition that is granted so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        petition: Option<u64>,
        /// May curate.
        steward: bool,
    },
    /// One more key of a member.
    #[serde(rename = "key.added")]
    KeyAdded {
        /// One OpenSSH line without comment.
        key: String,
        /// Whose.
        member: MemberId,
    },
    /// A key signs nothing more.
    #[serde(rename = "key.revoked")]
    KeyRevoked {
        /// Its fingerprint.
        key: String,
        /// Whose.
        member: MemberId,
    },
    /// A member vouches for a key of another who lost theirs.
    #[serde(rename = "recovery.vouched")]
    RecoveryVouched {
        /// One OpenSSH line without comment.
        key: String,
        /// Whose it is to be.
        member: MemberId,
    },
    /// An old key of theirs says that it isn't lost.
    #[serde(rename = "recovery.stopped")]
    RecoveryStopped {
        /// Fingerprint of the key that was vouched for.
        key: String,
    },
    /// Derived: nobody stopped it in time, so it alone signs for them.
    #[serde(rename = "key.recovered")]
    KeyRecovered {
        /// One OpenSSH line without comment.
        key: String,
        /// Whose.
        member: MemberId,
    },
    /// Stated by the hall: somebody who proved to hold this key asks to be admitted.
    #[serde(rename = "petition.filed")]
    PetitionFiled {
        /// One OpenSSH line without comment.
        key: String,
        /// Who they will be.
        member: MemberId,
    },
    /// A member vouches for who asked.
    #[serde(rename = "petition.attested")]
    PetitionAttested {
        /// Its entry.
        petition: u64,
    },
    /// They take that back.
    #[serde(rename = "attestation.revoked")]
    AttestationRevoked {
        /// The petition's entry.
        petition: u64,
    },
    /// A member objects; part `reason`.
    #[serde(rename = "petition.objected")]
    PetitionObjected {
        /// Its entry.
        petition: u64,
    },
    /// Derived: attested, and nobody objected in time.
    #[serde(rename = "member.admitted")]
    MemberAdmitted {
        /// Their key, one OpenSSH line without comment.
        key: String,
        /// Their id.
        member: MemberId,
        /// The petition's entry.
        petition: u64,
    },
    /// A steward doesn't admit who asked; part `reason`.
    #[serde(rename = "petition.declined")]
    PetitionDeclined {
        /// Its entry.
        petition: u64,
    },
    /// Somebody's credential, attested by another.
    #[serde(rename = "credential.attested")]
    CredentialAttested {
        /// One of the charter's classes.
        class: String,
        /// Salted digest of what it rests on; salt and digest are in the directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Digest>,
        /// From then on it doesn't count.
        expires: Timestamp,
        /// Where the member works.
        institution: InstitutionId,
        /// Whose.
        member: MemberId,
    },
    /// Two institutions count as one from now on; part `reason`.
    #[serde(rename = "institution.joined")]
    InstitutionJoined {
        /// The article it rests on.
        article: u32,
        /// Which.
        institution: InstitutionId,
        /// The one it counts as.
        into: InstitutionId,
    },
    /// A member has an interest in an institution from now on: what it had a part in they neither rule on nor review.
    #[serde(rename = "interest.declared")]
    InterestDeclared {
        /// Which.
        institution: InstitutionId,
    },
    /// That interest has ended.
    #[serde(rename = "interest.ended")]
    InterestEnded {
        /// Which.
        institution: InstitutionId,
    },
    /// A steward suspends a member for a while; part `reason`.
    #[serde(rename = "member.suspended")]
    MemberSuspended {
        /// The article it rests on.
        article: u32,
        /// Whom.
        member: MemberId,
    },
    /// Whoever is suspended appeals; part `reason`.
    #[serde(rename = "suspension.appealed")]
    SuspensionAppealed {},
    /// Another steward lifts it; part `reason`.
    #[serde(rename = "suspension.lifted")]
    SuspensionLifted {
        /// Whose.
        member: MemberId,
    },
    /// A member's own terms in a guild, from now on; part `name` where they are to be named.
    #[serde(rename = "terms.set")]
    TermsSet {
        /// See [`Terms`].
        terms: Terms,
    },
    /// Items made visible.
    #[serde(rename = "items.imported")]
    ItemsImported {
        /// How many.
        count: u64,
        /// RFC 6962 root over the item ids, which is the batch's id.
        root: Digest,
        /// Digest of the file they came from.
        source: Digest,
    },
    /// A judgement; parts `answers`, `rationale`, `effort`.
    #[serde(rename = "judgement.submitted")]
    JudgementSubmitted {},
    /// A judgement replaced while the item is open; same parts.
    #[serde(rename = "judgement.revised")]
    JudgementRevised {
        /// The entry it replaces.
        replaces: u64,
    },
    /// A judgement taken back before gold.
    #[serde(rename = "judgement.withdrawn")]
    JudgementWithdrawn {
        /// The entry it takes back.
        judgement: u64,
    },
    /// A rater passes; part `reason`.
    #[serde(rename = "item.skipped")]
    ItemSkipped {},
    /// A member stops the item for the stewards; part `reason`.
    #[serde(rename = "item.flagged")]
    ItemFlagged {
        /// What is wrong.
        flag: FlagReason,
    },
    /// A steward lets a flagged item go on.
    #[serde(rename = "flag.resolved")]
    FlagResolved {},
    /// Somebody says something of an item that isn't being rated; part `note`.
    #[serde(rename = "item.noted")]
    ItemNoted {},
    /// A model answered the item's prompt again, or scored one of its outputs; part `transcript`. Evidence, never a judgement.
    #[serde(rename = "item.rerun")]
    ItemRerun {
        /// Digest of the model's files.
        model: Digest,
    },
    /// A ruling; parts `answers`, `opinion`.
    #[serde(rename = "ruling.given")]
    RulingGiven {},
    /// The adjudicator wants one more judgement.
    #[serde(rename = "rater.requested")]
    RaterRequested {},
    /// The adjudicator steps aside; part `reason`.
    #[serde(rename = "adjudicator.recused")]
    AdjudicatorRecused {},
    /// A reviewer signs off.
    #[serde(rename = "review.signed")]
    ReviewSigned {},
    /// A reviewer returns the item; part `reason`.
    #[serde(rename = "review.returned")]
    ReviewReturned {},
    /// Gold is disputed; part `reason`.
    #[serde(rename = "gold.challenged")]
    GoldChallenged {},
    /// A steward takes an item out; part `reason`.
    #[serde(rename = "item.withdrawn")]
    ItemWithdrawn {
        /// The article it rests on.
        article: u32,
    },
    /// Salt and content of a part are destroyed.
    #[serde(rename = "body.erased")]
    BodyErased {
        /// The article a steward rests on; none for the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        article: Option<u32>,
        /// The entry that committed to it.
        entry: u64,
        /// Which part.
        part: String,
    },
    /// A release, computed over everything before this entry.
    #[serde(rename = "release.cut")]
    ReleaseCut {
        /// Digest of the labels' canonical lines.
        digest: Digest,
        /// How many labels.
        labels: u64,
        /// The lowest tier it holds.
        tier: String,
        /// Its version.
        version: String,
    },
    /// Derived: the item's answers may be read by adjudicators and reviewers.
    #[serde(rename = "bodies.opened")]
    BodiesOpened {
        /// Root of the tree when the last commitment stood, hexadecimal.
        root: Digest,
        /// Size of the tree then.
        size: u64,
    },
    /// Derived: where the item goes.
    #[serde(rename = "item.routed")]
    ItemRouted {
        /// The entry that it follows from.
        cause: u64,
        /// What a ruling must answer, if disputed.
        labels: Vec<LabelKey>,
        /// The rule that says so, `consensus/1`.
        rule: String,
        /// See [`Route`].
        to: Route,
    },
}

impl Event {
    /// Whether the hall signs it as a consequence, rather than a member as an act.
    pub fn is_derived(&self) -> bool {
        self.is_due() || matches!(self, Self::BodiesOpened { .. } | Self::ItemRouted { .. })
    }

    /// Whether it follows from the members' rows and the time alone, see [`due`](fn@super::due).
    pub fn is_due(&self) -> bool {
        matches!(
            self,
            Self::ConstitutionAdopted { .. }
                | Self::CharterAdopted { .. }
                | Self::KeyRecovered { .. }
                | Self::MemberAdmitted { .. }
        )
    }

    /// Whether values may rest on it, so that it is given under terms.
    pub fn is_contribution(&self) -> bool {
        matches!(
            self,
            Self::JudgementSubmitted {} | Self::JudgementRevised { .. } | Self::RulingGiven {} | Self::ReviewSigned {}
        )
    }

    /// Its kind, as the core spells it.
    pub fn kind(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

//! Items and what the ledger has recorded of them: judgements, disputes, rulings, reviews, state and marks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{BatchId, Digest, GuildId, ItemId, LabelId, MemberId, Standing, Timestamp, sha256};

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// `user`, `assistant`, `system`, `tool`.
    pub role: String,
    /// The text.
    pub content: String,
}

/// One model output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// What the model said; a plain text is one assistant turn.
    pub text: Vec<Turn>,
    /// Which model; hidden from raters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its settings; hidden from raters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<serde_json::Value>,
}

impl Output {
    /// The output's text: its turns' contents, a line feed between turns. Spans count in its characters.
    pub fn flat(&self) -> String {
        self.text.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// What the rules need to know of an item's texts.
///
/// Shape: one length in Unicode scalar values for each output; empty while the texts are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemShape(pub Vec<u32>);

impl ItemShape {
    /// The shape of these outputs.
    pub fn of(outputs: &[Output]) -> Self {
        let length = |output: &Output| u32::try_from(output.flat().chars().count()).unwrap_or(u32::MAX);
        Self(outputs.iter().map(length).collect())
    }

    /// How many outputs.
    pub fn outputs(&self) -> usize {
        self.0.len()
    }

    /// Characters of the output with this 1-based number.
    pub fn length_of(&self, output: u32) -> Option<u32> {
        self.0.get((output as usize).checked_sub(1)?).copied()
    }
}

/// What an answer or label is about: a question, and the output it was asked of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LabelKey {
    /// The question's key.
    pub question: String,
    /// The output's 1-based number; none for a question about the item.
    pub output: Option<u32>,
}

impl LabelKey {
    /// The id of this label of `item`.
    pub fn id(&self, item: &ItemId) -> LabelId {
        LabelId::from_hash(sha256(&[b"guildhall/label/v1\0", item.as_str().as_bytes(), self.to_string().as_bytes()]))
    }
}

impl fmt::Display for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.output {
            Some(output) => write!(f, "{}@{output}", self.question),
            None => f.write_str(&self.question),
        }
    }
}

impl From<LabelKey> for String {
    fn from(key: LabelKey) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for LabelKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let key = match text.split_once('@') {
            None => Self { question: text.clone(), output: None },
            Some((question, output)) => {
                let number = output.parse().map_err(|_| format!("`{text}` names no output"))?;
                Self { question: question.to_owned(), output: Some(number) }
            }
        };
        if key.to_string() == text { Ok(key) } else { Err(format!("`{text}` is not a label key such as correct@1")) }
    }
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemState {
    /// Waiting for judgements.
    Open,
    /// Its raters agree.
    Agreed,
    /// Waiting for a ruling.
    Disputed,
    /// Ruled on.
    Adjudicated,
    /// Signed off by peers.
    Gold,
    /// Taken out by a steward.
    Withdrawn,
}

/// Something that holds beside the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// A flag stands.
    Paused,
    /// Nobody could act next.
    Stuck,
    /// Gold with an open challenge.
    Challenged,
}

/// One rater's judgement, as far as the ledger and surviving bodies tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Its entry.
    pub seq: u64,
    /// Who.
    pub actor: MemberId,
    /// Their standing when they judged.
    pub standing: Standing,
    /// When.
    pub at: Timestamp,
    /// The answers; none if erased or not disclosed.
    pub answers: Option<BTreeMap<String, String>>,
    /// Taken back, or its answers erased.
    pub withdrawn: bool,
    /// Attested by the hall, not signed by its author.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attested: bool,
    /// The terms it was given under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Digest>,
    /// Entries of what it stands in for, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<u64>,
}

/// A ruling on the disputed labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Its entry.
    pub seq: u64,
    /// Who.
    pub actor: MemberId,
    /// Their standing when they ruled.
    pub standing: Standing,
    /// Answers to the disputed labels; none if erased or not disclosed.
    pub answers: Option<BTreeMap<String, String>>,
    /// Which labels it answers.
    pub labels: Vec<LabelKey>,
    /// Whether it still stands: not returned, not superseded.
    pub stands: bool,
    /// Attested by the hall, not signed by its author.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attested: bool,
    /// The terms it was given under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Digest>,
}

/// A peer review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its entry.
    pub seq: u64,
    /// Who.
    pub actor: MemberId,
    /// Their standing when they reviewed.
    pub standing: Standing,
    /// Signed off, or returned.
    pub signed: bool,
    /// Whether it is about the values that stand now.
    pub stands: bool,
    /// The terms it was given under; none for a return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Digest>,
}

/// Why a dispute was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DisputeCause {
    /// The raters part.
    Disagreement,
    /// A reviewer returned the item.
    Return,
    /// Gold was challenged.
    Challenge,
}

/// Something said of an item, by a member or by a model that a member ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its entry.
    pub seq: u64,
    /// Who.
    pub actor: MemberId,
    /// When.
    pub at: Timestamp,
}

/// An open dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The entry that opened it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: DisputeCause,
    /// What the ruling must answer.
    pub labels: Vec<LabelKey>,
}

/// An item as recorded; its texts are kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its guild.
    pub guild: GuildId,
    /// What the rules need of its texts.
    pub shape: ItemShape,
    /// Its import; none if not disclosed.
    pub batch: Option<BatchId>,
    /// See [`ItemState`].
    pub state: ItemState,
    /// A flag stands.
    pub paused: bool,
    /// A flag said the output is unsafe: raters alone don't settle the item.
    pub unsafe_flag: bool,
    /// The charter revision its answers are under; none before the first judgement.
    pub charter: Option<Digest>,
    /// In order.
    pub judgements: Vec<Judgement>,
    /// The open one.
    pub dispute: Option<Dispute>,
    /// In order.
    pub rulings: Vec<Ruling>,
    /// In order.
    pub reviews: Vec<Review>,
    /// What was said of it, in order; the words are in the bodies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Models that answered it again, in order; what they said is in the bodies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reruns: Vec<Note>,
    /// How often reviewers returned it.
    pub returns: u32,
    /// One rater past the maximum was asked for.
    pub extra_rater: bool,
    /// The adjudicator who asked.
    pub requester: Option<MemberId>,
    /// Adjudicators who recused themselves.
    pub recused: BTreeSet<MemberId>,
    /// An adjudicator's step was attested by the hall, not signed by them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub steered: bool,
    /// Raters who skipped it.
    pub skipped: BTreeSet<MemberId>,
    /// An answer that its gold rests on was erased, and no ruling has answered that yet.
    pub lost_answer: bool,
    /// Its gold is under challenge.
    pub challenged: bool,
    /// Who challenged it; none when an erasure did.
    pub challenger: Option<MemberId>,
    /// Who committed to bodies in which entry on this item.
    pub authors: BTreeMap<u64, MemberId>,
    /// The last entry on it, and when; none if nobody acted on it.
    pub touched: Option<(u64, Timestamp)>,
    /// The entry by which it got the values that it has, or had last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<u64>,
}

impl Item {
    /// An item nobody has acted on.
    pub fn untouched(id: ItemId, guild: GuildId, shape: ItemShape, batch: Option<BatchId>) -> Self {
        Self {
            id,
            guild,
            shape,
            batch,
            state: ItemState::Open,
            paused: false,
            unsafe_flag: false,
            charter: None,
            judgements: Vec::new(),
            dispute: None,
            rulings: Vec::new(),
            reviews: Vec::new(),
            notes: Vec::new(),
            reruns: Vec::new(),
            returns: 0,
            extra_rater: false,
            requester: None,
            recused: BTreeSet::new(),
            steered: false,
            skipped: BTreeSet::new(),
            lost_answer: false,
            challenged: false,
            challenger: None,
            authors: BTreeMap::new(),
            touched: None,
            verdict: None,
        }
    }

    /// Whether nobody has acted on it.
    pub fn is_untouched(&self) -> bool {
        let Self { id, guild, shape, batch, .. } = self;
        *self == Self::untouched(id.clone(), guild.clone(), shape.clone(), batch.clone())
    }

    /// Whether nobody has read its answers: one that waits for one more rater is open again, but they were read.
    pub fn is_unread(&self) -> bool {
        self.state == ItemState::Open && !self.extra_rater
    }

    /// Judgements that count.
    pub fn live(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements.iter().filter(|judgement| !judgement.withdrawn)
    }

    /// How many judgements count.
    pub fn live_count(&self) -> usize {
        self.live().count()
    }

    /// Whether what stands here was reached with the help of acts that the hall attested, not their authors signed: a
    /// judgement, even one taken back, a ruling that stands, or an adjudicator's step.
    pub fn rests_on_attested(&self) -> bool {
        self.steered
            || self.judgements.iter().any(|judgement| judgement.attested)
            || self.standing_rulings().any(|ruling| ruling.attested)
    }

    /// Sign-offs about the values that stand now.
    pub fn sign_offs(&self) -> impl Iterator<Item = &Review> {
        self.reviews.iter().filter(|review| review.signed && review.stands)
    }

    /// Every entry in which the judgement of this entry was given: its revisions, and what they stand in for.
    pub fn entries_of(&self, judgement: u64) -> Vec<u64> {
        let given = self.judgements.iter().find(|given| given.seq == judgement);
        given.map(|given| given.replaced.iter().copied().chain([judgement]).collect()).unwrap_or_default()
    }

    /// The rulings that stand.
    pub fn standing_rulings(&self) -> impl Iterator<Item = &Ruling> {
        self.rulings.iter().filter(|ruling| ruling.stands)
    }

    /// Terms of all that its values rest on: judgements that count, rulings that weren't erased, sign-offs.
    pub fn given_under(&self) -> impl Iterator<Item = &Digest> {
        let judged = self.live().map(|judgement| &judgement.terms);
        let ruled = self.rulings.iter().map(|ruling| &ruling.terms);
        judged.chain(ruled).chain(self.sign_offs().map(|review| &review.terms)).flatten()
    }

    /// Before which entry institutions were joined for its values; none while it has none, when all joins count.
    pub fn judged_before(&self) -> Option<u64> {
        self.verdict.filter(|_| self.is_settled())
    }

    /// Whether it has a value.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, ItemState::Agreed | ItemState::Adjudicated | ItemState::Gold)
    }
}

impl fmt::Display for ItemState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Agreed => "agreed",
            Self::Disputed => "disputed",
            Self::Adjudicated => "adjudicated",
            Self::Gold => "gold",
            Self::Withdrawn => "withdrawn",
        })
    }
}

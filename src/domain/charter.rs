//! A guild's charter: questions, thresholds, eligibility and multipliers, read from TOML and checked as a whole.

use serde::{Deserialize, Serialize};

use super::question::{Choice, Question, Scope, has_distinct_keys};
use super::{Digest, GuildId, ItemShape, LabelKey, QuestionKind, Terms};

/// Why a charter can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// Not TOML of the expected form; the text names the line.
    #[error("{0}")]
    Form(String),
    /// Readable, but its rules don't fit together.
    #[error("{0}")]
    Rule(String),
}

/// Who may follow whom on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Separation {
    /// Adjudicators and a sign-off from other institutions than the raters' and the ruler's.
    Strict,
    /// The same institution is allowed; no gold.
    Reduced,
    /// One person may do it all; tier single only.
    Solo,
}

/// How many raters see an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlap {
    /// Judgements before the item can settle.
    pub min: u32,
    /// Judgements at which it settles or is disputed.
    pub max: u32,
}

/// Thresholds of routing, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// Posterior at which two institutions settle against a third.
    pub settle_at: u32,
    /// Share of characters two marks must share to count as the same.
    pub span_overlap: u32,
}

/// Strength of evidence, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// No rater counts as more accurate than this.
    pub accuracy_cap: u32,
    /// A ruling's evidence in units of the largest evidence of a rater.
    pub ruling: u32,
    /// A sign-off's evidence in the same units.
    pub sign_off: u32,
}

/// Credential classes that may act in each role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// May judge.
    pub rater: Vec<String>,
    /// May rule.
    pub adjudicator: Vec<String>,
    /// May sign off or return.
    pub reviewer: Vec<String>,
}

/// What a credential class is worth at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRule {
    /// The word in attestations.
    pub key: String,
    /// What people read.
    pub title: String,
    /// Prior accuracy as a share of the way from chance to 1, millionths.
    pub prior: u32,
    /// Weight among raters when stake is split, 1 to 3.
    pub stake: u32,
}

/// How a tier turns support into quality and weight, millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierRule {
    /// Weight is this times quality.
    pub multiplier: u32,
    /// Quality without any support.
    pub floor: u32,
}

/// The four tiers' rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// One rater, or a guild without separation.
    pub single: TierRule,
    /// Raters of two institutions agree.
    pub agreed: TierRule,
    /// A ruling decided.
    pub adjudicated: TierRule,
    /// Signed off by peers.
    pub gold: TierRule,
}

/// Shares of one gold label, micro-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StakeSplit {
    /// Who brought the item.
    pub author: u32,
    /// Its raters together.
    pub raters: u32,
    /// Who ruled.
    pub adjudicator: u32,
    /// Its reviewers together.
    pub reviewers: u32,
}

/// What acts that the hall attests, because their author's key wasn't at hand, are good for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attested {
    /// They are refused.
    Refused,
    /// They count, but nothing that rests on one becomes gold.
    #[default]
    NoGold,
    /// They count like others.
    Gold,
}

/// A guild's rules; see the module's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// Form of the file, 1.
    pub version: u32,
    /// The guild it is for.
    pub id: GuildId,
    /// Name for people.
    pub title: String,
    /// One line on what is judged.
    pub summary: String,
    /// See [`Separation`].
    pub separation: Separation,
    /// Sign-offs that make gold.
    pub sign_offs: u32,
    /// See [`Attested`].
    #[serde(default)]
    pub attested: Attested,
    /// Markdown that raters read.
    pub guidelines: String,
    /// See [`Overlap`].
    pub overlap: Overlap,
    /// See [`Routing`].
    pub routing: Routing,
    /// See [`Evidence`].
    pub evidence: Evidence,
    /// See [`Eligibility`].
    pub eligibility: Eligibility,
    /// Credential classes; `unattested` must be one.
    pub classes: Vec<ClassRule>,
    /// See [`Tiers`].
    pub tiers: Tiers,
    /// See [`StakeSplit`].
    pub stake: StakeSplit,
    /// What contributions are under whose author set no terms of their own.
    pub terms: Terms,
    /// Categories of marked errors.
    #[serde(default)]
    pub error_categories: Vec<Choice>,
    /// What raters are asked, in order.
    pub questions: Vec<Question>,
}

const MILLION: u32 = 1_000_000;

impl Charter {
    /// Reads and checks a charter's text.
    ///
    /// Errors: text that isn't TOML of this form (with its line), or rules that don't fit together.
    pub fn read(text: &str) -> Result<Self, CharterError> {
        let charter: Self = toml::from_str(text).map_err(|error| CharterError::Form(error.to_string()))?;
        match charter.fault() {
            Some(fault) => Err(CharterError::Rule(fault)),
            None => Ok(charter),
        }
    }

    /// The digest by which the ledger names a charter's text.
    pub fn digest_of(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn fault(&self) -> Option<String> {
        let keys: std::collections::BTreeSet<_> = self.questions.iter().map(|question| &question.key).collect();
        let split = [self.stake.author, self.stake.raters, self.stake.adjudicator, self.stake.reviewers];
        let eligible = [&self.eligibility.rater, &self.eligibility.adjudicator, &self.eligibility.reviewer];
        let unknown = eligible.into_iter().flatten().find(|class| self.class(class).is_none());
        let checks = [
            (self.version != 1, "version is not 1".to_owned()),
            (keys.len() != self.questions.len(), "two questions have the same key".to_owned()),
            (!self.questions.iter().any(|question| question.decides), "no question decides".to_owned()),
            (self.overlap.min == 0 || self.overlap.min > self.overlap.max, "overlap needs 1 <= min <= max".to_owned()),
            (self.sign_offs == 0, "sign_offs is 0, so nothing could become gold".to_owned()),
            (self.class("unattested").is_none(), "class `unattested` is missing".to_owned()),
            (unknown.is_some(), format!("eligibility names the unknown class `{}`", unknown.map_or("", |c| c))),
            (self.classes.iter().any(|class| class.prior >= MILLION), "a class's prior is not below 1000000".into()),
            (
                self.classes.iter().any(|class| !(1..=3).contains(&class.stake)),
                "a class's stake is not 1, 2 or 3".to_owned(),
            ),
            (
                split.iter().map(|part| u64::from(*part)).sum::<u64>() != 1_000_000,
                "stake doesn't sum to 1000000".into(),
            ),
            (
                !(500_000..MILLION).contains(&self.evidence.accuracy_cap),
                "accuracy_cap is not in 500000..1000000".into(),
            ),
            (self.routing.settle_at > MILLION, "settle_at is over 1000000".to_owned()),
            (self.routing.span_overlap > MILLION, "span_overlap is over 1000000".to_owned()),
            (self.needs_categories(), "span questions need error_categories with distinct keys".to_owned()),
        ];
        let broken = checks.into_iter().find_map(|(is_broken, what)| is_broken.then_some(what));
        broken.or_else(|| self.questions.iter().find_map(Question::fault))
    }

    fn needs_categories(&self) -> bool {
        let marks = self.questions.iter().any(|question| question.kind == QuestionKind::Span);
        marks && !has_distinct_keys(&self.error_categories, 1)
    }

    /// The question with this key.
    pub fn question(&self, key: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.key == key)
    }

    /// The class with this key.
    pub fn class(&self, key: &str) -> Option<&ClassRule> {
        self.classes.iter().find(|class| class.key == key)
    }

    /// Everything asked of an item of this shape: outputs in turn, then the item.
    pub fn asked_of(&self, shape: &ItemShape) -> impl Iterator<Item = (LabelKey, &Question)> {
        let count = shape.outputs();
        let of_outputs = (1..=u32::try_from(count).unwrap_or(u32::MAX)).flat_map(move |output| {
            let asked = self.questions.iter().filter(|question| question.scope == Scope::Output);
            asked.map(move |question| (LabelKey { question: question.key.clone(), output: Some(output) }, question))
        });
        let of_item = self.questions.iter().filter(move |q| q.scope == Scope::Item && q.is_asked(count));
        of_outputs.chain(of_item.map(|question| (LabelKey { question: question.key.clone(), output: None }, question)))
    }

    /// The labels an item of this shape settles.
    pub fn deciding(&self, shape: &ItemShape) -> Vec<LabelKey> {
        self.asked_of(shape).filter(|(_, question)| question.decides).map(|(label, _)| label).collect()
    }
}

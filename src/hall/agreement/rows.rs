//! Agreement as screens and documents show it.

use serde::{Serialize, Serializer};

use crate::domain::{GuildId, ItemId, QuestionKind};
use crate::stats::{Coefficient, Estimate};

/// A coefficient with its interval, or why it has no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It has one; the interval holds 95 %.
    Value(Estimate),
    /// It has none.
    Undefined(String),
}

impl From<Coefficient> for Found {
    fn from(coefficient: Coefficient) -> Self {
        coefficient.map_or_else(|reason| Self::Undefined(reason.to_string()), Self::Value)
    }
}

impl Serialize for Found {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match self {
            Self::Value(one) => serde_json::json!({"value": one.value, "low": one.low, "high": one.high}),
            Self::Undefined(reason) => serde_json::json!({ "undefined": reason }),
        };
        value.serialize(serializer)
    }
}

impl Found {
    /// Its value, if it has one.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Value(estimate) => Some(estimate.value),
            Self::Undefined(_) => None,
        }
    }
}

/// A coefficient by its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedCoefficient {
    /// `alpha, ordinal`.
    pub name: String,
    /// What it came to.
    #[serde(flatten)]
    pub found: Found,
    /// What is said of such a value by convention; nothing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<&'static str>,
}

/// A rater under the letter of these pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaterLetter {
    /// `A`, `B`: in an order that tells nothing, and not the letters of any item.
    pub letter: String,
    /// Whether it is the viewer.
    pub own: bool,
    /// Their name in the directory; for stewards alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// A place where two raters part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// The item.
    pub item: ItemId,
    /// The output, if the question is about one.
    pub output: Option<u32>,
    /// What the first says.
    pub first: String,
    /// What the second says.
    pub second: String,
}

/// Two raters on one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairAgreement {
    /// One's letter.
    pub first: String,
    /// The other's.
    pub second: String,
    /// What both judged.
    pub shared: u32,
    /// What both gave one answer to.
    pub agreed: u32,
    /// Cohen's kappa: weighted by squares where answers have an order.
    pub kappa: Found,
    /// `9 of 12 disagreements are "partly" against "no"`; nothing where they never part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mostly: Option<String>,
    /// Where they part, the newest first, at most a few hundred.
    #[serde(skip)]
    pub partings: Vec<Parting>,
}

/// A week's agreement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Week {
    /// Its Monday, `2026-11-16`.
    pub monday: String,
    /// What was judged in it by two raters or more.
    pub units: usize,
    /// The question's leading coefficient.
    pub found: Found,
}

/// One question's agreement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionAgreement {
    /// Its key.
    pub key: String,
    /// What raters read.
    pub title: String,
    /// What it asks for.
    pub kind: QuestionKind,
    /// Outputs, or items where it is about the item, that somebody answered it for.
    pub units: usize,
    /// Answers.
    pub judgements: usize,
    /// Who gave them.
    pub raters: usize,
    /// Answers that stand on no scale, such as "neither is acceptable".
    pub off_scale: usize,
    /// The leading one first, after the plain share that agrees.
    pub coefficients: Vec<NamedCoefficient>,
    /// What to mind.
    pub remarks: Vec<String>,
    /// What two raters must share to be compared.
    pub shared_at_least: u32,
    /// Pairs of raters who share enough, the one that agrees least first.
    pub pairs: Vec<PairAgreement>,
    /// The leading coefficient by week, oldest first.
    pub trend: Vec<Week>,
    /// The leading coefficient without the last seven days, and what those brought.
    pub a_week_ago: Found,
    /// Units of the last seven days.
    pub new_units: usize,
}

impl QuestionAgreement {
    /// The coefficient that stands for the question.
    pub fn leading(&self) -> Option<&NamedCoefficient> {
        self.coefficients.get(1).or(self.coefficients.first())
    }
}

/// A guild's agreement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgreementView {
    /// Which guild.
    pub guild: GuildId,
    /// Items whose rating is over.
    pub items: usize,
    /// Judgements of them.
    pub judgements: usize,
    /// Who judged.
    pub raters: Vec<RaterLetter>,
    /// Judgements of items that are still rated; nothing is said of them.
    pub left_out: usize,
    /// Each question but free texts, in the charter's order.
    pub questions: Vec<QuestionAgreement>,
}

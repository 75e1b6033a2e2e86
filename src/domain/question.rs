//! The questions a charter asks: seven kinds, their scope, options and anchors; the answers' grammar is in `answer`.

use serde::{Deserialize, Serialize};

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One of the options.
    Label,
    /// Some of the options, or none.
    Labels,
    /// A point of an ordinal scale with worded anchors.
    Rating,
    /// Which of two outputs is better, and how much.
    Preference,
    /// All outputs in order, ties allowed.
    Ranking,
    /// Marked passages with category and severity.
    Span,
    /// Free text; never decides.
    Text,
}

/// What one answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Asked of each output.
    Output,
    /// Asked once of the item.
    Item,
}

/// An option of a `label` or `labels` question, or a category of marked errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The word used in answers: letters, digits, `-` and `_`.
    pub key: String,
    /// What a rater reads.
    pub title: String,
    /// What separates it from its neighbours.
    #[serde(default)]
    pub help: String,
}

/// A worded point of a rating scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The point, from 1 upwards.
    pub value: u8,
    /// What a rater reads.
    pub title: String,
    /// What separates it from the point below.
    pub help: String,
    /// A worked example of the field.
    pub example: String,
}

/// One question of a charter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The word used in answers.
    pub key: String,
    /// What it asks for.
    pub kind: QuestionKind,
    /// What an answer is about.
    #[serde(default = "output_scope")]
    pub scope: Scope,
    /// What a rater reads.
    pub title: String,
    /// How to answer.
    #[serde(default)]
    pub help: String,
    /// Whether a judgement without it is refused.
    #[serde(default)]
    pub required: bool,
    /// Whether it takes part in the item's verdict.
    #[serde(default)]
    pub decides: bool,
    /// Answers that ask for a rationale.
    #[serde(default)]
    pub rationale_when: Vec<String>,
    /// Options of `label` and `labels`.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// Points of a `rating`, ascending from 1.
    #[serde(default)]
    pub anchors: Vec<Anchor>,
    /// Ratings this many steps apart still agree.
    #[serde(default)]
    pub spread: u8,
    /// Severities of a `span`, from light to grave.
    #[serde(default)]
    pub severities: Vec<String>,
}

fn output_scope() -> Scope {
    Scope::Output
}

impl Question {
    /// Whether the question can be asked of an item with `outputs` outputs.
    pub fn is_asked(&self, outputs: usize) -> bool {
        match self.kind {
            QuestionKind::Preference => outputs == 2,
            QuestionKind::Ranking => outputs >= 2,
            _ => true,
        }
    }

    /// What is wrong with the question, in words; `None` if nothing.
    pub fn fault(&self) -> Option<String> {
        let say = |what: &str| Some(format!("question `{}` {what}", self.key));
        let comparing = matches!(self.kind, QuestionKind::Preference | QuestionKind::Ranking);
        if !is_key(&self.key) {
            return say("needs a key of letters, digits, - or _");
        }
        if self.kind == QuestionKind::Text && self.decides {
            return say("is text and can't decide");
        }
        if comparing != (self.scope == Scope::Item) && comparing {
            return say("compares outputs, so its scope is \"item\"");
        }
        if self.kind == QuestionKind::Span && self.scope == Scope::Item {
            return say("marks text, so its scope is \"output\"");
        }
        if matches!(self.kind, QuestionKind::Label | QuestionKind::Labels) && !has_distinct_keys(&self.options, 2) {
            return say("needs two or more options with distinct keys");
        }
        if self.kind == QuestionKind::Rating && !self.has_rising_anchors() {
            return say("needs anchors 1, 2, 3, ... (two or more)");
        }
        if self.kind == QuestionKind::Span && self.severities.is_empty() {
            return say("needs severities");
        }
        None
    }

    fn has_rising_anchors(&self) -> bool {
        self.anchors.len() >= 2
            && self.anchors.iter().enumerate().all(|(index, anchor)| usize::from(anchor.value) == index + 1)
    }
}

/// Whether `key` may name a question, option or category.
pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

pub(super) fn has_distinct_keys(choices: &[Choice], at_least: usize) -> bool {
    let keys: std::collections::BTreeSet<_> = choices.iter().map(|choice| &choice.key).collect();
    choices.len() >= at_least && keys.len() == choices.len() && choices.iter().all(|choice| is_key(&choice.key))
}

//! The classes of a question's answers, as agreement counts them.

use crate::domain::{Answer, Preference, Question, QuestionKind};
use crate::stats::Distance;

/// Classes in their order, by the words that name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scale {
    /// What each class is called.
    pub names: Vec<String>,
    /// Whether their order means something.
    pub is_ordered: bool,
}

/// Strengths of a preference, the earlier output's first.
const PREFERENCES: [&str; 7] = ["-3", "-2", "-1", "tie", "1", "2", "3"];

impl Scale {
    /// Of a question whose answers are classes; none for rankings, marks and texts. For `labels` a class is a whole set,
    /// and the sets are those that occur.
    pub fn of<'a>(question: &Question, answers: impl Iterator<Item = &'a Answer>) -> Option<Self> {
        let (names, is_ordered) = match question.kind {
            QuestionKind::Label => (question.options.iter().map(|option| option.key.clone()).collect(), false),
            QuestionKind::Rating => (question.anchors.iter().map(|anchor| anchor.value.to_string()).collect(), true),
            QuestionKind::Preference => (PREFERENCES.map(str::to_owned).to_vec(), true),
            QuestionKind::Labels => {
                let sets: std::collections::BTreeSet<String> = answers.map(ToString::to_string).collect();
                (sets.into_iter().collect(), false)
            }
            QuestionKind::Ranking | QuestionKind::Span | QuestionKind::Text => return None,
        };
        Some(Self { names, is_ordered })
    }

    /// An answer's class; none if it stands on no scale.
    pub fn class(&self, answer: &Answer) -> Option<u32> {
        if matches!(answer, Answer::Preference(Preference::Neither)) {
            return None;
        }
        let spelled = answer.to_string();
        self.names.iter().position(|name| *name == spelled).and_then(|place| u32::try_from(place).ok())
    }

    /// How far apart two classes are, for Cohen's kappa.
    pub fn distance(&self) -> Distance {
        if self.is_ordered { Distance::Quadratic } else { Distance::Plain }
    }

    /// A class in quotation marks, by what raters read where that is short.
    pub fn word(&self, class: u32) -> String {
        format!("\"{}\"", self.names.get(class as usize).map_or("?", String::as_str))
    }
}

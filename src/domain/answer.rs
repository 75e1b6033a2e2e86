//! Answers and their grammar: what a command or a body says, read against its question and written in one spelling.

use std::collections::BTreeSet;
use std::fmt;

use super::question::{Choice, Question, QuestionKind};

/// Why an answer can't be read; its text tells what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AnswerFault(pub String);

/// A preference between the two outputs of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preference {
    /// -3 to -1: the earlier output is better; 1 to 3: the later one.
    Strength(i8),
    /// Equally good.
    Tie,
    /// Neither is acceptable.
    Neither,
}

/// A marked passage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First marked character, counted in Unicode scalar values.
    pub start: u32,
    /// One past the last marked character.
    pub end: u32,
    /// Key of the charter's error category.
    pub category: String,
    /// One of the question's severities.
    pub severity: String,
}

/// One answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The key of an option.
    Label(String),
    /// Keys of options, possibly none.
    Labels(BTreeSet<String>),
    /// A point of the scale, from 1.
    Rating(u8),
    /// See [`Preference`].
    Preference(Preference),
    /// Groups of tied outputs (1-based), best first.
    Ranking(Vec<Vec<u32>>),
    /// Marks in order, none doubled.
    Spans(Vec<Span>),
    /// As written.
    Text(String),
}

/// What the grammar needs to know of the item and the charter.
pub(super) struct Context<'a> {
    pub outputs: usize,
    /// Characters of the output asked about.
    pub length: u32,
    pub categories: &'a [Choice],
}

impl Answer {
    /// Reads `text` as an answer to `question`.
    ///
    /// Errors: text outside the question's grammar; the fault says what is accepted.
    pub(super) fn read(question: &Question, text: &str, context: &Context<'_>) -> Result<Self, AnswerFault> {
        match question.kind {
            QuestionKind::Label => one_of(&question.options, text).map(Self::Label),
            QuestionKind::Labels => some_of(&question.options, text).map(Self::Labels),
            QuestionKind::Rating => rating(question, text).map(Self::Rating),
            QuestionKind::Preference => preference(text).map(Self::Preference),
            QuestionKind::Ranking => ranking(text, context.outputs).map(Self::Ranking),
            QuestionKind::Span => spans(question, text, context).map(Self::Spans),
            QuestionKind::Text => Ok(Self::Text(text.to_owned())),
        }
    }
}

fn fault<T>(text: String) -> Result<T, AnswerFault> {
    Err(AnswerFault(text))
}

fn one_of(choices: &[Choice], text: &str) -> Result<String, AnswerFault> {
    match choices.iter().find(|choice| choice.key == text) {
        Some(choice) => Ok(choice.key.clone()),
        None => fault(format!("`{text}` is none of {}", keys(choices))),
    }
}

fn keys(choices: &[Choice]) -> String {
    choices.iter().map(|choice| choice.key.as_str()).collect::<Vec<_>>().join(", ")
}

fn some_of(choices: &[Choice], text: &str) -> Result<BTreeSet<String>, AnswerFault> {
    if text.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut chosen = BTreeSet::new();
    for key in text.split(',') {
        if !chosen.insert(one_of(choices, key)?) {
            return fault(format!("`{key}` is named twice"));
        }
    }
    Ok(chosen)
}

fn rating(question: &Question, text: &str) -> Result<u8, AnswerFault> {
    let known = question.anchors.iter().find(|anchor| anchor.value.to_string() == text);
    known
        .map(|anchor| anchor.value)
        .map_or_else(|| fault(format!("`{text}` is no point of the scale 1 to {}", question.anchors.len())), Ok)
}

fn preference(text: &str) -> Result<Preference, AnswerFault> {
    match text {
        "tie" => Ok(Preference::Tie),
        "none" => Ok(Preference::Neither),
        "-3" | "-2" | "-1" | "1" | "2" | "3" => {
            text.parse().map(Preference::Strength).map_err(|_| AnswerFault(text.to_owned()))
        }
        _ => {
            fault(format!("`{text}` is none of -3..-1 (earlier output better), tie, 1..3 (later output better), none"))
        }
    }
}

fn ranking(text: &str, outputs: usize) -> Result<Vec<Vec<u32>>, AnswerFault> {
    let wrong = || AnswerFault(format!("`{text}` doesn't order the outputs 1 to {outputs}, such as 2>1=3"));
    let mut groups = Vec::new();
    let mut seen = BTreeSet::new();
    for group in text.split('>') {
        let mut tied = Vec::new();
        for number in group.split('=') {
            let output: u32 = number.parse().map_err(|_| wrong())?;
            if output.to_string() != number || output == 0 || output as usize > outputs || !seen.insert(output) {
                return Err(wrong());
            }
            tied.push(output);
        }
        tied.sort_unstable();
        groups.push(tied);
    }
    if seen.len() == outputs { Ok(groups) } else { Err(wrong()) }
}

fn spans(question: &Question, text: &str, context: &Context<'_>) -> Result<Vec<Span>, AnswerFault> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut marks = BTreeSet::new();
    for mark in text.split(';') {
        if !marks.insert(span(question, mark, context)?) {
            return fault(format!("`{mark}` is marked twice"));
        }
    }
    Ok(marks.into_iter().collect())
}

fn span(question: &Question, mark: &str, context: &Context<'_>) -> Result<Span, AnswerFault> {
    let wrong = || AnswerFault(format!("`{mark}` is not start-end:category:severity, such as 10-24:dosage:major"));
    let mut fields = mark.split(':');
    let (Some(range), Some(category), Some(severity), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(wrong());
    };
    let (start, end) = range.split_once('-').ok_or_else(wrong)?;
    let (first, last): (u32, u32) = (start.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?);
    if format!("{first}-{last}") != range || first >= last {
        return Err(wrong());
    }
    if last > context.length {
        return fault(format!("`{mark}` ends past the output's {} characters", context.length));
    }
    if !question.severities.iter().any(|known| known == severity) {
        return fault(format!("`{severity}` is none of {}", question.severities.join(", ")));
    }
    let category = one_of(context.categories, category)?;
    Ok(Span { start: first, end: last, category, severity: severity.to_owned() })
}

impl fmt::Display for Preference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strength(strength) => write!(f, "{strength}"),
            Self::Tie => f.write_str("tie"),
            Self::Neither => f.write_str("none"),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}:{}:{}", self.start, self.end, self.category, self.severity)
    }
}

impl fmt::Display for Answer {
    /// The one spelling: what is committed to, disclosed and compared.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: Vec<String>, separator: &str| parts.join(separator);
        match self {
            Self::Label(text) | Self::Text(text) => f.write_str(text),
            Self::Labels(keys) => f.write_str(&joined(keys.iter().cloned().collect(), ",")),
            Self::Rating(point) => write!(f, "{point}"),
            Self::Preference(preference) => write!(f, "{preference}"),
            Self::Ranking(groups) => {
                let tied = |group: &Vec<u32>| joined(group.iter().map(u32::to_string).collect(), "=");
                f.write_str(&joined(groups.iter().map(tied).collect(), ">"))
            }
            Self::Spans(marks) => f.write_str(&joined(marks.iter().map(Span::to_string).collect(), ";")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Anchor, Scope};

    fn question(kind: QuestionKind) -> Question {
        let choice = |key: &str| Choice { key: key.into(), title: key.into(), help: String::new() };
        let anchor = |value| Anchor { value, title: String::new(), help: String::new(), example: String::new() };
        Question {
            key: "q".into(),
            kind,
            scope: Scope::Output,
            title: "Q".into(),
            help: String::new(),
            required: true,
            decides: false,
            rationale_when: vec![],
            options: vec![choice("yes"), choice("no")],
            anchors: vec![anchor(1), anchor(2), anchor(3)],
            spread: 0,
            severities: vec!["minor".into(), "major".into()],
        }
    }

    #[test]
    fn every_kind_reads_its_grammar_and_writes_one_spelling() {
        use QuestionKind::{Label, Labels, Preference, Ranking, Rating, Span, Text};
        let categories = [Choice { key: "dosage".into(), title: String::new(), help: String::new() }];
        let context = Context { outputs: 3, length: 20, categories: &categories };
        let good = [
            (Label, "no", "no"),
            (Labels, "yes,no", "no,yes"),
            (Labels, "", ""),
            (Rating, "3", "3"),
            (Preference, "-2", "-2"),
            (Preference, "none", "none"),
            (Ranking, "2>3=1", "2>1=3"),
            (Span, "4-9:dosage:major;0-2:dosage:minor", "0-2:dosage:minor;4-9:dosage:major"),
            (Text, "any: text, ; at = all", "any: text, ; at = all"),
        ];
        for (kind, text, spelling) in good {
            let answer = Answer::read(&question(kind), text, &context).unwrap();
            assert_eq!(answer.to_string(), spelling);
            assert_eq!(Answer::read(&question(kind), spelling, &context), Ok(answer), "reading back");
        }
        let bad = [
            (Label, "maybe"),
            (Label, ""),
            (Labels, "yes,yes"),
            (Labels, "yes,"),
            (Rating, "4"),
            (Rating, "01"),
            (Preference, "0"),
            (Preference, "+1"),
            (Preference, "4"),
            (Ranking, "1>2"),
            (Ranking, "1>2>2"),
            (Ranking, "1>2>4"),
            (Ranking, "01>2>3"),
            (Span, "4-4:dosage:major"),
            (Span, "4-21:dosage:major"),
            (Span, "4-9:other:major"),
            (Span, "4-9:dosage:grave"),
            (Span, "4-9:dosage"),
        ];
        for (kind, text) in bad {
            assert!(Answer::read(&question(kind), text, &context).is_err(), "{kind:?} {text}");
        }
    }
}

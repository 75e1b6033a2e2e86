//! What a digit answers for each kind of question, and answers in words; outputs go by the letters a rater is shown.

use std::collections::BTreeMap;

use crate::domain::{Answer, Charter, ItemShape, LabelKey, Preference, Question, QuestionKind, read_sheet};

/// A question of the form, and what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What the answer is about.
    pub key: LabelKey,
    /// What is asked.
    pub question: Question,
}

/// The letters under which a rater is shown the outputs: the first shown is `A`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letters(Vec<u32>);

impl Letters {
    /// Letters for outputs in the order they are shown.
    pub fn new(shown: Vec<u32>) -> Self {
        Self(shown)
    }

    /// The outputs' numbers, in the order they are shown.
    pub fn shown(&self) -> &[u32] {
        &self.0
    }

    /// The letter of an output.
    pub fn of(&self, output: u32) -> char {
        let place = self.0.iter().position(|number| *number == output);
        place.and_then(|place| ('A'..='Z').nth(place)).unwrap_or('?')
    }
}

/// Options a page: the digits 1 to 9.
pub const PAGE: usize = 9;

/// A choice as a form lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The digit that takes it.
    pub digit: u8,
    /// What it says.
    pub words: String,
    /// The answer, or the part of one, that it stands for.
    pub answer: String,
    /// What separates it from its neighbours.
    pub help: String,
}

/// The choices on a page of a question; none for marks and texts.
pub fn choices(question: &Question, letters: &Letters, page: usize) -> Vec<Choice> {
    let numbered = |all: Vec<(String, String, String)>| {
        let page = all.into_iter().skip(page * PAGE).take(PAGE);
        (1..).zip(page).map(|(digit, (words, answer, help))| Choice { digit, words, answer, help }).collect()
    };
    match question.kind {
        QuestionKind::Label | QuestionKind::Labels => {
            numbered(question.options.iter().map(|o| (o.title.clone(), o.key.clone(), o.help.clone())).collect())
        }
        QuestionKind::Rating => numbered(
            question
                .anchors
                .iter()
                .map(|a| (a.title.clone(), a.value.to_string(), format!("{} Example: {}", a.help, a.example)))
                .collect(),
        ),
        QuestionKind::Preference => preferences(letters),
        QuestionKind::Ranking => numbered(
            letters
                .0
                .iter()
                .map(|output| (letters.of(*output).to_string(), output.to_string(), String::new()))
                .collect(),
        ),
        QuestionKind::Span | QuestionKind::Text => Vec::new(),
    }
}

/// How many pages of choices a question has.
pub fn pages(question: &Question) -> usize {
    let options = match question.kind {
        QuestionKind::Label | QuestionKind::Labels => question.options.len(),
        QuestionKind::Rating => question.anchors.len(),
        _ => 1,
    };
    options.div_ceil(PAGE).max(1)
}

/// From the first shown output much better, over a tie, to the second; and neither.
fn preferences(letters: &Letters) -> Vec<Choice> {
    // positive is the later output of the item's own order, which may be the one shown first
    let sign = if letters.0.first() < letters.0.get(1) { 1 } else { -1 };
    let strengths =
        [(-3, "A much"), (-2, "A"), (-1, "A slightly"), (0, "tie"), (1, "B slightly"), (2, "B"), (3, "B much")];
    let mut all: Vec<Choice> = (1..)
        .zip(strengths)
        .map(|(digit, (strength, words))| {
            let answer = if strength == 0 { "tie".to_owned() } else { (strength * sign).to_string() };
            Choice { digit, words: words.to_owned(), answer, help: String::new() }
        })
        .collect();
    let neither = Choice { digit: 0, words: "neither".to_owned(), answer: "none".to_owned(), help: String::new() };
    all.push(neither);
    all
}

/// Whether the choice is (part of) the answer.
pub fn is_chosen(question: &Question, choice: &Choice, answer: Option<&str>) -> bool {
    match (question.kind, answer) {
        (QuestionKind::Labels, Some(answer)) => answer.split(',').any(|key| key == choice.answer),
        (_, Some(answer)) => answer == choice.answer,
        (_, None) => false,
    }
}

/// An answer in words, as the review card and the adjudicator's grid say it.
pub fn words(question: &Question, letters: &Letters, answer: &Answer) -> String {
    let all = || (0..pages(question)).flat_map(|page| choices(question, letters, page));
    let named = |key: &str| all().find(|choice| choice.answer == key).map_or_else(|| key.to_owned(), |c| c.words);
    match answer {
        Answer::Label(key) => named(key),
        Answer::Labels(keys) if keys.is_empty() => "none of them".to_owned(),
        Answer::Labels(keys) => keys.iter().map(|key| named(key)).collect::<Vec<_>>().join(", "),
        Answer::Rating(point) => format!("{point} {}", named(&point.to_string())),
        Answer::Preference(Preference::Strength(strength)) => named(&strength.to_string()),
        Answer::Preference(Preference::Tie) => "tie".to_owned(),
        Answer::Preference(Preference::Neither) => "neither is acceptable".to_owned(),
        Answer::Ranking(groups) => ranked(groups, letters),
        Answer::Spans(spans) => match spans.len() {
            0 => "no marks".to_owned(),
            1 => "1 mark".to_owned(),
            n => format!("{n} marks"),
        },
        Answer::Text(text) => text.clone(),
    }
}

/// A stored answer in words; as it is stored if the charter doesn't know it.
pub fn said(charter: &Charter, (shape, letters): (&ItemShape, &Letters), key: &LabelKey, answer: &str) -> String {
    let one = BTreeMap::from([(key.to_string(), answer.to_owned())]);
    let read = read_sheet(charter, shape, &one).ok().and_then(|sheet| sheet.into_values().next());
    match (charter.question(&key.question), read) {
        (Some(question), Some(read)) => words(question, letters, &read),
        _ => answer.to_owned(),
    }
}

/// Groups of outputs, best first, in letters.
pub fn ranked(groups: &[Vec<u32>], letters: &Letters) -> String {
    let group = |tied: &Vec<u32>| tied.iter().map(|n| letters.of(*n).to_string()).collect::<Vec<_>>().join(" = ");
    groups.iter().map(group).collect::<Vec<_>>().join(" > ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_stored_in_the_items_order_whatever_is_shown_first() {
        let digit = |letters: &Letters, digit| {
            preferences(letters).into_iter().find(|choice| choice.digit == digit).unwrap().answer
        };
        let (own, turned) = (Letters::new(vec![1, 2]), Letters::new(vec![2, 1]));
        assert_eq!((digit(&own, 1), digit(&own, 7)), ("-3".to_owned(), "3".to_owned()));
        assert_eq!((digit(&turned, 1), digit(&turned, 5)), ("3".to_owned(), "-1".to_owned()));
        assert_eq!((digit(&own, 4), digit(&turned, 0)), ("tie".to_owned(), "none".to_owned()));
    }
}

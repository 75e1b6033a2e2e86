//! A filled-in sheet: all answers of one judgement or ruling, read against charter and item.

use std::collections::BTreeMap;

use super::answer::Context;
use super::{Answer, AnswerFault, Charter, ItemShape, LabelKey, Question};

/// Answers by what they are about.
pub type Sheet = BTreeMap<LabelKey, Answer>;

/// Reads every answer; keys are `correct@1`, or `better` for a question about the item.
///
/// Errors: a key that is not asked of the item, or an answer outside its grammar.
pub fn read_sheet(
    charter: &Charter,
    shape: &ItemShape,
    answers: &BTreeMap<String, String>,
) -> Result<Sheet, AnswerFault> {
    answers
        .iter()
        .map(|(key, text)| {
            let asked = charter.asked_of(shape).find(|(label, _)| label.to_string() == *key);
            let (label, question) = asked.ok_or_else(|| not_asked(charter, shape, key))?;
            let length = label.output.and_then(|output| shape.length_of(output)).unwrap_or(0);
            let context = Context { outputs: shape.outputs(), length, categories: &charter.error_categories };
            let answer = Answer::read(question, text, &context)
                .map_err(|fault| AnswerFault(format!("answer to `{key}`: {fault}")))?;
            Ok((label, answer))
        })
        .collect()
}

fn not_asked(charter: &Charter, shape: &ItemShape, key: &str) -> AnswerFault {
    let asked: Vec<String> = charter.asked_of(shape).map(|(label, _)| label.to_string()).collect();
    AnswerFault(format!("`{key}` is not asked of this item; asked are {}", asked.join(", ")))
}

/// The required questions that `sheet` leaves open.
pub(super) fn missing(charter: &Charter, shape: &ItemShape, sheet: &Sheet) -> Vec<LabelKey> {
    charter
        .asked_of(shape)
        .filter(|(label, question)| (question.required || question.decides) && !sheet.contains_key(label))
        .map(|(label, _)| label)
        .collect()
}

/// The first answer that asks for a rationale, if any.
pub fn required_rationale<'a>(charter: &'a Charter, sheet: &Sheet) -> Option<(LabelKey, &'a Question)> {
    sheet.iter().find_map(|(label, answer)| {
        let question = charter.question(&label.question)?;
        let spelled = answer.to_string();
        let asks = question.rationale_when.iter().any(|when| spelled.split(',').any(|part| part == when));
        asks.then(|| (label.clone(), question))
    })
}

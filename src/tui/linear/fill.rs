//! Filling in a form by lines: one question after the other, choices by number.

use crate::domain::QuestionKind;
use crate::tui::form::{Form, choices, pages};

use super::lines::{LinearError, Lines};

/// What came of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// All is answered.
    Whole,
    /// The person went back.
    Back,
    /// The person passes on the item.
    Skip,
    /// The person wants to hear of models, and goes on afterwards.
    Models,
}

/// What may be asked for between questions.
pub struct Asides<'a> {
    /// The texts, read again on `t`.
    pub texts: &'a str,
    /// Whether `m` hears of models.
    pub models: bool,
}

const HELP: &str = "Type the number of your answer. Several may be given where it says so, 1 3. \
                    ? reads what the choices mean, t the texts again, s skips the item, b goes back, an empty line leaves \
                    open what may be left open.";

/// Asks every question of the form, from the one that has the focus.
pub async fn fill(form: &mut Form, lines: &mut Lines, asides: &Asides<'_>) -> Result<Filled, LinearError> {
    let count = form.asked().len();
    let mut field = form.focus();
    while field < count {
        form.to(field);
        let Some(asked) = form.focused().cloned() else { break };
        let about =
            asked.key.output.map_or_else(String::new, |output| format!(", output {}", form.letters().of(output)));
        let required = form.is_required(&asked);
        let open = if required { "" } else { ", may be left open" };
        let options: Vec<String> = (0..pages(&asked.question))
            .flat_map(|page| choices(&asked.question, form.letters(), page))
            .enumerate()
            .map(|(n, choice)| format!("{} {}", number(&asked.question.kind, n, choice.digit), choice.words))
            .collect();
        let given = form.answer(&asked.key).map_or_else(String::new, |answer| format!(" So far: {answer}."));
        let ways = match asked.question.kind {
            QuestionKind::Labels => " Several may be given.".to_owned(),
            QuestionKind::Ranking => " All in order, best first.".to_owned(),
            QuestionKind::Span => " As start-end:category:severity, several by ;.".to_owned(),
            QuestionKind::Text => " In your words.".to_owned(),
            _ => String::new(),
        };
        let title = &asked.question.title;
        let question = format!(
            "Question {} of {count}{about}{open}. {title} {}.{ways}{given} Answer or h for help",
            field + 1,
            options.join(", ")
        );
        match lines.ask(&question).await?.trim() {
            "h" => lines.say(HELP).await?,
            "?" => lines.say(&meaning(form)).await?,
            "t" => lines.say(asides.texts).await?,
            "m" if asides.models => return Ok(Filled::Models),
            "s" => return Ok(Filled::Skip),
            "b" if field == 0 => return Ok(Filled::Back),
            "b" => field -= 1,
            "" if !required || form.answer(&asked.key).is_some() => field += 1,
            "" => lines.say("This one must be answered.").await?,
            typed => match answered(form, typed) {
                true => field += 1,
                false => lines.say(&format!("`{typed}` is no answer to it; h for help.")).await?,
            },
        }
    }
    Ok(Filled::Whole)
}

/// The number a choice goes by in lines: as on keys, but going on after nine.
fn number(kind: &QuestionKind, place: usize, digit: u8) -> usize {
    if *kind == QuestionKind::Preference { usize::from(digit) } else { place + 1 }
}

fn meaning(form: &Form) -> String {
    let mut text = String::new();
    if let Some(asked) = form.focused() {
        text.push_str(&asked.question.help);
        for page in 0..pages(&asked.question) {
            for choice in choices(&asked.question, form.letters(), page) {
                text.push_str(&format!("\n{}: {}", choice.words, choice.help));
            }
        }
        for category in form.charter().error_categories.iter().filter(|_| asked.question.kind == QuestionKind::Span) {
            text.push_str(&format!("\n{} ({}): {}", category.key, category.title, category.help));
        }
    }
    text
}

/// Takes a typed line as the focused question's answer; whether it is one.
fn answered(form: &mut Form, typed: &str) -> bool {
    let Some(asked) = form.focused().cloned() else { return false };
    let all: Vec<(usize, String)> = (0..pages(&asked.question))
        .flat_map(|page| choices(&asked.question, form.letters(), page))
        .enumerate()
        .map(|(n, choice)| (number(&asked.question.kind, n, choice.digit), choice.answer))
        .collect();
    let named = |word: &str| {
        let wanted: usize = word.parse().ok()?;
        all.iter().find(|(n, _)| *n == wanted).map(|(_, answer)| answer.clone())
    };
    let words = typed.split([' ', ',']).filter(|word| !word.is_empty());
    let answer = match asked.question.kind {
        QuestionKind::Label | QuestionKind::Rating | QuestionKind::Preference => named(typed),
        QuestionKind::Labels => words.map(named).collect::<Option<Vec<_>>>().map(|keys| keys.join(",")),
        QuestionKind::Ranking => words.map(named).collect::<Option<Vec<_>>>().map(|outputs| outputs.join(">")),
        QuestionKind::Span | QuestionKind::Text => Some(typed.to_owned()),
    };
    let before = form.answers();
    let Some(answer) = answer else { return false };
    form.put(asked.key.clone(), Some(answer.clone()));
    if form.read(&asked.key).is_none() {
        form.put(asked.key.clone(), None);
        form.set_answers(&before);
        return false;
    }
    true
}

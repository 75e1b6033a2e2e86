//! What a question means: its options or anchors with their help, then the guild's guidelines.

use std::fmt::Write as _;

use crate::domain::Question;
use crate::tui::form::Form;
use crate::tui::layers::Told;

/// The guide of the focused question of a form.
pub fn of(form: &Form) -> Told {
    let charter = form.charter();
    let mut text = String::new();
    if let Some(asked) = form.focused() {
        question(&mut text, &asked.question);
    }
    if form.asked().iter().any(|asked| !asked.question.severities.is_empty()) && !charter.error_categories.is_empty() {
        text.push_str("### Categories of marks\n\n");
        for category in &charter.error_categories {
            let _ = writeln!(text, "- **{}**: {}", category.title, category.help);
        }
        text.push('\n');
    }
    let _ = write!(text, "---\n\n{}", charter.guidelines);
    Told::markdown(charter.title.clone(), &text)
}

/// A question with everything that its charter says of it, as Markdown.
pub fn question(text: &mut String, question: &Question) {
    let _ = writeln!(text, "## {}\n\n{}\n", question.title, question.help);
    for option in &question.options {
        let _ = writeln!(text, "- **{}** {}", option.title, option.help);
    }
    for anchor in &question.anchors {
        let _ = writeln!(text, "- **{} {}** {} *Example: {}*", anchor.value, anchor.title, anchor.help, anchor.example);
    }
    if !question.severities.is_empty() {
        let _ = writeln!(text, "- severities: {}", question.severities.join(", "));
    }
    text.push('\n');
}

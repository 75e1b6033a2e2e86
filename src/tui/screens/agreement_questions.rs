//! Every question of a guild in a line: how far its raters agree.

use ratatui::layout::Rect;

use crate::hall::{AgreementView, interval, share};
use crate::tui::ink::Ink;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::column;

/// Columns of a question's title.
const QUESTION: usize = 30;

/// Every question in a line: how many judged, the plain share, the leading coefficient, AC1.
pub fn draw_questions(ink: &mut Ink<'_>, area: Rect, view: &AgreementView, chosen: usize) {
    if area.height < 2 {
        return;
    }
    let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
    let mut heading = column(&Shown::new(Role::Heading, "By question"), QUESTION);
    for (name, cells) in [("judged", 8), ("percent", 9), ("alpha or its like", 19), ("AC1", 6)] {
        heading.append(&column(&Shown::new(Role::Quiet, &format!("{name:>cells$}")), cells + 1));
    }
    ink.heading(row, &heading, &Shown::default());
    for (n, (at, question)) in row_below(area).rows().zip(&view.questions).enumerate() {
        let is_chosen = n == chosen;
        let value = |name: &str| {
            let found = question.coefficients.iter().find(|one| one.name == name);
            found.and_then(|one| one.found.value()).map_or_else(|| "-".to_owned(), share)
        };
        let leading = question.leading().map_or_else(String::new, |one| interval(&one.found));
        let mark = if is_chosen { "▌" } else { " " };
        let role = if is_chosen { Role::Text } else { Role::Quiet };
        let title = Shown::new(role, &format!("{mark} {}", question.title));
        let mut line = column(&title, QUESTION);
        let (judged, percent, ac1) = (question.units, value("percent agreement"), value("AC1"));
        line.append(&Shown::new(role, &format!("{judged:>8} {percent:>9} {leading:>19} {ac1:>6}")));
        ink.put(at, &line);
    }
}

/// The lines under a heading.
fn row_below(area: Rect) -> Rect {
    Rect { x: area.x + 1, y: area.y + 1, height: area.height.saturating_sub(1), width: area.width.saturating_sub(1) }
}

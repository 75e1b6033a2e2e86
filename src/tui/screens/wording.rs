//! Words that several screens say alike.

use crate::domain::{ItemId, ItemState, Mark, Timestamp};
use crate::tui::drafts::Kept;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

/// An id as lists show it: enough to tell it by, and to type.
pub fn short(id: &ItemId) -> String {
    let start: String = id.as_str().chars().take(9).collect();
    format!("{start}…")
}

/// A state in its colour.
pub fn state(state: ItemState) -> Shown {
    let role = match state {
        ItemState::Open => Role::Text,
        ItemState::Agreed | ItemState::Adjudicated => Role::Good,
        ItemState::Disputed => Role::Warning,
        ItemState::Gold => Role::Gold,
        ItemState::Withdrawn => Role::Quiet,
    };
    Shown::new(role, &state.to_string())
}

/// A mark in a word.
pub fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Paused => "paused",
        Mark::Stuck => "stuck",
        Mark::Challenged => "challenged",
    }
}

/// Whether a draft is safe.
pub fn draft_state(kept: Kept) -> Shown {
    match kept {
        Kept::Nothing => Shown::default(),
        Kept::Keeping => Shown::new(Role::Warning, "keeping draft …"),
        Kept::Stored => Shown::new(Role::Good, "draft kept"),
        Kept::Failed => Shown::new(Role::Bad, "draft NOT stored, see :"),
    }
}

/// Time of day if it was today, else the day.
pub fn when(at: Timestamp, now: Timestamp) -> String {
    if at.day() == now.day() { at.to_string().chars().skip(11).take(5).collect() } else { at.day() }
}

/// Millionths as `.71`.
pub fn unit(millionths: i64) -> String {
    let hundredths = (millionths + 5_000) / 10_000;
    if hundredths >= 100 {
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    } else {
        format!(".{hundredths:02}")
    }
}

/// Text cut or filled to a width.
pub fn column(text: &Shown, width: usize) -> Shown {
    let cut = text.cut(width);
    let fill = width.saturating_sub(cut.width());
    cut.and(Role::Text, &" ".repeat(fill))
}

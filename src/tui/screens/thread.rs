//! What is said of an item, on the screens that show its record.

use crate::domain::{ItemId, Timestamp};
use crate::hall::{NoteView, Receipt};
use crate::tui::keys::Action;
use crate::tui::scene::Cx;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::when;

/// The thread as text, oldest first.
pub fn thread(notes: &[NoteView], now: Timestamp) -> Shown {
    let mut text = Shown::default();
    if notes.is_empty() {
        return text;
    }
    text.push(Role::Heading, "\nSaid of it\n");
    for note in notes {
        let by = if note.own { format!("{}, you", note.by) } else { note.by.clone() };
        text.push(Role::Heading, &by);
        text.push(Role::Quiet, &format!(" · {} · entry {}\n", when(note.at, now), note.entry));
        text.push(Role::Text, &format!("{}\n", note.text.as_deref().unwrap_or("(erased)")));
    }
    text
}

/// A note is in the ledger: its words are no draft any more, whatever else is typed on the item still is.
pub fn noted(item: &ItemId, receipt: &Receipt, cx: &mut Cx<'_>) {
    cx.drafts.change(item, |draft| {
        draft.reasons.remove(Action::Note.name());
        let written = draft.field.strip_prefix("reason ").and_then(|rest| rest.split(' ').next());
        if written == Some(Action::Note.name()) {
            draft.field.clear();
        }
    });
    cx.notice(Shown::new(Role::Good, &format!("✓ noted, entry {}", receipt.event)));
}

//! What came of an act, by lines.

use crate::tui::actor::Actor;
use crate::tui::perform::perform;
use crate::tui::request::{Reply, Request, Trouble};

use super::lines::{LinearError, Lines};

/// Says why something wasn't done.
pub async fn tell(lines: &mut Lines, trouble: &Trouble) -> Result<(), LinearError> {
    lines.say(&in_words(trouble)).await
}

/// Why something wasn't done.
pub fn in_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refused(refusal) => {
            format!("Refused: {} Rule {}, {}.", refusal.reason, refusal.rule, refusal.article)
        }
        Trouble::Failed(text) => format!("Not done: {text}"),
    }
}

/// Submits what was confirmed and says what became of it.
pub async fn submit(actor: &Actor, lines: &mut Lines, request: Request) -> Result<(), LinearError> {
    match perform(actor, request, &|_| true).await {
        Ok(Reply::Done(done)) => {
            let state = done.receipt.state.map_or_else(String::new, |state| format!(" The item is {state}."));
            lines.say(&format!("Done: {}, entry {}.{state}", done.what, done.receipt.event)).await
        }
        Ok(_) => Ok(()),
        Err(trouble) => tell(lines, &trouble).await,
    }
}

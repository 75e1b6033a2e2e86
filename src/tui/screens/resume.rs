//! Where a draft is gone on with.

use crate::domain::{GuildId, ItemId};
use crate::tui::place::Place;

/// The screen on which a draft's field stood.
pub fn place(item: &ItemId, guild: &GuildId, field: &str) -> Place {
    match field.split(' ').next() {
        Some("adjudicate") => Place::Adjudicate(item.clone()),
        Some("revise") => Place::Revise(item.clone()),
        Some("judge") => Place::Judge { guild: guild.clone(), first: Some(item.clone()) },
        _ => Place::Item(item.clone()),
    }
}

//! One pop-up of the stack.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Keymap, Scope, pretty};

use super::card::Card;
use super::fields::Fields;
use super::palette::Palette;
use super::step::Step;
use super::told::Told;

/// See the module's first line.
#[derive(Debug)]
pub enum Layer {
    /// Something to read.
    Told(Told),
    /// A yes to be given.
    Card(Card),
    /// Something to fill in.
    Fields(Fields),
    /// An action to find.
    Palette(Palette),
}

impl Layer {
    /// Whether it asks for something about an item, which is kept with the item's draft.
    pub fn is_on_item(&self) -> bool {
        matches!(self, Self::Fields(fields) if fields.on_item().is_some())
    }

    /// Whose keys work.
    pub fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::Told(_) => vec![Scope::Everywhere],
            Self::Card(_) => vec![Scope::Card],
            Self::Fields(fields) => fields.scopes(),
            Self::Palette(_) => vec![Scope::Choosing],
        }
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, key: char) -> Step {
        match self {
            Self::Told(told) => told.act(action),
            Self::Card(card) => card.act(action, key),
            Self::Fields(fields) => fields.act(action),
            Self::Palette(palette) => palette.act(action),
        }
    }

    /// A key that is no action here.
    pub fn press(&mut self, key: &KeyEvent) {
        match self {
            Self::Fields(fields) => fields.press(key),
            Self::Palette(palette) => palette.press(key),
            Self::Told(_) | Self::Card(_) => {}
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        match self {
            Self::Fields(fields) => fields.paste(text),
            Self::Palette(palette) => palette.paste(text),
            Self::Told(_) | Self::Card(_) => {}
        }
    }

    /// Draws it over what lies beneath; `unsigned` is why the member's own key doesn't sign, if it doesn't.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect, (keymap, unsigned): (&Keymap, Option<&str>)) {
        match self {
            Self::Told(told) => told.draw(ink, area),
            Self::Card(card) => {
                let yes = keymap.keys_of(&[Scope::Card], Action::Confirm).map(pretty).unwrap_or_default();
                card.draw(ink, area, (&yes, unsigned));
            }
            Self::Fields(fields) => fields.draw(ink, area),
            Self::Palette(palette) => palette.draw(ink, area),
        }
    }
}

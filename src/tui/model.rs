//! The console's whole state: screens one over the other, pop-ups, keys pressed so far.

use std::collections::VecDeque;

use crossterm::event::KeyEvent;

use crate::domain::Timestamp;

use super::drafts::Drafts;
use super::ink::Glyphs;
use super::keys::{Action, Chord, Keymap};
use super::layers::Layer;
use super::place::Place;
use super::screens::Screen;
use super::session::Session;
use super::text::Shown;
use super::theme::Theme;
use super::underway::Underway;

/// What holds for a whole session.
#[derive(Debug)]
pub struct Settings {
    /// Who sits here.
    pub session: Session,
    /// Colours.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// What the terminal can draw.
    pub glyphs: Glyphs,
}

/// A screen on the stack; replies find it by its number.
#[derive(Debug)]
pub(super) struct Opened {
    pub number: u64,
    pub screen: Screen,
}

/// See the module's first line.
#[derive(Debug)]
pub struct Model {
    pub(super) settings: Settings,
    /// The last is the one shown; there is always one.
    pub(super) screens: Vec<Opened>,
    pub(super) layers: Vec<Layer>,
    pub(super) pressed: Vec<Chord>,
    /// Keys pressed while the screen waited for the hall, in order.
    pub(super) held: VecDeque<KeyEvent>,
    pub(super) notice: Shown,
    pub(super) drafts: Drafts,
    pub(super) underway: Underway,
    /// What was filled in and not submitted, by action.
    pub(super) filled: Vec<(Action, Vec<String>)>,
    pub(super) next: u64,
    pub(super) now: Timestamp,
    /// The ledger's size that screens were loaded at, and the last one heard of.
    pub(super) size: (u64, u64),
    pub(super) leaving: bool,
}

impl Model {
    /// A console that starts at the hall.
    pub fn new(settings: Settings, now: Timestamp) -> Self {
        Self {
            settings,
            screens: vec![Opened { number: 1, screen: Screen::at(Place::Hall) }],
            layers: Vec::new(),
            pressed: Vec::new(),
            held: VecDeque::new(),
            notice: Shown::default(),
            drafts: Drafts::default(),
            underway: Underway::default(),
            filled: Vec::new(),
            next: 2,
            now,
            size: (0, 0),
            leaving: false,
        }
    }

    /// Where one is.
    pub fn place(&self) -> Option<Place> {
        self.screens.last().map(|opened| opened.screen.scene().place())
    }

    /// Whether one is about to leave.
    pub fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Whether one has left.
    pub fn is_left(&self) -> bool {
        self.leaving && self.drafts.is_settled()
    }
}

//! A card that shows what will be signed, in words, and asks for a yes; the yes has a key of its own.

use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::parts::Pane;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::frame::framed;
use super::step::Step;

/// Whether a card takes a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// It isn't asked.
    NotAsked,
    /// Digits give it, percent; none is given yet.
    Open,
    /// Given.
    Percent(u8),
}

/// See the module's first line.
#[derive(Debug)]
pub struct Card {
    action: Action,
    title: Shown,
    body: Pane,
    values: Vec<String>,
    confidence: Confidence,
}

impl Card {
    /// A card for an action.
    pub fn new(action: Action, title: impl Into<Shown>, body: Shown) -> Self {
        Self {
            action,
            title: title.into(),
            body: Pane::own(body),
            values: Vec::new(),
            confidence: Confidence::NotAsked,
        }
    }

    /// For what was filled in before.
    #[must_use]
    pub fn with_values(mut self, values: &[String]) -> Self {
        self.values = values.to_vec();
        self
    }

    /// Asking how sure one is, too.
    #[must_use]
    pub fn with_confidence(mut self, percent: Option<u8>) -> Self {
        self.confidence = percent.map_or(Confidence::Open, Confidence::Percent);
        self
    }

    pub(super) fn act(&mut self, action: Action, key: char) -> Step {
        match action {
            Action::Back => Step::Close,
            Action::Confirm => {
                let percent = if let Confidence::Percent(percent) = self.confidence { Some(percent) } else { None };
                Step::Confirmed(self.action, self.values.clone(), percent)
            }
            Action::Answer if self.confidence != Confidence::NotAsked => {
                let tens = key.to_digit(10).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
                self.confidence = Confidence::Percent(if tens == 0 { 100 } else { tens * 10 });
                Step::Stay
            }
            action => {
                self.body.scrolled(action);
                Step::Stay
            }
        }
    }

    pub(super) fn draw(&self, ink: &mut Ink<'_>, area: Rect, (yes, unsigned): (&str, Option<&str>)) {
        let width = area.width.saturating_sub(6).min(100);
        let why = unsigned.map(|why| format!("Your key doesn't sign this; the hall attests it: {why}"));
        let why = why.map(|why| Pane::own(Shown::new(Role::Warning, &why)));
        let lines_of = |pane: &Pane| u16::try_from(pane.lines(width.saturating_sub(4))).unwrap_or(u16::MAX);
        let why_lines = why.as_ref().map_or(0, lines_of);
        let foot = 1 + why_lines + u16::from(self.confidence != Confidence::NotAsked);
        let lines = lines_of(&self.body);
        let attested = Shown::new(Role::Warning, "The hall attests this in your name");
        let title = if unsigned.is_some() { &attested } else { &self.title };
        let inner = framed(ink, area, (width, lines.saturating_add(foot + 1)), title);
        let body = Rect { height: inner.height.saturating_sub(foot), ..inner };
        let below = self.body.draw(ink, body);
        let mut row = Rect { y: body.bottom(), height: 1, ..inner };
        match self.confidence {
            Confidence::NotAsked => {}
            Confidence::Open => {
                let text = Shown::new(Role::Key, "1-9 0")
                    .and(Role::Quiet, " how sure you are, in tens of percent (may be left open)");
                ink.put(row, &text);
                row.y += 1;
            }
            Confidence::Percent(percent) => {
                let text = Shown::new(Role::Good, &format!("{percent} % sure")).and(Role::Quiet, "  (1-9 0 to change)");
                ink.put(row, &text);
                row.y += 1;
            }
        }
        if let Some(why) = &why {
            why.draw(ink, Rect { height: why_lines, ..row });
            row.y += why_lines;
        }
        let does = if unsigned.is_some() { " submits · " } else { " signs and submits · " };
        let mut foot =
            Shown::new(Role::Key, yes).and(Role::Text, does).and(Role::Key, "Esc").and(Role::Text, " goes back");
        if below > 0 {
            foot.push(Role::Warning, &format!(" · {below} more lines below"));
        }
        ink.put(row, &foot);
    }
}

//! Finding an action by some of its letters.

use crossterm::event::KeyEvent;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::Action;
use crate::tui::parts::{Editor, List};
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::frame::framed;
use super::step::Step;

/// See the module's first line.
#[derive(Debug)]
pub struct Palette {
    words: Editor,
    /// Actions that work here, with their keys.
    all: Vec<(Action, String)>,
    found: Vec<usize>,
    list: List,
}

impl Palette {
    /// Over these actions and their keys.
    pub fn new(all: Vec<(Action, String)>) -> Self {
        let found = (0..all.len()).collect();
        Self { words: Editor::line(""), all, found, list: List::default() }
    }

    pub(super) fn act(&mut self, action: Action) -> Step {
        match action {
            Action::Back => Step::Close,
            Action::Open => {
                let chosen = self.found.get(self.list.chosen()).and_then(|row| self.all.get(*row));
                match (chosen, self.words.text()) {
                    (Some((action, _)), _) => Step::Do(*action),
                    (None, "") => Step::Close,
                    (None, words) => Step::Search(words.to_owned()),
                }
            }
            action => {
                self.list.moved(action, self.found.len());
                Step::Stay
            }
        }
    }

    pub(super) fn press(&mut self, key: &KeyEvent) {
        if self.words.press(key) {
            self.find();
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.words.paste(text);
        self.find();
    }

    fn find(&mut self) {
        let pattern = Pattern::parse(self.words.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (row, (action, _)) in self.all.iter().enumerate() {
            let words = format!("{} {}", action.name(), action.help());
            let score = pattern.score(nucleo_matcher::Utf32Str::new(&words, &mut buffer), &mut matcher);
            scored.extend(score.map(|score| (score, row)));
        }
        scored.sort_by_key(|(score, row)| (std::cmp::Reverse(*score), *row));
        self.found = scored.into_iter().map(|(_, row)| row).collect();
        self.list.choose(0);
    }

    pub(super) fn draw(&self, ink: &mut Ink<'_>, area: Rect) {
        let width = area.width.saturating_sub(8).min(72);
        let inner =
            framed(ink, area, (width, 14), &Shown::new(Role::HeadingFocused, "Find an action, or words in the queue"));
        let row = Rect { height: 1, ..inner };
        ink.put(row, &Shown::new(Role::Key, ":"));
        self.words.draw(ink, Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row });
        let rest = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        if self.found.is_empty() {
            ink.put(rest, &Shown::new(Role::Quiet, "no such action; Enter searches the queue for it"));
        }
        self.list.draw(ink, rest, self.found.len(), &|n| match self.found.get(n).and_then(|row| self.all.get(*row)) {
            Some((action, keys)) => Shown::new(Role::Key, &format!("{keys:<8}"))
                .and(Role::Text, &format!(" {:<20}", action.name()))
                .and(Role::Quiet, action.help()),
            None => Shown::default(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    #[test]
    fn some_letters_find_an_action() {
        let all = Action::ALL.iter().map(|action| (*action, String::new())).collect();
        let mut palette = Palette::new(all);
        for c in "cutrel".chars() {
            palette.press(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
        assert!(matches!(palette.act(Action::Open), Step::Do(Action::Cut)));
        palette.paste("zzz");
        assert!(matches!(palette.act(Action::Open), Step::Search(words) if words == "cutrelzzz"));
    }
}

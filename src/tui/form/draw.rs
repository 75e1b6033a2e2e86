//! A form's lines: a mark, the question, its choices; the focused one in full, with its help.

use ratatui::layout::Rect;

use crate::domain::QuestionKind;
use crate::tui::ink::Ink;
use crate::tui::text::{Prose as Wrapped, Shown};
use crate::tui::theme::Role;

use super::choice::{Asked, choices, is_chosen, pages, ranked, words};
use super::state::{Form, Prose};

/// Columns of a question's title.
const TITLE: u16 = 20;

/// A form with the text that stands beside its answers, to be drawn.
pub struct FormView<'a> {
    /// The form.
    pub form: &'a Form,
    /// The rationale or opinion so far.
    pub prose: &'a str,
    /// Only questions about this output, the item and the prose; none: all.
    pub output: Option<u32>,
    /// Keys to show: for writing and for marking.
    pub keys: (String, String),
}

/// Lines of a field, and whether it has the focus.
struct Block {
    lines: Vec<(Shown, Shown)>,
    focused: bool,
}

impl FormView<'_> {
    /// Draws the part around the focus that fits.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect) {
        let blocks = self.blocks(area.width.saturating_sub(TITLE + 4));
        let start: usize = blocks.iter().take_while(|block| !block.focused).map(|block| block.lines.len()).sum();
        let length = blocks.iter().find(|block| block.focused).map_or(1, |block| block.lines.len());
        let (all, height) = (self.height_of(&blocks), usize::from(area.height));
        let top = (start + length).saturating_sub(height).min(start).min(all.saturating_sub(height));
        let lines = blocks.iter().flat_map(|block| block.lines.iter().map(move |line| (line, block.focused)));
        for (((title, text), focused), row) in lines.skip(top).zip(area.rows()) {
            ink.put(Rect { x: row.x + 2, width: TITLE.min(row.width), ..row }, title);
            let at = TITLE + 3;
            ink.put(Rect { x: row.x + at, width: row.width.saturating_sub(at), ..row }, text);
            if focused {
                ink.bar(Rect { width: 1, ..row });
            }
        }
    }

    /// Lines it would take in all.
    pub fn height(&self, width: u16) -> usize {
        self.height_of(&self.blocks(width.saturating_sub(TITLE + 4)))
    }

    fn height_of(&self, blocks: &[Block]) -> usize {
        blocks.iter().map(|block| block.lines.len()).sum()
    }

    fn blocks(&self, width: u16) -> Vec<Block> {
        let wanted =
            |asked: &Asked| self.output.is_none_or(|output| asked.key.output.is_none_or(|about| about == output));
        let asked = self.form.asked().iter().enumerate().filter(|(_, asked)| wanted(asked));
        let mut blocks: Vec<Block> = Vec::new();
        let mut about = None;
        let mut left_open: Vec<&Asked> = Vec::new();
        for (field, asked) in asked {
            if asked.key.output != about {
                blocks.extend(self.left_open(&std::mem::take(&mut left_open), width));
                about = asked.key.output;
            }
            let given = self.form.answer(&asked.key).is_some();
            if self.form.focus() == field || given || self.form.is_required(asked) {
                blocks.push(self.question(field, asked, width));
            } else {
                left_open.push(asked);
            }
        }
        blocks.extend(self.left_open(&left_open, width));
        blocks.push(self.beside(width));
        blocks
    }

    /// What may be left open, in a line.
    fn left_open(&self, asked: &[&Asked], width: u16) -> Option<Block> {
        let (first, _) = asked.split_first()?;
        let names: Vec<&str> = asked.iter().map(|asked| asked.question.title.as_str()).collect();
        let line = Shown::new(Role::Quiet, &names.join(" · ")).cut(usize::from(width));
        let title = Shown::new(Role::Quiet, &format!("  may be added{}", self.letter(first)));
        Some(Block { lines: titled(title, vec![line]), focused: false })
    }

    /// The letter of the output a question is about, where several outputs' questions are listed.
    fn letter(&self, asked: &Asked) -> String {
        let letter = |output| format!(" ({})", self.form.letters().of(output));
        asked.key.output.filter(|_| self.output.is_none()).map_or_else(String::new, letter)
    }

    fn question(&self, field: usize, asked: &Asked, width: u16) -> Block {
        let focused = self.form.focus() == field;
        let given = self.form.answer(&asked.key).is_some();
        let letter = self.letter(asked);
        let role = if focused { Role::HeadingFocused } else { Role::Text };
        let name = Shown::new(role, &asked.question.title).cut(usize::from(TITLE) - 2 - letter.len());
        let mut title = sign(given, self.form.is_required(asked));
        title.append(&name.and(role, &letter));
        let page = if focused { self.form.page() } else { 0 };
        let mut lines = match self.options(asked, page) {
            options if options.is_empty() => vec![self.said(asked, focused)],
            options => fill(&options, if focused { width } else { u16::MAX }),
        };
        if !focused && lines.first().is_some_and(|line| line.width() > usize::from(width)) && given {
            lines = vec![self.said(asked, focused)];
        }
        if focused {
            lines.extend(self.help(asked, width));
        }
        Block { lines: titled(title, lines), focused }
    }

    /// The choices as they stand in a line.
    fn options(&self, asked: &Asked, page: usize) -> Vec<Shown> {
        let answer = self.form.answer(&asked.key);
        let each = choices(&asked.question, self.form.letters(), page);
        let mut shown: Vec<Shown> = each
            .iter()
            .map(|choice| {
                let key = choice.digit.to_string();
                if is_chosen(&asked.question, choice, answer) {
                    Shown::new(Role::Quiet, "[")
                        .and(Role::Key, &key)
                        .and(Role::Good, &format!(" {}", choice.words))
                        .and(Role::Quiet, "]")
                } else {
                    Shown::new(Role::Key, &key).and(Role::Text, &format!(" {}", choice.words))
                }
            })
            .collect();
        if pages(&asked.question) > 1 {
            shown.push(Shown::new(Role::Key, "0").and(Role::Quiet, " more"));
        }
        if asked.question.kind == QuestionKind::Ranking {
            let placed = if self.form.focused() == Some(asked) { self.form.ranking() } else { &[] };
            let so_far = match (placed.is_empty(), self.form.read(&asked.key)) {
                (true, Some(answer)) => words(&asked.question, self.form.letters(), &answer),
                _ => ranked(placed, self.form.letters()),
            };
            shown.push(Shown::new(Role::Quiet, "best first, = ties: ").and(Role::Good, &so_far));
        }
        shown
    }

    /// The answer in words, or how to give one.
    fn said(&self, asked: &Asked, focused: bool) -> Shown {
        let (write, mark) = &self.keys;
        let key = if asked.question.kind == QuestionKind::Span { mark } else { write };
        match self.form.read(&asked.key) {
            Some(answer) => Shown::new(Role::Good, &words(&asked.question, self.form.letters(), &answer)),
            None if focused => Shown::new(Role::Key, key).and(
                Role::Quiet,
                if asked.question.kind == QuestionKind::Span { " to mark passages" } else { " to write" },
            ),
            None => Shown::new(Role::Quiet, "-"),
        }
    }

    /// One or two lines on how to answer.
    fn help(&self, asked: &Asked, width: u16) -> Vec<Shown> {
        let help = Shown::new(Role::Quiet, &asked.question.help);
        let wrapped = Wrapped::of(&help, width.max(8));
        let line = |n: usize| {
            let mut line = Shown::default();
            wrapped.line(n).for_each(|(text, role)| line.push(role, text));
            if n == 1 && wrapped.height() > 2 {
                line.push(Role::Quiet, " …");
            }
            line
        };
        (0..wrapped.height().min(2)).map(line).filter(|line| !line.is_empty()).collect()
    }

    fn beside(&self, width: u16) -> Block {
        let focused = self.form.focus() == self.form.asked().len();
        let name = match self.form.prose() {
            Prose::Rationale => "Rationale",
            Prose::Opinion => "Opinion",
        };
        let given = !self.prose.trim().is_empty();
        let asks = self.form.asks_for_prose();
        let role = if focused { Role::HeadingFocused } else { Role::Text };
        let title = sign(given, asks.is_some()).and(role, name);
        let first = match (given, asks) {
            (true, _) => Shown::new(Role::Good, self.prose).one_line().cut(usize::from(width)),
            (false, Some(why)) => Shown::new(Role::Key, &self.keys.0).and(Role::Warning, &format!(" to write: {why}")),
            (false, None) => Shown::new(Role::Key, &self.keys.0).and(Role::Quiet, " to write"),
        };
        Block { lines: titled(title, vec![first]), focused }
    }
}

/// `✓` answered, `•` asked for, nothing if it may be left open.
fn sign(given: bool, required: bool) -> Shown {
    match (given, required) {
        (true, _) => Shown::new(Role::Good, "✓ "),
        (false, true) => Shown::new(Role::Warning, "• "),
        (false, false) => Shown::new(Role::Quiet, "  "),
    }
}

fn titled(title: Shown, lines: Vec<Shown>) -> Vec<(Shown, Shown)> {
    let titles = std::iter::once(title).chain(std::iter::repeat_with(Shown::default));
    titles.zip(lines).collect()
}

/// Options set into lines of a width, two spaces apart.
fn fill(options: &[Shown], width: u16) -> Vec<Shown> {
    let mut lines = vec![Shown::default()];
    for option in options {
        let Some(line) = lines.last_mut() else { break };
        let room = line.width() + 2 + option.width() <= usize::from(width);
        if !line.is_empty() && room {
            line.push(Role::Text, "  ");
            line.append(option);
        } else if line.is_empty() {
            line.append(option);
        } else {
            lines.push(option.clone());
        }
    }
    lines
}

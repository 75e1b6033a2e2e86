//! Text under review, from outside: as it is with chips, cleaned, or escaped; rendered, or as it is written.

use crate::tui::theme::Role;

use super::chips::{Piece, pieces};
use super::markdown::render;
use super::prose::Prose;
use super::shown::{Shown, visible};

/// How hidden characters are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// As chips in their places.
    #[default]
    Original,
    /// Not at all.
    Clean,
    /// Everything but printable ASCII as `\u{...}`.
    Escaped,
}

/// See the module's first line.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    raw: String,
    hidden: usize,
}

impl Reading {
    /// Over a text as it came.
    pub fn new(raw: &str) -> Self {
        let hidden = pieces(raw).iter().filter(|piece| matches!(piece, Piece::Chip(..))).count();
        Self { raw: raw.to_owned(), hidden }
    }

    /// The text as it came.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// How many things are hidden in it.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Rendered as Markdown and wrapped; the escaped view is wrapped alone.
    pub fn rendered(&self, view: View, width: u16) -> Prose {
        match view {
            View::Original => render(&self.raw, width),
            View::Clean => render(&visible(&self.raw), width),
            View::Escaped => Prose::of(&Shown::new(Role::Code, &escaped(&self.raw)), width),
        }
    }

    /// As it is written, with places and offsets to be asked for: for marking.
    pub fn written(&self, width: u16) -> Prose {
        Prose::written(&self.raw, width)
    }
}

fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        ' '..='~' | '\n' => c.to_string(),
        c => format!("\\u{{{:x}}}", u32::from(c)),
    };
    text.chars().map(one).collect()
}

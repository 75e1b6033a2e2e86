//! Theme files: a palette, roles, and the theme they inherit from.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::colour::read;
use super::role::Role;

/// The built-in themes.
pub(super) const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("monochrome", include_str!("../../../themes/monochrome.toml")),
    ("sixteen", include_str!("../../../themes/sixteen.toml")),
];

/// What is wrong with a theme, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No such theme.
    #[error("no theme `{0}`; there is dark, light, high-contrast, monochrome, sixteen, or a file's path")]
    Unknown(String),
    /// A fault in a file.
    #[error("{file}:{line}: {what}")]
    Fault {
        /// Which.
        file: String,
        /// Where.
        line: usize,
        /// What.
        what: String,
    },
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Attributes<'a> {
    fg: Option<&'a str>,
    bg: Option<&'a str>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[serde(rename = "title")]
    _title: String,
    inherits: Option<Spanned<String>>,
    background: Option<Spanned<String>>,
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    #[serde(default, borrow)]
    roles: BTreeMap<Spanned<String>, Spanned<Attributes<'a>>>,
}

/// A theme read: what each role is drawn with, before it is fitted to a terminal.
#[derive(Debug, Default, Clone)]
pub(super) struct Read {
    pub styles: BTreeMap<Role, Style>,
    pub background: Option<Color>,
}

/// Everything that a chain of files says, the nearest counting.
#[derive(Debug, Default)]
struct Chain<'a> {
    palette: BTreeMap<String, Color>,
    roles: BTreeMap<Role, (Attributes<'a>, usize)>,
    background: Option<(String, usize)>,
}

/// Reads a file and what it inherits from.
pub(super) fn read_theme(text: &str, file: &str) -> Result<Read, ThemeError> {
    let mut chain = Chain::default();
    gather(text, file, &mut chain, BUILT_IN.len())?;
    let Chain { palette, roles, background } = chain;
    let colour = |name: &str, line: usize| {
        palette.get(name).copied().or_else(|| read(name)).ok_or_else(|| ThemeError::Fault {
            file: file.to_owned(),
            line,
            what: format!("`{name}` is no colour of the palette, #rrggbb or one of the 16 names"),
        })
    };
    let mut styles = BTreeMap::new();
    for role in Role::ALL {
        let Some((attributes, line)) = roles.get(&role) else {
            let what = format!("the role `{}` is missing; name it, or inherit a theme that has it", role.name());
            return Err(ThemeError::Fault { file: file.to_owned(), line: 1, what });
        };
        let fg = attributes.fg.map(|name| colour(name, *line)).transpose()?;
        let bg = attributes.bg.map(|name| colour(name, *line)).transpose()?;
        let mut style = Style { fg, bg, ..Style::default() };
        let modifiers = [
            (attributes.bold, Modifier::BOLD),
            (attributes.dim, Modifier::DIM),
            (attributes.italic, Modifier::ITALIC),
            (attributes.underline, Modifier::UNDERLINED),
            (attributes.reverse, Modifier::REVERSED),
        ];
        for (_, modifier) in modifiers.into_iter().filter(|(set, _)| *set) {
            style = style.add_modifier(modifier);
        }
        styles.insert(role, style);
    }
    let background = background.map(|(name, line)| colour(&name, line)).transpose()?;
    Ok(Read { styles, background })
}

/// Adds what a file says where nothing nearer said it, then what it inherits; `left` ends circles.
fn gather<'a>(text: &'a str, file: &str, chain: &mut Chain<'a>, left: usize) -> Result<(), ThemeError> {
    let line_of = |byte: usize| text.get(..byte).unwrap_or(text).matches('\n').count() + 1;
    let fault = |byte: usize, what: String| ThemeError::Fault { file: file.to_owned(), line: line_of(byte), what };
    let parsed: File<'a> = toml::from_str(text)
        .map_err(|error| fault(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    for (name, written) in &parsed.palette {
        let colour = read(written.get_ref()).ok_or_else(|| {
            fault(written.span().start, format!("`{}` is not #rrggbb or one of the 16 names", written.get_ref()))
        })?;
        chain.palette.entry(name.clone()).or_insert(colour);
    }
    for (name, attributes) in &parsed.roles {
        let role = Role::ALL.into_iter().find(|role| role.name() == *name.get_ref()).ok_or_else(|| {
            let known: Vec<String> = Role::ALL.iter().map(|role| role.name()).collect();
            fault(name.span().start, format!("no role `{}`; there is {}", name.get_ref(), known.join(", ")))
        })?;
        chain.roles.entry(role).or_insert((*attributes.get_ref(), line_of(attributes.span().start)));
    }
    if let (None, Some(background)) = (&chain.background, &parsed.background) {
        chain.background = Some((background.get_ref().clone(), line_of(background.span().start)));
    }
    let Some(parent) = parsed.inherits else { return Ok(()) };
    let known = BUILT_IN.iter().find(|(name, _)| name == parent.get_ref()).filter(|_| left > 0);
    let (name, text) = known.ok_or_else(|| {
        fault(parent.span().start, format!("`{}` is no built-in theme to inherit from", parent.get_ref()))
    })?;
    gather(text, name, chain, left - 1)
}

//! A theme fitted to a terminal: the style of every role.

use ratatui::style::{Color, Style};

use super::colour::nearest;
use super::depth::Depth;
use super::file::{BUILT_IN, Read, ThemeError, read_theme};
use super::role::Role;

/// See the module's first line.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: Vec<Style>,
    background: Option<Color>,
}

impl Theme {
    /// The built-in themes.
    pub const NAMES: [&'static str; 5] = ["dark", "light", "high-contrast", "monochrome", "sixteen"];

    /// The theme to take when none is asked for.
    pub fn default_name(depth: Depth) -> &'static str {
        match depth {
            Depth::True | Depth::Palette256 => "dark",
            Depth::Sixteen => "sixteen",
            Depth::None => "monochrome",
        }
    }

    /// A built-in theme. At 16 colours one that needs more is `sixteen` instead, without colours `monochrome`.
    ///
    /// Errors: no such theme.
    pub fn named(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        let (_, text) =
            BUILT_IN.iter().find(|(known, _)| *known == name).ok_or_else(|| ThemeError::Unknown(name.to_owned()))?;
        Self::read(text, name, depth)
    }

    /// A theme file.
    ///
    /// Errors: what is wrong in it, with file and line.
    pub fn read(text: &str, file: &str, depth: Depth) -> Result<Self, ThemeError> {
        let read = read_theme(text, file)?;
        let instead = match depth {
            Depth::True | Depth::Palette256 => None,
            Depth::Sixteen => needs_more(&read).then_some("sixteen"),
            Depth::None => Some("monochrome"),
        };
        let read = match instead.and_then(|name| BUILT_IN.iter().find(|(known, _)| *known == name)) {
            Some((name, text)) if *name != file => read_theme(text, name)?,
            _ => read,
        };
        Ok(Self::fitted(&read, depth))
    }

    fn fitted(read: &Read, depth: Depth) -> Self {
        let fit = |colour: Color| if depth == Depth::Palette256 { nearest(colour) } else { colour };
        let background = read.background.map(fit);
        let styles = Role::ALL.iter().map(|role| {
            let style = read.styles.get(role).copied().unwrap_or_default();
            Style { fg: style.fg.map(fit), bg: style.bg.map(fit).or(background), ..style }
        });
        Self { styles: styles.collect(), background }
    }

    /// How a role is drawn.
    pub fn style(&self, role: Role) -> Style {
        let place = Role::ALL.iter().position(|known| *known == role);
        place.and_then(|place| self.styles.get(place)).copied().unwrap_or_default()
    }

    /// The colour behind everything; none for the terminal's own.
    pub fn background(&self) -> Option<Color> {
        self.background
    }
}

fn needs_more(read: &Read) -> bool {
    let of_roles = read.styles.values().flat_map(|style| [style.fg, style.bg]);
    of_roles.chain([read.background]).flatten().any(|colour| matches!(colour, Color::Rgb(..)))
}

#[cfg(test)]
mod tests {
    use super::super::colour::contrast;
    use super::*;

    /// What stands behind a role, and the role's colour; a terminal's own are taken for white on black.
    fn seen(theme: &Theme, role: Role) -> (Color, Color) {
        let style = theme.style(role);
        (style.fg.unwrap_or(Color::Gray), style.bg.unwrap_or(Color::Black))
    }

    #[test]
    fn every_text_can_be_read_in_every_theme() {
        let kinds = [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0)];
        for (name, least, depth) in kinds
            .iter()
            .flat_map(|(name, least)| [Depth::True, Depth::Palette256].map(|depth| (*name, *least, depth)))
            .chain([("sixteen", 4.5, Depth::Sixteen)])
        {
            let theme = Theme::named(name, depth).unwrap();
            let chosen = if name == "sixteen" { Color::Black } else { seen(&theme, Role::Chosen).1 };
            for role in Role::ALL.into_iter().filter(|role| *role != Role::Rule) {
                let (fg, bg) = seen(&theme, role);
                let found = contrast(fg, bg);
                assert!(found >= least, "{name} {depth:?} {role:?}: {found:.2}");
                let plain = theme.style(role).bg == theme.background();
                if plain {
                    let found = contrast(fg, chosen);
                    assert!(found >= 4.5, "{name} {depth:?} {role:?} in a chosen row: {found:.2}");
                }
            }
            let (rule, behind) = seen(&theme, Role::Rule);
            assert!(contrast(rule, behind) > 1.5, "{name}: rules are seen");
        }
    }

    #[test]
    fn without_colours_attributes_alone_are_left() {
        for name in Theme::NAMES {
            let theme = Theme::named(name, Depth::None).unwrap();
            for role in Role::ALL {
                let style = theme.style(role);
                assert_eq!((style.fg, style.bg), (None, None), "{name} {role:?}");
            }
        }
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_line() {
        let fault = |text: &str| Theme::read(text, "my.toml", Depth::True).unwrap_err().to_string();
        assert!(fault("title = \"x\"\n\n[roles]\ntexte = {}\n").starts_with("my.toml:4: no role `texte`"));
        assert!(fault("title = \"x\"\ninherits = \"drak\"\n").starts_with("my.toml:2: `drak` is no built-in theme"));
        let text = "title = \"x\"\ninherits = \"dark\"\n[roles]\ntext = { fg = \"sky\" }\n";
        assert!(fault(text).starts_with("my.toml:4: `sky` is no colour"));
        assert!(fault("title = \"x\"\n[roles]\ntext = { blink = true }\n").starts_with("my.toml:3: unknown field"));
        assert!(fault("title = \"x\"\n").starts_with("my.toml:1: the role `text` is missing"));
        let own = Theme::read("title = \"x\"\ninherits = \"dark\"\n", "my.toml", Depth::True).unwrap();
        assert_eq!(own.style(Role::Bad), Theme::named("dark", Depth::True).unwrap().style(Role::Bad));
        assert!(Theme::named("drak", Depth::True).unwrap_err().to_string().contains("high-contrast"));
    }
}

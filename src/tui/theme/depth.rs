//! How many colours a terminal shows.

/// See the module's first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All.
    True,
    /// xterm's 256.
    Palette256,
    /// The 16 with names.
    Sixteen,
    /// None: attributes alone.
    None,
}

/// Terminals that show 256 colours without saying so in `TERM`.
const KNOWN: [&str; 8] = ["xterm", "tmux", "screen", "alacritty", "foot", "kitty", "wezterm", "ghostty"];

impl Depth {
    /// What the environment says; `look` looks a variable up.
    pub fn detect(look: &dyn Fn(&str) -> Option<String>) -> Self {
        let term = look("TERM").unwrap_or_default();
        if look("NO_COLOR").is_some_and(|value| !value.is_empty()) || term == "dumb" {
            return Self::None;
        }
        if matches!(look("COLORTERM").as_deref(), Some("truecolor" | "24bit")) {
            return Self::True;
        }
        let many = term.contains("256color") || KNOWN.iter().any(|known| term.starts_with(known));
        if many { Self::Palette256 } else { Self::Sixteen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_the_depth() {
        let of = |set: &[(&str, &str)]| {
            Depth::detect(&|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(of(&[("TERM", "tmux-256color")]), Depth::Palette256);
        assert_eq!(of(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(of(&[("TERM", "xterm"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(of(&[("TERM", "dumb")]), Depth::None);
    }
}

//! A key as people write it: `j`, `C-s`, `tab`, `g h` is two of them.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with Ctrl and Alt; `0-9` stands for any digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chord {
    /// A key.
    Key {
        /// With Ctrl.
        ctrl: bool,
        /// With Alt.
        alt: bool,
        /// Which.
        code: Code,
    },
    /// Any digit, without Ctrl or Alt.
    Digit,
}

/// The keys that can be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

const NAMED: [(&str, Code); 15] = [
    ("space", Code::Char(' ')),
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backtab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("pagedown", Code::PageDown),
];

impl Chord {
    /// The key that was pressed; none for keys that can't be bound.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let code = match event.code {
            KeyCode::Char(c) => Code::Char(c),
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Esc,
            KeyCode::Tab => Code::Tab,
            KeyCode::BackTab => Code::BackTab,
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            _ => return None,
        };
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        Some(Self::Key { ctrl, alt, code })
    }

    /// Reads one key: a character, a name, `C-` or `A-` before it, or `0-9`.
    pub fn read(text: &str) -> Option<Self> {
        if text == "0-9" {
            return Some(Self::Digit);
        }
        let (ctrl, rest) = text.strip_prefix("C-").map_or((false, text), |rest| (true, rest));
        let (alt, rest) = rest.strip_prefix("A-").map_or((false, rest), |rest| (true, rest));
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_control() && c != ' ' => Code::Char(c),
            _ => NAMED.iter().find(|(name, _)| *name == rest)?.1,
        };
        Some(Self::Key { ctrl, alt, code })
    }

    /// Reads keys that are pressed one after the other, separated by spaces.
    pub fn read_all(text: &str) -> Option<Vec<Self>> {
        let chords: Option<Vec<Self>> = text.split(' ').map(Self::read).collect();
        chords.filter(|chords| !chords.is_empty())
    }

    /// Whether pressing `pressed` is this.
    pub fn is(self, pressed: Self) -> bool {
        match (self, pressed) {
            (Self::Digit, Self::Key { ctrl: false, alt: false, code: Code::Char(c) }) => c.is_ascii_digit(),
            _ => self == pressed,
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Key { ctrl, alt, code } = self else { return f.write_str("0-9") };
        if *ctrl {
            f.write_str("C-")?;
        }
        if *alt {
            f.write_str("A-")?;
        }
        match (NAMED.iter().find(|(_, named)| named == code), code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

/// As footers and help write keys: `Enter`, `↑`.
pub fn pretty(keys: &[Chord]) -> String {
    let word = |chord: &Chord| match chord.to_string().as_str() {
        "up" => "↑".to_owned(),
        "down" => "↓".to_owned(),
        "left" => "←".to_owned(),
        "right" => "→".to_owned(),
        "pageup" => "PgUp".to_owned(),
        "pagedown" => "PgDn".to_owned(),
        "backtab" => "S-Tab".to_owned(),
        "space" => "Space".to_owned(),
        name if name.len() > 1 && !name.contains('-') => name
            .chars()
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(name.chars().skip(1)).collect()),
        name => name.to_owned(),
    };
    keys.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_written_in_one_spelling() {
        for text in ["j", "C-s", "A-x", "C-A-left", "tab", "space", "?", ":", "0-9", "esc", "-", "é"] {
            assert_eq!(Chord::read(text).unwrap().to_string(), text);
        }
        for text in ["", "jj", "C-", "ctrl-s", "F1", "0-8"] {
            assert_eq!(Chord::read(text), None, "{text}");
        }
        assert_eq!(Chord::read_all("g h").unwrap().len(), 2);
        assert_eq!(Chord::read_all("g  h"), None);
        assert!(Chord::Digit.is(Chord::read("7").unwrap()));
        assert!(!Chord::Digit.is(Chord::read("C-7").unwrap()));
    }
}

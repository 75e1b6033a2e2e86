//! What a client may say of its terminal: a few variables, short and plain, and a size that can be drawn.

use std::collections::BTreeMap;

/// Variables that are taken.
const TAKEN: [&str; 8] =
    ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "GUILDHALL_THEME", "GUILDHALL_LINEAR"];
/// Longest value.
const LONGEST: usize = 64;
/// The largest screen that is drawn: columns, rows.
const LARGEST: (u32, u32) = (500, 200);

/// See the module's first line.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    /// Takes a variable, if it is one of a few and its value is plain; whether it was.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:+@".contains(c);
        match TAKEN.iter().find(|known| **known == name) {
            Some(name) if value.len() <= LONGEST && value.chars().all(plain) => {
                self.0.insert(name, value.to_owned());
                true
            }
            _ => false,
        }
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// A size that can be drawn, from what a client says.
pub fn size(columns: u32, rows: u32) -> (u16, u16) {
    let fit = |asked: u32, usual: u16, most: u32| match asked {
        0 => usual,
        asked => u16::try_from(asked.min(most)).unwrap_or(usual),
    };
    (fit(columns, 80, LARGEST.0), fit(rows, 24, LARGEST.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_values_of_known_variables_are_taken() {
        let mut environment = Environment::default();
        assert!(environment.set("TERM", "xterm-256color"));
        assert!(!environment.set("TERM", "x\x1b[2J") && !environment.set("LD_PRELOAD", "x"));
        assert!(!environment.set("LANG", &"C".repeat(65)));
        assert_eq!(environment.get("TERM").as_deref(), Some("xterm-256color"));
    }

    #[test]
    fn sizes_are_drawable() {
        assert_eq!(size(65_535, 65_535), (500, 200));
        assert_eq!(size(0, 0), (80, 24));
        assert_eq!(size(120, 40), (120, 40));
    }
}

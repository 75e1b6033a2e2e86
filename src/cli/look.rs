//! How the console looks here: theme, depth of colour, characters, keys; from flags, then the environment, then files.

use std::path::PathBuf;

use crate::commands::CommandError;
use crate::tui::{Depth, Glyphs, Keymap, Theme};

/// Looks a variable of the environment up.
pub type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// See the module's first line.
pub struct Look {
    /// `--theme`.
    pub theme: Option<String>,
    /// `--no-color`.
    pub colourless: bool,
    /// The environment.
    pub environment: Environment,
}

impl Look {
    fn depth(&self) -> Depth {
        if self.colourless { Depth::None } else { Depth::detect(&*self.environment) }
    }

    /// The theme: a built-in one by name, else a file.
    pub fn theme(&self) -> Result<Theme, CommandError> {
        let depth = self.depth();
        let usage = |error: crate::tui::ThemeError| CommandError::Usage(error.to_string());
        match &self.theme {
            None => Theme::named(Theme::default_name(depth), depth).map_err(usage),
            Some(path) if path.contains(['/', '.']) => {
                let text = std::fs::read_to_string(path).map_err(|e| CommandError::Usage(format!("{path}: {e}")))?;
                Theme::read(&text, path, depth).map_err(usage)
            }
            Some(name) => Theme::named(name, depth).map_err(usage),
        }
    }

    /// The keys: the default ones, with the user's file over them.
    pub fn keymap(&self) -> Result<Keymap, CommandError> {
        let Some(path) = self.key_file() else { return Ok(Keymap::default()) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Keymap::with_file(&path.display().to_string(), &text)
                .map_err(|error| CommandError::Usage(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Keymap::default()),
            Err(error) => Err(CommandError::Usage(format!("{}: {error}", path.display()))),
        }
    }

    /// Where the user's key file would be.
    pub fn key_file(&self) -> Option<PathBuf> {
        Some(directories::ProjectDirs::from("", "", "guildhall")?.config_dir().join("keys.toml"))
    }

    /// What the terminal can draw, by the locale.
    pub fn glyphs(&self) -> Glyphs {
        Glyphs::detect(&*self.environment)
    }

    /// The user's editor.
    pub fn editor(&self) -> Option<String> {
        (self.environment)("VISUAL").or_else(|| (self.environment)("EDITOR"))
    }
}

//! The pictures that README shows: scenes of one session in the demo, each in two themes.

use crate::tui::actor::Actor;
use crate::tui::model::Settings;
use crate::tui::theme::{Depth, Theme, ThemeError};

use super::stage::Stage;
use super::svg::svg;

/// Name, size, and the keys that lead on from the scene before.
const SCENES: [(&str, (u16, u16), &str); 4] = [
    ("hall", (80, 24), ""),
    ("adjudicate", (120, 40), "g d enter"),
    ("judge", (80, 24), "g h enter 4 3"),
    ("card", (80, 24), "u u 2 2 3 2 1 4 2 enter"),
];
const THEMES: [&str; 2] = ["dark", "light"];

/// Draws every scene in every theme: name of the file, SVG.
///
/// Errors: a theme that isn't there.
pub async fn pictures(actor: &Actor, settings: Settings) -> Result<Vec<(String, String)>, ThemeError> {
    let mut drawn = Vec::new();
    let mut stage = Stage::open(actor.clone(), settings).await;
    for (name, size, keys) in SCENES {
        stage.press(keys).await;
        for theme in THEMES {
            let colours = Theme::named(theme, Depth::True)?;
            stage.repaint(colours.clone());
            let picture = svg(&stage.frame(size), &colours, &format!("guildhall: {name}"));
            drawn.push((format!("{name}-{theme}.svg"), picture));
        }
    }
    Ok(drawn)
}

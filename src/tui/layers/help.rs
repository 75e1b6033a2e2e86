//! All keys that work here, from the same table that dispatches them; and what may follow a key that was pressed.

use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Chord, Keymap, Scope, pretty};
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::frame::framed;
use super::told::Told;

/// A pop-up of the keys of `actions` in these scopes.
pub fn help(keymap: &Keymap, scopes: &[Scope], actions: &[Action]) -> Told {
    let mut lines: Vec<(Action, Vec<String>)> = Vec::new();
    for bound in keymap.bindings(scopes).into_iter().filter(|bound| actions.contains(&bound.action)) {
        let keys = pretty(&bound.keys);
        match lines.iter_mut().find(|(action, _)| *action == bound.action) {
            Some((_, known)) => known.push(keys),
            None => lines.push((bound.action, vec![keys])),
        }
    }
    // what this screen does comes first, then what works everywhere
    lines.sort_by_key(|(action, _)| actions.iter().position(|known| known == action));
    let mut body = Shown::default();
    for (n, (action, keys)) in lines.iter().enumerate() {
        if n > 0 {
            body.push(Role::Text, "\n");
        }
        body.push(Role::Key, &format!("{:<12}", keys.join(" ")));
        body.push(Role::Text, &format!(" {}", action.help()));
    }
    Told::new(Shown::new(Role::HeadingFocused, "Keys that work here"), body)
}

/// What may follow the keys pressed so far.
pub fn draw_continuations(ink: &mut Ink<'_>, area: Rect, pressed: &[Chord], next: &[(Chord, Action)]) {
    let title = Shown::new(Role::HeadingFocused, &format!("{} …", pretty(pressed)));
    let height = u16::try_from(next.len()).unwrap_or(u16::MAX);
    let inner = framed(ink, area, (44, height), &title);
    for ((key, action), row) in next.iter().zip(inner.rows()) {
        ink.put(row, &Shown::new(Role::Key, &pretty(&[*key])).and(Role::Text, &format!("  {}", action.help())));
    }
}

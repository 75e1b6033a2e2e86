//! How the console looks: one line above, the screen, one line below, pop-ups over it; nothing here changes anything.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::ink::Ink;
use super::keys::pretty;
use super::layers::draw_continuations;
use super::model::Model;
use super::place::Place;
use super::scene::Look;
use super::screens::short;
use super::text::Shown;
use super::theme::Role;
use super::update::{actions, scopes};

/// The smallest terminal that is drawn on.
const LEAST: (u16, u16) = (40, 10);

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut ink = Ink::new(frame.buffer_mut(), &model.settings.theme, model.settings.glyphs);
    ink.clear(area);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        ink.put(area, &Shown::plain("guildhall needs 40x10"));
        return;
    }
    let Some(opened) = model.screens.last() else { return };
    let scene = opened.screen.scene();
    let settings = &model.settings;
    let look = Look {
        session: &settings.session,
        keymap: &settings.keymap,
        drafts: &model.drafts,
        underway: &model.underway,
        now: model.now,
    };
    let top = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
    let mut status = scene.status(&look);
    let unsigned = settings.session.signed_by.why_not();
    if unsigned.is_some() && scene.place() != Place::Hall {
        let apart = if status.is_empty() { "" } else { " · " };
        let mut told = Shown::new(Role::Warning, "attested by the hall").and(Role::Quiet, apart);
        told.append(&status);
        status = told;
    }
    let left = usize::from(top.width).saturating_sub(status.width() + 2);
    ink.put(top, &scene.title().cut(left));
    ink.put_right(top, &status);
    let middle = Rect { y: area.y + 1, height: area.height - 2, ..area };
    scene.draw(&mut ink, middle, &look);
    let bottom = Rect { y: area.bottom() - 1, ..top };
    footer(model, &mut ink, bottom);
    for layer in &model.layers {
        layer.draw(&mut ink, middle, (&settings.keymap, unsigned));
    }
    if !model.pressed.is_empty() {
        let next = settings.keymap.continuations(&scopes(model), &model.pressed);
        draw_continuations(&mut ink, middle, &model.pressed, &next);
    }
    if let Some(caret) = ink.caret() {
        frame.set_cursor_position(caret);
    }
}

/// What was said last, else the keys that work now.
fn footer(model: &Model, ink: &mut Ink<'_>, row: Rect) {
    if !model.notice.is_empty() {
        ink.put(row, &model.notice);
        return;
    }
    let mut right = Shown::default();
    let here = model.place();
    if let Some(run) = model.underway.elsewhere(here.as_ref().and_then(Place::item)) {
        right.push(Role::Quiet, &format!("{} at work on {} ", run.errand.model, short(&run.errand.item)));
    }
    if model.size.1 > model.size.0 {
        right.push(Role::Key, "R");
        right.push(Role::Warning, &format!(" {} new entries", model.size.1 - model.size.0));
    }
    if model.layers.is_empty() {
        let room = usize::from(row.width).saturating_sub(right.width() + 1);
        ink.put(row, &keys(model, room));
    }
    ink.put_right(row, &right);
}

/// As many keys as there is room for.
fn keys(model: &Model, room: usize) -> Shown {
    let scopes = scopes(model);
    let keymap = &model.settings.keymap;
    let mut line = Shown::default();
    for action in actions(model) {
        let Some(bound) = keymap.keys_of(&scopes, action) else { continue };
        let words = action.brief();
        if words.is_empty() {
            continue;
        }
        let mut next = Shown::new(Role::Key, &pretty(bound)).and(Role::Quiet, &format!(" {words}"));
        if !line.is_empty() {
            next = Shown::new(Role::Quiet, " · ").and(Role::Text, "");
            next.push(Role::Key, &pretty(bound));
            next.push(Role::Quiet, &format!(" {words}"));
        }
        if line.width() + next.width() > room {
            break;
        }
        line.append(&next);
    }
    line
}

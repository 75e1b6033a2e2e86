//! The place of a pop-up: in the middle, between two rules, over what lies beneath.

use ratatui::layout::Rect;

use crate::tui::ink::Ink;
use crate::tui::text::Shown;

/// Clears a place of `width` by `height` and draws its rules; returns the room inside.
pub fn framed(ink: &mut Ink<'_>, area: Rect, (width, height): (u16, u16), title: &Shown) -> Rect {
    let width = width.min(area.width);
    let height = height.saturating_add(2).min(area.height.saturating_sub(2)).max(3);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + area.height.saturating_sub(height) / 2;
    let outer = Rect { x, y, width, height };
    // a column of room on either side sets it off from what lies beneath
    ink.clear(Rect { x: x.saturating_sub(1), width: width + 2, ..outer });
    let row = Rect { height: 1, ..outer };
    ink.heading(row, title, &Shown::default());
    ink.heading(Rect { y: outer.bottom() - 1, ..row }, &Shown::default(), &Shown::default());
    let left = Rect { y: y + 1, width: 1, height: height - 2, ..outer };
    ink.divider(left);
    ink.divider(Rect { x: outer.right() - 1, ..left });
    Rect { x: x + 2, y: y + 1, width: width.saturating_sub(4), height: height - 2 }
}

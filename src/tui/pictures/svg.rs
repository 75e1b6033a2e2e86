//! A frame as an SVG picture: the same cells, colours and attributes, on any machine the same.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::tui::theme::{Role, Theme, rgb};

/// Size of a cell, and the margin, in pixels.
const CELL: (usize, usize) = (9, 19);
const MARGIN: usize = 14;
/// Where the text's baseline stands in a cell.
const BASE: usize = 14;

/// Draws a frame.
pub fn svg(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let behind = theme.background().unwrap_or(Color::Black);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n\
         <g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"15\" \
         xml:space=\"preserve\">\n",
        escaped(title),
        hex(behind),
    );
    for y in 0..rows {
        row(&mut out, buffer, (y, columns), theme);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// A stretch of cells of one style.
struct Run {
    x: usize,
    columns: usize,
    text: String,
    style: Style,
}

fn row(out: &mut String, buffer: &Buffer, (y, columns): (usize, usize), theme: &Theme) {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < columns {
        let at = (u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(y).unwrap_or(u16::MAX));
        let Some(cell) = buffer.cell(at) else { break };
        let (symbol, style) = (cell.symbol(), cell.style());
        let wide = symbol.width().max(1);
        match runs.last_mut().filter(|run| run.style == style) {
            Some(run) => {
                run.text.push_str(symbol);
                run.columns += wide;
            }
            None => runs.push(Run { x, columns: wide, text: symbol.to_owned(), style }),
        }
        x += wide;
    }
    for run in runs {
        draw(out, &run, y, theme);
    }
}

fn draw(out: &mut String, run: &Run, y: usize, theme: &Theme) {
    let plain = theme.style(Role::Text);
    let known = |colour: Option<Color>, other: Option<Color>, last: Color| {
        colour.filter(|colour| *colour != Color::Reset).or(other).unwrap_or(last)
    };
    let behind = theme.background().unwrap_or(Color::Black);
    let (mut fg, mut bg) = (known(run.style.fg, plain.fg, Color::Gray), known(run.style.bg, plain.bg, behind));
    let modifiers = run.style.add_modifier;
    if modifiers.contains(Modifier::REVERSED) {
        (fg, bg) = (bg, fg);
    }
    let (x, top) = (MARGIN + run.x * CELL.0, MARGIN + y * CELL.1);
    let width = run.columns * CELL.0;
    if bg != behind {
        let _ =
            writeln!(out, "<rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{}\"/>", CELL.1, hex(bg));
    }
    let text = run.text.trim_end();
    if text.is_empty() {
        return;
    }
    let length = text.width() * CELL.0;
    let mut more = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.7\""),
    ] {
        if modifiers.contains(modifier) {
            more.push_str(attribute);
        }
    }
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{length}\" fill=\"{}\"{more}>{}</text>",
        top + BASE,
        hex(fg),
        escaped(text),
    );
}

fn hex(colour: Color) -> String {
    let (red, green, blue) = rgb(colour).unwrap_or((0, 0, 0));
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;
    use crate::tui::ink::{Glyphs, Ink};
    use crate::tui::text::Shown;
    use crate::tui::theme::Depth;

    #[test]
    fn runs_of_a_style_are_one_text_at_its_place() {
        let theme = Theme::named("dark", Depth::True).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        let area = buffer.area;
        let mut ink = Ink::new(&mut buffer, &theme, Glyphs::Unicode);
        ink.clear(area);
        ink.put(area, &Shown::plain("a<b"));
        ink.put(Rect { x: 4, width: 2, ..area }, &Shown::new(Role::Chip, "漢"));
        let drawn = svg(&buffer, &theme, "one & two");
        assert!(drawn.contains("<title>one &amp; two</title>"));
        assert!(drawn.contains("x=\"14\" y=\"28\" textLength=\"27\" fill=\"#dde3ea\">a&lt;b</text>"), "{drawn}");
        assert!(drawn.contains("<rect x=\"50\" y=\"14\" width=\"18\" height=\"19\" fill=\"#e6b450\"/>"), "{drawn}");
    }
}

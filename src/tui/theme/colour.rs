//! Colours: how files write them, what xterm shows for numbers and names, how well two can be told apart.

use ratatui::style::Color;

/// The 16 names, in their order, and what xterm shows for them.
pub(super) const NAMED: [(&str, Color, (u8, u8, u8)); 16] = [
    ("black", Color::Black, (0, 0, 0)),
    ("red", Color::Red, (205, 0, 0)),
    ("green", Color::Green, (0, 205, 0)),
    ("yellow", Color::Yellow, (205, 205, 0)),
    ("blue", Color::Blue, (0, 0, 238)),
    ("magenta", Color::Magenta, (205, 0, 205)),
    ("cyan", Color::Cyan, (0, 205, 205)),
    ("white", Color::Gray, (229, 229, 229)),
    ("bright black", Color::DarkGray, (127, 127, 127)),
    ("bright red", Color::LightRed, (255, 0, 0)),
    ("bright green", Color::LightGreen, (0, 255, 0)),
    ("bright yellow", Color::LightYellow, (255, 255, 0)),
    ("bright blue", Color::LightBlue, (92, 92, 255)),
    ("bright magenta", Color::LightMagenta, (255, 0, 255)),
    ("bright cyan", Color::LightCyan, (0, 255, 255)),
    ("bright white", Color::White, (255, 255, 255)),
];
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// `#rrggbb` or one of the 16 names.
pub(super) fn read(text: &str) -> Option<Color> {
    let Some(digits) = text.strip_prefix('#').filter(|digits| digits.len() == 6) else {
        return NAMED.iter().find(|(name, ..)| *name == text).map(|(_, colour, _)| *colour);
    };
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some(Color::Rgb(part(0)?, part(2)?, part(4)?))
}

/// What is seen; none for the terminal's own colour.
pub fn rgb(colour: Color) -> Option<(u8, u8, u8)> {
    match colour {
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(n @ 0..=15) => NAMED.get(usize::from(n)).map(|(.., seen)| *seen),
        Color::Indexed(n @ 16..=231) => {
            let n = usize::from(n - 16);
            let part = |n: usize| CUBE.get(n % 6).copied().unwrap_or(0);
            Some((part(n / 36), part(n / 6), part(n)))
        }
        Color::Indexed(n) => {
            let grey = 8 + 10 * (n - 232);
            Some((grey, grey, grey))
        }
        named => NAMED.iter().find(|(_, colour, _)| *colour == named).map(|(.., seen)| *seen),
    }
}

/// The nearest colour of xterm's 256.
pub(super) fn nearest(colour: Color) -> Color {
    let Color::Rgb(red, green, blue) = colour else { return colour };
    let squared = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    // the eye's shares of the three
    let far = |n: &u8| {
        let (r, g, b) = rgb(Color::Indexed(*n)).unwrap_or_default();
        3 * squared(red, r) + 6 * squared(green, g) + squared(blue, b)
    };
    (16..=255).min_by_key(far).map_or(colour, Color::Indexed)
}

/// How well two colours can be told apart: 1 to 21. Source: WCAG 2.2, contrast ratio.
#[cfg(test)]
pub(in crate::tui) fn contrast(one: Color, other: Color) -> f64 {
    let luminance = |colour: Color| {
        let (red, green, blue) = rgb(colour).unwrap();
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_published_pairs() {
        let pair = |one, other| (contrast(read(one).unwrap(), read(other).unwrap()) * 100.0).round() / 100.0;
        assert_eq!(pair("#000000", "#ffffff"), 21.0);
        assert_eq!(pair("#767676", "#ffffff"), 4.54);
        assert_eq!(pair("#ff0000", "#ffffff"), 4.0);
    }

    #[test]
    fn colours_are_read_and_brought_to_the_nearest_of_256() {
        assert_eq!(read("#0a0b0c"), Some(Color::Rgb(10, 11, 12)));
        assert_eq!(read("bright cyan"), Some(Color::LightCyan));
        assert_eq!((read("#12345"), read("pink")), (None, None));
        assert_eq!(nearest(Color::Rgb(255, 255, 255)), Color::Indexed(231));
        assert_eq!(nearest(Color::Rgb(95, 135, 0)), Color::Indexed(64));
    }
}

//! Text from outside, for terminals that commands write to.

/// Text that came from outside, with its control characters made visible.
pub fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c.to_string(),
            c if c.is_control() || is_invisible(c) => format!("‹U+{:04X}›", u32::from(c)),
            c => c.to_string(),
        })
        .collect()
}

/// Bidirectional overrides, zero-width characters and tags: seen as nothing, read as something.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069 | 0xFEFF | 0xE0000..=0xE007F)
}

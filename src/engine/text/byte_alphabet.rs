//! The alphabet of byte-level tokenizers: a printable character for each byte, and back.
//!
//! Printable Latin-1 stands for itself; the other 68 bytes, in order, are the characters from U+0100.
//!
//! Source: GPT-2, `encoder.py`, `bytes_to_unicode`.

/// The character that stands for a byte.
pub fn char_of_byte(byte: u8) -> char {
    let shift = match byte {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => return char::from(byte),
        0x00..=0x20 => u32::from(byte),
        0x7F..=0xA0 => 0x21 + u32::from(byte - 0x7F),
        0xAD => 0x43,
    };
    char::from_u32(0x100 + shift).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for; `None` for a character outside the alphabet.
pub fn byte_of_char(character: char) -> Option<u8> {
    let code = u32::from(character);
    let byte = match code {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7F,
        0x143 => 0xAD,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

/// Text with every byte as its character.
pub fn spell(text: &str) -> String {
    text.bytes().map(char_of_byte).collect()
}

/// The bytes of a token's spelling; a character outside the alphabet stands for itself.
pub fn bytes_of(spelling: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(spelling.len());
    for character in spelling.chars() {
        match byte_of_char(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_own_character() {
        let alphabet: std::collections::BTreeSet<char> = (0..=255).map(char_of_byte).collect();
        assert_eq!(alphabet.len(), 256);
        for byte in 0..=255 {
            assert_eq!(byte_of_char(char_of_byte(byte)), Some(byte));
        }
        assert_eq!(spell(" \n\u{7f}\u{a0}\u{ad}é"), "ĠĊġÂłÂŃÃ©");
        assert_eq!(byte_of_char('\u{144}'), None);
        assert_eq!(bytes_of("Ġ▁"), " ▁".as_bytes());
    }
}

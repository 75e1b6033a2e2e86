//! Tokens back to text, one at a time: bytes are held back until they make whole characters; which tokens there are is not
//! decided here.

use super::text_error::TextError;
use super::tokenizer::Tokenizer;

/// The text of an answer, as its tokens come.
///
/// The pieces concatenated are the answer's whole text, where bytes that are not UTF-8 became U+FFFD. A space that the
/// tokenizer puts before a text is taken away from its first token.
#[derive(Debug, Clone)]
pub struct Pieces<'t> {
    tokenizer: &'t Tokenizer,
    held: Vec<u8>,
    strips_space: bool,
}

impl<'t> Pieces<'t> {
    /// Before the first token.
    pub fn new(tokenizer: &'t Tokenizer) -> Self {
        Self { tokenizer, held: Vec::new(), strips_space: tokenizer.adds_space() }
    }

    /// The text that a token completes: often empty, if characters take several tokens.
    pub fn push(&mut self, token: u32) -> Result<String, TextError> {
        let mut bytes = self.tokenizer.vocabulary().bytes(token)?;
        if self.strips_space && !bytes.is_empty() {
            self.strips_space = false;
            if bytes.first() == Some(&b' ') {
                bytes.remove(0);
            }
        }
        self.held.extend(bytes);
        Ok(whole_characters(&mut self.held))
    }

    /// What was held back when no more tokens come.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned()
    }
}

/// Takes from the front of the bytes what can't change any more.
fn whole_characters(held: &mut Vec<u8>) -> String {
    let mut end = 0;
    loop {
        match std::str::from_utf8(&held[end..]) {
            Ok(_) => {
                end = held.len();
                break;
            }
            Err(error) => {
                end += error.valid_up_to();
                let Some(length) = error.error_len() else { break };
                end += length;
            }
        }
    }
    let rest = held.split_off(end);
    let whole = std::mem::replace(held, rest);
    String::from_utf8_lossy(&whole).into_owned()
}

/// The text of each token, for a heat map: a character of several tokens belongs to the last of them.
///
/// As many as there are tokens; concatenated they are the whole text.
pub fn token_texts(tokenizer: &Tokenizer, tokens: &[u32]) -> Result<Vec<String>, TextError> {
    let mut pieces = Pieces::new(tokenizer);
    let mut texts: Vec<String> = tokens.iter().map(|token| pieces.push(*token)).collect::<Result<_, _>>()?;
    if let Some(last) = texts.last_mut() {
        last.push_str(&pieces.finish());
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn streamed_bytes_are_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..64), cuts in prop::collection::vec(1..5_usize, 64)) {
            let (mut held, mut streamed, mut rest) = (Vec::new(), String::new(), &bytes[..]);
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                held.extend_from_slice(chunk);
                streamed.push_str(&whole_characters(&mut held));
                prop_assert!(held.len() < 4);
                rest = after;
            }
            held.extend_from_slice(rest);
            streamed.push_str(&whole_characters(&mut held));
            streamed.push_str(&String::from_utf8_lossy(&held));
            prop_assert_eq!(streamed, String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn streamed_characters_are_the_whole(text in "\\PC*") {
            let (mut held, mut streamed) = (Vec::new(), String::new());
            for byte in text.bytes() {
                held.push(byte);
                streamed.push_str(&whole_characters(&mut held));
            }
            prop_assert_eq!(streamed, text);
            prop_assert!(held.is_empty());
        }
    }
}

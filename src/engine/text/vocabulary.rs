//! The tokens of a model: their spelling, kind, score and bytes; how text is cut into them is not here.

use std::collections::HashMap;

use super::byte_alphabet;
use super::model_facts::{ModelFacts, required};
use super::text_error::TextError;

/// What SentencePiece writes for a space.
pub(super) const SPACE_MARK: char = '\u{2581}';

/// What kind of token it is, as model files number them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A piece of text.
    Normal,
    /// What stands for text outside the vocabulary.
    Unknown,
    /// A mark that is no text: the begin or the end of something.
    Control,
    /// Text that is one token wherever it stands.
    UserDefined,
    /// Never used.
    Unused,
    /// One byte, spelled `<0x0A>`.
    Byte,
}

/// How the spelling of tokens stands for bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// A character for each byte.
    ByteLevel,
    /// SentencePiece: plain text with `▁` for a space, and byte tokens.
    Marked,
}

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Its spelling in the vocabulary.
    pub text: String,
    /// See [`TokenKind`].
    pub kind: TokenKind,
    /// How early it is merged: higher is earlier. 0 where the vocabulary has no scores.
    pub score: f32,
}

/// All tokens of a model; a token's place is its id.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    tokens: Vec<Token>,
    ids: HashMap<String, u32>,
    spelling: Spelling,
}

impl Vocabulary {
    /// A vocabulary of these tokens. A spelling that is there twice is an error: its id would be a guess.
    pub fn new(tokens: Vec<Token>, spelling: Spelling) -> Result<Self, TextError> {
        let mut ids = HashMap::with_capacity(tokens.len());
        for (id, token) in (0..).zip(&tokens) {
            if let Some(first) = ids.insert(token.text.clone(), id) {
                let text = &token.text;
                return Err(TextError::BadTokenizer(format!("tokens {first} and {id} are both spelled {text:?}")));
            }
        }
        Ok(Self { tokens, ids, spelling })
    }

    /// The vocabulary in a model file's metadata.
    pub fn from_metadata(metadata: &dyn ModelFacts, spelling: Spelling) -> Result<Self, TextError> {
        let texts = required(metadata.texts("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens")?;
        let kinds = metadata.integers("tokenizer.ggml.token_type").unwrap_or_default();
        let scores = metadata.floats("tokenizer.ggml.scores").unwrap_or_default();
        let given = [(kinds.len(), "tokenizer.ggml.token_type"), (scores.len(), "tokenizer.ggml.scores")];
        if let Some((_, key)) = given.into_iter().find(|(count, _)| *count != 0 && *count < texts.len()) {
            return Err(TextError::BadTokenizer(format!("`{key}` is shorter than the vocabulary")));
        }
        if spelling == Spelling::Marked && scores.is_empty() {
            return Err(TextError::Missing("tokenizer.ggml.scores".to_owned()));
        }
        let token = |(place, text): (usize, &str)| Token {
            text: if text.is_empty() { format!("[EMPTY_{place}]") } else { text.to_owned() },
            kind: kind_of(kinds.get(place).copied()),
            score: scores.get(place).copied().unwrap_or(0.0),
        };
        Self::new(texts.into_iter().enumerate().map(token).collect(), spelling)
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// All tokens, in the order of their ids.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// How spellings stand for bytes.
    pub fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// The id of a spelling.
    pub fn id(&self, text: &str) -> Option<u32> {
        self.ids.get(text).copied()
    }

    /// The token of an id.
    pub fn token(&self, id: u32) -> Result<&Token, TextError> {
        let place = usize::try_from(id).ok();
        let unknown = TextError::UnknownToken { token: id, size: self.tokens.len() };
        place.and_then(|place| self.tokens.get(place)).ok_or(unknown)
    }

    /// Gives a token another kind; an id that is not there changes nothing.
    pub(super) fn set_kind(&mut self, id: u32, kind: TokenKind) {
        if let Some(token) = usize::try_from(id).ok().and_then(|place| self.tokens.get_mut(place)) {
            token.kind = kind;
        }
    }

    /// The bytes that a token adds to the text: none for marks.
    pub fn bytes(&self, id: u32) -> Result<Vec<u8>, TextError> {
        let token = self.token(id)?;
        Ok(match (token.kind, self.spelling) {
            (TokenKind::Control | TokenKind::Unknown | TokenKind::Unused, _) => Vec::new(),
            (TokenKind::UserDefined, _) => token.text.clone().into_bytes(),
            (TokenKind::Byte, _) => byte_token(&token.text).map_or_else(Vec::new, |byte| vec![byte]),
            (TokenKind::Normal, Spelling::ByteLevel) => byte_alphabet::bytes_of(&token.text),
            (TokenKind::Normal, Spelling::Marked) => token.text.replace(SPACE_MARK, " ").into_bytes(),
        })
    }
}

/// The byte of a byte token's spelling.
pub(super) fn byte_token(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() == 2 { u8::from_str_radix(digits, 16).ok() } else { None }
}

/// The kind behind a number of a model file; no number, or one without a meaning, is an ordinary token.
fn kind_of(number: Option<i64>) -> TokenKind {
    match number {
        Some(2) => TokenKind::Unknown,
        Some(3) => TokenKind::Control,
        Some(4) => TokenKind::UserDefined,
        Some(5) => TokenKind::Unused,
        Some(6) => TokenKind::Byte,
        _ => TokenKind::Normal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, kind: TokenKind) -> Token {
        Token { text: text.to_owned(), kind, score: 0.0 }
    }

    #[test]
    fn bytes_follow_kind_and_spelling() {
        let tokens = vec![
            token("<s>", TokenKind::Control),
            token("▁the", TokenKind::Normal),
            token("<0xE2>", TokenKind::Byte),
            token("▁▁", TokenKind::UserDefined),
        ];
        let vocabulary = Vocabulary::new(tokens, Spelling::Marked).unwrap();
        assert_eq!(vocabulary.bytes(0).unwrap(), b"");
        assert_eq!(vocabulary.bytes(1).unwrap(), b" the");
        assert_eq!(vocabulary.bytes(2).unwrap(), [0xE2]);
        assert_eq!(vocabulary.bytes(3).unwrap(), "▁▁".as_bytes());
        assert_eq!(vocabulary.bytes(4), Err(TextError::UnknownToken { token: 4, size: 4 }));
    }

    #[test]
    fn a_spelling_that_is_there_twice_is_refused() {
        let tokens = vec![token("a", TokenKind::Normal), token("a", TokenKind::Normal)];
        assert!(matches!(Vocabulary::new(tokens, Spelling::Marked), Err(TextError::BadTokenizer(_))));
    }
}

//! Tokenizers that a `tokenizer.json` describes, by the library that defines the format; model files' are not here.

use std::collections::BTreeSet;

use serde_json::Value;
use tokenizers::Tokenizer as Library;

use super::ending::spelled_endings;
use super::marks::Marks;
use super::text_error::TextError;

use super::vocabulary::{Spelling, Token, TokenKind, Vocabulary, byte_token};

/// The longest text that is encoded, in bytes.
///
/// Past its limit of a million steps back the library's pattern matching stops silently and the rest of the text is taken
/// as one word. Known patterns take at most two steps a byte.
const LONGEST_TEXT: usize = 400_000;

/// The library's tokenizer in its two modes.
#[derive(Debug)]
pub(super) struct TokenizerJson {
    /// Special tokens count.
    templated: Library,
    /// What looks like a special token is text.
    plain: Library,
}

/// What a `tokenizer.json` describes: tokens, how text is cut into them, and the special ones.
pub(super) fn described(
    json: &str,
    config: Option<&str>,
    endings: &[u32],
) -> Result<(Vocabulary, TokenizerJson, Marks), TextError> {
    let bad = |error: &dyn std::fmt::Display| TextError::BadTokenizer(error.to_string());
    let description: Value = serde_json::from_str(json).map_err(|error| bad(&error))?;
    let spelling = spelling_of(&description["decoder"])?;
    let templated = Library::from_bytes(json).map_err(|error| bad(&error))?;
    let mut plain = templated.clone();
    plain.set_encode_special_tokens(true);
    let vocabulary = vocabulary_of(&templated, spelling)?;
    let config: Value = match config {
        Some(config) => serde_json::from_str(config).map_err(|error| bad(&error))?,
        None => Value::Null,
    };
    let named = |key: &str| token_text(&config[key]).and_then(|text| vocabulary.id(text));
    let end = named("eos_token");
    let mut all: BTreeSet<u32> = spelled_endings(&vocabulary);
    all.extend(endings.iter().copied().filter(|id| vocabulary.token(*id).is_ok()).chain(end));
    let adds_space = adds_space(&templated)?;
    let marks = Marks { begin: named("bos_token"), end, adds_space, endings: all, ..Marks::default() };
    Ok((vocabulary, TokenizerJson { templated, plain }, marks))
}

impl TokenizerJson {
    /// As `transformers` does it: the template has written the begin token, so none is added.
    pub fn encode_templated(&self, text: &str) -> Result<Vec<u32>, TextError> {
        encode(&self.templated, text, Added::Nothing)
    }

    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>, TextError> {
        encode(&self.plain, text, Added::Marks)
    }

    pub fn encode_answer(&self, text: &str) -> Result<Vec<u32>, TextError> {
        encode(&self.plain, text, Added::Nothing)
    }
}

/// Whether the tokens that the description adds around a text are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Added {
    Nothing,
    Marks,
}

fn encode(library: &Library, text: &str, added: Added) -> Result<Vec<u32>, TextError> {
    if text.len() > LONGEST_TEXT {
        return Err(TextError::Encode(format!("it has {} bytes, the limit is {LONGEST_TEXT}", text.len())));
    }
    let encoding = library.encode_fast(text, added == Added::Marks);
    encoding.map(|encoding| encoding.get_ids().to_vec()).map_err(|error| TextError::Encode(error.to_string()))
}

/// How tokens stand for bytes, from the description of the decoder.
fn spelling_of(decoder: &Value) -> Result<Spelling, TextError> {
    let kinds: Vec<&str> = match decoder["decoders"].as_array() {
        Some(steps) => steps.iter().filter_map(|step| step["type"].as_str()).collect(),
        None => decoder["type"].as_str().into_iter().collect(),
    };
    if kinds.contains(&"ByteLevel") {
        return Ok(Spelling::ByteLevel);
    }
    if kinds.contains(&"ByteFallback") || kinds.contains(&"Metaspace") {
        return Ok(Spelling::Marked);
    }
    Err(TextError::UnknownModel(format!("tokenizer.json with decoder {}", kinds.join(", "))))
}

fn vocabulary_of(library: &Library, spelling: Spelling) -> Result<Vocabulary, TextError> {
    let added = library.get_added_tokens_decoder();
    let mut by_id: Vec<(u32, String)> = library.get_vocab(true).into_iter().map(|(text, id)| (id, text)).collect();
    by_id.sort_unstable();
    let mut tokens: Vec<Token> = Vec::with_capacity(by_id.len());
    for (id, text) in by_id {
        // Ids may have gaps, which stay as tokens that are never used; an id far out would be a hostile file.
        let place = usize::try_from(id).unwrap_or(usize::MAX);
        if place > 4 * (tokens.len() + 100_000) {
            return Err(TextError::BadTokenizer(format!("token {text:?} has the id {id}")));
        }
        while tokens.len() < place {
            let text = format!("[GAP_{}]", tokens.len());
            tokens.push(Token { text, kind: TokenKind::Unused, score: 0.0 });
        }
        let kind = match added.get(&id) {
            Some(token) if token.special => TokenKind::Control,
            Some(_) => TokenKind::UserDefined,
            None if spelling == Spelling::Marked && byte_token(&text).is_some() => TokenKind::Byte,
            None => TokenKind::Normal,
        };
        tokens.push(Token { text, kind, score: 0.0 });
    }
    Vocabulary::new(tokens, spelling)
}

/// Whether encoding puts a space before a text that the decoder takes away again.
fn adds_space(library: &Library) -> Result<bool, TextError> {
    let ids = encode(library, "x", Added::Nothing)?;
    let first = ids.first().and_then(|id| library.id_to_token(*id)).unwrap_or_default();
    let decoded = library.decode(&ids, false).map_err(|error| TextError::BadTokenizer(error.to_string()))?;
    Ok((first.starts_with('\u{2581}') || first.starts_with('Ġ')) && !decoded.starts_with(' '))
}

/// The text of a token in `tokenizer_config.json`: a string, or an object with its content.
fn token_text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["content"].as_str())
}

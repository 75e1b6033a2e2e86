//! A model's tokenizer: text to tokens and tokens to bytes, from a model file's metadata or a `tokenizer.json`.
//!
//! Three kinds of text are encoded: a prompt that a chat template wrote, in which special tokens count wherever they
//! stand; a plain prompt, in which they don't; and an answer, to which nothing is added. As in llama.cpp a template's text
//! is encoded whole, so what a user writes like a special token becomes one: checking the messages is the caller's part.

use std::collections::BTreeSet;

use super::byte_bpe::ByteBpe;
use super::ending::endings;
use super::marks::Marks;
use super::model_facts::{ModelFacts, required};
use super::pre_tokenizer::pre_tokenizer;
use super::sentence_piece::SentencePiece;
use super::split::{Specials, Stretch};
use super::text_error::TextError;
use super::tokenizer_json::{TokenizerJson, described};
use super::vocabulary::{Spelling, TokenKind, Vocabulary};

/// A model's tokenizer.
///
/// Limitations: special tokens that strip the spaces beside them, which no model file states, do so only if they come from a
/// `tokenizer.json`.
#[derive(Debug)]
pub struct Tokenizer {
    pub(super) vocabulary: Vocabulary,
    pub(super) method: Method,
    pub(super) marks: Marks,
}

/// What cuts text into tokens.
#[derive(Debug)]
pub(super) enum Method {
    /// Byte-level BPE of a model file.
    ByteBpe(Box<ByteBpe>, Cuts),
    /// SentencePiece BPE of a model file.
    SentencePiece(SentencePiece, Cuts),
    /// What a `tokenizer.json` describes.
    Json(Box<TokenizerJson>),
}

/// Where text is cut at special tokens first.
#[derive(Debug)]
pub(super) struct Cuts {
    /// In a template's text.
    templated: Specials,
    /// In any other: only text that the vocabulary's author made a token of its own.
    plain: Specials,
}

impl Tokenizer {
    /// The tokenizer of a model directory.
    ///
    /// `json` is the text of `tokenizer.json`, `config` that of `tokenizer_config.json`, which names the begin and the
    /// end token, and `endings` the `eos_token_id` values of `generation_config.json`. A decoder other than byte-level and
    /// SentencePiece's is refused, as the tokens' bytes would be a guess.
    pub fn from_json(json: &str, config: Option<&str>, endings: &[u32]) -> Result<Self, TextError> {
        let (vocabulary, described, marks) = described(json, config, endings)?;
        Ok(Self { vocabulary, method: Method::Json(Box::new(described)), marks })
    }

    /// The tokenizer of a model file. An unknown kind is refused by name.
    pub fn from_metadata(metadata: &dyn ModelFacts) -> Result<Self, TextError> {
        let model = required(metadata.text("tokenizer.ggml.model"), "tokenizer.ggml.model")?;
        let (spelling, mut marks) = match model {
            "gpt2" => (Spelling::ByteLevel, Marks { adds_begin: begins(metadata)?, ..Marks::default() }),
            "llama" => (
                Spelling::Marked,
                Marks { begin: Some(1), end: Some(2), adds_begin: true, adds_space: true, ..Marks::default() },
            ),
            unknown => return Err(TextError::UnknownModel(unknown.to_owned())),
        };
        let mut vocabulary = Vocabulary::from_metadata(metadata, spelling)?;
        marks.read(metadata, &vocabulary)?;
        marks.endings = endings(metadata, &mut vocabulary, marks.end);
        let cuts = Cuts::new(&vocabulary);
        let method = match spelling {
            Spelling::ByteLevel => Method::ByteBpe(Box::new(ByteBpe::from_metadata(metadata, &vocabulary)?), cuts),
            Spelling::Marked => Method::SentencePiece(SentencePiece::new(&vocabulary)?, cuts),
        };
        Ok(Self { vocabulary, method, marks })
    }

    /// The model's tokens.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether a token ends an answer.
    pub fn is_ending(&self, token: u32) -> bool {
        self.marks.endings.contains(&token)
    }

    /// The tokens that end an answer.
    pub fn endings(&self) -> &BTreeSet<u32> {
        &self.marks.endings
    }

    /// The spelling of the token that begins a text, empty if there is none.
    pub fn begin_text(&self) -> &str {
        self.mark_text(self.marks.begin)
    }

    /// The spelling of the token that ends a text, empty if there is none.
    pub fn end_text(&self) -> &str {
        self.mark_text(self.marks.end)
    }

    fn mark_text(&self, mark: Option<u32>) -> &str {
        mark.and_then(|id| self.vocabulary.token(id).ok()).map_or("", |token| &token.text)
    }

    /// The tokens of a prompt that a chat template wrote; special tokens count wherever they stand.
    ///
    /// The begin token is added if the model asks for it and the template didn't write it.
    pub fn encode_templated(&self, text: &str) -> Result<Vec<u32>, TextError> {
        if let Method::Json(json) = &self.method {
            return json.encode_templated(text);
        }
        let mut text = text;
        if self.marks.adds_begin {
            text = text.strip_prefix(self.begin_text()).unwrap_or(text);
        }
        if self.marks.adds_end {
            text = text.strip_suffix(self.end_text()).unwrap_or(text);
        }
        self.framed(|ids| self.encode_into(text, Cuts::templated, ids))
    }

    /// The tokens of a prompt without a template; what looks like a special token in it is text.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>, TextError> {
        match &self.method {
            Method::Json(json) => json.encode_plain(text),
            _ => self.framed(|ids| self.encode_into(text, Cuts::plain, ids)),
        }
    }

    /// The tokens of an answer: nothing is added, and what looks like a special token in it is text.
    ///
    /// [`Pieces`](super::Pieces) gives the text back, with two exceptions for SentencePiece, which llama.cpp shares: its mark
    /// for a space becomes one, and a user-defined token is followed by one.
    pub fn encode_answer(&self, text: &str) -> Result<Vec<u32>, TextError> {
        if let Method::Json(json) = &self.method {
            return json.encode_answer(text);
        }
        let mut ids = Vec::new();
        self.encode_into(text, Cuts::plain, &mut ids)?;
        Ok(ids)
    }

    /// Whether the first token of a text carries a space that is not the text's.
    pub(super) fn adds_space(&self) -> bool {
        self.marks.adds_space
    }

    /// The tokens that `encode` appends, between the begin and the end token if they are to be added.
    fn framed(&self, encode: impl Fn(&mut Vec<u32>) -> Result<(), TextError>) -> Result<Vec<u32>, TextError> {
        let mut ids: Vec<u32> = self.marks.begin.filter(|_| self.marks.adds_begin).into_iter().collect();
        encode(&mut ids)?;
        ids.extend(self.marks.end.filter(|_| self.marks.adds_end));
        Ok(ids)
    }

    fn encode_into(&self, text: &str, at: fn(&Cuts) -> &Specials, ids: &mut Vec<u32>) -> Result<(), TextError> {
        let (Method::ByteBpe(_, cuts) | Method::SentencePiece(_, cuts)) = &self.method else { return Ok(()) };
        let mut after_special = true;
        for stretch in at(cuts).cut(text) {
            match (stretch, &self.method) {
                (Stretch::Special(id), _) => ids.push(id),
                (Stretch::Text(text), Method::ByteBpe(bpe, _)) => bpe.encode(text, ids)?,
                (Stretch::Text(text), Method::SentencePiece(pieces, _)) if self.marks.adds_space && after_special => {
                    pieces.encode(&self.vocabulary, &format!(" {text}"), ids);
                }
                (Stretch::Text(text), Method::SentencePiece(pieces, _)) => pieces.encode(&self.vocabulary, text, ids),
                (Stretch::Text(_), Method::Json(_)) => {}
            }
            after_special = matches!(stretch, Stretch::Special(_));
        }
        Ok(())
    }
}

impl Cuts {
    fn new(vocabulary: &Vocabulary) -> Self {
        let of_kinds = |kinds: &[TokenKind]| {
            let tokens = (0..).zip(vocabulary.tokens()).filter(|(_, token)| kinds.contains(&token.kind));
            Specials::new(tokens.map(|(id, token)| (token.text.clone(), id)).collect())
        };
        let templated = of_kinds(&[TokenKind::Control, TokenKind::UserDefined, TokenKind::Unknown]);
        Self { templated, plain: of_kinds(&[TokenKind::UserDefined]) }
    }

    fn templated(&self) -> &Specials {
        &self.templated
    }

    fn plain(&self) -> &Specials {
        &self.plain
    }
}

impl Marks {
    /// Takes over what the metadata says; a token outside the vocabulary is ignored, as long as it isn't to be added.
    fn read(&mut self, metadata: &dyn ModelFacts, vocabulary: &Vocabulary) -> Result<(), TextError> {
        let in_range = |id: &u32| vocabulary.token(*id).is_ok();
        let named =
            |key: &str, default: Option<u32>| metadata.number(key).filter(in_range).or(default.filter(in_range));
        self.begin = named("tokenizer.ggml.bos_token_id", self.begin);
        self.end = named("tokenizer.ggml.eos_token_id", self.end);
        self.adds_begin = metadata.flag("tokenizer.ggml.add_bos_token").unwrap_or(self.adds_begin);
        self.adds_end = metadata.flag("tokenizer.ggml.add_eos_token").unwrap_or(self.adds_end);
        let is_marked = vocabulary.spelling() == Spelling::Marked;
        self.adds_space = is_marked && metadata.flag("tokenizer.ggml.add_space_prefix").unwrap_or(self.adds_space);
        let needed = [
            (self.adds_begin && self.begin.is_none(), "tokenizer.ggml.bos_token_id"),
            (self.adds_end && self.end.is_none(), "tokenizer.ggml.eos_token_id"),
        ];
        match needed.into_iter().find(|(missing, _)| *missing) {
            Some((_, key)) => Err(TextError::Missing(key.to_owned())),
            None => Ok(()),
        }
    }
}

/// Whether prompts begin with the begin token by default, as the pre-tokenizer's name implies.
fn begins(metadata: &dyn ModelFacts) -> Result<bool, TextError> {
    let name = required(metadata.text("tokenizer.ggml.pre"), "tokenizer.ggml.pre")?;
    Ok(pre_tokenizer(name)?.adds_begin)
}

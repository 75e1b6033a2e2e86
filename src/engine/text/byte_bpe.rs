//! Byte-level BPE: from words to tokens by ranked merges; how text becomes words is the pre-tokenizer's.

use tokenizers::Model;
use tokenizers::models::bpe::{BPE, Merges, Vocab};

use super::byte_alphabet::spell;
use super::model_facts::{ModelFacts, required};
use super::pre_tokenizer::pre_tokenizer;
use super::split::Patterns;
use super::text_error::TextError;
use super::vocabulary::Vocabulary;

/// How many merged words are kept to save work.
const CACHED_WORDS: usize = 10_000;

/// Patterns and merges of a byte-level tokenizer.
#[derive(Debug)]
pub struct ByteBpe {
    patterns: Patterns,
    merges: BPE,
}

impl ByteBpe {
    /// Reads patterns and merges from a model file's metadata. A file that names no pre-tokenizer is refused: older
    /// files lack the name, and their tokens would be a guess.
    pub fn from_metadata(metadata: &dyn ModelFacts, vocabulary: &Vocabulary) -> Result<Self, TextError> {
        let name = required(metadata.text("tokenizer.ggml.pre"), "tokenizer.ggml.pre")?;
        let pre_tokenizer = pre_tokenizer(name)?;
        let lines = required(metadata.texts("tokenizer.ggml.merges"), "tokenizer.ggml.merges")?;
        let merges: Result<Merges, TextError> = lines.into_iter().map(pair).collect();
        let ids: Vocab = (0..).zip(vocabulary.tokens()).map(|(id, token)| (token.text.clone(), id)).collect();
        let built = BPE::builder()
            .vocab_and_merges(ids, merges?)
            .ignore_merges(pre_tokenizer.ignores_merges)
            .cache_capacity(CACHED_WORDS)
            .build();
        let merges = built.map_err(|error| TextError::BadTokenizer(error.to_string()))?;
        Ok(Self { patterns: Patterns::new(pre_tokenizer.patterns)?, merges })
    }

    /// Appends the tokens of a text without special tokens.
    ///
    /// Complexity: O(n log n) in the longest word.
    pub fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), TextError> {
        for word in self.patterns.words(text)? {
            let tokens = self.merges.tokenize(&spell(word)).map_err(|error| TextError::Encode(error.to_string()))?;
            ids.extend(tokens.into_iter().map(|token| token.id));
        }
        Ok(())
    }
}

/// The two sides of a merge: the space between them is never the first character.
fn pair(line: &str) -> Result<(String, String), TextError> {
    let first = line.chars().next().map_or(0, char::len_utf8);
    let split = line[first..].split_once(' ');
    let (rest, right) = split.ok_or_else(|| TextError::BadTokenizer(format!("{line:?} is no merge")))?;
    Ok((format!("{}{rest}", &line[..first]), right.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_has_two_sides() {
        assert_eq!(pair("Ġ t"), Ok(("Ġ".to_owned(), "t".to_owned())));
        assert!(pair("Ġ").is_err());
        assert!(pair("").is_err());
    }
}

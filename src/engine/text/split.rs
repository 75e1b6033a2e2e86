//! Cutting text before tokens are looked up: at special tokens, then into the words of a pre-tokenizer's patterns.

use fancy_regex::{Regex, RegexBuilder};

use super::text_error::TextError;

/// A stretch of text to encode, or a special token that stood in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch<'t> {
    /// Text without special tokens.
    Text(&'t str),
    /// A special token.
    Special(u32),
}

/// Special tokens in the order in which they are looked for: the longest first, then the smaller id.
///
/// A longer one takes its text even where a shorter one begins earlier; so does llama.cpp.
#[derive(Debug, Clone, Default)]
pub struct Specials(Vec<(String, u32)>);

impl Specials {
    /// Sorts them; one without text can't be found and is left out.
    pub fn new(mut specials: Vec<(String, u32)>) -> Self {
        specials.retain(|(text, _)| !text.is_empty());
        specials.sort_by(|a, b| (b.0.len(), a.1).cmp(&(a.0.len(), b.1)));
        Self(specials)
    }

    /// The text cut at every special token; without empty stretches.
    ///
    /// Complexity: O(text × special tokens).
    pub fn cut<'t>(&self, text: &'t str) -> Vec<Stretch<'t>> {
        let mut stretches = vec![Stretch::Text(text)];
        stretches.retain(|_| !text.is_empty());
        for (special, id) in &self.0 {
            if text.contains(special.as_str()) {
                stretches = stretches.into_iter().flat_map(|stretch| cut_at(stretch, special, *id)).collect();
            }
        }
        stretches
    }
}

fn cut_at<'t>(stretch: Stretch<'t>, special: &str, id: u32) -> Vec<Stretch<'t>> {
    let Stretch::Text(text) = stretch else { return vec![stretch] };
    let mut pieces = Vec::new();
    for (place, between) in text.split(special).enumerate() {
        if place > 0 {
            pieces.push(Stretch::Special(id));
        }
        if !between.is_empty() {
            pieces.push(Stretch::Text(between));
        }
    }
    pieces
}

/// The compiled patterns of a pre-tokenizer.
#[derive(Debug, Clone)]
pub struct Patterns(Vec<Regex>);

impl Patterns {
    /// Compiles them.
    pub fn new(patterns: &[&str]) -> Result<Self, TextError> {
        // The patterns are our own and linear, so the limit against runaway backtracking would only bite on long runs of
        // spaces in honest text. What stays is the limit of a million places to go back to, an error.
        let compile = |pattern: &&str| RegexBuilder::new(pattern).backtrack_limit(usize::MAX).build();
        let compiled: Result<_, _> = patterns.iter().map(compile).collect();
        compiled.map(Self).map_err(|error| TextError::BadTokenizer(error.to_string()))
    }

    /// The words of a text: each pattern cuts the pieces that the one before left into its matches and what is between
    /// them. Concatenated they are the text.
    pub fn words<'t>(&self, text: &'t str) -> Result<Vec<&'t str>, TextError> {
        let mut pieces = vec![text];
        for pattern in &self.0 {
            let mut finer = Vec::with_capacity(pieces.len());
            for piece in pieces {
                cut_by(pattern, piece, &mut finer)?;
            }
            pieces = finer;
        }
        pieces.retain(|piece| !piece.is_empty());
        Ok(pieces)
    }
}

fn cut_by<'t>(pattern: &Regex, piece: &'t str, into: &mut Vec<&'t str>) -> Result<(), TextError> {
    let mut done = 0;
    for found in pattern.find_iter(piece) {
        let found = found.map_err(|error| TextError::Encode(error.to_string()))?;
        if found.start() > done {
            into.push(&piece[done..found.start()]);
        }
        if found.end() > found.start() {
            into.push(found.as_str());
        }
        done = found.end();
    }
    if done < piece.len() {
        into.push(&piece[done..]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::pre_tokenizer::pre_tokenizer;
    use super::*;
    use proptest::prelude::*;

    fn words<'t>(name: &str, text: &'t str) -> Vec<&'t str> {
        Patterns::new(pre_tokenizer(name).unwrap().patterns).unwrap().words(text).unwrap()
    }

    #[test]
    fn the_longest_special_token_wins() {
        let specials = Specials::new(vec![("<|a|>".to_owned(), 1), ("<|a|><|b|>".to_owned(), 2), (String::new(), 3)]);
        use Stretch::{Special, Text};
        assert_eq!(specials.cut("x<|a|><|b|><|a|>y"), [Text("x"), Special(2), Special(1), Text("y")]);
        assert_eq!(specials.cut("<|a|>"), [Special(1)]);
        assert_eq!(specials.cut(""), []);
    }

    #[test]
    fn words_of_the_common_patterns() {
        assert_eq!(words("gpt-2", "Hello  it's 2024!\n\n x"), ["Hello", " ", " it", "'s", " 2024", "!", "\n\n", " x"]);
        assert_eq!(words("smollm", "a 123"), ["a", " ", "1", "2", "3"]);
        assert_eq!(words("llama-bpe", "12345 DON'T\n\n x"), ["123", "45", " DON", "'T", "\n\n", " x"]);
        assert_eq!(words("qwen2", "12 \r\n"), ["1", "2", " \r\n"]);
        assert_eq!(words("tekken", "camelCase"), ["camel", "Case"]);
    }

    #[test]
    fn a_long_run_of_spaces_is_two_words_or_an_error_but_never_cut_wrong() {
        let text = format!("{}x", " ".repeat(400_000));
        assert_eq!(words("llama-bpe", &text).len(), 2);
        let patterns = Patterns::new(pre_tokenizer("llama-bpe").unwrap().patterns).unwrap();
        assert!(matches!(patterns.words(&" ".repeat(3_000_000)), Err(TextError::Encode(_))));
    }

    #[test]
    fn an_unknown_pre_tokenizer_is_refused_by_name() {
        assert_eq!(pre_tokenizer("kimi-k2"), Err(TextError::UnknownPreTokenizer("kimi-k2".to_owned())));
    }

    proptest! {
        #[test]
        fn words_lose_nothing(text in "\\PC*|[ \\t\\r\\nA-Za-z0-9'é中ـ\u{300}]*") {
            for name in ["default", "gpt-2", "smollm", "llama-bpe", "qwen2", "tekken", "gpt-4o", "deepseek-llm",
                "deepseek-coder", "deepseek-v3", "falcon", "bloom", "viking", "jais-2", "bailingmoe", "seed-coder"] {
                prop_assert_eq!(words(name, &text).concat(), text.as_str());
            }
        }
    }
}

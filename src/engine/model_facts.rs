//! What a GGUF file says of its tokenizer and template, for the text half.

use super::model::Metadata;
use super::text::ModelFacts;

impl ModelFacts for Metadata {
    fn text(&self, key: &str) -> Option<&str> {
        Self::text(self, key)
    }

    fn number(&self, key: &str) -> Option<u32> {
        self.value(key)?.as_u64().and_then(|number| u32::try_from(number).ok())
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.truth(key)
    }

    fn texts(&self, key: &str) -> Option<Vec<&str>> {
        Some(Self::texts(self, key)?.iter().map(String::as_str).collect())
    }

    fn integers(&self, key: &str) -> Option<Vec<i64>> {
        Self::integers(self, key).map(<[i64]>::to_vec)
    }

    fn floats(&self, key: &str) -> Option<Vec<f32>> {
        #[expect(clippy::cast_possible_truncation, reason = "the file holds them in single precision")]
        Self::floats(self, key).map(|numbers| numbers.iter().map(|number| *number as f32).collect())
    }
}

//! A model file's metadata from a fixture.

use guildhall::engine::text::ModelFacts;
use serde_json::Value;

/// Facts in the fixtures' short form.
pub struct Fixture(pub Value);

/// Numbers of a fixture as token ids.
pub fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
}

impl Fixture {
    fn named(&self, key: &str) -> &Value {
        let short = key.strip_prefix("tokenizer.ggml.").unwrap_or(key);
        &self.0[if short == "token_type" { "types" } else { short }]
    }
}

impl ModelFacts for Fixture {
    fn text(&self, key: &str) -> Option<&str> {
        self.named(key).as_str()
    }

    fn number(&self, key: &str) -> Option<u32> {
        u32::try_from(self.0["numbers"][key].as_u64()?).ok()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.0["flags"][key].as_bool()
    }

    fn texts(&self, key: &str) -> Option<Vec<&str>> {
        self.named(key).as_array()?.iter().map(Value::as_str).collect()
    }

    fn integers(&self, key: &str) -> Option<Vec<i64>> {
        self.named(key).as_array()?.iter().map(Value::as_i64).collect()
    }

    fn floats(&self, key: &str) -> Option<Vec<f32>> {
        self.named(key).as_array()?.iter().map(|score| score.as_f64().map(|score| score as f32)).collect()
    }
}

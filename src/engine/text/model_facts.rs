//! What the text half of the engine needs of a model file's metadata: look-ups by key. Reading files is not here.

use super::text_error::TextError;

/// What a model file says of itself, by key.
///
/// A key that is absent, or that holds another type, is `None`.
pub trait ModelFacts {
    /// A string.
    fn text(&self, key: &str) -> Option<&str>;
    /// An unsigned number.
    fn number(&self, key: &str) -> Option<u32>;
    /// A truth value.
    fn flag(&self, key: &str) -> Option<bool>;
    /// An array of strings.
    fn texts(&self, key: &str) -> Option<Vec<&str>>;
    /// An array of integers, of any width.
    fn integers(&self, key: &str) -> Option<Vec<i64>>;
    /// An array of floating-point numbers.
    fn floats(&self, key: &str) -> Option<Vec<f32>>;
}

/// The look-up's result, or the error that names the key.
pub(super) fn required<T>(found: Option<T>, key: &str) -> Result<T, TextError> {
    found.ok_or_else(|| TextError::Missing(key.to_owned()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::ModelFacts;
    use std::collections::BTreeMap;

    /// Numbers alone.
    pub struct Numbers(pub BTreeMap<&'static str, u32>);

    impl ModelFacts for Numbers {
        fn text(&self, _: &str) -> Option<&str> {
            None
        }
        fn number(&self, key: &str) -> Option<u32> {
            self.0.get(key).copied()
        }
        fn flag(&self, _: &str) -> Option<bool> {
            None
        }
        fn texts(&self, _: &str) -> Option<Vec<&str>> {
            None
        }
        fn integers(&self, _: &str) -> Option<Vec<i64>> {
            None
        }
        fn floats(&self, _: &str) -> Option<Vec<f32>> {
            None
        }
    }
}

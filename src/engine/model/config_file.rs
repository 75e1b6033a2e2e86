//! `config.json`, read by key.

use std::path::Path;

use serde_json::Value;

use super::error::ModelError;

/// The settings of a model, read by key. A null counts as absent.
#[derive(Debug)]
pub struct Config(Value);

impl Config {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let text = std::fs::read(path).map_err(ModelError::io(path))?;
        let value: Value =
            serde_json::from_slice(&text).map_err(|error| ModelError::malformed("config.json", error.to_string()))?;
        Ok(Self(value))
    }

    /// Part of a config.
    pub fn part(&self, key: &str) -> Option<Self> {
        self.value(key).filter(|value| value.is_object()).cloned().map(Self)
    }

    /// Whether the file names this key, even if for a null.
    pub fn names(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    /// A value that is not null.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn typed<T>(&self, key: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, ModelError> {
        let value = self.value(key).map(|value| read(value).ok_or_else(|| ModelError::Setting(key.to_owned())));
        value.transpose()
    }

    /// A count, if there is one.
    pub fn maybe(&self, key: &str) -> Result<Option<usize>, ModelError> {
        self.typed(key, |value| value.as_u64().and_then(|value| usize::try_from(value).ok()))
    }

    /// A count.
    pub fn count(&self, key: &str) -> Result<usize, ModelError> {
        self.maybe(key)?.ok_or_else(|| ModelError::Setting(key.to_owned()))
    }

    /// A number.
    pub fn float(&self, key: &str) -> Result<Option<f64>, ModelError> {
        self.typed(key, Value::as_f64)
    }

    /// A truth value.
    pub fn truth(&self, key: &str, default: bool) -> Result<bool, ModelError> {
        Ok(self.typed(key, Value::as_bool)?.unwrap_or(default))
    }

    /// A string.
    pub fn text(&self, key: &str) -> Result<Option<String>, ModelError> {
        self.typed(key, |value| value.as_str().map(str::to_owned))
    }

    /// A list of whole numbers; truth values count as 0 and 1.
    pub fn list(&self, key: &str) -> Result<Option<Vec<u64>>, ModelError> {
        let number = |value: &Value| value.as_u64().or_else(|| value.as_bool().map(u64::from));
        self.typed(key, |value| value.as_array()?.iter().map(number).collect())
    }

    /// Refuses any value of a setting but one.
    pub fn only(&self, key: &'static str, allowed: &Value) -> Result<(), ModelError> {
        match self.value(key) {
            Some(value) if value != allowed => Err(ModelError::unsupported(key, value.to_string())),
            _ => Ok(()),
        }
    }
}

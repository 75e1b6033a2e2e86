//! GGUF metadata of one architecture, read by key.

use super::error::ModelError;
use super::metadata::Metadata;

/// The metadata of one architecture: keys without its name in front.
pub struct Keys<'a> {
    /// All of the file's.
    pub metadata: &'a Metadata,
    /// The architecture's name.
    pub architecture: &'a str,
}

impl Keys<'_> {
    /// The key with the architecture's name in front.
    pub fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.architecture)
    }

    /// A count, if there is one.
    pub fn maybe(&self, key: &str) -> Result<Option<usize>, ModelError> {
        self.metadata.count(&self.key(key))
    }

    /// A count.
    pub fn count(&self, key: &str) -> Result<usize, ModelError> {
        self.maybe(key)?.ok_or_else(|| ModelError::Setting(self.key(key)))
    }

    /// A number, if there is one.
    pub fn float(&self, key: &str) -> Option<f64> {
        self.metadata.float(&self.key(key))
    }

    /// A truth value, if there is one.
    pub fn truth(&self, key: &str) -> Option<bool> {
        self.metadata.truth(&self.key(key))
    }
}

//! What a model file says of itself besides tensors: values by key, as tokenizers and chat templates need them too.

use std::collections::BTreeMap;

use super::error::ModelError;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// A whole number.
    Signed(i64),
    /// A number.
    Float(f64),
    /// A string.
    Text(String),
    /// A list of truth values.
    Bools(Vec<bool>),
    /// A list of whole numbers.
    Integers(Vec<i64>),
    /// A list of numbers.
    Floats(Vec<f64>),
    /// A list of strings.
    Texts(Vec<String>),
}

impl Value {
    /// The number, if it is whole and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The list that elements of a kind go into.
    pub(super) fn empty_list(text: bool, truth: bool, float: bool) -> Self {
        match (text, truth, float) {
            (true, ..) => Self::Texts(Vec::new()),
            (_, true, _) => Self::Bools(Vec::new()),
            (_, _, true) => Self::Floats(Vec::new()),
            _ => Self::Integers(Vec::new()),
        }
    }

    /// Appends to a list; fails if the element is not of the list's kind or does not fit.
    pub(super) fn push(&mut self, element: Self) -> Result<(), ()> {
        match (self, element) {
            (Self::Bools(list), Self::Bool(value)) => list.push(value),
            (Self::Integers(list), Self::Unsigned(value)) => list.push(i64::try_from(value).map_err(|_| ())?),
            (Self::Integers(list), Self::Signed(value)) => list.push(value),
            (Self::Floats(list), Self::Float(value)) => list.push(value),
            (Self::Texts(list), Self::Text(value)) => list.push(value),
            _ => return Err(()),
        }
        Ok(())
    }
}

/// All values of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    values: BTreeMap<String, Value>,
}

impl Metadata {
    /// Adds a value; gives the key back if it is there already.
    pub(super) fn insert(&mut self, key: String, value: Value) -> Result<(), String> {
        if self.values.contains_key(&key) {
            return Err(key);
        }
        self.values.insert(key, value);
        Ok(())
    }

    /// Every key and value, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// A string.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A truth value.
    pub fn truth(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A number, whole or not.
    pub fn float(&self, key: &str) -> Option<f64> {
        match self.value(key)? {
            Value::Float(value) => Some(*value),
            Value::Unsigned(value) => Some(*value as f64),
            Value::Signed(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn unsigned(&self, key: &str) -> Option<u64> {
        self.value(key)?.as_u64()
    }

    /// A list of strings.
    pub fn texts(&self, key: &str) -> Option<&[String]> {
        match self.value(key)? {
            Value::Texts(list) => Some(list),
            _ => None,
        }
    }

    /// A list of whole numbers.
    pub fn integers(&self, key: &str) -> Option<&[i64]> {
        match self.value(key)? {
            Value::Integers(list) => Some(list),
            _ => None,
        }
    }

    /// A list of numbers.
    pub fn floats(&self, key: &str) -> Option<&[f64]> {
        match self.value(key)? {
            Value::Floats(list) => Some(list),
            _ => None,
        }
    }

    /// A list of truth values.
    pub fn truths(&self, key: &str) -> Option<&[bool]> {
        match self.value(key)? {
            Value::Bools(list) => Some(list),
            _ => None,
        }
    }

    /// A count: absent is `None`, a value of another type an error.
    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, ModelError> {
        let wrong = || ModelError::Setting(key.to_owned());
        match self.value(key) {
            None => Ok(None),
            // converters write one number a layer where layers differ; alike, they are one
            Some(Value::Integers(list)) => {
                let first = list.first().copied().ok_or_else(wrong)?;
                if list.iter().any(|value| *value != first) {
                    return Err(ModelError::unsupported("setting that differs between layers:", key));
                }
                usize::try_from(first).map(Some).map_err(|_| wrong())
            }
            Some(value) => {
                let count = value.as_u64().and_then(|value| usize::try_from(value).ok());
                count.map(Some).ok_or_else(wrong)
            }
        }
    }
}

//! Parses JSON strictly: what other readers silently repair or drop is refused here, in words; it leaves out what the
//! value means.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use thiserror::Error;

/// The deepest nesting of lists and objects that is read.
pub const DEPTH_LIMIT: usize = 127;

/// How many characters of a name from the input are shown in a reason.
const SHOWN_CHARACTERS: usize = 80;

/// Why bytes are not strict JSON.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StrictJsonError {
    /// The bytes are not UTF-8.
    #[error("not UTF-8 (byte {byte})")]
    NotUtf8 {
        /// Position of the first bad byte, from 1.
        byte: usize,
    },
    /// The text breaks the JSON grammar, or holds a number that no 64-bit float can.
    #[error("not valid JSON: {reason} (line {line}, column {column} of the JSON)")]
    Syntax {
        /// Line within the JSON text, from 1.
        line: usize,
        /// Column in bytes within that line.
        column: usize,
        /// What is wrong, in words.
        reason: String,
    },
    /// A complete value is followed by more than white space.
    #[error("not valid JSON: something follows the value (line {line}, column {column} of the JSON)")]
    Trailing {
        /// Line within the JSON text, from 1.
        line: usize,
        /// Column in bytes within that line.
        column: usize,
    },
    /// An object names the same key twice, however the key is escaped.
    #[error("duplicate key `{}`", shown(key))]
    DuplicateKey {
        /// The key, unescaped.
        key: String,
    },
    /// A `\uD800`-`\uDFFF` escape stands without its other half, so the text is no Unicode string.
    #[error("lone surrogate: the escape `\\u{unit:04x}` is half a character (byte {byte})")]
    LoneSurrogate {
        /// The half that stands alone.
        unit: u16,
        /// Position of its backslash, from 1.
        byte: usize,
    },
    /// Lists and objects are nested deeper than [`DEPTH_LIMIT`].
    #[error("nested more than {DEPTH_LIMIT} levels deep")]
    TooDeep,
}

/// Parses one JSON value that fills `bytes`, white space around it aside.
///
/// Any kind of value is accepted at the top. Numbers are as `serde_json` reads them: integers of 64 bits exactly, all
/// others as the nearest 64-bit float.
///
/// # Errors
/// [`StrictJsonError`] says which rule the bytes break.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, StrictJsonError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| StrictJsonError::NotUtf8 { byte: error.valid_up_to() + 1 })?;
    let duplicate = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value =
        Strict { duplicate: &duplicate }.deserialize(&mut deserializer).map_err(|error| match duplicate.take() {
            Some(key) => StrictJsonError::DuplicateKey { key },
            None => explain(text, &error),
        })?;
    deserializer.end().map_err(|error| StrictJsonError::Trailing { line: error.line(), column: error.column() })?;
    Ok(value)
}

/// A piece of the input made safe for a message: control characters escaped, long text cut.
pub(super) fn shown(text: &str) -> String {
    let mut safe: String = text.chars().take(SHOWN_CHARACTERS).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_CHARACTERS).is_some() {
        safe.push('…');
    }
    safe
}

/// What a value is, in words; `None` is a key that isn't there.
pub(super) fn kind_of(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "missing or null",
        Some(Value::Bool(_)) => "true or false",
        Some(Value::Number(number)) if number.is_f64() => "a number with a fraction or past 64 bits",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(text)) if text.is_empty() => "an empty string",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(values)) if values.is_empty() => "an empty list",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    }
}

/// Deserializes any value; a key seen twice is left in `duplicate`, because a serde error carries only words.
#[derive(Clone, Copy)]
struct Strict<'a> {
    duplicate: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                *self.duplicate.borrow_mut() = Some(key);
                return Err(A::Error::custom("duplicate key"));
            }
            let value = access.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Turns a refusal of `serde_json` into ours: its kinds are private, so the two we name are looked for in the text.
fn explain(text: &str, error: &serde_json::Error) -> StrictJsonError {
    if let Some(fault) = find_fault(text.as_bytes()) {
        return fault;
    }
    let (line, column) = (error.line(), error.column());
    let words = error.to_string();
    let reason = words.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&words).to_owned();
    StrictJsonError::Syntax { line, column, reason }
}

/// The first lone surrogate or the first level that is too deep, whichever comes first.
fn find_fault(bytes: &[u8]) -> Option<StrictJsonError> {
    let (mut at, mut depth, mut in_string) = (0, 0_usize, false);
    while let Some(&byte) = bytes.get(at) {
        let mut step = 1;
        match (in_string, byte) {
            (_, b'"') => in_string = !in_string,
            (true, b'\\') => match surrogate_at(bytes, at) {
                Some(unit) if is_pair(unit, surrogate_at(bytes, at + 6)) => step = 12,
                Some(unit) => return Some(StrictJsonError::LoneSurrogate { unit, byte: at + 1 }),
                None => step = 2,
            },
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > DEPTH_LIMIT {
                    return Some(StrictJsonError::TooDeep);
                }
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += step;
    }
    None
}

/// The surrogate that the escape at `at` stands for, if it is an escape for one.
fn surrogate_at(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at.checked_add(6)?)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0xD800..=0xDFFF).contains(&unit).then_some(unit)
}

/// Whether a leading surrogate is followed by a trailing one.
fn is_pair(first: u16, second: Option<u16>) -> bool {
    first < 0xDC00 && second.is_some_and(|unit| unit >= 0xDC00)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> StrictJsonError {
        parse_strict(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn accepts_what_serde_json_accepts() {
        let deep = format!("{}{}", "[".repeat(DEPTH_LIMIT), "]".repeat(DEPTH_LIMIT));
        for text in [
            r#" {"a":[1,-2,3.5,1e3,true,null,"x\u0000\u001b[2J\ud83d\ude00"],"b":{"a":{}}} "#,
            "18446744073709551615",
            "-9223372036854775808",
            "123456789012345678901234567890",
            "-0",
            r#""\\ud800""#,
            &deep,
        ] {
            assert_eq!(parse_strict(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn names_the_duplicate_key_at_any_depth_and_however_escaped() {
        for text in [r#"{"k":1,"k":1}"#, r#"[{"a":[{"k":1,"b":2,"\u006b":{}}]}]"#] {
            assert_eq!(refusal(text), StrictJsonError::DuplicateKey { key: "k".into() });
        }
        assert_eq!(refusal(r#"{"k":1,"k":1}"#).to_string(), "duplicate key `k`");
        let hostile = refusal(r#"{"\u001b[2J":1,"\u001b[2J":1}"#).to_string();
        assert_eq!(hostile, r"duplicate key `\u{1b}[2J`");
        assert!(refusal(&format!("{{\"{0}\":1,\"{0}\":1}}", "k".repeat(500))).to_string().len() < 120);
    }

    #[test]
    fn refuses_lone_surrogates_in_words() {
        for text in [
            r#""\ud800""#,
            r#""\ud800x""#,
            r#""\udc00""#,
            r#""\ud800\ud800""#,
            r#"{"\uDBFF\u0041":1}"#,
            r#""\ud800\n""#,
        ] {
            assert!(matches!(refusal(text), StrictJsonError::LoneSurrogate { .. }), "{text}");
        }
        assert_eq!(
            refusal(r#"["\ud83d\ude00","\uD800"]"#).to_string(),
            r"lone surrogate: the escape `\ud800` is half a character (byte 18)"
        );
    }

    #[test]
    fn refuses_bad_bytes_trailing_bytes_depth_and_grammar() {
        assert_eq!(parse_strict(b"\"a\xff\"").unwrap_err(), StrictJsonError::NotUtf8 { byte: 3 });
        assert_eq!(parse_strict(b"\"\xed\xa0\x80\"").unwrap_err(), StrictJsonError::NotUtf8 { byte: 2 });
        assert!(matches!(refusal("{} {}"), StrictJsonError::Trailing { line: 1, column: 4 }));
        let over = DEPTH_LIMIT + 1;
        assert_eq!(refusal(&format!("{}{}", "[".repeat(over), "]".repeat(over))), StrictJsonError::TooDeep);
        assert_eq!(refusal(&r#"{"a":"#.repeat(100_000)), StrictJsonError::TooDeep);
        for text in [
            "",
            "nul",
            "[1,]",
            "{\"a\":1,}",
            "NaN",
            "1e999",
            "01",
            "\"\\x\"",
            "\"\\u12\"",
            "\"a\u{1}\"",
            "'a'",
            "\u{feff}{}",
        ] {
            let error = refusal(text);
            assert!(matches!(error, StrictJsonError::Syntax { .. }), "{text}: {error}");
            assert!(!error.to_string().contains("at line"), "{error}");
        }
        assert_eq!(refusal("[1,]").to_string(), "not valid JSON: trailing comma (line 1, column 4 of the JSON)");
    }
}

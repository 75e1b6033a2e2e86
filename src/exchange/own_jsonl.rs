//! Reads the own JSONL, one item a line, in flat memory; it leaves out what the judgements in a row mean and whether
//! rows may be imported.

use std::io::{self, BufRead, Read};

use serde_json::{Map, Value};
use thiserror::Error;

use crate::domain::Turn;

use super::strict_json::{StrictJsonError, kind_of, parse_strict, shown};

/// The longest row in bytes, without its newline.
pub const ROW_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// One model output in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedOutput {
    /// What the model said; a plain text is one turn of `assistant`.
    pub text: Vec<Turn>,
    /// Which model said it.
    pub model: Option<String>,
    /// How it was sampled, an object.
    pub params: Option<Value>,
}

/// One row, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedItem {
    /// The source's own id; a number is kept as its text.
    pub source_id: Option<String>,
    /// What was asked; a plain text is one turn of `user`.
    pub prompt: Vec<Turn>,
    /// At least one output.
    pub outputs: Vec<ImportedOutput>,
    /// The row's `meta`, an object.
    pub meta: Option<Value>,
    /// Everything else in the row, verbatim, `judgements` included. Unknown keys inside `prompt` and `outputs` are kept
    /// under those names, in lists of the same shape.
    pub extra: Map<String, Value>,
}

/// A line that isn't blank: an item, or why it isn't one.
#[derive(Debug)]
pub struct Row {
    /// The line in the file, from 1.
    pub line: u64,
    /// What the line held.
    pub outcome: Result<ImportedItem, RowError>,
}

/// The stream failed; no row follows.
#[derive(Debug, Error)]
#[error("line {line} could not be read")]
pub struct ReadError {
    /// The line that was being read, from 1.
    pub line: u64,
    /// What the stream said.
    pub source: io::Error,
}

/// Why a line isn't an item, in words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RowError {
    /// The line is longer than [`ROW_LIMIT_BYTES`].
    #[error("longer than {} MiB", ROW_LIMIT_BYTES / (1024 * 1024))]
    TooLong,
    /// The line is not strict JSON.
    #[error(transparent)]
    Json(#[from] StrictJsonError),
    /// The line is JSON but not an object; what it is instead.
    #[error("not a JSON object but {0}")]
    NotAnObject(&'static str),
    /// There is nothing to answer, or nothing to judge.
    #[error("no {what}: `{key}` is {found}")]
    Empty {
        /// `prompt` or `output`.
        what: &'static str,
        /// Path of the key.
        key: String,
        /// In what way it is empty.
        found: &'static str,
    },
    /// A key holds the wrong kind of value, or is missing.
    #[error("`{key}` must be {expected}, not {found}")]
    WrongType {
        /// Path of the key.
        key: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A part of a turn, by its path and its type, is an image, a sound or anything else that isn't text.
    #[error("`{}` is a part of type `{}`: only text can be judged", .0, shown(.1))]
    NotText(String, String),
}

/// Reads items from `reader` until it ends.
///
/// Blank lines are skipped but counted; a carriage return before the newline and a byte order mark at the very start are
/// ignored. One buffer of [`ROW_LIMIT_BYTES`] serves the whole file; what a longer line has beyond it is passed over.
pub fn read<R: BufRead>(reader: R) -> Rows<R> {
    Rows { reader, buffer: Vec::with_capacity(ROW_LIMIT_BYTES + 1), line: 0, has_failed: false }
}

/// The rows of a file, in order; ends after the first [`ReadError`].
#[derive(Debug)]
pub struct Rows<R> {
    reader: R,
    buffer: Vec<u8>,
    line: u64,
    has_failed: bool,
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_failed {
            self.line += 1;
            let outcome = match self.next_line() {
                Ok(None) => return None,
                Ok(Some(line)) if line.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty()) => continue,
                Ok(Some(line)) => line.and_then(parse_row),
                Err(source) => {
                    self.has_failed = true;
                    return Some(Err(ReadError { line: self.line, source }));
                }
            };
            return Some(Ok(Row { line: self.line, outcome }));
        }
        None
    }
}

impl<R: BufRead> Rows<R> {
    /// The next line with its newline, unless it is too long; `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<Result<&[u8], RowError>>> {
        self.buffer.clear();
        let most = ROW_LIMIT_BYTES as u64 + 1;
        if self.reader.by_ref().take(most).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        if self.buffer.len() > ROW_LIMIT_BYTES && !self.buffer.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Err(RowError::TooLong)));
        }
        let marked = if self.line == 1 { self.buffer.strip_prefix(b"\xef\xbb\xbf") } else { None };
        Ok(Some(Ok(marked.unwrap_or(&self.buffer))))
    }
}

type Taken<T> = Result<T, RowError>;

fn parse_row(bytes: &[u8]) -> Taken<ImportedItem> {
    let map = match parse_strict(bytes)? {
        Value::Object(map) => map,
        other => return Err(RowError::NotAnObject(kind_of(Some(&other)))),
    };
    let mut row = Fields { path: String::new(), map };
    Ok(ImportedItem {
        source_id: take_id(&mut row)?,
        prompt: take_turns(&mut row, "prompt", "prompt", "user")?,
        outputs: take_outputs(&mut row)?,
        meta: row.take_object("meta")?,
        extra: row.map,
    })
}

/// A fraction or an integer past 64 bits is refused: it was rounded when it was read, so two ids could become one.
fn take_id(row: &mut Fields) -> Taken<Option<String>> {
    match row.take("id") {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(id)),
        Some(Value::Number(id)) if !id.is_f64() => Ok(Some(id.to_string())),
        other => Err(row.wrong("id", "a string or a whole number of 64 bits", other.as_ref())),
    }
}

fn take_outputs(row: &mut Fields) -> Taken<Vec<ImportedOutput>> {
    match row.take("outputs") {
        Some(Value::Array(values)) if !values.is_empty() => row.take_each("outputs", values, take_output),
        other @ (None | Some(Value::Array(_))) => {
            Err(RowError::Empty { what: "output", key: row.key("outputs"), found: kind_of(other.as_ref()) })
        }
        other => Err(row.wrong("outputs", "a list", other.as_ref())),
    }
}

fn take_output(output: &mut Fields) -> Taken<ImportedOutput> {
    let text = take_turns(output, "text", "output", "assistant")?;
    Ok(ImportedOutput { text, model: output.take_text("model")?, params: output.take_object("params")? })
}

/// Reads a list of turns, or a plain text, which is one turn of `role`; `what` names them when there are none.
fn take_turns(fields: &mut Fields, name: &str, what: &'static str, role: &str) -> Taken<Vec<Turn>> {
    let found = match fields.take(name) {
        Some(Value::String(content)) if !content.is_empty() => {
            return Ok(vec![Turn { role: role.to_owned(), content }]);
        }
        Some(Value::Array(values)) if !values.is_empty() => {
            let turns = fields.take_each(name, values, take_turn)?;
            if turns.iter().any(|turn| !turn.content.is_empty()) {
                return Ok(turns);
            }
            "a list of empty turns"
        }
        other @ (None | Some(Value::String(_) | Value::Array(_))) => kind_of(other.as_ref()),
        other => return Err(fields.wrong(name, "a string or a list of turns", other.as_ref())),
    };
    Err(RowError::Empty { what, key: fields.key(name), found })
}

fn take_turn(turn: &mut Fields) -> Taken<Turn> {
    let role = turn.take_required_text("role")?;
    if role.is_empty() {
        return Err(turn.wrong("role", "a string that isn't empty", Some(&Value::String(role))));
    }
    let content = match turn.take("content") {
        Some(Value::String(content)) => content,
        Some(Value::Array(parts)) => turn.take_each("content", parts, take_part)?.concat(),
        other => return Err(turn.wrong("content", "a string or a list of text parts", other.as_ref())),
    };
    Ok(Turn { role, content })
}

fn take_part(part: &mut Fields) -> Taken<String> {
    let kind = part.take_required_text("type")?;
    if kind != "text" {
        return Err(RowError::NotText(part.path.clone(), kind));
    }
    part.take_required_text("text")
}

/// An object at a path; known keys are taken out, so that what is left is unknown.
struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn wrong(&self, name: &str, expected: &'static str, found: Option<&Value>) -> RowError {
        RowError::WrongType { key: self.key(name), expected, found: kind_of(found) }
    }

    /// The value of a key; null is the same as missing.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| !value.is_null())
    }

    fn take_text(&mut self, name: &str) -> Taken<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            other => Err(self.wrong(name, "a string", other.as_ref())),
        }
    }

    fn take_required_text(&mut self, name: &str) -> Taken<String> {
        self.take_text(name)?.ok_or_else(|| self.wrong(name, "a string", None))
    }

    fn take_object(&mut self, name: &str) -> Taken<Option<Value>> {
        match self.take(name) {
            None => Ok(None),
            Some(object @ Value::Object(_)) => Ok(Some(object)),
            other => Err(self.wrong(name, "an object", other.as_ref())),
        }
    }

    /// Reads the elements of the list `name`; their unknown keys, if any, are put back under that name.
    fn take_each<T>(&mut self, name: &str, values: Vec<Value>, take: fn(&mut Fields) -> Taken<T>) -> Taken<Vec<T>> {
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for (at, value) in values.into_iter().enumerate() {
            let element = format!("{name}[{at}]");
            let Value::Object(map) = value else {
                return Err(self.wrong(&element, "an object", Some(&value)));
            };
            let mut fields = Fields { path: self.key(&element), map };
            taken.push(take(&mut fields)?);
            left.push(fields.map);
        }
        if left.iter().any(|unknown| !unknown.is_empty()) {
            self.map.insert(name.to_owned(), left.into_iter().map(Value::Object).collect());
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, ErrorKind};

    fn rows(bytes: &[u8]) -> Vec<Row> {
        read(bytes).map(Result::unwrap).collect()
    }

    fn item(row: &str) -> ImportedItem {
        rows(row.as_bytes()).remove(0).outcome.unwrap()
    }

    fn reason(row: &str) -> String {
        rows(row.as_bytes()).remove(0).outcome.unwrap_err().to_string()
    }

    fn turn(role: &str, content: &str) -> Turn {
        Turn { role: role.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn reads_the_short_and_the_long_form() {
        let short = item(r#"{"id":7,"prompt":"p\u0000\u001b[2J\r\n\ud83d\ude00","outputs":[{"text":"o"}]}"#);
        assert_eq!(short.source_id.as_deref(), Some("7"));
        assert_eq!(short.prompt, [turn("user", "p\0\u{1b}[2J\r\n😀")]);
        assert_eq!(short.outputs, [ImportedOutput { text: vec![turn("assistant", "o")], model: None, params: None }]);
        assert!(short.extra.is_empty());
        let long = item(
            r#"{"id":"a","prompt":[{"role":"system","content":""},{"role":"user","content":[{"type":"text","text":"x "},
            {"type":"text","text":"y"}]}],"outputs":[{"text":[{"role":"tool","content":"t"}],"model":"m","params":{"top_p":1}}],
            "meta":{"k":[1]},"judgements":[{"rater":"r","answers":{}}],"zeta":null}"#.replace('\n', "").as_str(),
        );
        assert_eq!(long.prompt, [turn("system", ""), turn("user", "x y")]);
        assert_eq!(long.outputs[0].text, [turn("tool", "t")]);
        assert_eq!(long.outputs[0].model.as_deref(), Some("m"));
        assert_eq!(long.outputs[0].params, Some(serde_json::json!({"top_p": 1})));
        assert_eq!(long.meta, Some(serde_json::json!({"k": [1]})));
        let extra = serde_json::json!({"judgements": [{"rater": "r", "answers": {}}], "zeta": null});
        assert_eq!(Value::Object(long.extra), extra);
    }

    #[test]
    fn keeps_unknown_keys_inside_lists_in_the_same_shape() {
        let kept = item(
            r#"{"prompt":[{"role":"user","content":[{"type":"text","text":"p","n":1}]}],
            "outputs":[{"text":"a"},{"text":[{"role":"assistant","content":"b","name":"x"}],"score":2}]}"#
                .replace('\n', "")
                .as_str(),
        );
        let extra = serde_json::json!({
            "prompt": [{"content": [{"n": 1}]}], "outputs": [{}, {"score": 2, "text": [{"name": "x"}]}],
        });
        assert_eq!(Value::Object(kept.extra), extra);
    }

    #[test]
    fn says_why_a_row_is_bad() {
        for (row, why) in [
            ("[1]", "not a JSON object but a list"),
            (r#"{"outputs":[{"text":"o"}]}"#, "no prompt: `prompt` is missing or null"),
            (r#"{"prompt":null,"outputs":[]}"#, "no prompt: `prompt` is missing or null"),
            (r#"{"prompt":""}"#, "no prompt: `prompt` is an empty string"),
            (r#"{"prompt":[]}"#, "no prompt: `prompt` is an empty list"),
            (r#"{"prompt":[{"role":"user","content":[]}]}"#, "no prompt: `prompt` is a list of empty turns"),
            (r#"{"prompt":"p"}"#, "no output: `outputs` is missing or null"),
            (r#"{"prompt":"p","outputs":[]}"#, "no output: `outputs` is an empty list"),
            (
                r#"{"prompt":"p","outputs":[{"text":"o"},{"text":""}]}"#,
                "no output: `outputs[1].text` is an empty string",
            ),
            (r#"{"prompt":"p","outputs":[{}]}"#, "no output: `outputs[0].text` is missing or null"),
            (r#"{"prompt":"p","outputs":"o"}"#, "`outputs` must be a list, not a string"),
            (r#"{"prompt":"p","outputs":["o"]}"#, "`outputs[0]` must be an object, not a string"),
            (r#"{"prompt":3}"#, "`prompt` must be a string or a list of turns, not a number"),
            (r#"{"prompt":["p"]}"#, "`prompt[0]` must be an object, not a string"),
            (r#"{"prompt":[{"content":"p"}]}"#, "`prompt[0].role` must be a string, not missing or null"),
            (
                r#"{"prompt":[{"role":"","content":"p"}]}"#,
                "`prompt[0].role` must be a string that isn't empty, not an empty string",
            ),
            (
                r#"{"prompt":[{"role":"user","content":null}]}"#,
                "`prompt[0].content` must be a string or a list of text parts, not missing or null",
            ),
            (
                r#"{"prompt":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}]}"#,
                "`prompt[0].content[1]` is a part of type `image_url`: only text can be judged",
            ),
            (
                r#"{"prompt":"p","outputs":[{"text":"o","model":1}]}"#,
                "`outputs[0].model` must be a string, not a number",
            ),
            (
                r#"{"prompt":"p","outputs":[{"text":"o","params":[]}]}"#,
                "`outputs[0].params` must be an object, not an empty list",
            ),
            (r#"{"prompt":"p","outputs":[{"text":"o"}],"meta":"m"}"#, "`meta` must be an object, not a string"),
            (r#"{"id":true}"#, "`id` must be a string or a whole number of 64 bits, not true or false"),
            (
                r#"{"id":1.5}"#,
                "`id` must be a string or a whole number of 64 bits, not a number with a fraction or past 64 bits",
            ),
            (r#"{"a":{"k":1,"k":2}}"#, "duplicate key `k`"),
            (r#"{"prompt":"\udead"}"#, r"lone surrogate: the escape `\udead` is half a character (byte 12)"),
        ] {
            assert_eq!(reason(row), why, "{row}");
        }
        assert!(reason("{").starts_with("not valid JSON: "));
        assert_eq!(rows(b"{\xff}")[0].outcome.as_ref().unwrap_err().to_string(), "not UTF-8 (byte 2)");
    }

    #[test]
    fn counts_lines_through_marks_blanks_and_bad_rows() {
        let good = r#"{"prompt":"p","outputs":[{"text":"o"}]}"#;
        let file = format!("\u{feff}{good}\r\n\r\n \t\n{{\n{good}\n\u{feff}{good}\n{good}");
        let seen: Vec<_> = rows(file.as_bytes()).iter().map(|row| (row.line, row.outcome.is_ok())).collect();
        assert_eq!(seen, [(1, true), (4, false), (5, true), (6, false), (7, true)]);
        assert!(rows(b"").is_empty() && rows(b"\n\n").is_empty() && rows(b"\xef\xbb\xbf").is_empty());
    }

    #[test]
    fn passes_over_long_lines_without_holding_them() {
        let good = r#"{"prompt":"p","outputs":[{"text":"o"}]}"#;
        let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
        let file = format!(
            "{}\n{}\n{good}\n{}",
            padded(ROW_LIMIT_BYTES),
            padded(ROW_LIMIT_BYTES + 1),
            padded(ROW_LIMIT_BYTES + 1)
        );
        let mut found = read(BufReader::new(file.as_bytes()));
        let seen: Vec<_> = found.by_ref().map(|row| row.unwrap().outcome.map(drop)).collect();
        assert_eq!(seen, [Ok(()), Err(RowError::TooLong), Ok(()), Err(RowError::TooLong)]);
        assert_eq!(found.buffer.capacity(), ROW_LIMIT_BYTES + 1);
        assert_eq!(RowError::TooLong.to_string(), "longer than 16 MiB");
    }

    #[test]
    fn stops_at_a_stream_that_fails_and_tries_an_interrupted_one_again() {
        struct Failing(Vec<io::Result<&'static [u8]>>);
        impl Read for Failing {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let piece = if self.0.is_empty() { Ok(&[][..]) } else { self.0.remove(0) }?;
                out[..piece.len()].copy_from_slice(piece);
                Ok(piece.len())
            }
        }
        let stream = Failing(vec![
            Ok(b"{\"prompt\":\"p\","),
            Err(ErrorKind::Interrupted.into()),
            Ok(b"\"outputs\":[{\"text\":\"o\"}]}\n{"),
            Err(ErrorKind::BrokenPipe.into()),
            Ok(b"}\n"),
        ]);
        let mut found = read(BufReader::new(stream));
        assert!(found.next().unwrap().unwrap().outcome.is_ok());
        let error = found.next().unwrap().unwrap_err();
        assert_eq!((error.line, error.source.kind()), (2, ErrorKind::BrokenPipe));
        assert!(found.next().is_none());
    }
}

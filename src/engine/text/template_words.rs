//! What chat templates call beyond the template language: Python's string methods, JSON as Python writes it, a date, a way
//! to refuse. Everything is paid for in steps, so that no call does unbounded work.

use std::fmt::Write;

use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::term_guard::CHECK;

/// What begins the detail of an error that a template raised itself.
pub(super) const REFUSAL: &str = "refused: ";

/// How deep lists and maps may be nested.
const DEEPEST_VALUE: usize = 64;

/// Adds the words; `today` is what `strftime_now` tells, as year, month and day. Without it the function is not there, and
/// templates fall back to a date of their own.
pub(super) fn teach(environment: &mut Environment<'static>, today: Option<(i32, u32, u32)>) {
    environment.set_unknown_method_callback(method);
    environment.add_filter("tojson", to_json);
    environment.add_function("raise_exception", |reason: &str| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, format!("{REFUSAL}{reason}")))
    });
    environment.add_function(CHECK, checked_term);
    if let Some(today) = today {
        environment.add_function("strftime_now", move |format: &str| date(format, today));
    }
}

/// A term, as it is; a list or map costs a step for each value in it, however deep and however often it is in there.
fn checked_term(state: &State, term: Value) -> Result<Value, Error> {
    walk(state, &term, 0)?;
    Ok(term)
}

fn walk(state: &State, value: &Value, depth: usize) -> Result<(), Error> {
    if depth > DEEPEST_VALUE {
        return Err(Error::new(ErrorKind::InvalidOperation, "a value is nested too deep"));
    }
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    if !is_list && value.kind() != ValueKind::Map {
        return Ok(());
    }
    for item in value.try_iter()? {
        state.consume_fuel(1)?;
        if is_list {
            walk(state, &item, depth + 1)?;
        } else {
            walk(state, &value.get_item(&item)?, depth + 1)?;
        }
    }
    Ok(())
}

/// Python's methods, by the library; three of them it does without counting what they produce.
fn method(state: &mut State, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    match (value.kind(), name) {
        (ValueKind::String, "join") => join(state, value, arguments),
        (ValueKind::Seq | ValueKind::Iterable, "count") => count(state, value, arguments),
        (ValueKind::String, "format") => Err(Error::new(ErrorKind::UnknownMethod, "`format` is not supported")),
        _ => minijinja_contrib::pycompat::unknown_method_callback(state, value, name, arguments),
    }
}

fn join(state: &State, separator: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let (items,): (&Value,) = from_args(arguments)?;
    let separator = separator.as_str().unwrap_or_default();
    let mut joined = String::new();
    for (place, item) in items.try_iter()?.enumerate() {
        let text = item.as_str().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "join takes strings"))?;
        pay(state, separator.len() + text.len())?;
        if place > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    Ok(Value::from(joined))
}

fn count(state: &State, items: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let (wanted,): (&Value,) = from_args(arguments)?;
    let mut found = 0_u64;
    for item in items.try_iter()? {
        pay(state, 0)?;
        found += u64::from(item == *wanted);
    }
    Ok(Value::from(found))
}

/// One step, and one more for every 64 bytes.
fn pay(state: &State, bytes: usize) -> Result<(), Error> {
    state.consume_fuel(1 + u64::try_from(bytes).unwrap_or(u64::MAX) / 64)
}

/// JSON as Python's `json.dumps(value, ensure_ascii=False)` writes it: the library's own filter escapes `<` and `>`.
fn to_json(state: &State, value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // What else Python takes changes nothing here, except the order of keys, which nobody asks for.
    let _: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    let mut json = Json { state, text: String::new(), indent: indent.map(|indent| indent.min(16)) };
    json.write(value, 0)?;
    Ok(Value::from(json.text))
}

struct Json<'s, 't, 'e> {
    state: &'s State<'t, 'e>,
    text: String,
    indent: Option<usize>,
}

impl Json<'_, '_, '_> {
    fn write(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST_VALUE {
            return Err(Error::new(ErrorKind::InvalidOperation, "the value is nested too deep for JSON"));
        }
        pay(self.state, depth * self.indent.unwrap_or(0))?;
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => self.text.push_str("null"),
            ValueKind::Bool => self.text.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => write!(self.text, "{value}").map_err(failed)?,
            ValueKind::Seq | ValueKind::Iterable => self.write_list(value, depth)?,
            ValueKind::Map => self.write_map(value, depth)?,
            _ => self.write_text(value)?,
        }
        Ok(())
    }

    fn write_text(&mut self, value: &Value) -> Result<(), Error> {
        let text = value.as_str().ok_or_else(|| Error::new(ErrorKind::BadSerialization, "no JSON for this value"))?;
        pay(self.state, text.len())?;
        self.text.push_str(&serde_json::Value::from(text).to_string());
        Ok(())
    }

    fn write_list(&mut self, list: &Value, depth: usize) -> Result<(), Error> {
        self.text.push('[');
        let mut is_empty = true;
        for item in list.try_iter()? {
            self.separate(&mut is_empty, depth + 1);
            self.write(&item, depth + 1)?;
        }
        self.close(']', is_empty, depth);
        Ok(())
    }

    fn write_map(&mut self, map: &Value, depth: usize) -> Result<(), Error> {
        self.text.push('{');
        let mut is_empty = true;
        for key in map.try_iter()? {
            self.separate(&mut is_empty, depth + 1);
            let name = if key.as_str().is_some() { key.clone() } else { Value::from(key.to_string()) };
            self.write_text(&name)?;
            self.text.push_str(": ");
            self.write(&map.get_item(&key)?, depth + 1)?;
        }
        self.close('}', is_empty, depth);
        Ok(())
    }

    /// Before an item: nothing or a comma, then a space or a new line.
    fn separate(&mut self, is_first: &mut bool, depth: usize) {
        if !*is_first {
            self.text.push(',');
        }
        match self.indent {
            Some(indent) => self.break_line(indent * depth),
            None if !*is_first => self.text.push(' '),
            None => {}
        }
        *is_first = false;
    }

    fn close(&mut self, bracket: char, is_empty: bool, depth: usize) {
        if let Some(indent) = self.indent.filter(|_| !is_empty) {
            self.break_line(indent * depth);
        }
        self.text.push(bracket);
    }

    fn break_line(&mut self, spaces: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', spaces));
    }
}

fn failed(error: std::fmt::Error) -> Error {
    Error::new(ErrorKind::BadSerialization, error.to_string())
}

/// A date by the letters that templates use: `%d %b %Y`, `%B %d, %Y`, `%Y-%m-%d`. Times of day aren't known.
fn date(format: &str, (year, month, day): (i32, u32, u32)) -> Result<String, Error> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let bad = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let place = usize::try_from(month).unwrap_or(0).wrapping_sub(1);
    let name = MONTHS.get(place).ok_or_else(|| bad(format!("there is no month {month}")))?;
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('Y') => write!(text, "{year:04}"),
            Some('m') => write!(text, "{month:02}"),
            Some('d') => write!(text, "{day:02}"),
            Some('-') if letters.as_str().starts_with('d') => {
                letters.next();
                write!(text, "{day}")
            }
            Some('B') => write!(text, "{name}"),
            Some('b') => write!(text, "{}", &name[..3]),
            Some('y') => write!(text, "{:02}", year.rem_euclid(100)),
            Some('%') => write!(text, "%"),
            other => return Err(bad(format!("strftime_now: %{} is not supported", other.unwrap_or(' ')))),
        }
        .map_err(failed)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_by_letters() {
        assert_eq!(date("%d %b %Y", (2026, 11, 3)).unwrap(), "03 Nov 2026");
        assert_eq!(date("%B %-d, %Y %y-%m%%", (2026, 1, 3)).unwrap(), "January 3, 2026 26-01%");
        assert!(date("%H", (2026, 1, 3)).is_err());
        assert!(date("%b", (2026, 13, 3)).is_err());
    }

    #[test]
    fn json_is_python_s() {
        let mut environment = Environment::new();
        teach(&mut environment, None);
        let render = |source: &str| environment.render_str(source, ()).unwrap();
        assert_eq!(
            render("{{ {'a': [1, 2.5, none, true], 'b': {}, 'c': '<é\"\n>'} | tojson }}"),
            r#"{"a": [1, 2.5, null, true], "b": {}, "c": "<é\"\n>"}"#
        );
        assert_eq!(
            render("{{ {'a': [1], 'b': []} | tojson(indent=2) }}"),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}"
        );
    }
}

//! The user's key file: a table a scope, `"key" = "action"`; `"none"` takes a key away.

use std::collections::BTreeMap;

use toml::Spanned;

use super::action::Action;
use super::binding::Scope;
use super::chord::{Chord, Code};
use super::keymap::{Bound, Keymap};

/// What is wrong in a key file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct KeyFileError {
    file: String,
    line: usize,
    what: String,
}

type Tables = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>;

/// A row of the file, and the line it stands on.
struct Row {
    line: usize,
    scope: Scope,
    keys: Vec<Chord>,
    action: Option<Action>,
}

impl Keymap {
    /// The default bindings with a key file's over them.
    ///
    /// Errors: text that isn't such a file, unknown scopes, keys or actions, a key taken from an action that keeps no
    /// other, a key that starts another's; each with file and line.
    pub fn with_file(file: &str, text: &str) -> Result<Self, KeyFileError> {
        let at = |line: usize, what: String| KeyFileError { file: file.to_owned(), line, what };
        let rows = read(file, text)?;
        let mut keymap = Self::default();
        for row in &rows {
            keymap.bound.retain(|bound| bound.scope != row.scope || bound.keys != row.keys);
            if let Some(action) = row.action {
                keymap.bound.push(Bound { scope: row.scope, keys: row.keys.clone(), action });
            }
        }
        for row in &rows {
            if let Some(lost) = keymap.lost_to(row) {
                let what = format!(
                    "`{}` is the key of `{}` in [{}]; give that another key too",
                    spelled(&row.keys),
                    lost.name(),
                    row.scope.name()
                );
                return Err(at(row.line, what));
            }
            if let Some(other) = keymap.overlaps(row) {
                let what = format!(
                    "`{}` and `{}` in [{}] start alike; one of them could never be pressed",
                    spelled(&row.keys),
                    spelled(&other.keys),
                    row.scope.name()
                );
                return Err(at(row.line, what));
            }
        }
        Ok(keymap)
    }

    /// The action that a row takes the last key in its scope from.
    fn lost_to(&self, row: &Row) -> Option<Action> {
        row.action?;
        let taken =
            Self::default().bound.into_iter().find(|bound| bound.scope == row.scope && bound.keys == row.keys)?;
        let kept = self.bound.iter().any(|bound| bound.scope == row.scope && bound.action == taken.action);
        (!kept).then_some(taken.action)
    }

    fn overlaps(&self, row: &Row) -> Option<&Bound> {
        row.action?;
        let alike = |bound: &&Bound| {
            bound.scope == row.scope
                && bound.keys != row.keys
                && (bound.keys.starts_with(&row.keys) || row.keys.starts_with(&bound.keys))
        };
        self.bound.iter().find(alike)
    }
}

fn spelled(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn read(file: &str, text: &str) -> Result<Vec<Row>, KeyFileError> {
    let line_of = |byte: usize| text.get(..byte).unwrap_or(text).matches('\n').count() + 1;
    let at = |byte: usize, what: String| KeyFileError { file: file.to_owned(), line: line_of(byte), what };
    let tables: Tables = toml::from_str(text).map_err(|error| {
        at(error.span().map_or(0, |span| span.start), format!("not a key file: {}", error.message()))
    })?;
    let mut rows = Vec::new();
    for (name, table) in &tables {
        let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
        let scope = Scope::named(name.get_ref()).ok_or_else(|| {
            at(name.span().start, format!("no scope `{}`; there is {}", name.get_ref(), scopes.join(", ")))
        })?;
        for (keys, action) in table {
            let start = keys.span().start;
            let chords = Chord::read_all(keys.get_ref())
                .ok_or_else(|| at(start, format!("`{}` is no key; write j, C-s, tab, space or g h", keys.get_ref())))?;
            if writes(scope, &chords) {
                return Err(at(start, format!("`{}` is typed as text in [{}]", keys.get_ref(), scope.name())));
            }
            let known = Action::ALL.iter().find(|known| known.name() == action.get_ref()).copied();
            if known.is_none() && action.get_ref() != "none" {
                let what = format!("no action `{}`; `guildhall keys` lists them", action.get_ref());
                return Err(at(action.span().start, what));
            }
            rows.push(Row { line: line_of(start), scope, keys: chords, action: known });
        }
    }
    rows.sort_by_key(|row| row.line);
    Ok(rows)
}

/// Whether these keys would be typed as text in the scope.
fn writes(scope: Scope, keys: &[Chord]) -> bool {
    let typed = |chord: &Chord| match chord {
        Chord::Digit => true,
        Chord::Key { ctrl, alt, code } => !ctrl && !alt && matches!(code, Code::Char(_) | Code::Backspace),
    };
    matches!(scope, Scope::Writing | Scope::Choosing) && keys.iter().any(typed)
}

#[cfg(test)]
mod tests {
    use super::super::keymap::Meaning;
    use super::*;

    fn fault(text: &str) -> String {
        Keymap::with_file("keys.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_file_moves_keys() {
        let text = "[judging]\n\"s\" = \"mark-text\"\n\"C-k\" = \"skip\"\n\"m\" = \"none\"\n";
        let keymap = Keymap::with_file("keys.toml", text).unwrap();
        let meaning = |key: &str| keymap.meaning(&[Scope::Judging], &Chord::read_all(key).unwrap());
        assert_eq!(meaning("s"), Meaning::Action(Action::MarkText));
        assert_eq!(meaning("C-k"), Meaning::Action(Action::Skip));
        assert_eq!(meaning("m"), Meaning::Nothing);
        assert_eq!(Keymap::with_file("keys.toml", "").unwrap(), Keymap::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_line() {
        let clash = fault("[judging]\n\n\"s\" = \"mark-text\"\n");
        assert_eq!(clash, "keys.toml:3: `s` is the key of `skip` in [judging]; give that another key too");
        assert_eq!(
            fault("[everywhere]\n\"g\" = \"help\"\n"),
            "keys.toml:2: `g` and `g h` in [everywhere] start alike; one of them could never be pressed"
        );
        assert!(fault("[judge]\n").starts_with("keys.toml:1: no scope `judge`"));
        assert!(fault("[judging]\n\"jj\" = \"skip\"\n").starts_with("keys.toml:2: `jj` is no key"));
        assert!(fault("[judging]\n\"j\" = \"leap\"\n").starts_with("keys.toml:2: no action `leap`"));
        assert!(fault("[writing]\n\"a\" = \"back\"\n").starts_with("keys.toml:2: `a` is typed as text"));
        assert!(fault("[judging]\n\"s\" = \"skip\"\n\"s\" = \"flag\"\n").starts_with("keys.toml:3: not a key file"));
    }
}

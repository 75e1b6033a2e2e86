//! A server's key: where it comes from, and how it stays out of errors, logs and records.

use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};

/// The longest key, in bytes.
const LONGEST: usize = 8192;

/// The shortest key that is looked for in a peer's words: a shorter one would blot out words that have nothing to do with it.
const SHORTEST_HIDDEN: usize = 4;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[error("the key from {of} can't be used: {why}")]
pub struct KeyError {
    /// The variable or the file.
    pub of: String,
    /// Why not, and what to do.
    pub why: String,
}

/// Where a key is found; no secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// In the environment, by the variable's name.
    Environment(String),
    /// In a file that only its owner may read.
    File(PathBuf),
}

/// A secret that a peer is shown with each request. Its text leaves this file only as a header.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: String,
    header: HeaderValue,
}

impl KeySource {
    /// The key; `environment` looks a variable up.
    ///
    /// Errors: there is none, others may read the file, or it can't be part of a request.
    pub fn read(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<ApiKey, KeyError> {
        let text = match self {
            Self::Environment(name) => {
                let unset = || KeyError { of: format!("the variable {name}"), why: "it isn't set".to_owned() };
                environment(name).ok_or_else(unset)?
            }
            Self::File(path) => from_file(path)?,
        };
        ApiKey::new(&text).map_err(|why| KeyError { of: self.to_string(), why: why.to_owned() })
    }
}

/// A variable of the process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl ApiKey {
    /// From text, without the white space around it.
    ///
    /// Errors: why it is no key; never the text.
    fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty");
        }
        if text.len() > LONGEST {
            return Err("it is longer than 8,192 bytes");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a key is one word of ASCII letters, digits and marks");
        }
        let mut header =
            HeaderValue::try_from(format!("Bearer {text}")).map_err(|_| "it can't be part of a request")?;
        header.set_sensitive(true);
        Ok(Self { text: text.to_owned(), header })
    }

    /// What goes into `Authorization`; it shows itself as `Sensitive`.
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// A peer's words without the key, should it quote it.
    pub fn hidden_in(&self, words: &str) -> String {
        if self.is_in(words) { words.replace(&self.text, "‹the key›") } else { words.to_owned() }
    }

    /// Whether a peer quotes the key.
    pub fn is_in(&self, words: &str) -> bool {
        self.text.len() >= SHORTEST_HIDDEN && words.contains(&self.text)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

fn from_file(path: &Path) -> Result<String, KeyError> {
    let wrong = |why: String| KeyError { of: path.display().to_string(), why };
    let failed = |error: std::io::Error| wrong(error.to_string());
    // a pipe would wait for its writer
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(wrong("it is no file".to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let shown = path.display().to_string();
        let quoted = shlex::try_quote(&shown).map_or_else(|_| shown.clone(), |quoted| quoted.into_owned());
        return Err(wrong(format!("others may use it (mode {mode:03o}); run: chmod 600 {quoted}")));
    }
    let mut text = String::new();
    // one byte more than a key may have, so that a longer one is noticed
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(64);
    let read = file.take(most).read_to_string(&mut text);
    read.map_err(|_| wrong("it can't be read as text".to_owned()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sk-hunter2.abc_DEF";

    fn written(text: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("the key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    fn read(path: &Path) -> Result<ApiKey, KeyError> {
        KeySource::File(path.to_owned()).read(&|_| None)
    }

    #[test]
    fn a_key_never_shows_itself() {
        let key = ApiKey::new(SECRET).unwrap();
        assert_eq!(format!("{key:?} {:?}", key.header()), "ApiKey(hidden) Sensitive");
        assert_eq!(key.header().as_bytes(), format!("Bearer {SECRET}").as_bytes());
        assert_eq!(key.hidden_in(&format!("no {SECRET}, no {SECRET}")), "no ‹the key›, no ‹the key›");
        assert_eq!(ApiKey::new("a").unwrap().hidden_in("a banana"), "a banana");
    }

    #[test]
    fn keys_come_from_the_environment() {
        let source = KeySource::Environment("MY_KEY".to_owned());
        let lookup = |name: &str| (name == "MY_KEY").then(|| format!(" {SECRET}\n"));
        assert_eq!(source.read(&lookup).unwrap(), ApiKey::new(SECRET).unwrap());
        let error = source.read(&|_| None).unwrap_err().to_string();
        assert_eq!(error, "the key from the variable MY_KEY can't be used: it isn't set");
        for bad in ["", " \n", "two words", "schlüssel", "a\u{7}b", &"x".repeat(9000)] {
            let error = source.read(&|_| Some(bad.to_owned())).unwrap_err().to_string();
            assert!(error.contains("MY_KEY") && (bad.len() < 3 || !error.contains(bad)), "{error}");
        }
    }

    #[test]
    fn files_are_for_their_owner_alone() {
        let (_dir, path) = written(format!("{SECRET}\n").as_bytes(), 0o600);
        assert_eq!(read(&path).unwrap(), ApiKey::new(SECRET).unwrap());
        for mode in [0o644, 0o640, 0o604, 0o660, 0o610] {
            let (_dir, path) = written(SECRET.as_bytes(), mode);
            let error = read(&path).unwrap_err().to_string();
            let command = format!("(mode {mode:03o}); run: chmod 600 '{}'", path.display());
            assert!(error.ends_with(&command) && !error.contains(SECRET), "{error}");
        }
        for bad in [&b"\xff\xfe"[..], b"", b"a b", &[b'x'; 10_000]] {
            let (_dir, path) = written(bad, 0o600);
            assert!(read(&path).is_err());
        }
        let (dir, path) = written(b"x", 0o600);
        assert!(read(dir.path()).unwrap_err().to_string().contains("no file"));
        assert!(read(&path.join("absent")).is_err());
    }
}

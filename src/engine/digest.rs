//! What names a model whatever it is called: the hash of its bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::engine_error::EngineError;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// `sha256:` and the hash of a file; of a directory the hash over `config.json`, the tokenizer's and the weights' files, each
/// as a line of its hash and name, in order of names, as `sha256sum` prints them.
///
/// Errors: a file that can't be read.
pub fn digest(path: &Path) -> Result<String, EngineError> {
    let wrong = |error| EngineError::File { path: path.to_owned(), error };
    if !path.is_dir() {
        return Ok(format!("sha256:{}", file_digest(path)?));
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let name = entry.map_err(wrong)?.file_name().to_string_lossy().into_owned();
        if counts(&name) {
            files.push((file_digest(&path.join(&name))?, name));
        }
    }
    Ok(of_directory(files))
}

/// The digest of a directory whose files' hashes and names are known.
pub fn of_directory(mut files: Vec<(String, String)>) -> String {
    files.retain(|(_, name)| counts(name));
    files.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut all = Sha256::new();
    for (hash, name) in files {
        all.update(format!("{hash}  {name}\n"));
    }
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&all.finalize()))
}

/// Whether a directory's digest is over a file of this name.
fn counts(name: &str) -> bool {
    [".safetensors", ".json", ".jinja"].iter().any(|end| name.ends_with(end))
}

/// The hash of a file, hexadecimal.
pub fn file_digest(path: &Path) -> Result<String, EngineError> {
    file_digest_while(path, &|| true)
}

/// The same as long as it is wanted.
///
/// Errors: the file can't be read; it isn't wanted any more.
pub fn file_digest_while(path: &Path, goes_on: &dyn Fn() -> bool) -> Result<String, EngineError> {
    let wrong = |error| EngineError::File { path: path.to_owned(), error };
    let mut file = File::open(path).map_err(wrong)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        if !goes_on() {
            return Err(EngineError::Request(format!("{}: given up while it was checked", path.display())));
        }
        let read = file.read(&mut piece).map_err(wrong)?;
        if read == 0 {
            return Ok(data_encoding::HEXLOWER.encode(&hash.finalize()));
        }
        hash.update(&piece[..read]);
    }
}

/// The hash of a text, hexadecimal.
pub fn text_digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text))
}

//! `SHA256SUMS`: one line a file, as `sha256sum -c` takes them.

use std::collections::BTreeMap;

use crate::domain::Digest;

/// Why the list of sums can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct SumsError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// The list for these files, by path.
pub(super) fn write_sums(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let line = |(path, bytes): (&String, &Vec<u8>)| format!("{}  {path}\n", Digest::of(bytes));
    files.iter().map(line).collect::<String>().into_bytes()
}

/// Reads a list; paths must be in order and inside the directory.
pub fn read_sums(bytes: &[u8]) -> Result<Vec<(String, Digest)>, SumsError> {
    let mut sums: Vec<(String, Digest)> = Vec::new();
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let wrong = |reason: &str| SumsError { line: index + 1, reason: reason.to_owned() };
        let text = std::str::from_utf8(line).map_err(|_| wrong("not UTF-8"))?;
        let text = text.strip_suffix('\n').ok_or_else(|| wrong("the line is not ended"))?;
        let (sum, path) = text.split_once("  ").ok_or_else(|| wrong("not `sum  path`"))?;
        let sum = sum.parse().map_err(|_| wrong("the sum is not 64 lower-case hexadecimal characters"))?;
        let inside = !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        let in_order = sums.last().is_none_or(|(last, _)| last.as_str() < path);
        if !inside || !in_order {
            return Err(wrong("the path is out of order, or not inside the directory"));
        }
        sums.push((path.to_owned(), sum));
    }
    Ok(sums)
}

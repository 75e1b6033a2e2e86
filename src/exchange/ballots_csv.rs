//! Ballots: a CSV with columns `voter` and `ranking`; and who votes from where, `voter` and `institution`.

use std::collections::BTreeMap;
use std::io::Read;

use super::csv_records::{CsvError, Records};

/// A ballot with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotRow {
    /// The line on which it starts.
    pub line: u64,
    /// Who cast it.
    pub voter: String,
    /// `A>B=C`; empty if it ranks nothing.
    pub ranking: String,
}

/// Reads ballots, plain or gzip, in their order.
///
/// # Errors
/// See [`CsvError`]; a voter who is there twice.
pub fn read_ballots(input: impl Read) -> Result<Vec<BallotRow>, CsvError> {
    let mut records = Records::new(input)?;
    let voter = records.column(&["voter"], "voter")?;
    let ranking = records.column(&["ranking"], "ranking")?;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = Vec::new();
    while records.advance()? {
        let line = records.line;
        let voter = records.text(voter, "voter")?.to_owned();
        if let Some(first) = seen.insert(voter.clone(), line) {
            return Err(CsvError::Repeated { line, first, column: "voter", value: voter });
        }
        rows.push(BallotRow { line, voter, ranking: records.any_text(ranking, "ranking")?.to_owned() });
    }
    Ok(rows)
}

/// Reads institutions by voter, plain or gzip.
///
/// # Errors
/// See [`CsvError`]; a voter who is there twice.
pub fn read_institutions(input: impl Read) -> Result<BTreeMap<String, String>, CsvError> {
    let mut records = Records::new(input)?;
    let voter = records.column(&["voter"], "voter")?;
    let institution = records.column(&["institution"], "institution")?;
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    let mut institutions = BTreeMap::new();
    while records.advance()? {
        let line = records.line;
        let voter = records.text(voter, "voter")?.to_owned();
        if let Some(first) = lines.insert(voter.clone(), line) {
            return Err(CsvError::Repeated { line, first, column: "voter", value: voter });
        }
        institutions.insert(voter, records.text(institution, "institution")?.to_owned());
    }
    Ok(institutions)
}

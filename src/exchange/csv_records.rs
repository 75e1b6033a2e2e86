//! Records of a CSV file with a header, over `Read`; plain or gzip, by their first bytes.
//!
//! A byte order mark and CRLF are accepted, empty lines skipped, quoted fields may hold commas, line breaks and doubled
//! quotes. Unlike lenient readers this one refuses a quote that never closes, text after a closing quote and a record of
//! another length, each with its line. Fields are bytes; who takes one asks for text.
//!
//! Source: RFC 4180, <https://www.rfc-editor.org/rfc/rfc4180>.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// Longest record, so that a quote left open does not swallow a whole file.
const LONGEST_RECORD: usize = 1 << 20;
/// Characters of a header that an error repeats.
const TOLD_OF_HEADER: usize = 200;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// The source failed.
    #[error("line {line}: {source}")]
    Read {
        /// Line that was being read.
        line: u64,
        /// What happened.
        source: std::io::Error,
    },
    /// A column is not in the header.
    #[error("line {line}: no column `{column}` in the header: {header}")]
    MissingColumn {
        /// Line of the header.
        line: u64,
        /// The column, or a choice of them.
        column: &'static str,
        /// What the header holds, or its beginning.
        header: String,
    },
    /// A column is twice in the header.
    #[error("line {line}: column `{column}` is twice in the header")]
    RepeatedColumn {
        /// Line of the header.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// A record is longer or shorter than the header.
    #[error("line {line}: {found} fields, the header has {expected}")]
    UnequalLengths {
        /// Line on which the record starts.
        line: u64,
        /// Fields of the header.
        expected: usize,
        /// Fields of the record.
        found: usize,
    },
    /// A quote never closes.
    #[error("line {line}: a quote that opens here is not closed")]
    UnclosedQuote {
        /// Line on which it opens.
        line: u64,
    },
    /// Text between a closing quote and the next comma.
    #[error("line {line}: text after a closing quote")]
    AfterQuote {
        /// Line on which the quote closes.
        line: u64,
    },
    /// A record has no end.
    #[error("line {line}: a record of more than {LONGEST_RECORD} bytes")]
    TooLong {
        /// Line on which the record starts.
        line: u64,
    },
    /// A field is not UTF-8.
    #[error("line {line}: `{column}` is not valid UTF-8")]
    NotText {
        /// Line on which the record starts.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// A field that must not be empty is.
    #[error("line {line}: `{column}` is empty")]
    Empty {
        /// Line on which the record starts.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// A weight is not a share.
    #[error("line {line}: weight `{value}` is not a number above 0 and at most 1")]
    Weight {
        /// Line on which the record starts.
        line: u64,
        /// What stands there.
        value: String,
    },
    /// A value that may stand once stands twice.
    #[error("line {line}: the {column} `{value}` is on line {first} already")]
    Repeated {
        /// Line of the second.
        line: u64,
        /// Line of the first.
        first: u64,
        /// The column.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// More labels than can be aggregated.
    #[error("line {line}: more than {limit} different labels; is `label` the right column?")]
    TooManyClasses {
        /// Line of the first label over the limit.
        line: u64,
        /// Most labels.
        limit: usize,
    },
    /// More rows than an index can count.
    #[error("line {line}: more than {limit} rows")]
    TooManyRows {
        /// Line of the first row over the limit.
        line: u64,
        /// Most rows.
        limit: usize,
    },
}

/// A reader of records.
pub(crate) struct Records<'a> {
    input: Box<dyn BufRead + 'a>,
    /// The record as read, quotes and all.
    raw: Vec<u8>,
    /// A record with quotes, its fields joined.
    plain: Vec<u8>,
    /// Where each field ends, in `raw` or `plain`, and where the next one starts.
    ends: Vec<(usize, usize)>,
    quoted: bool,
    header: Vec<String>,
    header_line: u64,
    lines_read: u64,
    /// Line on which the record starts, from 1.
    pub line: u64,
}

impl<'a> Records<'a> {
    /// Reads the header.
    pub fn new(input: impl Read + 'a) -> Result<Self, CsvError> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let start = input.fill_buf().map_err(|source| CsvError::Read { line: 1, source })?;
        let input: Box<dyn BufRead + 'a> = if start.starts_with(&GZIP_MAGIC) {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(input)))
        } else {
            Box::new(input)
        };
        let (raw, plain, ends, header) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut records =
            Self { input, raw, plain, ends, quoted: false, header, header_line: 1, lines_read: 0, line: 1 };
        if records.next()? {
            records.header_line = records.line;
            let text = |field| String::from_utf8_lossy(records.field(field)).trim().to_owned();
            records.header = (0..records.ends.len()).map(text).collect();
        }
        Ok(records)
    }

    /// Index of a column by one of its names, the first that is there; what it may be is for the error's words.
    pub fn column(&self, names: &[&'static str], wanted: &'static str) -> Result<usize, CsvError> {
        match names.iter().find_map(|name| self.optional(name).transpose()) {
            Some(found) => found,
            None => {
                let header = self.header.join(",").chars().take(TOLD_OF_HEADER).collect();
                Err(CsvError::MissingColumn { line: self.header_line, column: wanted, header })
            }
        }
    }

    /// Index of a column that may be missing.
    pub fn optional(&self, name: &'static str) -> Result<Option<usize>, CsvError> {
        let mut found = (0..self.header.len()).filter(|column| self.header[*column] == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(CsvError::RepeatedColumn { line: self.header_line, column: name }),
            (first, None) => Ok(first),
        }
    }

    /// Reads a record of the header's length; false at the end.
    pub fn advance(&mut self) -> Result<bool, CsvError> {
        let more = self.next()?;
        let (expected, found) = (self.header.len(), self.ends.len());
        if more && expected != found {
            return Err(CsvError::UnequalLengths { line: self.line, expected, found });
        }
        Ok(more)
    }

    /// A field of the record as text that is not empty.
    pub fn text(&self, column: usize, name: &'static str) -> Result<&str, CsvError> {
        let text = self.any_text(column, name)?;
        if text.trim().is_empty() { Err(CsvError::Empty { line: self.line, column: name }) } else { Ok(text) }
    }

    /// A field of the record as text.
    pub fn any_text(&self, column: usize, name: &'static str) -> Result<&str, CsvError> {
        std::str::from_utf8(self.field(column)).map_err(|_| CsvError::NotText { line: self.line, column: name })
    }

    fn field(&self, column: usize) -> &[u8] {
        let start = if column == 0 { 0 } else { self.ends[column - 1].1 };
        let bytes = if self.quoted { &self.plain } else { &self.raw };
        &bytes[start..self.ends[column].0]
    }

    fn next(&mut self) -> Result<bool, CsvError> {
        loop {
            self.raw.clear();
            self.line = self.lines_read + 1;
            if !self.read_line()? {
                return Ok(false);
            }
            if self.line == 1 && self.raw.starts_with(BYTE_ORDER_MARK) {
                self.raw.drain(..BYTE_ORDER_MARK.len());
            }
            if !line_break(&self.raw, 0) {
                break;
            }
        }
        self.ends.clear();
        self.quoted = self.raw.contains(&b'"');
        if self.quoted {
            self.split_quoted()?;
            return Ok(true);
        }
        let length = self.raw.len() - line_break_length(&self.raw);
        for (at, byte) in self.raw[..length].iter().enumerate() {
            if *byte == b',' {
                self.ends.push((at, at + 1));
            }
        }
        self.ends.push((length, length));
        Ok(true)
    }

    /// Appends one line with its break to the record.
    fn read_line(&mut self) -> Result<bool, CsvError> {
        let line = self.lines_read + 1;
        let room = (LONGEST_RECORD + 1 - self.raw.len()) as u64;
        let read = (&mut self.input).take(room).read_until(b'\n', &mut self.raw);
        let read = read.map_err(|source| CsvError::Read { line, source })?;
        if self.raw.len() > LONGEST_RECORD {
            return Err(CsvError::TooLong { line: self.line });
        }
        self.lines_read += u64::from(read > 0);
        Ok(read > 0)
    }

    fn split_quoted(&mut self) -> Result<(), CsvError> {
        self.plain.clear();
        let mut at = 0;
        loop {
            if self.raw.get(at) == Some(&b'"') {
                at = self.unquote(at + 1)?;
            } else {
                while at < self.raw.len() && self.raw[at] != b',' && !line_break(&self.raw, at) {
                    self.plain.push(self.raw[at]);
                    at += 1;
                }
            }
            self.ends.push((self.plain.len(), self.plain.len()));
            if self.raw.get(at) == Some(&b',') {
                at += 1;
            } else if at == self.raw.len() || line_break(&self.raw, at) {
                return Ok(());
            } else {
                return Err(CsvError::AfterQuote { line: self.lines_read });
            }
        }
    }

    /// Copies a quoted field from behind its quote, over as many lines as it takes; where it ends.
    fn unquote(&mut self, mut at: usize) -> Result<usize, CsvError> {
        let opened = self.lines_read;
        loop {
            match self.raw.get(at) {
                Some(b'"') if self.raw.get(at + 1) == Some(&b'"') => {
                    self.plain.push(b'"');
                    at += 2;
                }
                Some(b'"') => return Ok(at + 1),
                Some(byte) => {
                    self.plain.push(*byte);
                    at += 1;
                }
                None => match self.read_line() {
                    Ok(true) => {}
                    Ok(false) | Err(CsvError::TooLong { .. }) => {
                        return Err(CsvError::UnclosedQuote { line: opened });
                    }
                    Err(other) => return Err(other),
                },
            }
        }
    }
}

/// Whether the rest from `at` is a line break.
fn line_break(raw: &[u8], at: usize) -> bool {
    matches!(&raw[at..], b"\n" | b"\r\n" | b"\r")
}

fn line_break_length(raw: &[u8]) -> usize {
    if raw.ends_with(b"\r\n") { 2 } else { usize::from(raw.ends_with(b"\n") || raw.ends_with(b"\r")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Result<Vec<Vec<String>>, CsvError> {
        let mut records = Records::new(text)?;
        let mut found = vec![records.header.clone()];
        while records.advance()? {
            let field = |column| String::from_utf8_lossy(records.field(column)).into_owned();
            found.push((0..records.header.len()).map(field).collect());
        }
        Ok(found)
    }

    #[test]
    fn quotes_breaks_and_marks_are_read() {
        let text = b"\xef\xbb\xbfa,\"b\"\r\n\r\n\"x,1\",\"say \"\"so\"\"\"\r\n\"two\nlines\",\n,z";
        let expected = [["a", "b"], ["x,1", "say \"so\""], ["two\nlines", ""], ["", "z"]];
        assert_eq!(all(text).unwrap(), expected);
    }

    #[test]
    fn gzip_is_seen_by_its_first_bytes() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, b"a,b\n1,2\n").unwrap();
        assert_eq!(all(&packed.finish().unwrap()).unwrap(), [["a", "b"], ["1", "2"]]);
        assert!(matches!(all(b"\x1f\x8bnot gzip"), Err(CsvError::Read { .. })));
    }

    #[test]
    fn errors_name_their_line() {
        let error = |text: &[u8]| all(text).unwrap_err().to_string();
        assert_eq!(error(b"a,b\n1,2\n\n1\n"), "line 4: 1 fields, the header has 2");
        assert_eq!(error(b"a,b\n1,\"2\n3,4\n"), "line 2: a quote that opens here is not closed");
        assert_eq!(error(b"a,b\n\"x\ny\"z,1\n"), "line 3: text after a closing quote");
        let endless = [b"a,b\n1,\"".to_vec(), vec![b'x'; LONGEST_RECORD + 5]].concat();
        assert_eq!(error(&endless), "line 2: a record of more than 1048576 bytes");
        let swallowed = [b"a,b\n1,\"".to_vec(), b"1,2\n".repeat(400_000)].concat();
        assert_eq!(error(&swallowed), "line 2: a quote that opens here is not closed");
    }

    #[test]
    fn an_empty_file_has_no_columns() {
        let records = Records::new(&b""[..]).unwrap();
        assert!(matches!(records.column(&["task"], "task"), Err(CsvError::MissingColumn { .. })));
        let twice = Records::new(&b"task,task\n"[..]).unwrap();
        assert!(matches!(twice.column(&["task"], "task"), Err(CsvError::RepeatedColumn { .. })));
    }
}

//! Server-sent events out of bytes as they come; what the events say is not here.
//!
//! Only `data` counts, and `error`, which some servers put in its place; comments and other fields are skipped. Lines end
//! with LF, CR or CRLF, wherever the bytes are cut.
//!
//! Source: WHATWG HTML, 9.2.6 "Interpreting an event stream".

/// The end of an OpenAI stream.
pub const DONE: &[u8] = b"[DONE]";

/// See the module's first line.
///
/// An event and a line are bounded, so a peer can't make it grow.
#[derive(Debug)]
pub struct EventStream {
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    after_cr: bool,
    first_line: bool,
    most: usize,
}

/// A line or an event was longer than the limit.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

impl EventStream {
    /// An empty stream whose lines and events have `most` bytes at most.
    pub fn new(most: usize) -> Self {
        Self { line: Vec::new(), data: None, after_cr: false, first_line: true, most }
    }

    /// Takes bytes; the data of the events that they complete.
    ///
    /// Complexity: O(bytes).
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut events = Vec::new();
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.extend(bytes)?;
                break;
            };
            self.extend(&bytes[..end])?;
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            events.extend(self.line_ended()?);
        }
        Ok(events)
    }

    /// The event that wants only its empty line when the stream ends. A line without its end is no line.
    pub fn end(&mut self) -> Option<Vec<u8>> {
        self.data.take()
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len() + bytes.len() > self.most {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn line_ended(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let mut line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.first_line) && line.starts_with("\u{feff}".as_bytes()) {
            line.drain(..3);
        }
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if matches!(&line[..colon], b"data" | b"error") {
            match &mut self.data {
                Some(data) if data.len() + value.len() >= self.most => return Err(TooLong),
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                none => *none = Some(value.to_vec()),
            }
        }
        line.clear();
        self.line = line;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The events of a whole stream, and what its end leaves.
    fn run(cuts: &[usize], bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut stream = EventStream::new(64);
        let (mut events, mut rest) = (Vec::new(), bytes);
        for cut in cuts {
            let (chunk, after) = rest.split_at(*cut.min(&rest.len()));
            events.extend(stream.push(chunk)?);
            rest = after;
        }
        events.extend(stream.push(rest)?);
        events.extend(stream.end());
        Ok(events.into_iter().map(|event| String::from_utf8(event).unwrap()).collect())
    }

    #[test]
    fn only_data_counts() {
        for (text, events) in [
            ("data: {}\n\n", &["{}"][..]),
            ("data:{}\r\n\r\ndata:  b\r\rdata\n\n", &["{}", " b", ""]),
            (": ping\n\n:\n\ndata: a\n: ping\ndata: b\n\n", &["a\nb"]),
            ("event: x\nid: 7\nretry: 1\nwhat: ever\n\n", &[]),
            ("\u{feff}data: a\n\n\u{feff}data: b\n\n", &["a"]),
            ("error: {}\n\n", &["{}"]),
            ("datax: a\nDATA: b\n data: c\n\n", &[]),
            ("data: a\r\ndata: b\r\n\r\n", &["a\nb"]),
            ("data: a\n", &["a"]),
            ("data: a\n\ndata: b", &["a"]),
            ("\n\n\r\r\n", &[]),
        ] {
            assert_eq!(run(&[], text.as_bytes()).unwrap(), events, "{text:?}");
        }
    }

    #[test]
    fn lines_and_events_are_bounded() {
        assert_eq!(run(&[], &[b'x'; 65]), Err(TooLong));
        assert_eq!(run(&[40], &[b':'; 80]), Err(TooLong));
        assert_eq!(run(&[], "data: 0123456789012345\n".repeat(9).as_bytes()), Err(TooLong));
        let mut stream = EventStream::new(64);
        for _ in 0..1000 {
            assert_eq!(stream.push(b": 0123456789\ndata\n\n"), Ok(vec![Vec::new()]));
        }
        assert_eq!(run(&[], "data\n".repeat(65).as_bytes()), Ok(vec!["\n".repeat(64)]));
        assert_eq!(run(&[], "data\n".repeat(66).as_bytes()), Err(TooLong));
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            text in "((data: ?[aé:]{0,5}|: c|)(\r\n|\n|\r)){0,12}",
            cuts in prop::collection::vec(0..7_usize, 0..40),
        ) {
            prop_assert_eq!(run(&cuts, text.as_bytes()), run(&[], text.as_bytes()));
        }
    }
}

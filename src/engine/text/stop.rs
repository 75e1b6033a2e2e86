//! Stop strings in streamed text: what may be given out, and when one is complete; tokens are not here.

use super::text_error::TextError;

/// Watches streamed text for stop strings.
///
/// The string that is complete first stops the text, before its first character; of those complete at once the longest.
/// Text that may yet become a stop string is held back. Both don't depend on how the text is cut into chunks.
#[derive(Debug, Clone)]
pub struct StopWatch {
    stops: Vec<String>,
    held: String,
    stopped: bool,
}

/// What a chunk brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Text to give out.
    pub text: String,
    /// The stop string that ended it, by its place in the list.
    pub stop: Option<usize>,
}

impl StopWatch {
    /// An empty stop string is an error: it would stop every answer before its first character.
    pub fn new(stops: &[String]) -> Result<Self, TextError> {
        if stops.iter().any(String::is_empty) {
            return Err(TextError::Setting { name: "a stop string", range: "at least one character" });
        }
        Ok(Self { stops: stops.to_vec(), held: String::new(), stopped: false })
    }

    /// Takes the next chunk. After a stop nothing is given out any more.
    ///
    /// Complexity: O((chunk + longest stop string) × stop strings).
    pub fn push(&mut self, chunk: &str) -> Watched {
        if self.stopped {
            return Watched { text: String::new(), stop: None };
        }
        self.held.push_str(chunk);
        if let Some((start, stop)) = self.first_complete() {
            self.stopped = true;
            self.held.truncate(start);
            return Watched { text: std::mem::take(&mut self.held), stop: Some(stop) };
        }
        let rest = self.held.split_off(self.held.len() - self.longest_beginning());
        Watched { text: std::mem::replace(&mut self.held, rest), stop: None }
    }

    /// What was held back, when no more text comes.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Where the stop string that is complete first starts, and its place in the list.
    fn first_complete(&self) -> Option<(usize, usize)> {
        let found = self.stops.iter().enumerate().filter_map(|(place, stop)| {
            let start = self.held.find(stop.as_str())?;
            Some((start + stop.len(), start, place))
        });
        found.min().map(|(_, start, place)| (start, place))
    }

    /// How many bytes at the end may be the beginning of a stop string.
    fn longest_beginning(&self) -> usize {
        let beginnings = self.stops.iter().flat_map(|stop| stop.char_indices().skip(1).map(|(end, _)| &stop[..end]));
        beginnings.filter(|beginning| self.held.ends_with(beginning)).map(str::len).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(stops: &[String], chunks: &[&str]) -> (String, Option<usize>) {
        let mut watch = StopWatch::new(stops).unwrap();
        let mut text = String::new();
        for chunk in chunks {
            let watched = watch.push(chunk);
            text.push_str(&watched.text);
            if watched.stop.is_some() {
                assert_eq!(watch.push("more").text + &watch.finish(), "");
                return (text, watched.stop);
            }
        }
        (text + &watch.finish(), None)
    }

    #[test]
    fn stops_span_chunks_and_beginnings_are_released() {
        let stops = ["\n\nUser:".to_owned(), "b".to_owned()];
        assert_eq!(run(&stops, &["Hi\n", "\nUs", "er: x"]), ("Hi".to_owned(), Some(0)));
        assert_eq!(run(&stops, &["Hi\n", "\nUs", "e"]), ("Hi\n\nUse".to_owned(), None));
        assert_eq!(run(&["abc".to_owned(), "b".to_owned()], &["xabc"]), ("xa".to_owned(), Some(1)));
        assert_eq!(run(&["ab".to_owned(), "b".to_owned()], &["xa", "b"]), ("x".to_owned(), Some(0)));
        assert!(StopWatch::new(&[String::new()]).is_err());
    }

    proptest! {
        #[test]
        fn a_stop_string_is_never_given_out(
            text in "[abé]{0,40}",
            stops in prop::collection::vec("[abé]{1,5}", 0..4),
            cuts in prop::collection::vec(1..4_usize, 40),
        ) {
            let characters: Vec<char> = text.chars().collect();
            let (mut chunks, mut rest) = (Vec::new(), &characters[..]);
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk.iter().collect::<String>());
                rest = after;
            }
            let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
            let (given, stop) = run(&stops, &chunks);
            prop_assert!(stops.iter().all(|stop| !given.contains(stop.as_str())));
            prop_assert!(text.starts_with(&given));
            prop_assert_eq!(stop.is_none(), given == text);
            prop_assert_eq!((given, stop), run(&stops, &[text.as_str()]));
        }
    }
}

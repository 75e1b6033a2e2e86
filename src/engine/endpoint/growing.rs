//! One answer of an endpoint as it grows, and why it ended.

use crate::engine::text::{StopWatch, TextError};

use super::endpoint_sample::{EndpointSample, EndpointStopped, HeardToken};
use super::reply::Piece;
use crate::engine::net::visible;

/// See the module's first line.
///
/// Stop strings are watched for here too: not every server knows them. After its end nothing is added.
#[derive(Debug)]
pub struct Growing {
    stops: Vec<String>,
    watch: StopWatch,
    text: String,
    reasoning: String,
    tokens: Option<Vec<HeardToken>>,
    stopped: Option<EndpointStopped>,
    heard: bool,
    closed: bool,
    /// What the server said of itself: the model, the fingerprint.
    pub said: (Option<String>, Option<String>),
    /// The seed of its request.
    pub seed: u32,
}

impl Growing {
    /// An empty answer. An empty stop string is an error.
    pub fn new(stops: &[String]) -> Result<Self, TextError> {
        Ok(Self {
            stops: stops.to_vec(),
            watch: StopWatch::new(stops)?,
            text: String::new(),
            reasoning: String::new(),
            tokens: None,
            stopped: None,
            heard: false,
            closed: false,
            said: (None, None),
            seed: 0,
        })
    }

    /// Takes a piece; the text to give out.
    pub fn push(&mut self, piece: Piece) -> String {
        self.heard = true;
        self.closed |= piece.finish.is_some();
        if self.stopped.is_some() {
            return String::new();
        }
        self.reasoning += &piece.reasoning;
        if let Some(tokens) = piece.tokens {
            self.tokens.get_or_insert_default().extend(tokens);
        }
        let watched = self.watch.push(&piece.text);
        self.text += &watched.text;
        if let Some(stop) = watched.stop {
            self.stopped = Some(EndpointStopped::StopString(stop));
        }
        let mut given = watched.text;
        if let Some(finish) = piece.finish {
            given += &self.end(&|stops| reason(&finish, piece.stop_string.as_deref(), stops));
        }
        given
    }

    /// Ends it, unless it has ended; the text that was held back.
    pub fn end(&mut self, why: &dyn Fn(&[String]) -> EndpointStopped) -> String {
        if self.stopped.is_some() {
            return String::new();
        }
        self.stopped = Some(why(&self.stops));
        let rest = self.watch.finish();
        self.text += &rest;
        rest
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.stopped.is_some()
    }

    /// Whether anything was said of it.
    pub fn is_heard(&self) -> bool {
        self.heard
    }

    /// Whether it has ended, and the server goes on with it.
    pub fn is_unwanted(&self) -> bool {
        self.stopped.is_some() && !self.closed
    }

    /// How many tokens were told.
    pub fn token_count(&self) -> usize {
        self.tokens.as_ref().map_or(0, Vec::len)
    }

    /// As it is.
    pub fn sample(self) -> EndpointSample {
        let (model, fingerprint) = self.said;
        EndpointSample {
            text: self.text,
            reasoning: self.reasoning,
            tokens: self.tokens,
            stopped: self.stopped.unwrap_or(EndpointStopped::Cancelled),
            seed: self.seed,
            model,
            fingerprint,
        }
    }
}

/// Why an answer ended, from what the server says.
fn reason(finish: &str, stop_string: Option<&str>, stops: &[String]) -> EndpointStopped {
    let named = stop_string.and_then(|text| stops.iter().position(|stop| stop == text));
    match (finish, named) {
        ("stop" | "stop_sequence", Some(place)) => EndpointStopped::StopString(place),
        ("stop" | "stop_sequence", None) if !stops.is_empty() => EndpointStopped::EndOrStop,
        ("stop" | "eos" | "eos_token" | "end_turn", _) => EndpointStopped::EndOfText,
        ("length" | "max_tokens", _) => EndpointStopped::Length,
        ("content_filter", _) => EndpointStopped::Filtered,
        _ => EndpointStopped::Other(visible(finish)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, finish: Option<&str>) -> Piece {
        Piece { text: text.to_owned(), finish: finish.map(str::to_owned), ..Piece::default() }
    }

    #[test]
    fn stop_strings_are_watched_for_here() {
        let mut growing = Growing::new(&["END".to_owned()]).unwrap();
        assert_eq!(growing.push(piece("a E", None)), "a ");
        assert_eq!(growing.push(piece("ND b", None)), "");
        assert!(growing.is_over() && growing.is_unwanted());
        assert_eq!(growing.push(piece("more", Some("length"))), "");
        assert!(!growing.is_unwanted());
        let sample = growing.sample();
        assert_eq!((sample.text.as_str(), sample.stopped), ("a ", EndpointStopped::StopString(0)));
    }

    #[test]
    fn what_was_held_back_is_given_out_at_the_end() {
        let mut growing = Growing::new(&["END".to_owned()]).unwrap();
        assert_eq!(growing.push(piece("a EN", Some("length"))), "a EN");
        assert_eq!(growing.sample().stopped, EndpointStopped::Length);
        let mut growing = Growing::new(&["END".to_owned()]).unwrap();
        growing.push(piece("a E", None));
        assert_eq!(growing.end(&|_| EndpointStopped::Unsaid), "E");
        assert_eq!(growing.sample().text, "a E");
    }

    #[test]
    fn reasons_claim_no_more_than_is_known() {
        let stops = ["x".to_owned(), "y".to_owned()];
        assert_eq!(reason("stop", None, &[]), EndpointStopped::EndOfText);
        assert_eq!(reason("stop", None, &stops), EndpointStopped::EndOrStop);
        assert_eq!(reason("stop", Some("y"), &stops), EndpointStopped::StopString(1));
        assert_eq!(reason("stop", Some("</s>"), &stops), EndpointStopped::EndOrStop);
        assert_eq!(reason("length", None, &stops), EndpointStopped::Length);
        assert_eq!(reason("content_filter", None, &[]), EndpointStopped::Filtered);
        assert_eq!(reason("a\u{1b}b", None, &[]).name(), "a‹U+001B›b");
    }

    #[test]
    fn an_answer_without_an_end_was_cancelled() {
        let mut growing = Growing::new(&[]).unwrap();
        growing.push(piece("a", None));
        assert_eq!(growing.sample().stopped, EndpointStopped::Cancelled);
        assert!(Growing::new(&[String::new()]).is_err());
    }
}

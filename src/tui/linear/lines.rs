//! Lines in, lines out: text for screen readers and for terminals that can do no more; nothing is ever redrawn.

use std::io::{self, BufRead, Write};

use crate::tui::text::Shown;

/// Where a linear session reads and writes.
pub struct Lines<'a> {
    /// What is typed, line by line.
    pub input: &'a mut dyn BufRead,
    /// What is said.
    pub output: &'a mut dyn Write,
}

/// The input ended.
#[derive(Debug, thiserror::Error)]
pub enum LinearError {
    /// Nobody types any more.
    #[error("the input ended")]
    Ended,
    /// Output or input failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Lines<'_> {
    /// Says a text, made safe, and ends the line.
    pub fn say(&mut self, text: &str) -> Result<(), LinearError> {
        writeln!(self.output, "{}", Shown::plain(text).as_str())?;
        Ok(())
    }

    /// Asks, and gives the line that is answered, without its end.
    pub fn ask(&mut self, question: &str) -> Result<String, LinearError> {
        write!(self.output, "{}: ", Shown::plain(question).as_str())?;
        self.output.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Err(LinearError::Ended);
        }
        writeln!(self.output)?;
        Ok(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Asks for one of several by number; none for `b`, back.
    pub fn choose(&mut self, question: &str, options: &[String]) -> Result<Option<usize>, LinearError> {
        for (n, option) in (1..).zip(options) {
            self.say(&format!("{n} {option}"))?;
        }
        loop {
            let line = self.ask(&format!("{question} 1 to {}, b for back", options.len()))?;
            match line.trim() {
                "b" => return Ok(None),
                number => match number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)) {
                    Some(place) if place < options.len() => return Ok(Some(place)),
                    _ => self.say(&format!("`{number}` is none of them."))?,
                },
            }
        }
    }

    /// Asks for a yes.
    pub fn yes(&mut self, question: &str) -> Result<bool, LinearError> {
        Ok(self.ask(&format!("{question} y for yes, anything else for no"))?.trim() == "y")
    }
}

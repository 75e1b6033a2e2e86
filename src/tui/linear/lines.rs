//! Lines in, lines out: text for screen readers and for terminals that can do no more; nothing is ever redrawn.

use std::future::Future;
use std::io;
use std::pin::Pin;

use crate::tui::output::Output;
use crate::tui::text::Shown;

/// A line in the making; none when nobody types any more.
pub type Reading<'a> = Pin<Box<dyn Future<Output = io::Result<Option<String>>> + Send + 'a>>;

/// Where lines come from.
pub trait Input: Send {
    /// The next line, without its end.
    fn line(&mut self) -> Reading<'_>;
}

/// Where a session by lines reads and writes.
pub struct Lines {
    /// What is typed, line by line.
    pub input: Box<dyn Input>,
    /// What is said.
    pub output: Box<dyn Output>,
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

/// Says a text, made safe, and ends the line; while a line is being typed, too.
pub async fn say(output: &mut dyn Output, text: &str) -> Result<(), LinearError> {
    let safe = format!("{}\n", Shown::plain(text).as_str());
    Ok(output.write(safe.as_bytes()).await?)
}

impl Lines {
    /// Says a text, made safe, and ends the line.
    pub async fn say(&mut self, text: &str) -> Result<(), LinearError> {
        say(self.output.as_mut(), text).await
    }

    /// Asks, and gives the line that is answered, without its end.
    pub async fn ask(&mut self, question: &str) -> Result<String, LinearError> {
        let safe = format!("{}: ", Shown::plain(question).as_str());
        self.output.write(safe.as_bytes()).await?;
        let line = self.input.line().await?.ok_or(LinearError::Ended)?;
        self.output.write(b"\n").await?;
        Ok(line)
    }

    /// Asks for one of several by number; none for `b`, back.
    pub async fn choose(&mut self, question: &str, options: &[String]) -> Result<Option<usize>, LinearError> {
        for (n, option) in (1..).zip(options) {
            self.say(&format!("{n} {option}")).await?;
        }
        loop {
            let line = self.ask(&format!("{question} 1 to {}, b for back", options.len())).await?;
            match line.trim() {
                "b" => return Ok(None),
                number => match number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)) {
                    Some(place) if place < options.len() => return Ok(Some(place)),
                    _ => self.say(&format!("`{number}` is none of them.")).await?,
                },
            }
        }
    }

    /// Asks for a yes.
    pub async fn yes(&mut self, question: &str) -> Result<bool, LinearError> {
        Ok(self.ask(&format!("{question} y for yes, anything else for no")).await?.trim() == "y")
    }
}

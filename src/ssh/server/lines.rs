//! Lines typed over SSH. With a terminal the keys arrive one by one and are shown here; without one the client sends lines.

use std::io;
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyModifiers};
use tokio::sync::Mutex;
use unicode_width::UnicodeWidthChar;

use crate::tui::{Input, LineInput, Lines, Output, Reading, Shown, Writing};

use super::wire::{ChannelOutput, Typing};

/// The longest line.
const LONGEST: usize = 16 << 10;

/// Lines over a channel; `echo` where a terminal is at the other end.
pub fn lines(typing: Typing, output: ChannelOutput, echo: bool) -> Lines {
    let output = Arc::new(Mutex::new(output.cooked(echo)));
    let input = Typist { typing, echo: echo.then(|| Arc::clone(&output)) };
    Lines { input: Box::new(input), output: Box::new(Both(output)) }
}

/// One output for what is said and what is typed.
struct Both(Arc<Mutex<ChannelOutput>>);

impl Output for Both {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        Box::pin(async move { self.0.lock().await.write(bytes).await })
    }
}

struct Typist {
    typing: Typing,
    echo: Option<Arc<Mutex<ChannelOutput>>>,
}

impl Typist {
    async fn show(&self, text: &str) -> io::Result<()> {
        match &self.echo {
            Some(output) => output.lock().await.write(text.as_bytes()).await,
            None => Ok(()),
        }
    }

    async fn push(&self, line: &mut String, typed: &str) -> io::Result<()> {
        let plain: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if line.len() + plain.len() > LONGEST {
            return self.show("\x07").await;
        }
        line.push_str(&plain);
        self.show(Shown::plain(&plain).as_str()).await
    }

    async fn rub_out(&self, line: &mut String) -> io::Result<()> {
        let Some(gone) = line.pop() else { return Ok(()) };
        // what was shown in words goes in words
        let shown = Shown::plain(&gone.to_string());
        let width = if shown.as_str().chars().count() == 1 { gone.width().unwrap_or(0) } else { shown.width() };
        self.show(&"\x08 \x08".repeat(width)).await
    }

    async fn read(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        loop {
            let Some(Input::Event(event)) = self.typing.input.recv().await else { return Ok(None) };
            match event {
                Event::Paste(text) => self.push(&mut line, text.trim_end_matches('\n')).await?,
                Event::Key(key) if key.modifiers.contains(KeyModifiers::CONTROL) => match key.code {
                    KeyCode::Char('j') => return Ok(Some(line)),
                    KeyCode::Char('c' | 'd') => return Ok(None),
                    KeyCode::Char('u') => {
                        while !line.is_empty() {
                            self.rub_out(&mut line).await?;
                        }
                    }
                    _ => {}
                },
                Event::Key(key) => match key.code {
                    KeyCode::Enter => return Ok(Some(line)),
                    KeyCode::Backspace => self.rub_out(&mut line).await?,
                    KeyCode::Char(typed) => self.push(&mut line, typed.encode_utf8(&mut [0; 4])).await?,
                    _ => {}
                },
                _ => {}
            }
        }
    }
}

impl LineInput for Typist {
    fn line(&mut self) -> Reading<'_> {
        Box::pin(self.read())
    }
}

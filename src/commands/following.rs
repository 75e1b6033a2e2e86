//! What a command hears of a model while it computes: how far it is, for a terminal, and its text as it comes.

use std::io::Write;
use std::ops::ControlFlow;
use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use crate::engine::{Listener, Settings};

use super::context::{CommandError, Tell};
use super::visible::shown;

/// See the module's first line.
pub struct Following {
    tell: Option<Tell>,
    /// Who prints texts before the end; without one they are counted.
    printing: Option<UnboundedSender<String>>,
    tokens: u64,
    most: u64,
    started: Instant,
    prefill_s: f64,
}

impl Following {
    /// Before anything is heard of a scoring.
    pub fn scoring(tell: Option<Tell>) -> Self {
        Self { tell, printing: None, tokens: 0, most: 0, started: Instant::now(), prefill_s: 0.0 }
    }

    /// Before anything is heard of an answering.
    pub fn answering(tell: Option<Tell>, asked: &Settings, printing: Option<UnboundedSender<String>>) -> Self {
        let most = u64::try_from(asked.samples.saturating_mul(asked.max_tokens)).unwrap_or(u64::MAX);
        Self { printing, most, ..Self::scoring(tell) }
    }

    /// Nothing more is heard: clears the terminal's line. How many seconds the prompt took.
    pub fn end(self) -> f64 {
        self.told("prompt", 1, 1);
        self.prefill_s
    }

    fn told(&self, what: &str, done: u64, of: u64) {
        if let Some(tell) = &self.tell {
            tell(what, done, of);
        }
    }
}

impl Listener for Following {
    fn prompt(&mut self, done: usize, of: usize) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.told("prompt", number(done), number(of));
    }

    fn began(&mut self) {
        self.prefill_s = self.started.elapsed().as_secs_f64();
        self.told("prompt", 1, 1);
    }

    fn text(&mut self, _sample: usize, text: &str) -> ControlFlow<()> {
        self.tokens += 1;
        match &self.printing {
            None => self.told("tokens", self.tokens, self.most),
            // nobody reads any more
            Some(printing) if printing.send(text.to_owned()).is_err() => return ControlFlow::Break(()),
            Some(_) => {}
        }
        ControlFlow::Continue(())
    }
}

/// Prints texts as they come until the work is done; what in them can't be seen is made visible.
///
/// Errors: output can't be written, and then nothing more is computed; the work broke off.
pub async fn printing<T>(
    mut work: JoinHandle<T>,
    mut texts: UnboundedReceiver<String>,
    out: &mut (dyn Write + Send + Sync),
) -> Result<T, CommandError> {
    let done = loop {
        tokio::select! {
            Some(text) = texts.recv() => print(&text, out)?,
            done = &mut work => break done,
        }
    };
    while let Ok(text) = texts.try_recv() {
        print(&text, out)?;
    }
    done.map_err(|error| CommandError::Usage(format!("the model broke off: {error}")))
}

fn print(text: &str, out: &mut (dyn Write + Send + Sync)) -> std::io::Result<()> {
    out.write_all(shown(text).as_bytes())?;
    out.flush()
}

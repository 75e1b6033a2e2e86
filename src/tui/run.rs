//! One session: input and answers go in, effects are awaited, frames come out; ready to run one a task.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::time::Duration;

use crossterm::event::{Event, KeyEvent};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::actor::Actor;
use super::asking::{Asking, LAST};
use super::model::{Model, Settings};
use super::output::{Bytes, Output, frame};
use super::update::{Effect, Message, update};
use super::view::view;

/// How often the hall is asked whether it moved on, and a lease is renewed.
const BEAT: Duration = Duration::from_secs(20);

/// The longest text that is copied; xterm and tmux take no longer sequences.
const MAX_COPY: usize = 74_994;

/// Keys handled before a frame is drawn.
const AT_ONCE: usize = 256;

/// What comes from a terminal.
#[derive(Debug)]
pub enum Input {
    /// A key, pasted text, a new size.
    Event(Event),
    /// The session is to end: a signal, an idle time, a lost connection.
    Leave,
}

/// Lets `$EDITOR` have a text while the console is away; none where there is no such editor.
pub type Outside = Box<dyn FnMut(&str) -> Result<String, String> + Send>;

/// A terminal as a session sees it.
pub struct Seat {
    /// What is typed.
    pub input: mpsc::Receiver<Input>,
    /// Where frames go.
    pub output: Box<dyn Output>,
    /// Columns and rows at the start.
    pub size: (u16, u16),
    /// See [`Outside`].
    pub outside: Option<Outside>,
    /// Whether texts may be put on the clipboard beyond the terminal.
    pub clipboard: bool,
}

/// A session under way.
struct Running {
    model: Model,
    seat: Seat,
    terminal: Terminal<CrosstermBackend<Bytes>>,
    bytes: Bytes,
    asking: Asking,
    answered: mpsc::UnboundedReceiver<Message>,
    waiting: VecDeque<Message>,
    /// Why nothing can be written any more.
    lost: Option<io::Error>,
    /// When the session ends, whatever is still to be kept.
    until: Option<Instant>,
}

/// Runs a session until it is left; where nothing can be written any more, until what was typed is kept.
///
/// Errors: output that can't be written.
pub async fn run(actor: Actor, settings: Settings, seat: Seat) -> io::Result<()> {
    let _stay = actor.hall.come_in(&actor.member);
    let bytes = Bytes::default();
    let area = Rect::new(0, 0, seat.size.0, seat.size.1);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let (answers, answered) = mpsc::unbounded_channel();
    let mut running = Running {
        model: Model::new(settings, actor.hall.now()),
        seat,
        terminal: Terminal::with_options(CrosstermBackend::new(bytes.clone()), options)?,
        bytes,
        asking: Asking::new(actor.clone(), answers),
        answered,
        waiting: VecDeque::from([Message::Start]),
        lost: None,
        until: None,
    };
    let mut beat = tokio::time::interval(BEAT);
    let mut said = actor.hall.listen();
    loop {
        running.handle()?;
        if running.is_over() {
            return running.lost.map_or(Ok(()), Err);
        }
        running.show().await?;
        if !running.waiting.is_empty() {
            continue;
        }
        running.waiting.push_back(Message::Now(actor.hall.now()));
        // a flood of keys leaves others their turn
        tokio::task::yield_now().await;
        tokio::select! {
            input = running.seat.input.recv(), if running.until.is_none() => running.take(input.unwrap_or(Input::Leave))?,
            () = sleep_until(running.until.unwrap_or_else(Instant::now)), if running.until.is_some() => {}
            Some(message) = running.answered.recv() => running.waiting.push_back(message),
            Ok(item) = said.recv() => running.waiting.push_back(Message::Said(item)),
            _ = beat.tick() => {
                if let Ok(size) = actor.hall.size().await {
                    running.waiting.push_back(Message::Beat(size));
                }
            }
        }
    }
}

impl Running {
    /// Handles what is there before one frame is drawn, but not for ever.
    fn handle(&mut self) -> io::Result<()> {
        let mut room = AT_ONCE;
        while let Some(message) = self.waiting.pop_front() {
            for effect in update(&mut self.model, message) {
                match effect {
                    Effect::Ask { to, request } => self.asking.ask(to, request),
                    Effect::Copy(text) => {
                        let copied = self.copy(&text)?;
                        self.waiting.push_back(Message::Copied(copied));
                    }
                    Effect::EditOutside(text) => {
                        let edited = match &mut self.seat.outside {
                            Some(outside) => outside(&text),
                            None => Err("there is no $EDITOR here; e writes in the console".to_owned()),
                        };
                        self.terminal.clear()?;
                        self.waiting.push_back(Message::Edited(edited));
                    }
                }
            }
            while room > 0 && self.waiting.is_empty() {
                let Ok(input) = self.seat.input.try_recv() else { break };
                room -= 1;
                self.take(input)?;
            }
            while let Ok(message) = self.answered.try_recv() {
                self.waiting.push_back(message);
            }
        }
        Ok(())
    }

    /// Has the terminal put a text on its clipboard (OSC 52), if that is allowed and the terminal would take it whole.
    fn copy(&mut self, text: &str) -> io::Result<Result<usize, String>> {
        if !self.seat.clipboard {
            return Ok(Err(
                "copying isn't allowed here; `clipboard` under [serve] in the hall's config.toml".to_owned()
            ));
        }
        if text.len() > MAX_COPY {
            return Ok(Err(format!("{} bytes are more than terminals take ({MAX_COPY})", text.len())));
        }
        write!(self.bytes, "\x1b]52;c;{}\x07", data_encoding::BASE64.encode(text.as_bytes()))?;
        Ok(Ok(text.len()))
    }

    /// Whether the session is over: it was left and what was typed is kept, or that takes too long.
    fn is_over(&mut self) -> bool {
        if self.model.is_leaving() {
            self.until.get_or_insert_with(|| Instant::now() + LAST);
            self.asking.leave();
        }
        self.model.is_left() || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Draws a frame; one that can't be written ends the session.
    async fn show(&mut self) -> io::Result<()> {
        if self.lost.is_some() {
            return Ok(());
        }
        self.terminal.draw(|f| view(&self.model, f))?;
        if let Err(error) = self.seat.output.write(&frame(&self.bytes.take())).await {
            self.lost = Some(error);
            self.waiting.push_back(Message::Leave);
        }
        Ok(())
    }

    fn take(&mut self, input: Input) -> io::Result<()> {
        match input {
            Input::Event(Event::Key(key)) => self.waiting.push_back(Message::Key(plain(key))),
            Input::Event(Event::Paste(text)) => self.waiting.push_back(Message::Paste(text)),
            Input::Event(Event::Resize(columns, rows)) => {
                self.terminal.resize(Rect::new(0, 0, columns.max(1), rows.max(1)))?;
            }
            Input::Event(_) => {}
            Input::Leave => self.waiting.push_back(Message::Leave),
        }
        Ok(())
    }
}

/// Shift is in the character already.
fn plain(key: KeyEvent) -> KeyEvent {
    KeyEvent { modifiers: key.modifiers - crossterm::event::KeyModifiers::SHIFT, ..key }
}

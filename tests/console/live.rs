//! A session as it runs, with its own tasks, on a screen of this process: it waits for words, never for time to pass.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use guildhall::tui::{Actor, Input, Output, Seat, Writing, run};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::rehearsal::settings;

/// Words that aren't there after this long never come; only a failing test waits so long.
const NEVER: Duration = Duration::from_secs(60);

/// What a terminal of 120x40 shows.
#[derive(Clone)]
struct Screen {
    parser: Arc<Mutex<vt100::Parser>>,
    drawn: watch::Sender<()>,
}

impl Output for Screen {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        self.parser.lock().unwrap().process(bytes);
        self.drawn.send_replace(());
        Box::pin(std::future::ready(Ok(())))
    }
}

/// See the module's first line.
pub struct Live {
    keys: mpsc::Sender<Input>,
    screen: Screen,
    session: JoinHandle<std::io::Result<()>>,
}

impl Live {
    pub async fn open(actor: Actor, who: &str) -> Self {
        let settings = settings(&actor, who).await;
        let (keys, input) = mpsc::channel(64);
        let parser = vt100::Parser::new(40.try_into().unwrap(), 120.try_into().unwrap(), 0);
        let screen = Screen { parser: Arc::new(Mutex::new(parser)), drawn: watch::Sender::new(()) };
        let seat = Seat { input, output: Box::new(screen.clone()), size: (120, 40), outside: None, clipboard: false };
        Self { keys, screen, session: tokio::spawn(run(actor, settings, seat)) }
    }

    /// What is on the screen.
    pub fn shown(&self) -> String {
        self.screen.parser.lock().unwrap().screen().contents()
    }

    /// Waits for words.
    pub async fn sees(&self, words: &str) -> String {
        self.until(words, |shown| shown.contains(words)).await
    }

    /// Waits until the screen is as wanted; it fails with the screen as it is.
    pub async fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let mut drawn = self.screen.drawn.subscribe();
        let waiting = async {
            loop {
                let shown = self.shown();
                if is(&shown) {
                    return shown;
                }
                drawn.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(NEVER, waiting).await {
            Ok(shown) => shown,
            Err(_) => panic!("waited for {what}; on the screen:\n{}", self.shown()),
        }
    }

    /// Presses keys one after the other: letters, or `enter`, `esc`, `tab`.
    pub async fn press(&self, keys: &str) {
        for key in keys.split(' ') {
            let (code, modifiers) = match key {
                "enter" => (KeyCode::Enter, KeyModifiers::NONE),
                "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "tab" => (KeyCode::Tab, KeyModifiers::NONE),
                "C-u" => (KeyCode::Char('u'), KeyModifiers::CONTROL),
                key => (KeyCode::Char(key.chars().next().unwrap()), KeyModifiers::NONE),
            };
            self.keys.send(Input::Event(Event::Key(KeyEvent::new(code, modifiers)))).await.unwrap();
        }
    }

    /// Leaves, and waits for the end.
    pub async fn leave(self) {
        self.keys.send(Input::Leave).await.unwrap();
        self.session.await.unwrap().unwrap();
    }
}

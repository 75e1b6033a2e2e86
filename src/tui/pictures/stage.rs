//! The console without a terminal: keys go in, frames are buffers; each answer of the hall is awaited before the next.

use std::collections::VecDeque;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::tui::actor::Actor;
use crate::tui::keys::{Chord, Code};
use crate::tui::model::{Model, Settings};
use crate::tui::perform::perform;
use crate::tui::request::{Reply, Request, Trouble};
use crate::tui::theme::Theme;
use crate::tui::update::{Effect, Message, update};
use crate::tui::view::view;

/// See the module's first line.
pub struct Stage {
    actor: Actor,
    model: Model,
}

impl Stage {
    /// A console that has started.
    pub async fn open(actor: Actor, settings: Settings) -> Self {
        let model = Model::new(settings, actor.hall.now());
        let mut stage = Self { actor, model };
        stage.tell(Message::Start).await;
        stage
    }

    /// Presses keys one after the other, written as in key files: `g d`, `enter`.
    pub async fn press(&mut self, keys: &str) {
        for key in keys.split(' ').filter_map(event) {
            self.tell(Message::Key(key)).await;
        }
    }

    /// Types a text.
    pub async fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.tell(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))).await;
        }
    }

    /// Gives the console a message and awaits all that follows from it.
    pub async fn tell(&mut self, message: Message) {
        let mut waiting = VecDeque::from([message]);
        while let Some(message) = waiting.pop_front() {
            for effect in update(&mut self.model, message) {
                if let Effect::Ask { to, request } = effect {
                    waiting.push_back(self.answer(to, request).await);
                }
            }
        }
    }

    async fn answer(&self, to: u64, request: Request) -> Message {
        let kept = if let Request::Keep { item, .. } = &request { Some(item.clone()) } else { None };
        let reply: Result<Reply, Trouble> = perform(&self.actor, request, &|_| true).await;
        match kept {
            Some(item) => Message::Kept(item, reply.map(|_| ()).map_err(|_| "the store said no".to_owned())),
            None => Message::Replied { to, reply: Box::new(reply) },
        }
    }

    /// Goes on in another theme.
    pub fn repaint(&mut self, theme: Theme) {
        self.model.settings.theme = theme;
    }

    /// The frame as it is now.
    pub fn frame(&self, (columns, rows): (u16, u16)) -> Buffer {
        let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows));
        // drawing into memory can't fail
        let Ok(drawn) = terminal.draw(|frame| view(&self.model, frame));
        drawn.buffer.clone()
    }

    /// Whether the console was left.
    pub fn is_left(&self) -> bool {
        self.model.is_left()
    }
}

fn event(key: &str) -> Option<KeyEvent> {
    let Chord::Key { ctrl, alt, code } = Chord::read(key)? else { return None };
    let code = match code {
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::CONTROL, ctrl);
    modifiers.set(KeyModifiers::ALT, alt);
    Some(KeyEvent::new(code, modifiers))
}

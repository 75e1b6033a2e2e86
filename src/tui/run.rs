//! One session: input and answers go in, effects are awaited, frames come out; ready to run one a task.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{Event, KeyEvent};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::model::{Model, Settings};
use super::output::{Bytes, Output, frame};
use super::perform::{Actor, perform};
use super::request::{Reply, Request, Trouble};
use super::update::{Effect, Message, update};
use super::view::view;

/// How often the hall is asked whether it moved on, and a lease is renewed.
const BEAT: Duration = Duration::from_secs(20);

/// Keys handled before a frame is drawn.
const AT_ONCE: usize = 256;
/// How long leaving may take: what was typed is kept meanwhile.
const LAST: Duration = Duration::from_secs(3);

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
}

/// Runs a session until it is left; where nothing can be written any more, until what was typed is kept.
///
/// Errors: output that can't be written.
pub async fn run(actor: Actor, settings: Settings, mut seat: Seat) -> io::Result<()> {
    let _stay = actor.hall.come_in(&actor.member);
    let mut lost = None;
    let bytes = Bytes::default();
    let area = Rect::new(0, 0, seat.size.0, seat.size.1);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(bytes.clone()), options)?;
    let mut model = Model::new(settings, actor.hall.now());
    let (answers, mut answered) = mpsc::unbounded_channel();
    let (leaving, left) = watch::channel(false);
    let writer = writer((actor.clone(), answers.clone()), left);
    let mut until = None;
    let mut beat = tokio::time::interval(BEAT);
    let mut waiting: VecDeque<Message> = VecDeque::from([Message::Start]);
    loop {
        // what is there is handled before one frame is drawn, but not for ever
        let mut room = AT_ONCE;
        while let Some(message) = waiting.pop_front() {
            for effect in update(&mut model, message) {
                match effect {
                    Effect::Ask { to, request } => ask(&actor, (to, request), &writer, &answers),
                    Effect::EditOutside(text) => {
                        let edited = match &mut seat.outside {
                            Some(outside) => outside(&text),
                            None => Err("there is no $EDITOR here; e writes in the console".to_owned()),
                        };
                        terminal.clear()?;
                        waiting.push_back(Message::Edited(edited));
                    }
                }
            }
            while room > 0 && waiting.is_empty() {
                let Ok(input) = seat.input.try_recv() else { break };
                room -= 1;
                take(input, &mut terminal, &mut waiting)?;
            }
            while let Ok(message) = answered.try_recv() {
                waiting.push_back(message);
            }
        }
        if model.is_leaving() {
            until.get_or_insert_with(|| Instant::now() + LAST);
            leaving.send_replace(true);
        }
        if model.is_left() || until.is_some_and(|until| Instant::now() >= until) {
            return lost.map_or(Ok(()), Err);
        }
        if lost.is_none() {
            terminal.draw(|f| view(&model, f))?;
            if let Err(error) = seat.output.write(&frame(&bytes.take())).await {
                lost = Some(error);
                waiting.push_back(Message::Leave);
                continue;
            }
        }
        waiting.push_back(Message::Now(actor.hall.now()));
        tokio::task::yield_now().await;
        tokio::select! {
            input = seat.input.recv(), if until.is_none() => {
                take(input.unwrap_or(Input::Leave), &mut terminal, &mut waiting)?;
            }
            () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {}
            Some(message) = answered.recv() => waiting.push_back(message),
            _ = beat.tick() => {
                if let Ok(size) = actor.hall.size().await {
                    waiting.push_back(Message::Beat(size));
                }
            }
        }
    }
}

fn take(
    input: Input,
    terminal: &mut Terminal<CrosstermBackend<Bytes>>,
    waiting: &mut VecDeque<Message>,
) -> io::Result<()> {
    match input {
        Input::Event(Event::Key(key)) => waiting.push_back(Message::Key(plain(key))),
        Input::Event(Event::Paste(text)) => waiting.push_back(Message::Paste(text)),
        Input::Event(Event::Resize(columns, rows)) => {
            terminal.resize(Rect::new(0, 0, columns.max(1), rows.max(1)))?;
        }
        Input::Event(_) => {}
        Input::Leave => waiting.push_back(Message::Leave),
    }
    Ok(())
}

/// Shift is in the character already.
fn plain(key: KeyEvent) -> KeyEvent {
    KeyEvent { modifiers: key.modifiers - crossterm::event::KeyModifiers::SHIFT, ..key }
}

type Asked = (u64, Request);

/// A request under way, given up when nobody waits for it any more.
struct Abandoned(JoinHandle<Result<Reply, Trouble>>);

impl Future for Abandoned {
    type Output = Result<Reply, Trouble>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let broke = |_| Err(Trouble::Failed("this broke by a fault of guildhall; what you typed is kept".to_owned()));
        Pin::new(&mut self.0).poll(cx).map(|done| done.unwrap_or_else(broke))
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads run side by side; what changes something runs in the order it was asked.
fn ask(actor: &Actor, asked: Asked, writer: &mpsc::UnboundedSender<Asked>, answers: &mpsc::UnboundedSender<Message>) {
    if asked.1.changes() {
        // the writer ends with the session alone
        let _ = writer.send(asked);
        return;
    }
    let (actor, answers) = (actor.clone(), answers.clone());
    tokio::spawn(async move { answer(&actor, asked, &answers).await });
}

/// One after the other. Once the session is left a signature that hasn't come doesn't come: what is to be kept is next.
fn writer(
    (actor, answers): (Actor, mpsc::UnboundedSender<Message>),
    mut left: watch::Receiver<bool>,
) -> mpsc::UnboundedSender<Asked> {
    let (sender, mut asked) = mpsc::unbounded_channel::<Asked>();
    tokio::spawn(async move {
        while let Some(next) = asked.recv().await {
            let keeps = matches!(next.1, Request::Keep { .. });
            let over = async {
                if keeps || left.wait_for(|left| *left).await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(LAST / 4).await;
            };
            tokio::select! {
                () = answer(&actor, next, &answers) => {}
                () = over => {}
            }
        }
    });
    sender
}

async fn answer(actor: &Actor, (to, request): Asked, answers: &mpsc::UnboundedSender<Message>) {
    let kept = if let Request::Keep { item, .. } = &request { Some(item.clone()) } else { None };
    let tell = move |reply: Result<Reply, Trouble>| Message::Replied { to, reply: Box::new(reply) };
    let running = {
        let (actor, answers) = (actor.clone(), answers.clone());
        let progress = move |done, of| {
            // a session that ended needs no progress
            let _ = answers.send(tell(Ok(Reply::Verifying(done, of))));
        };
        // a task of its own: a fault in it is an answer, and the session goes on
        Abandoned(tokio::spawn(async move { perform(&actor, request, &progress).await }))
    };
    let reply = running.await;
    let message = match (kept, reply) {
        (Some(item), Ok(_)) => Message::Kept(item, Ok(())),
        (Some(item), Err(Trouble::Refused(refusal))) => Message::Kept(item, Err(refusal.reason)),
        (Some(item), Err(Trouble::Failed(why))) => Message::Kept(item, Err(why)),
        (_, reply) => tell(reply),
    };
    let _ = answers.send(message);
}

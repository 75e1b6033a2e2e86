//! A channel's two ways: what is typed, as input of a session that may end for several reasons; and bytes out, which wait
//! for a slow client and give up on a stalled one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event;
use russh::server::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::tui::{Input, Output, Writing};

use super::environment::size;
use super::state::{Ending, Shared};
use super::typed::Typed;

/// Keys that may wait to be handled.
const QUEUE: usize = 16 << 10;
/// Bytes that may be typed at once, and a second: more than any person, and little enough to wait in memory.
const TYPED: (usize, usize) = (512 << 10, 64 << 10);
/// A client that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(30);
/// How long a stalled client may hold up the end of its session.
const GRACE: Duration = Duration::from_secs(1);

/// What is typed on a channel, from now on; the last is [`Input::Leave`].
pub struct Typing {
    /// Keys, pastes, sizes.
    pub input: mpsc::Receiver<Input>,
    /// Why it ended, once it has.
    pub ended: watch::Receiver<Option<Ending>>,
}

/// Reads a channel until it ends, nobody typed for `idle`, or the session is to end.
pub fn typing(
    mut read: ChannelReadHalf,
    shared: Arc<Shared>,
    (ending, idle): (watch::Receiver<Option<Ending>>, Duration),
) -> Typing {
    let (sender, input) = mpsc::channel(QUEUE);
    let (ended_sender, ended) = watch::channel(None);
    tokio::spawn(async move {
        let why = until_end(&mut read, &shared, (&sender, ending, idle)).await;
        ended_sender.send_replace(Some(why));
        // nobody reads the channel any more, so that what still comes holds nothing up; whoever waits for keys may be gone
        drop(read);
        let _ = sender.send(Input::Leave).await;
    });
    Typing { input, ended }
}

async fn until_end(
    read: &mut ChannelReadHalf,
    shared: &Shared,
    (sender, mut ending, idle): (&mpsc::Sender<Input>, watch::Receiver<Option<Ending>>, Duration),
) -> Ending {
    let idle = idle.min(Duration::from_secs(shared.settings.idle_seconds));
    let end = Instant::now() + Duration::from_secs(shared.settings.session_seconds);
    let mut typed = Typed::default();
    let mut last = Instant::now();
    let mut room = TYPED.0;
    // a full queue ends the session: keys left out of what was typed would change what it says
    let give = |events: Vec<Event>| {
        shared.metrics.keys.add(events.len());
        events.into_iter().all(|event| !matches!(sender.try_send(Input::Event(event)), Err(TrySendError::Full(_))))
    };
    loop {
        tokio::select! {
            message = read.wait() => match message {
                Some(ChannelMsg::Data { data }) => {
                    let now = Instant::now();
                    let back = usize::try_from(now.duration_since(last).as_millis()).unwrap_or(usize::MAX);
                    room = room.saturating_add(back.saturating_mul(TYPED.1) / 1000).min(TYPED.0);
                    last = now;
                    let Some(left) = room.checked_sub(data.len()) else { return Ending::TooMuch };
                    room = left;
                    if !give(typed.take(&data)) {
                        return Ending::TooMuch;
                    }
                }
                Some(ChannelMsg::WindowChange { col_width, row_height, .. }) => {
                    let (columns, rows) = size(col_width, row_height);
                    if !give(vec![Event::Resize(columns, rows)]) {
                        return Ending::TooMuch;
                    }
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Ending::Gone,
                Some(_) => {}
            },
            () = sleep(typed.patience().unwrap_or_default()), if typed.patience().is_some() => {
                give(typed.pause());
            }
            () = sleep_until(last + idle) => return Ending::Idle,
            () = sleep_until(end) => return Ending::TooLong,
            Ok(why) = ending.wait_for(Option::is_some) => return why.unwrap_or(Ending::Stops),
            () = sender.closed() => return Ending::Gone,
        }
    }
}

/// Bytes to a client.
pub struct ChannelOutput {
    writer: Pin<Box<dyn AsyncWrite + Send>>,
    ended: watch::Receiver<Option<Ending>>,
    shared: Arc<Shared>,
    /// Whether line feeds become carriage return and line feed.
    cooked: bool,
}

impl ChannelOutput {
    /// To a channel's standard output, as it is.
    pub fn new(write: &ChannelWriteHalf<Msg>, ended: watch::Receiver<Option<Ending>>, shared: Arc<Shared>) -> Self {
        Self { writer: Box::pin(write.make_writer()), ended, shared, cooked: false }
    }

    /// With line ends as a terminal in raw mode needs them.
    #[must_use]
    pub fn cooked(mut self, cooked: bool) -> Self {
        self.cooked = cooked;
        self
    }

    async fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.shared.metrics.bytes.add(bytes.len());
        let mut ended = self.ended.clone();
        let over = async {
            // an end that can't come leaves the other limit
            if ended.wait_for(Option::is_some).await.is_err() {
                std::future::pending::<()>().await;
            }
            sleep(GRACE).await;
        };
        tokio::select! {
            written = self.writer.write_all(bytes) => written,
            () = sleep(STALLED) => Err(io::ErrorKind::TimedOut.into()),
            () = over => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Output for ChannelOutput {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        Box::pin(async move {
            match self.cooked {
                true => {
                    let text: Vec<u8> = bytes
                        .iter()
                        .flat_map(|byte| if *byte == b'\n' { b"\r\n".to_vec() } else { vec![*byte] })
                        .collect();
                    self.put(&text).await
                }
                false => self.put(bytes).await,
            }
        })
    }
}

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
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::tui::{Input, Output, Writing};

use super::environment::size;
use super::state::{Ending, Shared};
use super::typed::Typed;

/// Keys that may wait to be handled; what is typed beyond is lost, as on any terminal.
const QUEUE: usize = 1024;
/// After this long an Escape is one.
const PAUSE: Duration = Duration::from_millis(30);
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

/// Reads a channel until it ends, or the session is to end.
pub fn typing(mut read: ChannelReadHalf, shared: Arc<Shared>, ending: watch::Receiver<Option<Ending>>) -> Typing {
    let (sender, input) = mpsc::channel(QUEUE);
    let (ended_sender, ended) = watch::channel(None);
    tokio::spawn(async move {
        let why = until_end(&mut read, &shared, (&sender, ending)).await;
        ended_sender.send_replace(Some(why));
        // whoever reads may be gone already; and the channel is read on, so that the connection isn't held up by it
        let leave = async { sender.send(Input::Leave).await.is_ok() };
        let drain = async { while read.wait().await.is_some() {} };
        tokio::join!(leave, drain);
    });
    Typing { input, ended }
}

async fn until_end(
    read: &mut ChannelReadHalf,
    shared: &Shared,
    (sender, mut ending): (&mpsc::Sender<Input>, watch::Receiver<Option<Ending>>),
) -> Ending {
    let idle = Duration::from_secs(shared.settings.idle_minutes * 60);
    let end = Instant::now() + Duration::from_secs(shared.settings.session_hours * 3600);
    let mut typed = Typed::default();
    let mut last = Instant::now();
    let give = |events: Vec<Event>| {
        shared.metrics.keys.add(events.len());
        for event in events {
            // a full queue loses keys rather than hold up the connection
            let _ = sender.try_send(Input::Event(event));
        }
    };
    loop {
        tokio::select! {
            message = read.wait() => match message {
                Some(ChannelMsg::Data { data }) => {
                    last = Instant::now();
                    give(typed.take(&data));
                }
                Some(ChannelMsg::WindowChange { col_width, row_height, .. }) => {
                    let (columns, rows) = size(col_width, row_height);
                    give(vec![Event::Resize(columns, rows)]);
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Ending::Gone,
                Some(_) => {}
            },
            () = sleep(PAUSE), if typed.is_waiting() => give(typed.pause()),
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

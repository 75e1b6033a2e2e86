//! A model behind an endpoint: answers in samples, heard as they come.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::engine::{Listener, Settings};

use super::address::Address;
use super::endpoint_error::EndpointError;
use super::endpoint_sample::{Answered, EndpointSample};
use super::endpoint_settings::{Delivery, EndpointSettings, KeyInClear, Several};
use super::event_stream::{DONE, EventStream, TooLong};
use super::hearing::{Hearing, Part};
use super::reading::{Kind, Reading};
use super::reply::{self, MOST_CHOICES, Reply, Unusable};
use super::request_body::{Ask, EndpointPrompt, body, check};
use super::sample_seed::sample_seed;
use super::transport::{Post, Transport};
use crate::engine::net::ApiKey;

/// How often a listener is asked whether to go on.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// How long is waited for the end of a stream whose answers have all ended.
const GRACE: Duration = Duration::from_secs(2);

/// Bytes of an answer whatever its length, of a token, and of each of the likeliest ones beside it; far more than any
/// server needs.
const BYTES: [usize; 3] = [1 << 20, 2048, 512];

/// Why an answer with the key in it is none: answers are recorded, and a record is public for ever.
pub(super) const QUOTED: &str = "it repeats the key, so nothing of it is kept";

/// See the module's first line.
///
/// Every request stands for itself: nothing is kept between two of them. When what a method returned is
/// dropped, its connections are closed, and servers stop computing.
#[derive(Debug)]
pub struct Endpoint {
    pub(super) settings: EndpointSettings,
    pub(super) transport: Transport,
}

/// An answering under way.
#[derive(Clone, Copy)]
struct Asking<'a, 'l> {
    prompt: EndpointPrompt<'a>,
    settings: &'a Settings,
    hearing: &'a Mutex<Hearing<'l>>,
}

impl<'l> Asking<'_, 'l> {
    fn hearing(&self) -> MutexGuard<'_, Hearing<'l>> {
        self.hearing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Endpoint {
    /// Prepares requests; nothing is sent.
    ///
    /// Errors: a key that would cross a network unencrypted; certificates that can't be read.
    pub fn new(settings: EndpointSettings, key: Option<ApiKey>) -> Result<Self, EndpointError> {
        let is_safe = settings.address.is_encrypted() || settings.address.is_local();
        if key.is_some() && !is_safe && settings.key_in_clear == KeyInClear::Refused {
            return Err(EndpointError::KeyInClear(settings.address.to_string()));
        }
        let transport = Transport::new(settings.clone(), key)?;
        Ok(Self { settings, transport })
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.settings.address
    }

    /// The model's name there.
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// Answers. A listener's break ends all samples within a piece, and those that hadn't ended are `Cancelled`.
    ///
    /// Errors: what the endpoint can't be asked for; none reached, refusals, time-outs, documents that can't be used. Then
    /// no sample counts, though the listener has heard them.
    pub async fn answer(
        &self,
        prompt: EndpointPrompt<'_>,
        settings: &Settings,
        listener: &mut dyn Listener,
    ) -> Result<Answered, EndpointError> {
        check(&self.settings, settings)?;
        let hearing = Mutex::new(Hearing::new(settings, self.address().to_string(), listener)?);
        let asking = Asking { prompt, settings, hearing: &hearing };
        let limit = self.settings.times.whole;
        let Ok(asked) = timeout(limit, self.ask_for_all(asking)).await else {
            return Err(EndpointError::Late { address: self.address().to_string(), what: "the whole answer", limit });
        };
        asked?;
        let answered = hearing.into_inner().unwrap_or_else(PoisonError::into_inner).answered();
        if self.transport.quotes_key(answered.samples.iter().flat_map(EndpointSample::words)) {
            return Err(self.malformed(QUOTED));
        }
        Ok(answered)
    }

    async fn ask_for_all(&self, asking: Asking<'_, '_>) -> Result<(), EndpointError> {
        let samples = asking.settings.samples;
        let step = if self.settings.several == Several::Field { MOST_CHOICES } else { 1 };
        let parts = (0..samples).step_by(step).map(|first| Part { first, count: step.min(samples - first) });
        self.ask_for(parts.collect(), asking).await?;
        // what a server that ignores `n` left out
        let rest = asking.hearing().unheard();
        if rest.is_empty() || asking.hearing().is_cancelled() {
            return Ok(());
        }
        self.ask_for(rest.into_iter().map(|first| Part { first, count: 1 }).collect(), asking).await
    }

    /// Sends requests side by side until all are answered or somebody gives up.
    async fn ask_for(&self, parts: Vec<Part>, asking: Asking<'_, '_>) -> Result<(), EndpointError> {
        let requests = stream::iter(parts).map(|part| self.ask(part, asking));
        let mut requests = pin!(requests.buffer_unordered(self.settings.parallel.get()));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = requests.next() => match done {
                    None => return Ok(()),
                    Some(done) => done?,
                },
                _ = ticks.tick() => {
                    asking.hearing().goes_on();
                }
            }
            if asking.hearing().is_cancelled() {
                return Ok(());
            }
        }
    }

    async fn ask(&self, part: Part, asking: Asking<'_, '_>) -> Result<(), EndpointError> {
        let seed = sample_seed(asking.settings.sampling.seed, part.first);
        asking.hearing().asked(part, seed);
        let ask = Ask { words: asking.prompt, settings: asking.settings, seed, answers: part.count };
        let [base, token, likely] = BYTES;
        let likeliest = usize::from(self.settings.log_probabilities.likeliest().unwrap_or(0));
        let tokens = asking.settings.max_tokens.saturating_mul(part.count);
        let expected = tokens.saturating_mul(token + likely * likeliest).saturating_add(base);
        let is_streamed = self.settings.delivery == Delivery::Streamed;
        let post = Post {
            url: match asking.prompt {
                EndpointPrompt::Chat(_) => self.address().chat(),
                EndpointPrompt::Text(_) => self.address().completions(),
            },
            body: body(&self.settings, &ask),
            number: u64::try_from(part.first).unwrap_or(u64::MAX),
            first_byte: is_streamed.then_some(self.settings.times.first_byte),
            most: expected.min(self.settings.most_bytes),
            expected: if is_streamed { Kind::Events } else { Kind::Document },
        };
        let mut reading = self.transport.post(&post).await?;
        match reading.kind() {
            Kind::Events => self.listen(&mut reading, part, asking).await?,
            Kind::Document => {
                let reply = self.document(&mut reading).await?;
                let _ = asking.hearing().take(part, reply)?;
                asking.hearing().close(part);
            }
        }
        if asking.hearing().is_silent(part) {
            return Err(self.malformed("it holds no answer"));
        }
        Ok(())
    }

    /// Hears a stream to its end, or as long as it is needed.
    async fn listen(&self, reading: &mut Reading, part: Part, asking: Asking<'_, '_>) -> Result<(), EndpointError> {
        let limit = self.settings.most_piece;
        let too_long =
            |TooLong| EndpointError::TooMuch { address: self.address().to_string(), what: "bytes of a piece", limit };
        let mut events = EventStream::new(limit);
        loop {
            let is_complete = asking.hearing().is_complete(part);
            if is_complete {
                reading.hurry(GRACE);
            }
            let (complete, is_last) = match reading.next().await {
                Ok(Some(bytes)) => (events.push(&bytes).map_err(too_long)?, false),
                Ok(None) => (events.end().into_iter().collect(), true),
                // all that counts was said
                Err(_) if is_complete => return Ok(()),
                Err(error) => return Err(error),
            };
            for event in complete {
                if event == DONE {
                    asking.hearing().close(part);
                    return Ok(());
                }
                if !event.trim_ascii().is_empty() {
                    let reply = self.reply(&event)?;
                    if asking.hearing().take(part, reply)?.is_break() {
                        return Ok(());
                    }
                }
            }
            if is_last {
                break;
            }
        }
        if asking.hearing().is_over(part) {
            return Ok(());
        }
        let why = "the stream ended in the middle of an answer".to_owned();
        Err(EndpointError::BrokeOff { address: self.address().to_string(), why })
    }

    /// Reads a document to its end.
    pub(super) async fn document(&self, reading: &mut Reading) -> Result<Reply, EndpointError> {
        let mut bytes = Vec::new();
        while let Some(more) = reading.next().await? {
            bytes.extend_from_slice(&more);
        }
        self.reply(&bytes)
    }

    fn reply(&self, bytes: &[u8]) -> Result<Reply, EndpointError> {
        reply::read(bytes).map_err(|unusable| match unusable {
            Unusable::Malformed(why) => self.malformed(&why),
            Unusable::Error(words) => {
                EndpointError::Peer { address: self.address().to_string(), words: self.transport.shown(&words) }
            }
        })
    }

    pub(super) fn malformed(&self, why: &str) -> EndpointError {
        EndpointError::Malformed { address: self.address().to_string(), why: self.transport.shown(why) }
    }
}

//! How likely a model behind an endpoint finds a given answer, where its server can echo a text with log-probabilities.
//!
//! The server is asked to go on greedily by one token. That token must be told as the likeliest at its place, else the
//! log-probabilities of that server stand elsewhere than they seem to, and none of them counts.

use std::pin::pin;

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::engine::Listener;
use crate::engine::text::Score;

use super::endpoint_error::EndpointError;
use super::endpoint_sample::{EndpointScored, HeardToken};
use super::reading::Kind;
use super::remote::{Endpoint, QUOTED, TICK};
use super::reply::{Piece, Reply};
use super::request_body::echo_body;
use super::scored_text::{Echoed, Unscored, is_in_place};
use super::transport::Post;
use crate::engine::net::visible;

/// Bytes of an echo whatever its length, and for each byte of the text; far more than any server needs.
const BYTES: [usize; 2] = [1 << 20, 1024];

impl Endpoint {
    /// Scores an answer to a prompt. The prompt is the whole text that stands before the answer, with the marks of the
    /// model's template if it has one: no endpoint says how it writes a chat.
    ///
    /// Errors: a server that can't; a prompt whose end makes a token with the answer's beginning.
    pub async fn score(
        &self,
        prompt: &str,
        answer: &str,
        listener: &mut dyn Listener,
    ) -> Result<EndpointScored, EndpointError> {
        if prompt.is_empty() || answer.is_empty() {
            let which = if answer.is_empty() { "the answer" } else { "the prompt" };
            return Err(EndpointError::Request(format!("there is nothing to score: {which} is empty")));
        }
        let limit = self.settings.times.whole;
        let mut scoring = pin!(timeout(limit, self.scored(prompt, answer)));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = &mut scoring => {
                    let late = |_| EndpointError::Late { address: self.address().to_string(), what: "a score", limit };
                    return done.map_err(late)?;
                }
                _ = ticks.tick() => {
                    if listener.goes_on().is_break() {
                        return Err(EndpointError::Cancelled);
                    }
                }
            }
        }
    }

    async fn scored(&self, prompt: &str, answer: &str) -> Result<EndpointScored, EndpointError> {
        let text = format!("{prompt}{answer}");
        let (piece, reply) = self.echo(&text, 0).await?;
        let tokens = piece.tokens.as_deref().ok_or_else(|| self.cannot("it sent none"))?;
        let echoed = Echoed { text: &piece.text, tokens, offsets: piece.offsets.as_deref() };
        let place = echoed.place(prompt, answer).map_err(|error| match error {
            Unscored::NotEchoed => self.cannot("it didn't echo the text"),
            Unscored::Misspelt => self.cannot("its tokens don't spell the text"),
            Unscored::Straddled(token) => EndpointError::Straddled(visible(&token)),
        })?;
        let is_proven = if place.goes_on {
            tokens.last().is_some_and(is_in_place)
        } else {
            // where the model ends the answer, some servers show no token
            let (piece, _) = self.echo(prompt, 1).await?;
            let tokens = piece.tokens.unwrap_or_default();
            let echoed = Echoed { text: &piece.text, tokens: &tokens, offsets: None };
            echoed.next(prompt).is_some_and(is_in_place)
        };
        if !is_proven {
            return Err(self.cannot("its log-probabilities don't stand beside their tokens"));
        }
        let own = tokens.get(place.start..place.end).unwrap_or_default();
        let told = |token: &HeardToken| Some((token.id, token.text.clone(), token.log_probability?));
        let own: Option<Vec<_>> = own.iter().map(told).collect();
        let tokens = own.ok_or_else(|| self.cannot("it leaves some out"))?;
        let score = Score { log_probabilities: tokens.iter().map(|(_, _, logarithm)| *logarithm).collect() };
        let (sum, perplexity) = (score.sum(), score.perplexity());
        let (model, fingerprint) = (reply.model.as_deref().map(visible), reply.fingerprint.as_deref().map(visible));
        // the tokens spell what was asked about
        if self.transport.quotes_key([&model, &fingerprint].into_iter().flatten().map(String::as_str)) {
            return Err(self.malformed(QUOTED));
        }
        Ok(EndpointScored { prompt_tokens: place.start, tokens, sum, perplexity, model, fingerprint })
    }

    /// A text echoed, and what else was said.
    async fn echo(&self, text: &str, number: u64) -> Result<(Piece, Reply), EndpointError> {
        let [base, byte] = BYTES;
        let post = Post {
            url: self.address().completions(),
            body: echo_body(&self.settings, text),
            number,
            first_byte: None,
            most: text.len().saturating_mul(byte).saturating_add(base).min(self.settings.most_bytes),
            expected: Kind::Document,
        };
        let mut reading = self.transport.post(&post).await.map_err(|error| self.refused(error))?;
        if reading.kind() != Kind::Document {
            return Err(self.malformed("events where a document was asked for"));
        }
        let mut reply = self.document(&mut reading).await?;
        let piece = reply.pieces.drain(..).next().ok_or_else(|| self.malformed("it holds no answer"))?;
        Ok((piece, reply))
    }

    /// Whether a refusal is one of the service or of what makes a score.
    fn refused(&self, error: EndpointError) -> EndpointError {
        let EndpointError::Status { status, words, .. } = &error else { return error };
        let low = words.to_ascii_lowercase();
        let is_about_scores = ["echo", "logprob", "log prob"].iter().any(|word| low.contains(word));
        match status {
            400 | 422 if is_about_scores => self.cannot(words),
            404 | 405 | 501 if !low.contains("model") => self.cannot(&format!("it answered {status} to /completions")),
            _ => error,
        }
    }

    fn cannot(&self, why: &str) -> EndpointError {
        EndpointError::NoGivenLogProbabilities { address: self.address().to_string(), why: why.to_owned() }
    }
}

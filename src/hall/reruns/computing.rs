//! A rerun of an item: asked in turn, computed on a thread of its own, cancelled within a token once nobody listens.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use crate::domain::{ItemId, MemberId, Output, Turn as Said, may_discuss};
use crate::engine::text::Chat;
use crate::engine::{EngineError, Listener, Local, Prompted, Registered};
use crate::hall::error::HallError;
use crate::hall::opened::{Hall, corrupt};

use super::asked::{Asked, Heard};
use super::ends::Ends;
use super::loaded::{Listening, blocking, wrong};
use super::remote::ask;
use super::transcript::{ModelNamed, ScoredTranscript, Transcript, samples, tokens};
use super::turns::Turn;

impl Hall {
    /// Has a model answer an item again, or score an output of it. Nothing is recorded yet.
    ///
    /// `tell` hears how it goes; once it says `false`, or this is given up, the computing ends within a token.
    ///
    /// Errors: a refusal for who may not discuss the item; no such model, or one that doesn't fit.
    pub async fn rerun(
        &self,
        who: &MemberId,
        id: &ItemId,
        (model, asked): (&str, &Asked),
        tell: Listening<'_>,
    ) -> Result<Transcript, HallError> {
        let (state, _) = self.state_with(id).await?;
        may_discuss(&state, id, who, self.now())?;
        let model = self.reruns.registry.find(model).map_err(wrong)?;
        let content = self.store.content(id.clone()).await?;
        let content = content.ok_or_else(|| corrupt(format!("items {id}"), "its texts are gone"))?;
        let scored = match asked {
            Asked::Score(output) => {
                let place = usize::try_from(*output).ok().and_then(|output| output.checked_sub(1));
                let turns = place.and_then(|place| content.outputs.get(place)).map(Output::flat);
                Some(turns.ok_or_else(|| HallError::Usage(format!("{id} has no output {output}")))?)
            }
            Asked::Samples(_) => None,
        };
        let waiting = |ahead| {
            tell(Heard::Waiting(ahead));
        };
        if let Some(remote) = &model.remote {
            let _turn = self.reruns.asking.take(who, waiting).await;
            return ask((&model, remote), (&content.prompt, asked), tell).await;
        }
        let turn = self.reruns.turns.take(who, waiting).await;
        let local = self.reruns.local(&model, tell).await?;
        compute((local, model, turn), (content.prompt, scored, asked.clone()), self.now().day(), tell).await
    }
}

/// What a computing thread sends, and when it is to stop.
struct Wire {
    sender: mpsc::UnboundedSender<Heard>,
    ends: Ends,
    stop: Arc<AtomicBool>,
}

impl Wire {
    fn say(&self, heard: Heard) -> ControlFlow<()> {
        let gone = self.sender.send(heard).is_err();
        if gone || self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Listener for Wire {
    fn text(&mut self, sample: usize, text: &str) -> ControlFlow<()> {
        for ended in self.ends.after(sample) {
            let _ = self.say(Heard::Ended(ended));
        }
        self.say(Heard::Text(sample, text.to_owned()))
    }

    fn goes_on(&mut self) -> ControlFlow<()> {
        let gone = self.sender.is_closed() || self.stop.load(Ordering::Relaxed);
        if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

async fn compute(
    (local, model, turn): (Arc<Local>, Registered, Turn),
    (prompt, scored, asked): (Vec<Said>, Option<String>, Asked),
    today: String,
    tell: Listening<'_>,
) -> Result<Transcript, HallError> {
    let named = ModelNamed::of(&model)?;
    let (sender, mut heard) = mpsc::unbounded_channel();
    let stop = Arc::new(AtomicBool::new(false));
    let ends = Ends::of(if let Asked::Samples(settings) = &asked { usize::from(settings.samples) } else { 0 });
    let mut wire = Wire { sender, ends, stop: Arc::clone(&stop) };
    let computing = blocking(move || {
        // given up, the thread ends within a token; until then nobody else computes, and no other model is loaded
        let (_turn, local) = (turn, local);
        let today = if let Asked::Samples(settings) = &asked { settings.today.clone() } else { today };
        let prompted = prompted(&local, &prompt, &today)?;
        let prompt_tokens = u32::try_from(prompted.tokens.len()).unwrap_or(u32::MAX);
        let _ = wire.say(Heard::Reading);
        Ok(match (asked, scored) {
            (Asked::Samples(settings), _) => {
                let answered = local.answer(&prompted, &settings.for_engine(), &mut wire)?;
                Transcript::Samples {
                    model: named,
                    prompt_tokens: Some(prompt_tokens),
                    samples: samples(answered),
                    settings,
                }
            }
            (Asked::Score(output), text) => {
                let scored = local.score(&prompted, &text.unwrap_or_default(), &mut wire)?;
                let tokens = tokens(&scored);
                Transcript::Score(ScoredTranscript { model: named, output, prompt_tokens, today, tokens })
            }
        })
    });
    // the wire ends with the thread, so that all that was heard is told before the end
    let listening = async {
        while let Some(news) = heard.recv().await {
            if !tell(news) {
                stop.store(true, Ordering::Relaxed);
            }
        }
    };
    tokio::join!(computing, listening).0
}

fn prompted(local: &Local, prompt: &[Said], today: &str) -> Result<Prompted, EngineError> {
    let mut parts = today.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let mut part = || parts.next().flatten();
    let today = part().and_then(|year| Some((i32::try_from(year).ok()?, part()?, part()?)));
    let turns: Vec<(&str, &str)> = prompt.iter().map(|turn| (turn.role.as_str(), turn.content.as_str())).collect();
    local.prompt(&Chat::of(&turns), today)
}

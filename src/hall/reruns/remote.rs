//! A rerun by a model behind an endpoint: asked there, heard as it comes; given up, its connections close.

use std::ops::ControlFlow;

use crate::domain::Turn;
use crate::engine::endpoint::{EndpointPrompt, EndpointSample, LogProbabilities};
use crate::engine::net::environment;
use crate::engine::text::Chat;
use crate::engine::{EngineError, Listener, Registered, RemoteModel};
use crate::hall::error::HallError;

use super::asked::{Asked, Heard};
use super::loaded::{Listening, wrong};
use super::transcript::{EndpointNamed, ModelNamed, Transcript, TranscriptSample};

/// Passes on what is heard.
struct Telling<'t> {
    tell: Listening<'t>,
}

impl Listener for Telling<'_> {
    fn text(&mut self, sample: usize, text: &str) -> ControlFlow<()> {
        let goes_on = (self.tell)(Heard::Text(sample, text.to_owned()));
        if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Has a model elsewhere answer a prompt.
///
/// Errors: a score, as no endpoint says how it writes a chat; as of [`Endpoint::answer`](crate::engine::endpoint::Endpoint).
pub(super) async fn ask(
    (model, remote): (&Registered, &RemoteModel),
    (prompt, asked): (&[Turn], &Asked),
    tell: Listening<'_>,
) -> Result<Transcript, HallError> {
    let Asked::Samples(settings) = asked else {
        let why = format!(
            "{} is behind an endpoint, which doesn't say how it writes a chat, so no output can be scored in its place; \
             a model of this machine can score it",
            model.name
        );
        return Err(HallError::Usage(why));
    };
    let failed = |error| wrong(EngineError::Endpoint(error));
    let endpoint = remote.connect(LogProbabilities::None, &environment).map_err(failed)?;
    let turns: Vec<(&str, &str)> = prompt.iter().map(|turn| (turn.role.as_str(), turn.content.as_str())).collect();
    tell(Heard::Reading);
    let chat = EndpointPrompt::Chat(Chat::of(&turns));
    let answered = endpoint.answer(chat, &settings.for_engine(), &mut Telling { tell }).await.map_err(failed)?;
    let said = |part: fn(&EndpointSample) -> Option<&String>| answered.samples.iter().find_map(part).cloned();
    let named = EndpointNamed {
        address: endpoint.address().to_string(),
        dialect: remote.dialect,
        fingerprint: said(|sample| sample.fingerprint.as_ref()),
        model: remote.model.clone(),
        served: said(|sample| sample.model.as_ref()),
    };
    let prompt_tokens = answered.prompt_tokens.and_then(|tokens| u32::try_from(tokens).ok());
    let sample = |one: EndpointSample| TranscriptSample {
        tokens: one.ids().unwrap_or_default(),
        stopped: one.stopped.name().to_owned(),
        reasoning: one.reasoning,
        text: one.text,
    };
    Ok(Transcript::Samples {
        model: ModelNamed { endpoint: Some(named), made_by: None, ..ModelNamed::of(model)? },
        prompt_tokens,
        samples: answered.samples.into_iter().map(sample).collect(),
        settings: settings.clone(),
    })
}

//! `rerun` and `score`: an open-weight model of this machine, or one behind an endpoint, answers a prompt, or says how likely
//! it finds an answer; on an item of a hall it is evidence, and recorded.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use crate::engine::endpoint::LogProbabilities;
use crate::engine::text::Sampling;
use crate::engine::{EngineError, Local, Sample, Settings, peak_memory, processor_seconds, stopped};

use crate::hall::{Asked, Sampled};

use super::context::{CommandError, Context, Outcome};
use super::endpoint;
use super::evidence;
use super::following::{Following, printing};
use super::local_model::{ChatArguments, Loaded, Located, ModelArguments, load, located};

/// Arguments of `rerun`.
#[derive(Debug, Args)]
pub struct Rerun {
    /// An item of the hall, instead of a prompt: its own is answered again by one of the hall's models, and recorded
    #[arg(conflicts_with_all = ["prompt", "system", "endpoint", "logprobs"])]
    item: Option<String>,
    /// Play a recorded rerun again: its entry. The same machine gives the same tokens
    #[arg(long, value_name = "ENTRY", conflicts_with_all = ["item", "prompt", "system", "model", "endpoint", "logprobs"])]
    replay: Option<u64>,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    chat: ChatArguments,
    /// How many answers; 1, or 8 on an item
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    samples: Option<u16>,
    /// The most tokens of an answer
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// Where chance begins; the same seed gives the same tokens
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 0 takes the likeliest token, more is more varied; 0.7 for several samples, else 0
    #[arg(long, allow_negative_numbers = true)]
    temperature: Option<f64>,
    /// Only so many of the likeliest tokens; 0 is all
    #[arg(long, default_value_t = 0)]
    top_k: u32,
    /// Only the likeliest tokens that together reach this probability
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    top_p: f64,
    /// Only tokens with at least this share of the likeliest one's probability
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    min_p: f64,
    /// Makes tokens of the last 64 less likely; 1 changes nothing
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    repeat_penalty: f64,
    /// An answer ends before this text; may be given several times
    #[arg(long = "stop")]
    stops: Vec<String>,
    /// Of an endpoint: the log-probabilities of its tokens, and of so many of the likeliest at each place
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=20))]
    logprobs: Option<u8>,
}

/// Arguments of `score`.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// An item of the hall, instead of prompt and answer: one of its outputs is scored, and recorded
    #[arg(conflicts_with_all = ["prompt", "system", "answer", "endpoint"])]
    item: Option<String>,
    /// Which output of the item, by its own number
    #[arg(long, requires = "item", default_value_t = 1)]
    output: u32,
    /// Play a recorded score again: its entry
    #[arg(long, value_name = "ENTRY", conflicts_with_all = ["item", "prompt", "system", "answer", "model", "endpoint"])]
    replay: Option<u64>,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    chat: ChatArguments,
    /// The answer to score; text or @file
    #[arg(long, required_unless_present_any = ["item", "replay"])]
    answer: Option<String>,
}

/// How long the parts of an answering took, by the wall's clock, and the processor's for all of it.
struct Timing {
    prefill_s: f64,
    decode_s: f64,
    cpu_s: Option<f64>,
}

/// Runs `rerun`.
pub async fn run(arguments: Rerun, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    arguments.model.endpoint.unused()?;
    if let Some(entry) = arguments.replay {
        return evidence::replay(entry, context).await;
    }
    if let Some(item) = &arguments.item {
        let asked = arguments.sampled().on(&context.clock.now().day())?;
        return evidence::run(item, (&arguments.model.model, asked), context).await;
    }
    let settings = arguments.settings()?;
    match located(&arguments.model.model, &arguments.model.endpoint, context)? {
        Located::Here(_) if arguments.logprobs.is_some() => {
            let why = "--logprobs is of an endpoint; for a model of this machine `guildhall score` tells them";
            Err(CommandError::Usage(why.to_owned()))
        }
        Located::Here(path) => answer(&arguments, (&path, settings), context).await,
        Located::There(remote) => {
            let (system, user) = arguments.chat.said(context)?;
            let asked = (&settings, arguments.log_probabilities());
            // its text is checked for the key before any of it is shown, so it can't be printed as it comes
            let mut following = Following::answering(context.tell.clone(), &settings, None);
            let said = (system.as_deref(), user.as_str());
            endpoint::answer(&remote, said, asked, (&mut following, context)).await
        }
    }
}

/// Has a model of this machine answer; a single text is printed as it comes.
async fn answer(
    arguments: &Rerun,
    (path, settings): (&Path, Settings),
    context: &mut Context<'_>,
) -> Result<Outcome, CommandError> {
    let Loaded { model, named, took } = load(path, arguments.model.threads)?;
    let prompted = arguments.chat.prompted(&model, context)?;
    let (prompt_tokens, is_printed) = (prompted.tokens.len(), settings.samples == 1 && !context.json);
    let (sender, texts) = unbounded_channel();
    let mut following = Following::answering(context.tell.clone(), &settings, is_printed.then_some(sender));
    let answering = tokio::task::spawn_blocking(move || {
        let (started, cpu) = (Instant::now(), processor_seconds());
        let samples = model.answer(&prompted, &settings, &mut following);
        let prefill_s = following.end();
        let decode_s = started.elapsed().as_secs_f64() - prefill_s;
        let cpu_s = processor_seconds().zip(cpu).map(|(after, before)| after - before);
        Ok((samples?, Timing { prefill_s, decode_s, cpu_s }))
    });
    let answered: Result<(Vec<Sample>, Timing), EngineError> = printing(answering, texts, context.out).await?;
    let (samples, timing) = answered?;
    if is_printed {
        if !samples.iter().any(|sample| sample.text.ends_with('\n')) {
            writeln!(context.out)?;
        }
        return Ok(Outcome::Done);
    }
    let tokens: usize = samples.iter().map(|sample| sample.tokens.len()).sum();
    let rate = |tokens: usize, seconds: f64| (seconds > 0.0).then(|| real(tokens) / seconds);
    let report = json!({
        "model": named,
        "samples": samples.iter().map(|sample| {
            json!({"text": sample.text, "tokens": sample.tokens, "stopped": stopped(sample.stopped)})
        }).collect::<Vec<_>>(),
        "prompt_tokens": prompt_tokens,
        "timing": {
            "load_s": took.as_secs_f64(),
            "prefill_tok_s": rate(prompt_tokens, timing.prefill_s),
            "decode_tok_s": rate(tokens, timing.decode_s),
            "cpu_s": timing.cpu_s,
        },
        "peak_rss_bytes": peak_memory(),
    });
    context.emit(&report, || {
        let mut text = String::new();
        for (number, sample) in (1..).zip(&samples) {
            let _ = writeln!(text, "— sample {number} —\n{}", sample.text);
        }
        text
    })
}

impl Rerun {
    fn log_probabilities(&self) -> LogProbabilities {
        match self.logprobs {
            None => LogProbabilities::None,
            Some(0) => LogProbabilities::Chosen,
            Some(count) => LogProbabilities::Likeliest(count),
        }
    }

    /// As it is asked of an item.
    fn sampled(&self) -> Sampled {
        let samples = self.samples.unwrap_or(8);
        Sampled {
            samples,
            max_tokens: self.max_tokens,
            seed: self.seed,
            temperature: self.temperature.unwrap_or(if samples > 1 { 0.7 } else { 0.0 }),
            top_k: self.top_k,
            top_p: self.top_p,
            min_p: self.min_p,
            repeat_penalty: self.repeat_penalty,
            stops: self.stops.clone(),
        }
    }

    fn settings(&self) -> Result<Settings, CommandError> {
        let samples = self.samples.unwrap_or(1);
        // samples that were all alike would tell nothing
        let usual = if samples > 1 { 0.7 } else { 0.0 };
        let sampling = Sampling {
            temperature: self.temperature.unwrap_or(usual),
            top_k: usize::try_from(self.top_k).unwrap_or(usize::MAX),
            top_p: self.top_p,
            min_p: self.min_p,
            repeat_penalty: self.repeat_penalty,
            seed: self.seed,
            ..Sampling::default()
        };
        sampling.check().map_err(|error| CommandError::Usage(error.to_string()))?;
        let max_tokens = usize::try_from(self.max_tokens).unwrap_or(usize::MAX);
        Ok(Settings { samples: usize::from(samples), max_tokens, stops: self.stops.clone(), sampling })
    }
}

fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Runs `score`.
pub async fn run_score(arguments: ScoreArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    arguments.model.endpoint.unused()?;
    if let Some(entry) = arguments.replay {
        return evidence::replay(entry, context).await;
    }
    if let Some(item) = &arguments.item {
        let asked = Asked::Score(arguments.output);
        return evidence::run(item, (&arguments.model.model, asked), context).await;
    }
    let answer = context.text(arguments.answer.as_deref().unwrap_or_default())?;
    let path = match located(&arguments.model.model, &arguments.model.endpoint, context)? {
        Located::Here(path) => path,
        Located::There(remote) => {
            let (system, text) = arguments.chat.said(context)?;
            if system.is_some() {
                let why =
                    "an endpoint doesn't say how it writes a chat: put the whole text before the answer into --prompt";
                return Err(CommandError::Usage(why.to_owned()));
            }
            return endpoint::score(&remote, (&text, &answer), context).await;
        }
    };
    let Loaded { model, named, .. } = load(&path, arguments.model.threads)?;
    let prompted = arguments.chat.prompted(&model, context)?;
    let mut following = Following::scoring(context.tell.clone());
    let scoring = tokio::task::spawn_blocking(move || {
        let scored = Local::score(&model, &prompted, &answer, &mut following);
        following.end();
        scored
    });
    let scored = scoring.await.map_err(|error| CommandError::Usage(format!("the model broke off: {error}")))?;
    let scored = scored?;
    let tokens = scored.tokens.iter().map(|(id, text, logprob)| json!({"id": id, "text": text, "logprob": logprob}));
    let report = json!({
        "model": named,
        "prompt_tokens": scored.prompt_tokens,
        "tokens": tokens.collect::<Vec<_>>(),
        "sum_logprob": scored.sum,
        "perplexity": scored.perplexity,
    });
    let told = scored.tokens.iter().map(|(_, text, logprob)| (text.as_str(), *logprob));
    context.emit(&report, || endpoint::scores(told, scored.sum, scored.perplexity))
}

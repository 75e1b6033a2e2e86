//! A model of this machine with its tokenizer and template: answers in samples that share their prompt, and scores.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::engine_error::EngineError;
use super::measure::available_memory;
use super::model::{
    Demand, Hyperparameters, Logits, Model, ModelError, ModelFile, Sequence, Step, TensorType, Threads, Wanted, besides,
};
use super::settings::{Listener, Sample, Scored, Settings};
use super::text::{
    Answering, Chat, ChatTemplate, Sampler, Score, Stopped, Surroundings, TextError, Tokenizer, plain_prompt,
    token_texts,
};
use super::words::words;

/// See the module's first line.
///
/// It never changes once it is loaded: any number of requests may use it, and what one gives depends on its own prompt,
/// settings and seed alone, not on the number of threads or what else is computed.
pub struct Local {
    path: PathBuf,
    model: Model,
    kind: Option<TensorType>,
    tokenizer: Tokenizer,
    template: Option<ChatTemplate>,
    threads: Threads,
}

/// A prompt as the model takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompted {
    /// Its tokens, up to where the answer begins.
    pub tokens: Vec<u32>,
}

/// A sample under way.
struct Running<'a> {
    number: usize,
    sequence: Sequence,
    sampler: Sampler,
    answering: Answering<'a>,
    history: Vec<u32>,
}

impl Local {
    /// Opens and loads a GGUF file, or a directory with `config.json`, safetensors and `tokenizer.json`.
    ///
    /// Errors: what isn't supported, by its name; more memory than `available` bytes for the weights and a first prompt.
    pub fn load(path: &Path, threads: usize, available: u64) -> Result<Self, EngineError> {
        let model = |error| EngineError::Model { path: path.to_owned(), error };
        let file = ModelFile::open(path).map_err(model)?;
        file.estimate(&Demand { prompt: 512, continuation: 128, samples: 1 }).fits(available).map_err(model)?;
        let (tokenizer, template) = words(&file, path)?;
        let kind = file.kinds().first().map(|(kind, _)| *kind);
        let threads = Threads::new(threads).map_err(model)?;
        let model = file.load(&mut |_| ControlFlow::Continue(())).map_err(model)?;
        Ok(Self { path: path.to_owned(), model, kind, tokenizer, template, threads })
    }

    /// What the model is.
    pub fn hyperparameters(&self) -> &Hyperparameters {
        self.model.hyperparameters()
    }

    /// How most of its weights are stored, `Q4_1`.
    pub fn quantization(&self) -> &'static str {
        self.kind.map_or("none", TensorType::name)
    }

    /// A chat as the model's own template writes it; for a model without one the texts alone. `today`, year, month and day, is for templates that state it.
    pub fn prompt(&self, chat: &Chat<'_>, today: Option<(i32, u32, u32)>) -> Result<Prompted, EngineError> {
        let (begin, end) = (self.tokenizer.begin_text(), self.tokenizer.end_text());
        let text = match &self.template {
            Some(template) => template.render(chat, &Surroundings { begin, end, today }),
            None => Ok(format!("{begin}{}", plain_prompt(chat))),
        };
        let text = text.map_err(|error| self.wrong(error))?;
        let tokens = self.tokenizer.encode_templated(&text).map_err(|error| self.wrong(error))?;
        Ok(Prompted { tokens })
    }

    /// Answers, all samples side by side from one run through the prompt. Where the model's positions end they stop, as if so
    /// many tokens had been asked for.
    ///
    /// Errors: a prompt that fills the model's positions, or more memory than there is.
    pub fn answer(
        &self,
        prompt: &Prompted,
        settings: &Settings,
        listener: &mut dyn Listener,
    ) -> Result<Vec<Sample>, EngineError> {
        let settings = &self.within(prompt, settings)?;
        self.fits(prompt.tokens.len(), settings)?;
        let (last, mut running) = self.begin(prompt, settings, listener)?;
        listener.began();
        let mut rows: Vec<Vec<f32>> = vec![last; running.len()];
        let mut done: Vec<Option<Sample>> = vec![None; settings.samples];
        while !running.is_empty() {
            let mut cancelled = false;
            for (sample, row) in running.iter_mut().zip(&rows) {
                let token = sample.sampler.next(row, &sample.history).map_err(|error| self.wrong(error))?;
                sample.history.push(token);
                let given = sample.answering.push(token).map_err(|error| self.wrong(error))?;
                cancelled |= listener.text(sample.number, &given.text).is_break();
            }
            running.retain_mut(|sample| {
                if cancelled {
                    sample.answering.cancel();
                }
                let Some(stopped) = sample.answering.stopped() else { return true };
                let (text, tokens) = (sample.answering.text().to_owned(), sample.answering.tokens().to_vec());
                done[sample.number] = Some(Sample { text, tokens, stopped });
                false
            });
            rows = self.step(&mut running)?;
        }
        Ok(done.into_iter().flatten().collect())
    }

    /// Scores an answer: the prompt as the template writes it, then the answer's tokens.
    pub fn score(&self, prompt: &Prompted, answer: &str, listener: &mut dyn Listener) -> Result<Scored, EngineError> {
        let ids = self.tokenizer.encode_answer(answer).map_err(|error| self.wrong(error))?;
        if ids.is_empty() {
            return Err(EngineError::Request("there is nothing to score: the answer is empty".to_owned()));
        }
        self.fits_scoring(prompt.tokens.len(), ids.len())?;
        let mut sequence = self.model.sequence();
        let (last, before) = prompt.tokens.split_last().ok_or_else(|| self.refused("an empty prompt"))?;
        if !before.is_empty() {
            let step = Step { sequence: &mut sequence, tokens: before, wanted: Wanted::None };
            self.prefill(step, listener)?;
        }
        // each token is predicted by the one before it
        let inputs: Vec<u32> = std::iter::once(*last).chain(ids[..ids.len() - 1].iter().copied()).collect();
        let step = Step { sequence: &mut sequence, tokens: &inputs, wanted: Wanted::All };
        let logits = self.prefill(step, listener)?;
        let score = Score::new(logits.rows(), &ids).map_err(|error| self.wrong(error))?;
        let texts = token_texts(&self.tokenizer, &ids).map_err(|error| self.wrong(error))?;
        let (sum, perplexity) = (score.sum(), score.perplexity());
        let tokens = ids.into_iter().zip(texts).zip(score.log_probabilities);
        let tokens = tokens.map(|((id, text), logarithm)| (id, text, logarithm)).collect();
        Ok(Scored { prompt_tokens: prompt.tokens.clone(), tokens, sum, perplexity })
    }

    /// Takes the prompt in: the logits after it, and every sample at its beginning.
    fn begin(
        &self,
        prompt: &Prompted,
        settings: &Settings,
        listener: &mut dyn Listener,
    ) -> Result<(Vec<f32>, Vec<Running<'_>>), EngineError> {
        if settings.samples == 0 {
            return Err(EngineError::Request("at least one sample is asked for".to_owned()));
        }
        let mut sequence = self.model.sequence();
        let step = Step { sequence: &mut sequence, tokens: &prompt.tokens, wanted: Wanted::Last };
        let logits = self.prefill(step, listener)?;
        let last = logits.last().map(<[f32]>::to_vec).ok_or_else(|| self.refused("an empty prompt"))?;
        let prefix = sequence.share();
        let running = (0..settings.samples).map(|number| {
            let sampler = Sampler::new(settings.sampling, number as u64);
            let answering = Answering::new(&self.tokenizer, settings.max_tokens, &settings.stops);
            Ok(Running {
                number,
                sequence: prefix.sequence(),
                sampler: sampler.map_err(|error| self.wrong(error))?,
                answering: answering.map_err(|error| self.wrong(error))?,
                history: prompt.tokens.clone(),
            })
        });
        Ok((last, running.collect::<Result<_, EngineError>>()?))
    }

    /// The logits after the last token of each sample.
    fn step(&self, running: &mut [Running<'_>]) -> Result<Vec<Vec<f32>>, EngineError> {
        if running.is_empty() {
            return Ok(Vec::new());
        }
        let mut steps: Vec<Step<'_>> = running
            .iter_mut()
            .map(|sample| {
                let last = sample.history.len() - 1;
                Step { sequence: &mut sample.sequence, tokens: &sample.history[last..], wanted: Wanted::Last }
            })
            .collect();
        let logits = self.model.forward(&mut steps, &self.threads, &mut |_| ControlFlow::Continue(()));
        let logits = logits.map_err(|error| self.failed(error))?;
        Ok(logits.iter().filter_map(|logits| logits.last().map(<[f32]>::to_vec)).collect())
    }

    fn prefill(&self, step: Step<'_>, listener: &mut dyn Listener) -> Result<Logits, EngineError> {
        let computed = self.model.prefill(step, &self.threads, &mut |progress| {
            listener.prompt(progress.done, progress.of);
            listener.goes_on()
        });
        computed.map_err(|error| self.failed(error))
    }

    /// Refuses what would take more memory than there is.
    fn fits(&self, prompt: usize, settings: &Settings) -> Result<(), EngineError> {
        let demand = Demand { prompt, continuation: settings.max_tokens, samples: settings.samples };
        let estimate = besides(self.model.hyperparameters(), &demand);
        estimate.fits(available_memory().unwrap_or(u64::MAX)).map_err(|error| self.failed(error))
    }

    /// The settings with no more tokens than the model has positions for.
    fn within(&self, prompt: &Prompted, settings: &Settings) -> Result<Settings, EngineError> {
        let (context, taken) = (self.model.hyperparameters().context, prompt.tokens.len());
        if taken >= context {
            let why = format!("the prompt takes {taken} positions, and the model was made for {context}");
            return Err(self.refused(&why));
        }
        Ok(Settings { max_tokens: settings.max_tokens.min(context - taken), ..settings.clone() })
    }

    /// Refuses what would take more memory than there is: the logits of a whole answer are wanted at once.
    fn fits_scoring(&self, prompt: usize, answer: usize) -> Result<(), EngineError> {
        let settings = self.model.hyperparameters();
        let estimate = besides(settings, &Demand { prompt: prompt + answer, continuation: 0, samples: 1 });
        let logits = (answer as u64).saturating_mul(settings.vocabulary as u64).saturating_mul(4);
        let left = available_memory().unwrap_or(u64::MAX).saturating_sub(logits);
        estimate.fits(left).map_err(|error| self.failed(error))
    }

    fn wrong(&self, error: TextError) -> EngineError {
        EngineError::Text { path: self.path.clone(), error }
    }

    fn failed(&self, error: ModelError) -> EngineError {
        EngineError::Model { path: self.path.clone(), error }
    }

    fn refused(&self, why: &str) -> EngineError {
        self.failed(ModelError::Request(why.to_owned()))
    }
}

/// Why an answer ended, as documents say it.
pub fn stopped(why: Stopped) -> &'static str {
    match why {
        Stopped::EndOfText => "end",
        Stopped::StopString(_) => "stop",
        Stopped::Length => "length",
        Stopped::Cancelled => "cancelled",
    }
}

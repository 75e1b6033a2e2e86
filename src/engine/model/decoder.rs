//! A loaded model: from tokens at positions to logits.
//!
//! A model never changes after loading, so any number of threads may use one. A sequence's logits have the same bits
//! whatever is computed beside them: alone or in a batch, in one pass or in several, by one thread or by more.

use std::ops::ControlFlow;

use super::build::Build;
use super::cache::Sequence;
use super::error::ModelError;
use super::hyperparameters::Hyperparameters;
use super::layer::Layer;
use super::matrix::{Input, Linear};
use super::model_file::{ModelFile, PREFILL_ROWS, cache_shape};
use super::names::Part;
use super::norm::Norm;
use super::pass::{Pass, Step, Wanted};
use super::rope::Rope;
use super::threads::Threads;

/// How far a computation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Layers done.
    pub done: usize,
    /// Layers in all.
    pub of: usize,
}

/// Called between layers; a break stops the computation.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) -> ControlFlow<()> + Send);

/// Rows of logits, one for each wanted position.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    vocabulary: usize,
    values: Vec<f32>,
}

impl Logits {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.vocabulary
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.vocabulary)
    }

    /// The last row, if any was wanted.
    pub fn last(&self) -> Option<&[f32]> {
        self.rows().last()
    }
}

/// See the module.
#[derive(Debug)]
pub struct Model {
    settings: Hyperparameters,
    embedding: Linear,
    layers: Vec<Layer>,
    norm: Norm,
    output: Option<Linear>,
    rope: Rope,
}

impl ModelFile {
    /// Reads the weights.
    ///
    /// Errors: a tensor that is missing, of another shape, or without a place in the architecture, by name.
    pub fn load(&self, progress: OnProgress) -> Result<Model, ModelError> {
        let settings = &self.settings;
        let build = Build { tensors: &self.tensors, names: self.names, settings };
        let of = settings.layers();
        let mut layers = Vec::new();
        for done in 0..of {
            if progress(Progress { done, of }).is_break() {
                return Err(ModelError::Cancelled);
            }
            layers.push(Layer::build(&build, done)?);
        }
        let shape = (settings.vocabulary, settings.hidden);
        let name = |part| self.names.of(part);
        let embedding = build.linear(&name(Part::Embedding), shape, Some(false))?;
        let output = || build.linear(&name(Part::Output), shape, Some(false));
        let model = Model {
            embedding,
            layers,
            norm: build.norm(&name(Part::OutputNorm))?,
            output: if settings.tied { None } else { Some(output()?) },
            rope: Rope::new(&settings.rope, self.rope_divisors()?.as_deref()),
            settings: settings.clone(),
        };
        self.skip_known();
        match self.tensors.left_over() {
            Some(name) => Err(ModelError::UnexpectedTensor(name.to_owned())),
            None => Ok(model),
        }
    }

    /// GGUF files keep Llama 3.1's scaling as a divisor for each frequency.
    fn rope_divisors(&self) -> Result<Option<Vec<f32>>, ModelError> {
        let name = "rope_freqs.weight";
        let there = self.names.is_gguf() && self.tensors.has(name);
        let read = || self.tensors.floats(name, &[self.settings.rope.dimensions / 2]);
        if there { read().map(Some) } else { Ok(None) }
    }

    /// Tensors that a file may hold and the decoder does without: frequencies that follow from the settings, a second
    /// copy of a shared output, and layers past the last that predict further tokens ahead.
    fn skip_known(&self) {
        let (layers, tied) = (self.settings.layers(), self.settings.tied);
        let beyond = |name: &str| {
            let number = name.strip_prefix("model.layers.").or(name.strip_prefix("blk."));
            let number = number.and_then(|rest| rest.split('.').next()).and_then(|number| number.parse().ok());
            number.is_some_and(|number: usize| number >= layers) && self.settings.latent.is_some()
        };
        for (name, _) in self.tensors.iter() {
            let copy = tied && name == "lm_head.weight";
            if copy || name.ends_with("rotary_emb.inv_freq") || beyond(name) {
                self.tensors.skip(name);
            }
        }
    }
}

impl Model {
    /// What the model is.
    pub fn hyperparameters(&self) -> &Hyperparameters {
        &self.settings
    }

    /// A sequence with nothing behind it.
    pub fn sequence(&self) -> Sequence {
        Sequence::new(cache_shape(&self.settings))
    }

    /// Takes the tokens of all steps through the model in one pass and gives the wanted logits of each. The sequences
    /// advance together at the end; after an error all are as they were.
    pub fn forward(
        &self,
        steps: &mut [Step],
        threads: &Threads,
        progress: OnProgress,
    ) -> Result<Vec<Logits>, ModelError> {
        self.check(steps)?;
        let logits = threads.run(|| self.compute(steps, threads, progress))?;
        for step in steps {
            step.sequence.advance(step.tokens.len());
        }
        Ok(logits)
    }

    /// Takes a long run of tokens through the model in passes of bounded size; the bits are those of one pass.
    pub fn prefill(&self, step: Step, threads: &Threads, progress: OnProgress) -> Result<Logits, ModelError> {
        let Step { sequence, tokens, wanted } = step;
        let mut all = Logits { vocabulary: self.settings.vocabulary, values: Vec::new() };
        let (passes, start) = (tokens.len().div_ceil(PREFILL_ROWS), sequence.len());
        for (pass, part) in tokens.chunks(PREFILL_ROWS).enumerate() {
            let last = pass + 1 == passes;
            let wanted = if wanted == Wanted::Last && !last { Wanted::None } else { wanted };
            let mut overall =
                |inner: Progress| progress(Progress { done: pass * inner.of + inner.done, of: passes * inner.of });
            let step = Step { sequence: &mut *sequence, tokens: part, wanted };
            match self.forward(&mut [step], threads, &mut overall) {
                Ok(logits) => logits.into_iter().for_each(|logits| all.values.extend(logits.values)),
                Err(error) => {
                    sequence.truncate(start);
                    return Err(error);
                }
            }
        }
        Ok(all)
    }

    fn check(&self, steps: &[Step]) -> Result<(), ModelError> {
        let request = |reason: String| Err(ModelError::Request(reason));
        for step in steps {
            if step.sequence.shape() != cache_shape(&self.settings) {
                return request("the sequence belongs to another model".into());
            }
            if step.tokens.is_empty() {
                return request("a step without tokens".into());
            }
            let (end, context) = (step.sequence.len() + step.tokens.len(), self.settings.context);
            if end > context {
                return request(format!("{end} positions, and the model was made for {context}"));
            }
            let vocabulary = self.settings.vocabulary;
            if let Some(token) = step.tokens.iter().find(|token| **token as usize >= vocabulary) {
                return Err(ModelError::Token { token: *token, vocabulary });
            }
        }
        Ok(())
    }

    fn compute(&self, steps: &mut [Step], threads: &Threads, progress: OnProgress) -> Result<Vec<Logits>, ModelError> {
        let hidden = self.settings.hidden;
        let tokens = steps.iter().flat_map(|step| step.tokens);
        let mut rows = vec![0.0; tokens.clone().count() * hidden];
        for (token, row) in tokens.zip(rows.chunks_exact_mut(hidden)) {
            self.embedding.matrix.row(*token as usize, row);
        }
        let mut pass = Pass::new(steps, threads, &self.rope);
        for (done, layer) in self.layers.iter().enumerate() {
            if progress(Progress { done, of: self.layers.len() }).is_break() {
                return Err(ModelError::Cancelled);
            }
            layer.forward(&mut pass, &self.rope, &mut rows, hidden);
        }
        Ok(self.logits(pass.steps, threads, &rows))
    }

    fn logits(&self, steps: &[Step], threads: &Threads, rows: &[f32]) -> Vec<Logits> {
        let (hidden, vocabulary) = (self.settings.hidden, self.settings.vocabulary);
        let (mut wanted, mut first) = (Vec::new(), 0);
        let counts: Vec<usize> = steps
            .iter()
            .map(|step| {
                let end = first + step.tokens.len();
                let from = match step.wanted {
                    Wanted::None => end,
                    Wanted::Last => end - 1,
                    Wanted::All => first,
                };
                wanted.extend_from_slice(&rows[from * hidden..end * hidden]);
                first = end;
                end - from
            })
            .collect();
        if wanted.is_empty() {
            return counts.iter().map(|_| Logits { vocabulary, values: Vec::new() }).collect();
        }
        self.norm.apply(&mut wanted, hidden);
        let output = self.output.as_ref().unwrap_or(&self.embedding);
        let mut values = output.multiply(threads, &Input::new(&wanted, hidden));
        let mut made = Vec::new();
        for count in counts.iter().rev() {
            made.push(Logits { vocabulary, values: values.split_off(values.len() - count * vocabulary) });
        }
        made.reverse();
        made
    }
}

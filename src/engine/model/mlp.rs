//! The feed-forward part: gated with SiLU, or plain with GELU.

use super::build::Build;
use super::error::ModelError;
use super::kernels::silu_times;
use super::math::gelu;
use super::matrix::{Input, Linear, multiply_all};
use super::names::Part;
use super::threads::Threads;

/// One feed-forward part.
#[derive(Debug)]
pub struct Mlp {
    /// Absent in the plain form.
    pub gate: Option<Linear>,
    /// To the inner columns.
    pub up: Linear,
    /// Back from them.
    pub down: Linear,
}

/// Values that a thread takes at a time.
const SHARE: usize = 1 << 14;

impl Mlp {
    /// Takes the weights of parts that are named for gate, up and down; `gated` says whether the first exists.
    pub fn build(build: &Build, layer: usize, parts: [Part; 3], inner: usize) -> Result<Self, ModelError> {
        let (hidden, bias) = (build.settings.hidden, build.settings.feed_bias);
        let name = |part| build.names.in_layer(part, layer);
        let gate = || build.linear(&name(parts[0]), (inner, hidden), bias);
        Ok(Self {
            gate: if build.gated() { Some(gate()?) } else { None },
            up: build.linear(&name(parts[1]), (inner, hidden), bias)?,
            down: build.linear(&name(parts[2]), (hidden, inner), bias)?,
        })
    }

    /// The output for each row of the input.
    pub fn forward(&self, threads: &Threads, input: &Input) -> Vec<f32> {
        let inner = match &self.gate {
            Some(gate) => {
                let [mut gate, up] = multiply_all(threads, [gate, &self.up], input);
                threads.chunks(&mut gate, SHARE, |chunk, gate| {
                    let up = &up[chunk * SHARE..][..gate.len()];
                    silu_times(threads.isa(), gate, up);
                });
                gate
            }
            None => {
                let mut inner = self.up.multiply(threads, input);
                threads.chunks(&mut inner, SHARE, |_, inner| inner.iter_mut().for_each(|value| *value = gelu(*value)));
                inner
            }
        };
        self.down.multiply(threads, &Input::new(&inner, self.up.matrix.rows()))
    }
}

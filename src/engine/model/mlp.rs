//! The feed-forward part: gated with SiLU, or plain with GELU.

use super::kernels::silu_times;
use super::math::gelu;
use super::matrix::{Input, Linear, multiply_all};
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

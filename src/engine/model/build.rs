//! Takes the weights of parts from a model's files by name and shape.

use std::ops::Range;

use super::error::ModelError;
use super::hyperparameters::{Family, Hyperparameters};
use super::matrix::Linear;
use super::mlp::Mlp;
use super::names::{Names, Part};
use super::norm::Norm;
use super::tensors::Tensors;

/// What parts are built from.
pub struct Build<'a> {
    /// The files.
    pub tensors: &'a Tensors,
    /// How they name parts.
    pub names: Names,
    /// The shapes.
    pub settings: &'a Hyperparameters,
}

impl Build<'_> {
    /// Whether the feed-forward part has a gate.
    pub fn gated(&self) -> bool {
        self.settings.family != Family::Falcon
    }

    /// Whether biases are on queries, keys and values and not on the attention's output.
    pub fn biased_queries_only(&self) -> bool {
        matches!(self.settings.family, Family::Qwen2 | Family::Qwen2Moe)
    }

    /// A linear map of `shape.0` rows and `shape.1` columns. `bias` says whether it has one; `None` is up to the file.
    pub fn linear(&self, stem: &str, shape: (usize, usize), bias: Option<bool>) -> Result<Linear, ModelError> {
        let [linear] = self.parts(stem, shape, [std::iter::once(0..shape.0).collect()], bias)?;
        Ok(linear)
    }

    /// Several linear maps that lie in one tensor, each as runs of its rows.
    pub fn parts<const N: usize>(
        &self,
        stem: &str,
        (rows, columns): (usize, usize),
        parts: [Vec<Range<usize>>; N],
        bias: Option<bool>,
    ) -> Result<[Linear; N], ModelError> {
        let (weight, name) = (format!("{stem}.weight"), format!("{stem}.bias"));
        self.tensors.take(&weight, &[rows, columns])?;
        let biased = bias.unwrap_or_else(|| self.tensors.has(&name));
        let all = if biased { Some(self.tensors.floats(&name, &[rows])?) } else { None };
        let mut made = Vec::with_capacity(N);
        for part in parts {
            let own = |all: &Vec<f32>| part.iter().flat_map(|rows| all[rows.clone()].iter().copied()).collect();
            let bias = all.as_ref().map(own);
            made.push(Linear { matrix: self.tensors.matrix(&weight, part.iter().cloned(), columns)?, bias });
        }
        made.try_into().map_err(|_| ModelError::MissingTensor(weight))
    }

    /// A norm by root mean square.
    pub fn rms(&self, stem: &str, width: usize, epsilon: f32) -> Result<Norm, ModelError> {
        Ok(Norm::rms(self.tensors.floats(&format!("{stem}.weight"), &[width])?, epsilon))
    }

    /// A norm of the residual stream, as the family has it.
    pub fn norm(&self, stem: &str) -> Result<Norm, ModelError> {
        let (width, epsilon) = (self.settings.hidden, self.settings.epsilon);
        let mut norm = self.rms(stem, width, epsilon)?;
        if self.settings.family == Family::Falcon {
            norm.bias = Some(self.tensors.floats(&format!("{stem}.bias"), &[width])?);
            norm.centred = true;
        }
        Ok(norm)
    }

    /// The feed-forward part whose gate, up and down are named so.
    pub fn mlp(&self, layer: usize, parts: [Part; 3], inner: usize) -> Result<Mlp, ModelError> {
        let (hidden, bias) = (self.settings.hidden, self.settings.feed_bias);
        let name = |part| self.names.in_layer(part, layer);
        let gate = || self.linear(&name(parts[0]), (inner, hidden), bias);
        Ok(Mlp {
            gate: if self.gated() { Some(gate()?) } else { None },
            up: self.linear(&name(parts[1]), (inner, hidden), bias)?,
            down: self.linear(&name(parts[2]), (hidden, inner), bias)?,
        })
    }

    /// The experts of a layer, from a tensor for each or from one for all.
    pub fn experts(&self, layer: usize, count: usize, inner: usize) -> Result<Vec<Mlp>, ModelError> {
        let stem = |part| self.names.in_layer(part, layer);
        if self.tensors.has(&stem(Part::ExpertGateUp)) && !self.names.is_gguf() {
            return self.turned_experts(layer, count, inner);
        }
        let hidden = self.settings.hidden;
        let stacked = self.tensors.has(&format!("{}.weight", stem(Part::ExpertDown)));
        let one = |part, expert: usize, (rows, columns): (usize, usize)| {
            if !stacked {
                return self.linear(&self.names.in_expert(part, layer, expert), (rows, columns), Some(false));
            }
            let name = format!("{}.weight", stem(part));
            self.tensors.take(&name, &[count, rows, columns])?;
            let matrix = self.tensors.matrix(&name, std::iter::once(expert * rows..(expert + 1) * rows), columns)?;
            Ok(Linear { matrix, bias: None })
        };
        let expert = |expert: usize| {
            Ok(Mlp {
                gate: Some(one(Part::ExpertGate, expert, (inner, hidden))?),
                up: one(Part::ExpertUp, expert, (inner, hidden))?,
                down: one(Part::ExpertDown, expert, (hidden, inner))?,
            })
        };
        (0..count).map(expert).collect()
    }

    /// Experts of Llama 4 in safetensors files, which keep columns and rows the other way round.
    fn turned_experts(&self, layer: usize, count: usize, inner: usize) -> Result<Vec<Mlp>, ModelError> {
        let hidden = self.settings.hidden;
        let (both, down) = (Part::ExpertGateUp, Part::ExpertDown);
        let (both, down) = (self.names.in_layer(both, layer), self.names.in_layer(down, layer));
        self.tensors.take(&both, &[count, hidden, 2 * inner])?;
        self.tensors.take(&down, &[count, inner, hidden])?;
        let turned = |name: &str, rows: Range<usize>, columns: Range<usize>, width| -> Result<Linear, ModelError> {
            Ok(Linear { matrix: self.tensors.transposed(name, (rows, columns), width)?, bias: None })
        };
        let expert = |expert: usize| {
            let rows = expert * hidden..(expert + 1) * hidden;
            Ok(Mlp {
                gate: Some(turned(&both, rows.clone(), 0..inner, 2 * inner)?),
                up: turned(&both, rows, inner..2 * inner, 2 * inner)?,
                down: turned(&down, expert * inner..(expert + 1) * inner, 0..hidden, hidden)?,
            })
        };
        (0..count).map(expert).collect()
    }
}

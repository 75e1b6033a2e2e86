//! Attention with a key and a value for each head or group of heads.

use super::build::Build;
use super::error::ModelError;
use super::hyperparameters::{QueryNorm, Temperature};
use super::matrix::{Input, Linear, multiply_all};
use super::names::Part;
use super::norm::Norm;
use super::pass::{Geometry, Pass};
use super::rope::Rope;

/// One layer's attention.
#[derive(Debug)]
pub struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    norms: Option<(Norm, Norm)>,
    norm_first: bool,
    rotated: bool,
    temperature: Option<Temperature>,
    shape: Geometry,
}

impl Attention {
    /// Takes a layer's weights.
    pub fn build(build: &Build, layer: usize) -> Result<Self, ModelError> {
        let settings = build.settings;
        let shape = Geometry {
            layer,
            heads: settings.heads,
            kv_heads: settings.kv_heads,
            key_width: settings.head,
            value_width: settings.head,
            window: settings.windows[layer],
            scale: settings.score_scale,
        };
        let name = |part| build.names.in_layer(part, layer);
        let (all, some) = (shape.heads * shape.key_width, shape.kv_heads * shape.key_width);
        let (columns, bias) = (settings.hidden, settings.attention_bias);
        let [query, key, value] = if build.tensors.has(&format!("{}.weight", name(Part::Fused))) {
            let rows = fused_rows(&shape, build.names.is_gguf());
            build.parts(&name(Part::Fused), (all + 2 * some, columns), rows, bias)?
        } else {
            let projection = |part, rows| build.linear(&name(part), (rows, columns), bias);
            [projection(Part::Query, all)?, projection(Part::Key, some)?, projection(Part::Value, some)?]
        };
        let output_bias = if build.biased_queries_only() { Some(false) } else { bias };
        let rotated = settings.rotated[layer];
        let head_norm = |part| build.rms(&name(part), settings.head, settings.epsilon);
        let plain = Norm { weight: None, bias: None, epsilon: settings.epsilon, centred: false };
        let norms = match settings.query_norm {
            QueryNorm::Weighted => Some((head_norm(Part::QueryNorm)?, head_norm(Part::KeyNorm)?)),
            QueryNorm::Plain if rotated => Some((plain.clone(), plain)),
            QueryNorm::Plain | QueryNorm::None => None,
        };
        Ok(Self {
            query,
            key,
            value,
            output: build.linear(&name(Part::AttentionOutput), (columns, all), output_bias)?,
            norms,
            norm_first: settings.query_norm == QueryNorm::Weighted,
            rotated,
            temperature: settings.temperature.filter(|_| !rotated),
            shape,
        })
    }

    /// What the layer's normalised rows attend to.
    pub fn forward(&self, pass: &mut Pass, rope: &Rope, rows: &[f32]) -> Vec<f32> {
        let shape = &self.shape;
        let input = Input::new(rows, rows.len() / pass.rows());
        let projections = [&self.query, &self.key, &self.value];
        let [mut queries, mut keys, values] = multiply_all(pass.threads, projections, &input);
        if self.norm_first {
            self.normalise(&mut queries, &mut keys);
        }
        if self.rotated {
            rope.turn(&pass.angles, &mut queries, (shape.heads, shape.key_width));
            rope.turn(&pass.angles, &mut keys, (shape.kv_heads, shape.key_width));
        }
        if !self.norm_first {
            self.normalise(&mut queries, &mut keys);
        }
        if let Some(temperature) = self.temperature {
            let rows = queries.chunks_exact_mut(shape.heads * shape.key_width);
            for (row, position) in rows.zip(&pass.positions) {
                let steps = ((*position as f64 + 1.0) / temperature.floor).floor();
                let factor = (steps.ln_1p() * temperature.scale + 1.0) as f32;
                row.iter_mut().for_each(|value| *value *= factor);
            }
        }
        pass.remember(shape, &keys, &values);
        let heads = pass.attend(shape, &queries);
        self.output.multiply(pass.threads, &Input::new(&heads, shape.heads * shape.value_width))
    }

    fn normalise(&self, queries: &mut [f32], keys: &mut [f32]) {
        if let Some((query, key)) = &self.norms {
            query.apply(queries, self.shape.key_width);
            key.apply(keys, self.shape.key_width);
        }
    }
}

/// The rows of queries, keys and values in a fused projection. Safetensors keep each key-value head's together, GGUF
/// files all queries, then all keys, then all values.
fn fused_rows(shape: &Geometry, sorted: bool) -> [Vec<std::ops::Range<usize>>; 3] {
    let (group, width) = (shape.heads / shape.kv_heads, shape.key_width);
    if sorted {
        let (keys, values) = (shape.heads * width, (shape.heads + shape.kv_heads) * width);
        let all = [0..keys, keys..values, values..values + shape.kv_heads * width];
        return all.map(|rows| std::iter::once(rows).collect());
    }
    let part = |from: usize, to: usize| {
        let head = |head: usize| (head * (group + 2) + from) * width..(head * (group + 2) + to) * width;
        (0..shape.kv_heads).map(head).collect()
    };
    [part(0, group), part(group, group + 1), part(group + 1, group + 2)]
}

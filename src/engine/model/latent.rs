//! Multi-head latent attention (MLA): the cache holds a compressed row and a rotated key that all heads share.
//!
//! Keys and values are never expanded. The expansion of keys is applied to the queries instead, and that of values to
//! what was attended, so all heads attend to one key-value head of `rank + turned` columns.
//!
//! Source: DeepSeek-V2, 2024, <https://doi.org/10.48550/arXiv.2405.04434>, section 2.1.

use std::iter::once;

use super::build::Build;
use super::error::ModelError;
use super::hyperparameters::LatentAttention;
use super::matrix::{Input, Linear, Matrix, multiply_all};
use super::names::Part;
use super::norm::Norm;
use super::pass::{Geometry, Pass};
use super::rope::Rope;

/// The models leave the epsilon of the inner norms at this, whatever the others are.
const INNER_EPSILON: f32 = 1e-6;

/// The projection of queries, whole or through a compressed row.
#[derive(Debug)]
enum Query {
    Whole(Linear),
    Compressed(Linear, Norm, Linear),
}

/// One layer's attention.
#[derive(Debug)]
pub struct Latent {
    query: Query,
    down: Linear,
    norm: Norm,
    /// For each head: from columns without rotation to the compressed row.
    keys: Vec<Matrix>,
    /// For each head: from the compressed row to values.
    values: Vec<Matrix>,
    output: Linear,
    sizes: LatentAttention,
    shape: Geometry,
}

impl Latent {
    /// Takes a layer's weights.
    pub fn build(build: &Build, sizes: LatentAttention, layer: usize) -> Result<Self, ModelError> {
        let settings = build.settings;
        let (heads, hidden, bias) = (settings.heads, settings.hidden, settings.attention_bias);
        let name = |part| build.names.in_layer(part, layer);
        let width = heads * (sizes.plain + sizes.turned);
        let query = match sizes.query_rank {
            None => Query::Whole(build.linear(&name(Part::Query), (width, hidden), Some(false))?),
            Some(rank) => Query::Compressed(
                build.linear(&name(Part::QueryDown), (rank, hidden), bias)?,
                build.rms(&name(Part::QueryDownNorm), rank, INNER_EPSILON)?,
                build.linear(&name(Part::QueryUp), (width, rank), Some(false))?,
            ),
        };
        let (keys, values) = expansions(build, sizes, layer)?;
        Ok(Self {
            query,
            down: build.linear(&name(Part::KeyValueDown), (sizes.rank + sizes.turned, hidden), bias)?,
            norm: build.rms(&name(Part::KeyValueDownNorm), sizes.rank, INNER_EPSILON)?,
            keys,
            values,
            output: build.linear(&name(Part::AttentionOutput), (hidden, heads * sizes.value), bias)?,
            sizes,
            shape: Geometry {
                layer,
                heads,
                kv_heads: 1,
                key_width: sizes.rank + sizes.turned,
                value_width: sizes.rank,
                window: settings.windows[layer],
                scale: settings.score_scale,
            },
        })
    }

    /// What the layer's normalised rows attend to.
    pub fn forward(&self, pass: &mut Pass, rope: &Rope, rows: &[f32]) -> Vec<f32> {
        let (sizes, heads, count) = (&self.sizes, self.shape.heads, pass.rows());
        let input = Input::new(rows, rows.len() / count);
        let (queries, down) = match &self.query {
            Query::Whole(whole) => {
                let [queries, down] = multiply_all(pass.threads, [whole, &self.down], &input);
                (queries, down)
            }
            Query::Compressed(first, norm, second) => {
                let [mut rank, down] = multiply_all(pass.threads, [first, &self.down], &input);
                let width = first.matrix.rows();
                norm.apply(&mut rank, width);
                (second.multiply(pass.threads, &Input::new(&rank, width)), down)
            }
        };
        let (mut latent, mut key) = split(&down, sizes.rank + sizes.turned, sizes.rank);
        self.norm.apply(&mut latent, sizes.rank);
        rope.turn(&pass.angles, &mut key, (1, sizes.turned));
        pass.remember(&self.shape, &join(&latent, sizes.rank, &key), &latent);
        let (plain, mut turned) = split(&queries, sizes.plain + sizes.turned, sizes.plain);
        rope.turn(&pass.angles, &mut turned, (heads, sizes.turned));
        let absorbed = self.per_head(pass, &self.keys, &plain);
        let attended = pass.attend(&self.shape, &join(&absorbed, sizes.rank, &turned));
        let values = self.per_head(pass, &self.values, &attended);
        self.output.multiply(pass.threads, &Input::new(&values, heads * sizes.value))
    }

    /// Multiplies each head's columns of the rows with the head's own matrix.
    fn per_head(&self, pass: &Pass, matrices: &[Matrix], rows: &[f32]) -> Vec<f32> {
        let (heads, count) = (self.shape.heads, pass.rows());
        let (columns, width) = (rows.len() / count / heads, matrices[0].rows());
        let products = pass.threads.map(heads, |head| {
            let mine: Vec<f32> = rows.chunks_exact(columns).skip(head).step_by(heads).flatten().copied().collect();
            matrices[head].multiply_here(pass.threads.isa(), &Input::new(&mine, columns))
        });
        let mut out = vec![0.0; count * heads * width];
        for (head, product) in products.iter().enumerate() {
            let places = out.chunks_exact_mut(width).skip(head).step_by(heads);
            places.zip(product.chunks_exact(width)).for_each(|(place, row)| place.copy_from_slice(row));
        }
        out
    }
}

/// The two expansions of each head, from one fused tensor or from two, of which the first is turned already.
fn expansions(build: &Build, sizes: LatentAttention, layer: usize) -> Result<(Vec<Matrix>, Vec<Matrix>), ModelError> {
    let (heads, LatentAttention { rank, plain, value, .. }) = (build.settings.heads, sizes);
    let name = |part| format!("{}.weight", build.names.in_layer(part, layer));
    let (fused, keys, values) = (name(Part::KeyValueUp), name(Part::KeyUp), name(Part::ValueUp));
    let tensors = build.tensors;
    if tensors.has(&fused) {
        tensors.take(&fused, &[heads * (plain + value), rank])?;
        let start = |head: usize| head * (plain + value);
        let key = |head| tensors.transposed(&fused, (start(head)..start(head) + plain, 0..rank), rank);
        let value = |head| tensors.matrix(&fused, once(start(head) + plain..start(head + 1)), rank);
        return Ok(((0..heads).map(key).collect::<Result<_, _>>()?, (0..heads).map(value).collect::<Result<_, _>>()?));
    }
    tensors.take(&keys, &[heads, rank, plain])?;
    tensors.take(&values, &[heads, value, rank])?;
    let key = |head| tensors.matrix(&keys, once(head * rank..(head + 1) * rank), plain);
    let value = |head| tensors.matrix(&values, once(head * value..(head + 1) * value), rank);
    Ok(((0..heads).map(key).collect::<Result<_, _>>()?, (0..heads).map(value).collect::<Result<_, _>>()?))
}

/// The parts of rows of `width` columns before and after a column.
fn split(rows: &[f32], width: usize, at: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for row in rows.chunks_exact(width) {
        left.extend_from_slice(&row[..at]);
        right.extend_from_slice(&row[at..]);
    }
    (left, right)
}

/// Puts rows of `width` columns beside the rows of the other part.
fn join(left: &[f32], width: usize, right: &[f32]) -> Vec<f32> {
    let rows = left.len() / width;
    let other = right.len() / rows.max(1);
    let pairs = left.chunks_exact(width).zip(right.chunks_exact(other.max(1)));
    pairs.flat_map(|(left, right)| left.iter().chain(right)).copied().collect()
}

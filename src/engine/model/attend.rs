//! Softmax attention of a few query rows over cached keys and values; what it leaves out is where these come from.
//!
//! Keys lie in tiles of sixteen positions, column after column, so that sixteen scores are computed without a sum across
//! lanes; values lie row after row. Sums have GGML's order: a score's by column modulo 64, an output's by position modulo
//! sixteen; so bits are the same however queries are grouped and however the cache is cut into segments.

use super::isa::Isa;
use super::kernels::{score_tile, softmax, weigh};
use super::math::{LANES, SHARING};

/// Positions in a tile of keys.
pub const TILE: usize = LANES;

/// A run of consecutive cached positions of one key-value head.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// How many positions.
    pub length: usize,
    /// Tiles of `TILE * key_width` values; the last may be partly filled.
    pub keys: &'a [f32],
    /// Rows of `value_width` values.
    pub values: &'a [f32],
}

/// One piece of work: query rows that share a key-value head.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// The cached positions, in order, from position 0.
    pub runs: Vec<Run<'a>>,
    /// Query rows of `key_width` values each.
    pub queries: Vec<&'a [f32]>,
    /// For each query, the positions it sees: from the first up to, not including, the second.
    pub seen: Vec<(usize, usize)>,
    /// Columns of a key.
    pub key_width: usize,
    /// Columns of a value.
    pub value_width: usize,
    /// What scores are multiplied with before the softmax.
    pub scale: f32,
}

/// Computes a task: `out` gets `value_width` values for each query.
pub fn attend(isa: Isa, task: &Task, out: &mut [f32]) {
    let from = task.seen.iter().map(|seen| seen.0).min().unwrap_or(0);
    let to = task.seen.iter().map(|seen| seen.1).max().unwrap_or(0);
    // a run may start anywhere, and whole tiles are written: room for one more at each end
    let width = to - from + 2 * TILE;
    let mut weights = vec![0.0_f32; task.queries.len() * width];
    let mut first = 0;
    for run in &task.runs {
        score_run((isa, task), run, (first, from, to), &mut weights);
        first += run.length;
    }
    for ((low, high), row) in task.seen.iter().zip(weights.chunks_exact_mut(width)) {
        let (low, high) = (low - from + TILE, high - from + TILE);
        row[..low].fill(0.0);
        row[high..].fill(0.0);
        softmax(isa, &mut row[low..high], task.scale, low + from);
    }
    let mut lanes = vec![0.0_f32; LANES * task.value_width];
    for (row, out) in weights.chunks_exact(width).zip(out.chunks_exact_mut(task.value_width)) {
        lanes.fill(0.0);
        let mut first = 0;
        for run in &task.runs {
            weigh_run((isa, run), (first, from, to), row, &mut lanes);
            first += run.length;
        }
        fold_rows(&mut lanes, out);
    }
}

/// Scores of a run that starts at position `first`, for the positions from `from` to `to`.
fn score_run((isa, task): (Isa, &Task), run: &Run, (first, from, to): (usize, usize, usize), weights: &mut [f32]) {
    if first >= to || first + run.length <= from {
        return;
    }
    let width = to - from + 2 * TILE;
    let low = from.saturating_sub(first) / TILE;
    let high = (to - first).min(run.length).div_ceil(TILE);
    let mut scores = [[0.0; TILE]; SHARING];
    for tile in low..high {
        let keys = &run.keys.as_chunks::<TILE>().0[tile * task.key_width..][..task.key_width];
        let place = first + tile * TILE + TILE - from;
        let kept = (run.length - tile * TILE).min(TILE).min(width - place);
        for (queries, rows) in task.queries.chunks(SHARING).zip(weights.chunks_mut(SHARING * width)) {
            score_tile(isa, queries, keys, &mut scores);
            for (row, scores) in rows.chunks_exact_mut(width).zip(&scores) {
                row[place..place + kept].copy_from_slice(&scores[..kept]);
            }
        }
    }
}

/// Adds a run's weighted values to the lanes, a row of columns for each position modulo sixteen.
fn weigh_run((isa, run): (Isa, &Run), (first, from, to): (usize, usize, usize), weights: &[f32], lanes: &mut [f32]) {
    let (low, high) = (from.max(first), to.min(first + run.length));
    if low < high {
        let values = &run.values[(low - first) * (lanes.len() / LANES)..];
        weigh(isa, values, &weights[low - from + TILE..high - from + TILE], low, lanes);
    }
}

/// The sums of the lanes' rows, halves added onto each other as in [`super::math::fold`].
fn fold_rows(lanes: &mut [f32], out: &mut [f32]) {
    let columns = out.len();
    for half in [LANES / 2, LANES / 4] {
        let (left, right) = lanes[..2 * half * columns].split_at_mut(half * columns);
        left.iter_mut().zip(right).for_each(|(left, right)| *left += *right);
    }
    for (column, out) in out.iter_mut().enumerate() {
        let lane = |lane: usize| lanes[lane * columns + column];
        *out = (lane(0) + lane(2)) + (lane(1) + lane(3));
    }
}

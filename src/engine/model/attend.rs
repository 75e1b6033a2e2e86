//! Softmax attention of a few query rows over cached keys and values; what it leaves out is where these come from.
//!
//! Keys lie in tiles of sixteen positions, column after column, so that sixteen scores are computed without a sum across
//! lanes; values lie row after row. A score is a sum over columns in order, an output a sum over positions in order: the
//! same bits however queries are grouped and however the cache is cut into segments.

use super::math::{LANES, softmax};

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
#[inline(always)]
pub fn attend_body(task: &Task, out: &mut [f32]) {
    let from = task.seen.iter().map(|seen| seen.0).min().unwrap_or(0);
    let to = task.seen.iter().map(|seen| seen.1).max().unwrap_or(0);
    // a run may start anywhere, and whole tiles are written: room for one more at each end
    let width = to - from + 2 * TILE;
    let mut weights = vec![0.0_f32; task.queries.len() * width];
    let mut first = 0;
    for run in &task.runs {
        score_run(task, run, (first, from, to), &mut weights);
        first += run.length;
    }
    for ((low, high), row) in task.seen.iter().zip(weights.chunks_exact_mut(width)) {
        let (low, high) = (low - from + TILE, high - from + TILE);
        row[..low].fill(0.0);
        row[high..].fill(0.0);
        softmax(&mut row[low..high], task.scale);
    }
    out.fill(0.0);
    let mut first = 0;
    for run in &task.runs {
        weigh_run(task, run, (first, from, to), (&weights, out));
        first += run.length;
    }
}

/// Scores of a run that starts at position `first`, for the positions from `from` to `to`.
#[inline(always)]
fn score_run(task: &Task, run: &Run, (first, from, to): (usize, usize, usize), weights: &mut [f32]) {
    if first >= to || first + run.length <= from {
        return;
    }
    let width = to - from + 2 * TILE;
    let low = from.saturating_sub(first) / TILE;
    let high = (to - first).min(run.length).div_ceil(TILE);
    for tile in low..high {
        let keys = &run.keys[tile * TILE * task.key_width..][..TILE * task.key_width];
        let place = first + tile * TILE + TILE - from;
        let kept = (run.length - tile * TILE).min(TILE).min(width - place);
        let mut done = 0;
        while done < task.queries.len() {
            let left = task.queries.len() - done;
            let queries = &task.queries[done..];
            let mut store = |scores: &[[f32; LANES]]| {
                for (row, scores) in scores.iter().enumerate() {
                    weights[(done + row) * width + place..][..kept].copy_from_slice(&scores[..kept]);
                }
                scores.len()
            };
            done += match left {
                1 => store(&score_tile([queries[0]], keys)),
                2 => store(&score_tile([queries[0], queries[1]], keys)),
                3 => store(&score_tile([queries[0], queries[1], queries[2]], keys)),
                _ => store(&score_tile([queries[0], queries[1], queries[2], queries[3]], keys)),
            };
        }
    }
}

/// The products of some queries with the sixteen keys of a tile.
#[inline(always)]
fn score_tile<const ROWS: usize>(queries: [&[f32]; ROWS], keys: &[f32]) -> [[f32; LANES]; ROWS] {
    let mut sums = [[0.0_f32; LANES]; ROWS];
    let keys = keys.as_chunks::<LANES>().0;
    // of equal length, so that the loop needs no checks
    let queries = queries.map(|query| &query[..keys.len()]);
    for column in 0..keys.len() {
        let keys = &keys[column];
        for (sums, query) in sums.iter_mut().zip(queries) {
            let value = query[column];
            for (sum, key) in sums.iter_mut().zip(keys) {
                *sum = value.mul_add(*key, *sum);
            }
        }
    }
    sums
}

/// Adds a run's weighted values to the outputs.
#[inline(always)]
fn weigh_run(task: &Task, run: &Run, (first, from, to): (usize, usize, usize), rows: (&[f32], &mut [f32])) {
    if first >= to || first + run.length <= from {
        return;
    }
    let (weights, out) = rows;
    let (width, columns) = (to - from + 2 * TILE, task.value_width);
    let (low, high) = (from.max(first), to.min(first + run.length));
    let values = &run.values[(low - first) * columns..(high - first) * columns];
    let place = low - from + TILE;
    let mut done = 0;
    while done < task.queries.len() {
        let row = |row: usize| &weights[(done + row) * width + place..][..high - low];
        let out = &mut out[done * columns..];
        done += match task.queries.len() - done {
            1 => weigh([row(0)], values, columns, out),
            2 => weigh([row(0), row(1)], values, columns, out),
            3 => weigh([row(0), row(1), row(2)], values, columns, out),
            _ => weigh([row(0), row(1), row(2), row(3)], values, columns, out),
        };
    }
}

/// Adds weighted rows of values to `ROWS` outputs, sixteen columns at a time; gives back how many outputs.
#[inline(always)]
fn weigh<const ROWS: usize>(weights: [&[f32]; ROWS], values: &[f32], columns: usize, out: &mut [f32]) -> usize {
    let whole = columns / LANES * LANES;
    let count = values.len() / columns;
    let weights = weights.map(|weights| &weights[..count]);
    for column in (0..whole).step_by(LANES) {
        let mut sums = [[0.0_f32; LANES]; ROWS];
        for (row, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&out[row * columns + column..][..LANES]);
        }
        for (position, value) in (0..count).zip(values.chunks_exact(columns)) {
            let value = &value[column..column + LANES];
            for (sums, weights) in sums.iter_mut().zip(weights) {
                let weight = weights[position];
                for (sum, value) in sums.iter_mut().zip(value) {
                    *sum = weight.mul_add(*value, *sum);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            out[row * columns + column..][..LANES].copy_from_slice(sums);
        }
    }
    for column in whole..columns {
        for (row, weights) in weights.iter().enumerate() {
            let sum = &mut out[row * columns + column];
            for (value, weight) in values.chunks_exact(columns).zip(*weights) {
                *sum = weight.mul_add(value[column], *sum);
            }
        }
    }
    ROWS
}

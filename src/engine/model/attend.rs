//! Softmax attention of a few query rows over cached keys and values; what it leaves out is where these come from.
//!
//! Keys lie in tiles of sixteen positions, column after column, so that sixteen scores are computed without a sum across
//! lanes; values lie row after row. Sums have GGML's order: a score's by column modulo 64, an output's by position modulo
//! sixteen; so bits are the same however queries are grouped and however the cache is cut into segments.

use super::math::{LANES, fold, softmax};

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
        softmax(&mut row[low..high], task.scale, low + from);
    }
    let mut lanes = vec![0.0_f32; LANES * task.value_width];
    for (row, out) in weights.chunks_exact(width).zip(out.chunks_exact_mut(task.value_width)) {
        lanes.fill(0.0);
        let mut first = 0;
        for run in &task.runs {
            weigh_run(run, (first, from, to), row, &mut lanes);
            first += run.length;
        }
        fold_rows(&lanes, out);
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

/// The products of some queries with the sixteen keys of a tile: four running sums for each column modulo sixteen.
#[inline(always)]
fn score_tile<const ROWS: usize>(queries: [&[f32]; ROWS], keys: &[f32]) -> [[f32; LANES]; ROWS] {
    let keys = keys.as_chunks::<LANES>().0;
    // of equal length, so that the loop needs no checks
    let queries = queries.map(|query| &query[..keys.len()]);
    let mut lanes = [[[0.0_f32; LANES]; ROWS]; LANES];
    for (residue, lanes) in lanes.iter_mut().enumerate() {
        let mut four = [[[0.0_f32; LANES]; ROWS]; 4];
        for column in (residue..keys.len()).step_by(LANES) {
            for (sums, query) in four[column / LANES % 4].iter_mut().zip(queries) {
                for (sum, key) in sums.iter_mut().zip(&keys[column]) {
                    *sum = query[column].mul_add(*key, *sum);
                }
            }
        }
        for (row, lanes) in lanes.iter_mut().enumerate() {
            for (lane, sum) in lanes.iter_mut().enumerate() {
                *sum = (four[0][row][lane] + four[2][row][lane]) + (four[1][row][lane] + four[3][row][lane]);
            }
        }
    }
    let mut scores = [[0.0_f32; LANES]; ROWS];
    for (row, scores) in scores.iter_mut().enumerate() {
        for (position, score) in scores.iter_mut().enumerate() {
            *score = fold(std::array::from_fn(|residue| lanes[residue][row][position]));
        }
    }
    scores
}

/// Adds a run's weighted values to the lanes, a row of columns for each position modulo sixteen.
#[inline(always)]
fn weigh_run(run: &Run, (first, from, to): (usize, usize, usize), weights: &[f32], lanes: &mut [f32]) {
    if first >= to || first + run.length <= from {
        return;
    }
    let columns = lanes.len() / LANES;
    for position in from.max(first)..to.min(first + run.length) {
        let weight = weights[position - from + TILE];
        let value = &run.values[(position - first) * columns..][..columns];
        let sums = &mut lanes[position % LANES * columns..][..columns];
        for (sum, value) in sums.iter_mut().zip(value) {
            *sum = value.mul_add(weight, *sum);
        }
    }
}

/// The sums of the lanes' rows, halves added onto each other as in [`fold`].
#[inline(always)]
fn fold_rows(lanes: &[f32], out: &mut [f32]) {
    let columns = out.len();
    for (column, out) in out.iter_mut().enumerate() {
        *out = fold(std::array::from_fn(|lane| lanes[lane * columns + column]));
    }
}

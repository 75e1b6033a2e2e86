//! One run through the layers: which rows belong to which sequence at which position, and attention over their caches.

use super::attend::{TILE, Task, attend};
use super::cache::Sequence;
use super::hyperparameters::Window;
use super::rope::{Angles, Rope};
use super::threads::Threads;

/// Query rows that a task holds at most, unless one position has more.
const QUERIES: usize = 2 * TILE;

/// Of which positions the logits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// None: the tokens only enter the cache.
    None,
    /// The last token's.
    Last,
    /// Every token's.
    All,
}

/// The next tokens of one sequence.
#[derive(Debug)]
pub struct Step<'a> {
    /// Its cache; the tokens follow what it has behind it.
    pub sequence: &'a mut Sequence,
    /// At least one.
    pub tokens: &'a [u32],
    /// See [`Wanted`].
    pub wanted: Wanted,
}

/// The shape of one layer's attention.
#[derive(Debug, Clone, Copy)]
pub struct Geometry {
    /// The layer.
    pub layer: usize,
    /// Query heads.
    pub heads: usize,
    /// Key-value heads.
    pub kv_heads: usize,
    /// Columns of a key.
    pub key_width: usize,
    /// Columns of a value.
    pub value_width: usize,
    /// What positions see.
    pub window: Window,
    /// What scores are multiplied with.
    pub scale: f32,
}

/// See the module.
pub struct Pass<'a, 'b> {
    /// The sequences and their tokens, whose rows follow each other.
    pub steps: &'a mut [Step<'b>],
    /// The threads.
    pub threads: &'a Threads,
    /// Each row's position.
    pub positions: Vec<usize>,
    /// Each row's angles.
    pub angles: Angles,
}

/// Some rows of one sequence and one key-value head.
struct Piece {
    step: usize,
    offset: usize,
    rows: usize,
    first: usize,
    head: usize,
}

impl<'a, 'b> Pass<'a, 'b> {
    /// Lays out the rows of the steps.
    pub fn new(steps: &'a mut [Step<'b>], threads: &'a Threads, rope: &Rope) -> Self {
        let positions = steps.iter().flat_map(|step| (0..step.tokens.len()).map(|ahead| step.sequence.len() + ahead));
        let positions: Vec<usize> = positions.collect();
        let angles = rope.angles(&positions);
        Self { steps, threads, positions, angles }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.positions.len()
    }

    /// Puts each row's keys and values, head after head, behind its sequence.
    pub fn remember(&mut self, shape: &Geometry, keys: &[f32], values: &[f32]) {
        let keys = keys.chunks_exact(shape.kv_heads * shape.key_width);
        let mut rows = keys.zip(values.chunks_exact(shape.kv_heads * shape.value_width));
        for step in self.steps.iter_mut() {
            for (ahead, (keys, values)) in rows.by_ref().take(step.tokens.len()).enumerate() {
                let heads = keys.chunks_exact(shape.key_width).zip(values.chunks_exact(shape.value_width));
                for (head, (key, value)) in heads.enumerate() {
                    step.sequence.write((shape.layer, head), ahead, key, value);
                }
            }
        }
    }

    /// Attention of every row over what its sequence has behind it, itself included.
    pub fn attend(&self, shape: &Geometry, queries: &[f32]) -> Vec<f32> {
        let group = shape.heads / shape.kv_heads;
        let pieces = self.pieces(shape, (QUERIES / group).max(1));
        let results = self.threads.map(pieces.len(), |index| {
            let piece = &pieces[index];
            let task = self.task(shape, piece, queries);
            let mut out = vec![0.0; task.queries.len() * shape.value_width];
            attend(self.threads.isa(), &task, &mut out);
            out
        });
        let width = shape.heads * shape.value_width;
        let mut out = vec![0.0; self.rows() * width];
        for (piece, result) in pieces.iter().zip(&results) {
            let part = group * shape.value_width;
            for (row, values) in result.chunks_exact(part).enumerate() {
                out[(piece.first + row) * width + piece.head * part..][..part].copy_from_slice(values);
            }
        }
        out
    }

    fn pieces(&self, shape: &Geometry, rows: usize) -> Vec<Piece> {
        let (mut pieces, mut first) = (Vec::new(), 0);
        for (step, tokens) in self.steps.iter().map(|step| step.tokens.len()).enumerate() {
            for offset in (0..tokens).step_by(rows) {
                let rows = rows.min(tokens - offset);
                let piece = |head| Piece { step, offset, rows, first: first + offset, head };
                pieces.extend((0..shape.kv_heads).map(piece));
            }
            first += tokens;
        }
        pieces
    }

    fn task<'c>(&'c self, shape: &Geometry, piece: &Piece, queries: &'c [f32]) -> Task<'c> {
        let group = shape.heads / shape.kv_heads;
        let rows = piece.first..piece.first + piece.rows;
        let each = || rows.clone().flat_map(|row| (0..group).map(move |head| (row, piece.head * group + head)));
        let query =
            |(row, head): (usize, usize)| &queries[(row * shape.heads + head) * shape.key_width..][..shape.key_width];
        let seen = |(row, _): (usize, usize)| {
            let position = self.positions[row];
            (shape.window.first(position), position + 1)
        };
        let sequence = &self.steps[piece.step].sequence;
        Task {
            runs: sequence.runs(shape.layer, piece.head, piece.offset + piece.rows),
            queries: each().map(query).collect(),
            seen: each().map(seen).collect(),
            key_width: shape.key_width,
            value_width: shape.value_width,
            scale: shape.scale,
        }
    }
}

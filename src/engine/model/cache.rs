//! Keys and values of the positions that a sequence has behind it.
//!
//! A sequence is a list of segments: finished ones, which any number of sequences share, and its own. A prompt is
//! computed once, shared, and each sample continues it in a segment of its own. Limits: nothing is dropped when it
//! leaves a sliding window, and a segment that is shared cannot be cut.

use std::sync::Arc;

use super::attend::{Run, TILE};

/// How many positions a segment grows by: few moves, little unused.
const GROWTH: usize = 256;

/// What a position takes in each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheShape {
    /// How many layers.
    pub layers: usize,
    /// Key-value heads of a layer.
    pub heads: usize,
    /// Columns of a key.
    pub key_width: usize,
    /// Columns of a value.
    pub value_width: usize,
}

impl CacheShape {
    /// Bytes that `positions` take in one segment.
    pub fn bytes(&self, positions: usize) -> u64 {
        let width = self.layers as u64 * self.heads as u64 * (self.key_width + self.value_width) as u64;
        width * 4 * positions.next_multiple_of(GROWTH) as u64
    }
}

#[derive(Debug, Clone, Default)]
struct Head {
    keys: Vec<f32>,
    values: Vec<f32>,
}

#[derive(Debug, Clone)]
struct Segment {
    length: usize,
    heads: Vec<Head>,
}

impl Segment {
    fn new(shape: CacheShape) -> Self {
        Self { length: 0, heads: vec![Head::default(); shape.layers * shape.heads] }
    }
}

/// Positions that no sequence changes any more, to be continued by several.
#[derive(Debug, Clone)]
pub struct Prefix {
    shape: CacheShape,
    segments: Vec<Arc<Segment>>,
}

impl Prefix {
    /// A sequence that continues after these positions.
    pub fn sequence(&self) -> Sequence {
        Sequence { shape: self.shape, shared: self.segments.clone(), own: Segment::new(self.shape) }
    }

    /// How many positions.
    pub fn len(&self) -> usize {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One sequence's cache.
#[derive(Debug)]
pub struct Sequence {
    shape: CacheShape,
    shared: Vec<Arc<Segment>>,
    own: Segment,
}

impl Sequence {
    pub(super) fn new(shape: CacheShape) -> Self {
        Self { shape, shared: Vec::new(), own: Segment::new(shape) }
    }

    pub(super) fn shape(&self) -> CacheShape {
        self.shape
    }

    /// How many positions it has behind it: the position of its next token.
    pub fn len(&self) -> usize {
        self.start() + self.own.length
    }

    /// Whether it is at its start.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first position that is not shared.
    fn start(&self) -> usize {
        self.shared.iter().map(|segment| segment.length).sum()
    }

    /// Makes its positions shareable.
    pub fn share(mut self) -> Prefix {
        if self.own.length > 0 {
            self.shared.push(Arc::new(self.own));
        }
        Prefix { shape: self.shape, segments: self.shared }
    }

    /// Goes back to `length` positions, as far as they are its own; says whether it did.
    pub fn truncate(&mut self, length: usize) -> bool {
        let start = self.start();
        let possible = (start..=self.len()).contains(&length);
        if possible {
            self.own.length = length - start;
        }
        possible
    }

    /// Writes the key and value of the position `ahead` places after the sequence's end. They count once
    /// [`Self::advance`] says so, hence a computation that stops halfway leaves the sequence as it was.
    pub(super) fn write(&mut self, (layer, head): (usize, usize), ahead: usize, key: &[f32], value: &[f32]) {
        let place = self.own.length + ahead;
        let (key_width, value_width) = (self.shape.key_width, self.shape.value_width);
        let head = &mut self.own.heads[layer * self.shape.heads + head];
        grow(&mut head.keys, (place / TILE + 1) * TILE * key_width, GROWTH * key_width);
        grow(&mut head.values, (place + 1) * value_width, GROWTH * value_width);
        let tile = place / TILE * TILE * key_width + place % TILE;
        for (column, value) in key.iter().enumerate() {
            head.keys[tile + column * TILE] = *value;
        }
        head.values[place * value_width..][..value_width].copy_from_slice(value);
    }

    pub(super) fn advance(&mut self, positions: usize) {
        self.own.length += positions;
    }

    /// The cached positions of one head, with `ahead` further ones that were written.
    pub(super) fn runs(&self, layer: usize, head: usize, ahead: usize) -> Vec<Run<'_>> {
        let index = layer * self.shape.heads + head;
        let shared = self.shared.iter().map(|segment| (segment.length, &segment.heads[index]));
        let all = shared.chain([(self.own.length + ahead, &self.own.heads[index])]);
        all.map(|(length, head)| Run { length, keys: &head.keys, values: &head.values }).collect()
    }
}

/// Makes room for `needed` values in steps of `step`, without the doubling that would exceed the estimate.
fn grow(values: &mut Vec<f32>, needed: usize, step: usize) {
    if values.len() < needed {
        if values.capacity() < needed {
            values.reserve_exact(needed.next_multiple_of(step.max(1)) - values.len());
        }
        values.resize(needed, 0.0);
    }
}

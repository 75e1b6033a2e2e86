//! Spans of a text, as raters marked them.

use super::Undefined;

/// From `start` to before `end`, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first character, from 0.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Which category, from 0.
    pub class: u32,
}

impl Span {
    /// How many characters.
    pub fn length(&self) -> u64 {
        u64::from(self.end.saturating_sub(self.start))
    }
}

/// One text and what each of its raters marked in it; a rater who found nothing is an empty list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// How many characters.
    pub length: u32,
    /// For each rater of this text.
    pub raters: Vec<Vec<Span>>,
}

/// Spans in order of place, checked to have a length.
pub(super) fn in_order(spans: &[Span]) -> Result<Vec<Span>, Undefined> {
    if spans.iter().any(|span| span.end <= span.start) {
        return Err(Undefined::SpanOutside);
    }
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    Ok(sorted)
}

/// Characters that lie in a span of both lists, of spans in order that don't overlap within a list; `counts` says for
/// two classes whether to count.
pub(super) fn shared_characters(one: &[Span], other: &[Span], counts: impl Fn(u32, u32) -> bool) -> u64 {
    let (mut left, mut right, mut shared) = (0, 0, 0);
    while left < one.len() && right < other.len() {
        let (a, b) = (one[left], other[right]);
        let overlap = a.end.min(b.end).saturating_sub(a.start.max(b.start));
        if counts(a.class, b.class) {
            shared += u64::from(overlap);
        }
        if a.end <= b.end { left += 1 } else { right += 1 }
    }
    shared
}

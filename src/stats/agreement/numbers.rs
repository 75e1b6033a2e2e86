//! Counts as real numbers and indices: every conversion that could lose something, with the reason why it doesn't.

/// A count as a real number.
#[inline]
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of judgements and of their pairs are below 2^53 or need no more digits"
)]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// A length as a real number.
#[inline]
pub(super) fn size(length: usize) -> f64 {
    real(length as u64)
}

/// A signed sum, to the nearest real number.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "rounded once, after exact sums")]
pub(super) fn rounded(sum: i128) -> f64 {
    sum as f64
}

/// A sum of products of counts, to the nearest real number.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "rounded once, after exact sums")]
pub(super) fn wide(sum: u128) -> f64 {
    sum as f64
}

/// Towards zero.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "meant")]
pub(super) fn truncated(value: f64) -> i128 {
    value as i128
}

/// The place below, of one that isn't negative.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "meant")]
pub(super) fn floor(place: f64) -> usize {
    place as usize
}

/// The upper 64 of 128 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "shifted")]
pub(super) fn high_bits(bits: u128) -> usize {
    (bits >> 64) as usize
}

/// A count of one item that was cut out of a key.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "an item has fewer than 2^32 judgements")]
pub(super) fn low_bits(count: u64) -> u32 {
    count as u32
}

/// A position as an index.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2^32 judgements, so of all else too")]
pub(super) fn index(position: usize) -> u32 {
    position as u32
}

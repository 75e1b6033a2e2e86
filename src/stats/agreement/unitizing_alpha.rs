//! Krippendorff's unitizing alpha: agreement on where spans lie and which category they have, corrected for chance.

use super::bootstrap::percentile;
use super::numbers::{real, size, wide};
use super::spans::{in_order, shared_characters};
use super::{Bootstrap, Coefficient, Span, Text, Undefined};

/// uα of 2016 with the nominal metric: alpha = 1 - (L - sum l_kk) / (L - sum e_kk).
///
/// Each rater cuts the text into spans and the gaps between them (a category of its own). For m raters and a text of
/// l characters, L = m l; l_kk sums over ordered pairs of raters the characters that both put in category k, over
/// m - 1; e_kk = L (l_k^2 - s_k) / (L^2 - sum s), where l_k are the characters in k of all raters, and s_k the sum of
/// their spans' squared lengths (for gaps, which have no unity, of lengths): a span is not compared with itself.
///
/// The definition of 2004 behaved badly for more than two raters; this is its authors' revision of it. Several texts
/// are one continuum, end to end; texts of one rater are left out. The interval is a bootstrap over texts; for one
/// text it is the whole range.
///
/// Errors: no text with two raters, a span outside its text, overlapping spans of one rater, all of it marked alike.
///
/// Complexity: O(spans log spans + raters^2 spans) a text.
///
/// Source: Krippendorff, Mathet, Bouvry, Widlöcher 2016, doi:10.1007/s11135-015-0266-1, section 5.1.
pub fn unitizing_alpha(texts: &[Text], bootstrap: &Bootstrap) -> Coefficient {
    let spans = || texts.iter().flat_map(|text| text.raters.iter().flatten());
    let classes = spans().map(|span| span.class as usize + 1).max().unwrap_or(0);
    let mut parts = Vec::new();
    for text in texts.iter().filter(|text| text.raters.len() >= 2) {
        parts.push(Part::of(text, classes)?);
    }
    if parts.is_empty() {
        return Err(Undefined::NoOverlap);
    }
    if parts.iter().all(|part| part.marked.iter().skip(1).all(|&characters| characters == 0)) {
        return Err(Undefined::NoSpans);
    }
    // sorted, so that the order of texts changes no bit
    parts.sort_by(|one, other| one.agreeing.total_cmp(&other.agreeing).then_with(|| one.key().cmp(&other.key())));
    let once = vec![1; parts.len()];
    let value = alpha(&parts, &once, classes).ok_or(Undefined::NoVariation);
    let mut replicates = Vec::new();
    if parts.len() > 1 {
        bootstrap.redraw(&once, |drawn| replicates.extend(alpha(&parts, drawn, classes)));
    }
    percentile(value, replicates)
}

/// What one text adds to the sums. Category 0 are the gaps; the others are one more than their class.
struct Part {
    /// Sum over categories of l_kk.
    agreeing: f64,
    /// l_k for each category.
    marked: Vec<u64>,
    /// s_k for each category.
    own: Vec<u64>,
}

impl Part {
    fn of(text: &Text, classes: usize) -> Result<Self, Undefined> {
        let mut part = Self { agreeing: 0.0, marked: vec![0; classes + 1], own: vec![0; classes + 1] };
        let mut segmented = Vec::new();
        for spans in &text.raters {
            let segments = segments(spans, text.length)?;
            for segment in &segments {
                let (class, length) = (segment.class as usize, segment.length());
                part.marked[class] += length;
                part.own[class] += if class == 0 { length } else { length * length };
            }
            segmented.push(segments);
        }
        let mut agreeing = 0;
        for (place, one) in segmented.iter().enumerate() {
            for other in &segmented[place + 1..] {
                agreeing += 2 * shared_characters(one, other, |a, b| a == b);
            }
        }
        part.agreeing = real(agreeing) / size(text.raters.len() - 1);
        Ok(part)
    }

    fn key(&self) -> (&[u64], &[u64]) {
        (&self.marked, &self.own)
    }
}

/// A text from end to end: spans as categories from 1, gaps as category 0.
fn segments(spans: &[Span], length: u32) -> Result<Vec<Span>, Undefined> {
    let mut segments = Vec::new();
    let mut end = 0;
    for span in in_order(spans)? {
        if span.end > length {
            return Err(Undefined::SpanOutside);
        }
        if span.start < end {
            return Err(Undefined::SpansOverlap);
        }
        if span.start > end {
            segments.push(Span { start: end, end: span.start, class: 0 });
        }
        segments.push(Span { class: span.class + 1, ..span });
        end = span.end;
    }
    if end < length {
        segments.push(Span { start: end, end: length, class: 0 });
    }
    Ok(segments)
}

/// Of each text so many times.
fn alpha(parts: &[Part], times: &[u32], classes: usize) -> Option<f64> {
    let taken = || parts.iter().zip(times).map(|(part, &times)| (part, u128::from(times)));
    let agreeing: f64 = parts.iter().zip(times).map(|(part, &times)| f64::from(times) * part.agreeing).sum();
    let (mut all, mut own, mut expected) = (0_u128, 0_u128, 0_u128);
    for class in 0..=classes {
        let marked: u128 = taken().map(|(part, times)| times * u128::from(part.marked[class])).sum();
        let itself: u128 = taken().map(|(part, times)| times * u128::from(part.own[class])).sum();
        all += marked;
        own += itself;
        expected += marked * marked - itself;
    }
    let possible = all * all - own;
    if possible == expected {
        return None;
    }
    let total = wide(all);
    // L - sum e_kk, without the loss of digits
    let disagreeing = total * wide(possible - expected) / wide(possible);
    Some(1.0 - (total - agreeing) / disagreeing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: u32, raters: &[&[(u32, u32, u32)]]) -> Text {
        let spans =
            |list: &&[(u32, u32, u32)]| list.iter().map(|&(start, end, class)| Span { start, end, class }).collect();
        Text { length, raters: raters.iter().map(spans).collect() }
    }

    const ONCE: Bootstrap = Bootstrap { seed: 1, replicates: 100 };

    #[test]
    fn equal_spans_agree_wholly() {
        let one: &[(u32, u32, u32)] = &[(0, 5, 0), (8, 12, 1)];
        assert_eq!(unitizing_alpha(&[text(30, &[one, one, one])], &ONCE).unwrap().value, 1.0);
    }

    #[test]
    fn reasons_are_told() {
        let fails =
            |length, raters: &[&[(u32, u32, u32)]]| unitizing_alpha(&[text(length, raters)], &ONCE).unwrap_err();
        assert_eq!(fails(9, &[&[(0, 5, 0)]]), Undefined::NoOverlap);
        assert_eq!(fails(9, &[&[], &[]]), Undefined::NoSpans);
        assert_eq!(fails(9, &[&[(0, 10, 0)], &[]]), Undefined::SpanOutside);
        assert_eq!(fails(9, &[&[(0, 5, 0), (4, 6, 1)], &[]]), Undefined::SpansOverlap);
        assert_eq!(fails(9, &[&[(0, 9, 2)], &[(0, 9, 2)]]), Undefined::NoVariation);
    }
}

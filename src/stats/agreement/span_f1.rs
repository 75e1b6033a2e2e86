//! Character-overlap F1 of two raters' spans.

use super::numbers::{real, size};
use super::spans::{in_order, shared_characters};
use super::{Coefficient, Span, Text, Undefined, item_mean};

/// 2 x shared / (first's + second's), in characters that both put in one category. A rater's overlapping spans of one
/// category count their characters once.
///
/// Range: 0 to 1; the same in both directions. Not corrected for chance. Errors: neither marked a span, a span without
/// length.
///
/// Complexity: O(spans log spans).
///
/// Source: Hripcsak and Rothschild 2005, doi:10.1197/jamia.M1733 (F as agreement where there are no true negatives to
/// count); van Rijsbergen 1979, Information Retrieval, chapter 7.
pub fn span_f1(one: &[Span], other: &[Span]) -> Result<f64, Undefined> {
    let (one, other) = (by_category(one)?, by_category(other)?);
    let marked: u64 = one.iter().chain(&other).flatten().map(Span::length).sum();
    if marked == 0 {
        return Err(Undefined::NoSpans);
    }
    let shared: u64 = one.iter().zip(&other).map(|(one, other)| shared_characters(one, other, |_, _| true)).sum();
    Ok(real(2 * shared) / real(marked))
}

/// Mean over texts of the mean F1 of each two of its raters. Pairs and texts in which nobody marked anything, and texts
/// of one rater, are left out.
///
/// The interval is Student's t over texts. Errors: fewer than two texts to compare, a span without length.
pub fn pairwise_span_f1(texts: &[Text]) -> Coefficient {
    let mut means = Vec::new();
    for text in texts {
        let mut pairs = Vec::new();
        for (place, one) in text.raters.iter().enumerate() {
            for other in &text.raters[place + 1..] {
                match span_f1(one, other) {
                    Ok(value) => pairs.push(value),
                    Err(Undefined::NoSpans) => {}
                    Err(reason) => return Err(reason),
                }
            }
        }
        if !pairs.is_empty() {
            pairs.sort_unstable_by(f64::total_cmp);
            means.push(pairs.iter().sum::<f64>() / size(pairs.len()));
        }
    }
    item_mean(&means)
}

/// For each category up to the last used, spans in order with overlapping ones joined.
fn by_category(spans: &[Span]) -> Result<Vec<Vec<Span>>, Undefined> {
    let mut lists: Vec<Vec<Span>> = Vec::new();
    for span in in_order(spans)? {
        let class = span.class as usize;
        if lists.len() <= class {
            lists.resize(class + 1, Vec::new());
        }
        match lists[class].last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => lists[class].push(span),
        }
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32, class: u32) -> Span {
        Span { start, end, class }
    }

    #[test]
    fn characters_in_one_category_count() {
        let one = [span(10, 20, 0), span(0, 5, 1)];
        let other = [span(15, 25, 0), span(0, 5, 0)];
        // shared 5 of 15 + 15
        assert_eq!(span_f1(&one, &other), Ok(10.0 / 30.0));
        assert_eq!(span_f1(&other, &one), Ok(10.0 / 30.0));
        assert_eq!(span_f1(&one, &[]), Ok(0.0));
        assert_eq!(span_f1(&[], &[]), Err(Undefined::NoSpans));
        assert_eq!(span_f1(&[span(4, 4, 0)], &one), Err(Undefined::SpanOutside));
    }

    #[test]
    fn overlapping_spans_of_a_rater_count_once() {
        let twice = [span(0, 6, 0), span(4, 10, 0)];
        assert_eq!(span_f1(&twice, &[span(0, 10, 0)]), Ok(1.0));
    }

    #[test]
    fn texts_without_spans_are_left_out() {
        let text = |one: &[Span], other: &[Span]| Text { length: 30, raters: vec![one.to_vec(), other.to_vec()] };
        let some = [span(0, 10, 0)];
        let texts = [text(&some, &some), text(&[], &[]), text(&some, &[])];
        assert_eq!(pairwise_span_f1(&texts).map(|estimate| estimate.value), Ok(0.5));
    }
}

//! How much each model counts: by its held-out score and by the gold that it gets right unaided.
//!
//! `u(m)` is proportional to `exp(.5 vpi (L(m) - max L))`, times `exp(.5 x gold items got right)`; `vpi` is the weight of
//! judgements an item. A model that lets a class collapse counts nothing, unless all do: see `rule`.

use crate::stats::aggregation::rows::{Rows, to_float};

/// How sharply better scores count.
const SHARPNESS: f64 = 0.5;
/// How much one gold item counts.
const GOLD: f64 = 0.5;

/// `log u(m)` up to a constant; `gold` is how many items each got right.
pub(crate) fn log_weights(rows: &Rows, scores: Option<&[f64]>, gold: &[usize]) -> Vec<f64> {
    let vpi = rows.total_weight() / to_float(rows.judged());
    let of_score = |member: usize| scores.map_or(0.0, |scores| SHARPNESS * vpi * scores[member]);
    gold.iter().enumerate().map(|(member, right)| of_score(member) + GOLD * to_float(*right)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::judgements;

    #[test]
    fn scores_count_by_judgements_an_item_and_gold_by_items() {
        let rows =
            Rows::of_judgements(&judgements(&[(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0), (3, 0, 1), (3, 1, 1)]));
        assert_eq!(log_weights(&rows, Some(&[-1.0, -0.5]), &[0, 3]), [-1.0, 1.0]);
        assert_eq!(log_weights(&rows, None, &[0]), [0.0]);
    }
}

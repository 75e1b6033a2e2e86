//! How likely a model finds given tokens: log-probabilities, their sum, perplexity; where the logits come from is not here.

use super::text_error::TextError;

/// How likely a model finds an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The natural logarithm of each token's probability, given all before it. Negative infinity for a token that the
    /// model rules out.
    pub log_probabilities: Vec<f64>,
}

impl Score {
    /// Scores tokens, each with the row of logits that predicts it.
    ///
    /// Complexity: O(tokens × vocabulary).
    pub fn new<'r>(rows: impl ExactSizeIterator<Item = &'r [f32]>, tokens: &[u32]) -> Result<Self, TextError> {
        if rows.len() != tokens.len() {
            return Err(TextError::Rows { tokens: tokens.len(), rows: rows.len() });
        }
        let scored = rows.zip(tokens).map(|(row, token)| log_probability(row, *token));
        scored.collect::<Result<_, _>>().map(|log_probabilities| Self { log_probabilities })
    }

    /// The logarithm of the whole answer's probability.
    pub fn sum(&self) -> f64 {
        self.log_probabilities.iter().sum()
    }

    /// The inverse of the tokens' geometric mean probability, from 1; `None` without tokens, or if one is ruled out.
    #[expect(clippy::cast_precision_loss, reason = "an answer has far fewer tokens than 2^53")]
    pub fn perplexity(&self) -> Option<f64> {
        let count = self.log_probabilities.len();
        let perplexity = libm::exp(-self.sum() / count as f64);
        Some(perplexity).filter(|perplexity| count > 0 && perplexity.is_finite())
    }
}

/// The natural logarithm of a token's probability.
///
/// The sum runs in double precision over the row in order, after its maximum was taken off: no overflow, and the same on
/// every machine. A NaN or a positive infinity is an error.
pub fn log_probability(row: &[f32], token: u32) -> Result<f64, TextError> {
    let place = usize::try_from(token).ok().filter(|place| *place < row.len());
    let place = place.ok_or(TextError::UnknownToken { token, size: row.len() })?;
    if let Some(bad) = row.iter().position(|logit| logit.is_nan() || *logit == f32::INFINITY) {
        let value = if row[bad].is_nan() { "NaN" } else { "infinite" };
        return Err(TextError::BadLogit { token: bad, value });
    }
    let highest = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    if highest == f64::NEG_INFINITY {
        return Err(TextError::NoCandidate);
    }
    let sum: f64 = row.iter().map(|logit| libm::exp(f64::from(*logit) - highest)).sum();
    Ok(f64::from(row[place]) - highest - libm::log(sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn probabilities_are_those_of_the_softmax() {
        let row: Vec<f32> = [0.5_f32, 0.25, 0.125, 0.125].iter().map(|p| p.ln() + 1e4_f32.ln()).collect();
        assert!((log_probability(&row, 1).unwrap() - 0.25_f64.ln()).abs() < 1e-6);
        assert_eq!(log_probability(&[1e38, 1e38], 0).unwrap(), -(2.0_f64.ln()));
        assert_eq!(log_probability(&[0.0, f32::NEG_INFINITY], 1).unwrap(), f64::NEG_INFINITY);
        assert!(log_probability(&[0.0, f32::NAN], 0).is_err());
        assert!(log_probability(&[0.0], 1).is_err());
        assert_eq!(log_probability(&[f32::NEG_INFINITY], 0), Err(TextError::NoCandidate));
    }

    #[test]
    fn perplexity_of_coin_tosses_is_two() {
        let rows = [[0.0_f32, 0.0], [1.0, 1.0]];
        let score = Score::new(rows.iter().map(|row| &row[..]), &[0, 1]).unwrap();
        assert!((score.perplexity().unwrap() - 2.0).abs() < 1e-12);
        assert!((score.sum() + 4.0_f64.ln()).abs() < 1e-12);
        assert_eq!(Score { log_probabilities: Vec::new() }.perplexity(), None);
        assert_eq!(Score { log_probabilities: vec![f64::NEG_INFINITY] }.perplexity(), None);
        assert!(Score::new(rows.iter().map(|row| &row[..]), &[0]).is_err());
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one(row in prop::collection::vec(-50.0_f32..50.0, 1..300)) {
            let ids = 0..u32::try_from(row.len()).unwrap();
            let total: f64 = ids.map(|id| log_probability(&row, id).unwrap().exp()).sum();
            prop_assert!((total - 1.0).abs() < 1e-9);
        }
    }
}

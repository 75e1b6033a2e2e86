//! From a row of logits to the next token: greedy, or drawn after the usual filters. Which token ends an answer is not here.
//!
//! The order is llama.cpp's: repeat penalty, top-k, top-p, min-p, temperature. So top-p and min-p see the model's own
//! probabilities, not those that the temperature bent. Of equal logits the smaller id comes first.

use super::candidates::{Candidate, Candidates};
use super::random::SampleRandom;
use super::text_error::TextError;

/// How the next token is chosen. The default is greedy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token; above, larger is more varied. At most 100.
    pub temperature: f64,
    /// Only the `top_k` most likely tokens are candidates; 0 is all.
    pub top_k: usize,
    /// Only the most likely tokens that together reach this probability; 1 is all.
    pub top_p: f64,
    /// Only tokens with at least this share of the most likely one's probability; 0 is all.
    pub min_p: f64,
    /// Divides the positive and multiplies the negative logits of recent tokens; 1 changes nothing. At most 100.
    pub repeat_penalty: f64,
    /// How many of the last tokens are recent, the prompt's included.
    pub repeat_window: usize,
    /// Seeds the generator, together with the sample's number.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, repeat_penalty: 1.0, repeat_window: 64, seed: 0 }
    }
}

impl Sampling {
    /// Refuses settings outside their range.
    pub fn check(&self) -> Result<(), TextError> {
        let settings = [
            ("temperature", "from 0 to 100", (0.0..=100.0).contains(&self.temperature)),
            ("top-p", "above 0 and at most 1", self.top_p > 0.0 && self.top_p <= 1.0),
            ("min-p", "from 0 to 1", (0.0..=1.0).contains(&self.min_p)),
            (
                "the repeat penalty",
                "above 0 and at most 100",
                self.repeat_penalty > 0.0 && self.repeat_penalty <= 100.0,
            ),
        ];
        match settings.into_iter().find(|(_, _, fits)| !fits) {
            Some((name, range, _)) => Err(TextError::Setting { name, range }),
            None => Ok(()),
        }
    }
}

/// Chooses the tokens of one sample.
///
/// What it draws follows from the seed and the sample's number alone, so a sample is the same by itself or in a batch.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    random: SampleRandom,
}

impl Sampler {
    /// For the `sample`-th sample with these settings.
    pub fn new(sampling: Sampling, sample: u64) -> Result<Self, TextError> {
        sampling.check()?;
        Ok(Self { sampling, random: SampleRandom::new(sampling.seed, sample) })
    }

    /// The next token. `history` is all tokens so far, the prompt's included.
    ///
    /// A NaN or a positive infinity among the logits is an error; a negative infinity rules a token out. Greedy choices
    /// draw nothing from the generator, others one number each.
    ///
    /// Complexity: O(vocabulary) without top-p or with a top-p that few tokens reach.
    pub fn next(&mut self, logits: &[f32], history: &[u32]) -> Result<u32, TextError> {
        let Sampling { temperature, top_k, top_p, min_p, .. } = self.sampling;
        let mut candidates = Candidates::new(logits)?;
        let recent = &history[history.len().saturating_sub(self.sampling.repeat_window)..];
        candidates.penalise(recent, self.sampling.repeat_penalty);
        if temperature == 0.0 {
            return candidates.best().map(|candidate| candidate.token).ok_or(TextError::NoCandidate);
        }
        candidates.keep_top_k(top_k);
        candidates.keep_top_p(top_p);
        candidates.keep_min_p(min_p);
        draw(candidates.as_slice(), temperature, self.random.unit()).ok_or(TextError::NoCandidate)
    }
}

/// The candidate in whose share of the bent probabilities the drawn number falls.
fn draw(candidates: &[Candidate], temperature: f64, drawn: f64) -> Option<u32> {
    let highest = candidates.iter().map(|candidate| candidate.logit).reduce(f64::max)?;
    let weights = candidates.iter().map(|candidate| libm::exp((candidate.logit - highest) / temperature));
    let weights: Vec<f64> = weights.collect();
    let mut left = drawn * weights.iter().sum::<f64>();
    for (candidate, weight) in candidates.iter().zip(&weights) {
        left -= weight;
        if left < 0.0 {
            return Some(candidate.token);
        }
    }
    // Rounding can leave a rest of nothing: then it is the last candidate that has a share.
    let with_share = candidates.iter().zip(&weights).rev().find(|(_, weight)| **weight > 0.0);
    with_share.map(|(candidate, _)| candidate.token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn next(sampling: Sampling, logits: &[f32], history: &[u32]) -> u32 {
        Sampler::new(sampling, 0).unwrap().next(logits, history).unwrap()
    }

    fn drawn(sampling: Sampling, logits: &[f32], times: u64) -> Vec<u64> {
        let mut counts = vec![0; logits.len()];
        let mut sampler = Sampler::new(sampling, 3).unwrap();
        for _ in 0..times {
            counts[sampler.next(logits, &[]).unwrap() as usize] += 1;
        }
        counts
    }

    const WARM: Sampling = Sampling {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        repeat_penalty: 1.0,
        repeat_window: 64,
        seed: 11,
    };

    /// Logits of the probabilities .5, .25, .15, .07, .03.
    fn logits() -> Vec<f32> {
        [0.5_f32, 0.25, 0.15, 0.07, 0.03].iter().map(|p| p.ln()).collect()
    }

    #[test]
    fn greedy_takes_the_smaller_id_of_equals() {
        assert_eq!(next(Sampling::default(), &[0.0, 2.0, 2.0], &[]), 1);
        assert_eq!(next(Sampling { temperature: 1.0, top_k: 1, ..WARM }, &[0.0, 2.0, 2.0], &[]), 1);
    }

    #[test]
    fn frequencies_are_the_probabilities() {
        let counts = drawn(WARM, &logits(), 100_000);
        for (count, probability) in counts.iter().zip([0.5, 0.25, 0.15, 0.07, 0.03]) {
            let share = *count as f64 / 100_000.0;
            assert!((share - probability).abs() < 5.0 * (probability * (1.0 - probability) / 100_000.0_f64).sqrt());
        }
        let cold = drawn(Sampling { temperature: 0.5, ..WARM }, &logits(), 100_000);
        let square = 0.25 / (0.25 + 0.0625 + 0.0225 + 0.0049 + 0.0009);
        assert!((cold[0] as f64 / 100_000.0 - square).abs() < 0.007);
    }

    #[test]
    fn filters_keep_what_they_say() {
        let kept = |sampling| drawn(sampling, &logits(), 5_000).iter().filter(|count| **count > 0).count();
        assert_eq!(kept(WARM), 5);
        assert_eq!(kept(Sampling { top_k: 3, ..WARM }), 3);
        assert_eq!(kept(Sampling { top_p: 0.74, ..WARM }), 2);
        assert_eq!(kept(Sampling { top_p: 0.76, ..WARM }), 3);
        assert_eq!(kept(Sampling { top_p: 1e-9, ..WARM }), 1);
        assert_eq!(kept(Sampling { min_p: 0.29, ..WARM }), 3);
        assert_eq!(kept(Sampling { min_p: 0.51, ..WARM }), 1);
        assert_eq!(kept(Sampling { min_p: 1.0, temperature: 100.0, ..WARM }), 1);
    }

    #[test]
    fn recent_tokens_are_penalised_once_each() {
        let sampling = Sampling { repeat_penalty: 2.0, repeat_window: 2, ..Sampling::default() };
        assert_eq!(next(sampling, &[1.5, 2.0, -1.0], &[1, 1]), 0);
        assert_eq!(next(sampling, &[1.5, 2.0, -1.0], &[1, 2, 2]), 1);
        assert_eq!(next(sampling, &[-1.9, -1.0], &[1]), 0);
        assert_eq!(next(sampling, &[1.0, 0.9], &[77]), 0);
    }

    #[test]
    fn a_sample_depends_on_seed_and_number_alone() {
        let run = |seed: u64, sample: u64| -> Vec<u32> {
            let mut sampler = Sampler::new(Sampling { seed, ..WARM }, sample).unwrap();
            (0..40).map(|_| sampler.next(&logits(), &[]).unwrap()).collect()
        };
        assert_eq!(run(1, 0), run(1, 0));
        assert_ne!(run(1, 0), run(1, 1));
        assert_ne!(run(1, 0), run(2, 0));
    }

    #[test]
    fn unusable_logits_and_settings_are_errors() {
        let mut sampler = Sampler::new(WARM, 0).unwrap();
        assert_eq!(sampler.next(&[0.0, f32::NAN], &[]), Err(TextError::BadLogit { token: 1, value: "NaN" }));
        assert_eq!(sampler.next(&[f32::INFINITY], &[]), Err(TextError::BadLogit { token: 0, value: "infinite" }));
        assert_eq!(sampler.next(&[f32::NEG_INFINITY; 3], &[]), Err(TextError::NoCandidate));
        assert_eq!(sampler.next(&[], &[]), Err(TextError::NoCandidate));
        assert_eq!(sampler.next(&[f32::NEG_INFINITY, -9e30], &[]), Ok(1));
        for bad in [f64::NAN, -1.0, 101.0] {
            assert!(Sampling { temperature: bad, ..WARM }.check().is_err());
            assert!(Sampling { top_p: bad, ..WARM }.check().is_err());
            assert!(Sampling { min_p: bad, ..WARM }.check().is_err());
            assert!(Sampling { repeat_penalty: bad, ..WARM }.check().is_err());
        }
    }

    proptest! {
        #[test]
        fn what_is_drawn_passed_every_filter(
            logits in prop::collection::vec(-8.0_f32..8.0, 1..400),
            (top_k, top_p, min_p) in (0..50_usize, 0.01_f64..1.0, 0.0_f64..0.5),
            seed in any::<u64>(),
        ) {
            let token = next(Sampling { temperature: 0.8, top_k, top_p, min_p, seed, ..WARM }, &logits, &[]) as usize;
            let mut order: Vec<usize> = (0..logits.len()).collect();
            order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
            if top_k > 0 {
                order.truncate(top_k);
            }
            let place = order.iter().position(|id| *id == token);
            prop_assert!(place.is_some());
            let weight = |id: usize| f64::from(logits[id]).exp();
            let total: f64 = order.iter().map(|id| weight(*id)).sum();
            let before: f64 = order[..place.unwrap()].iter().map(|id| weight(*id)).sum();
            prop_assert!(before / total < top_p + 1e-9);
            prop_assert!(weight(token) >= min_p * weight(order[0]) * (1.0 - 1e-9));
        }
    }
}

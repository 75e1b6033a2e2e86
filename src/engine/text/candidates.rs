//! The tokens that may come next, and the filters that narrow them; drawing one is not here.

use std::cmp::Ordering;

use super::text_error::TextError;

/// How many tokens top-p looks at first; mostly they are enough, and then the vocabulary need not be sorted.
const FIRST_LOOK: usize = 128;

/// A token with its logit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The token's id.
    pub token: u32,
    /// Its logit, after the penalty.
    pub logit: f64,
}

impl Candidate {
    /// The likelier first; of equals the smaller id.
    fn order(&self, other: &Self) -> Ordering {
        other.logit.total_cmp(&self.logit).then(self.token.cmp(&other.token))
    }
}

/// Tokens that may come next, in an order that follows from the logits alone.
#[derive(Debug, Clone)]
pub struct Candidates(Vec<Candidate>);

impl Candidates {
    /// One for each logit, in the order of ids, without those that are ruled out.
    pub fn new(logits: &[f32]) -> Result<Self, TextError> {
        let mut candidates = Vec::with_capacity(logits.len());
        for (token, (place, logit)) in (0..).zip(logits.iter().enumerate()) {
            if logit.is_nan() || *logit == f32::INFINITY {
                let value = if logit.is_nan() { "NaN" } else { "infinite" };
                return Err(TextError::BadLogit { token: place, value });
            }
            if *logit != f32::NEG_INFINITY {
                // Adding 0 turns -0 into 0, so that they are equals.
                candidates.push(Candidate { token, logit: f64::from(*logit) + 0.0 });
            }
        }
        Ok(Self(candidates))
    }

    /// What is left.
    pub fn as_slice(&self) -> &[Candidate] {
        &self.0
    }

    /// The likeliest; of equals the smaller id.
    pub fn best(&self) -> Option<Candidate> {
        self.0.iter().copied().min_by(Candidate::order)
    }

    /// Makes recent tokens less likely, each once. Only right before tokens were filtered or sorted.
    ///
    /// Source: Keskar et al. 2019, CTRL, section 4.1, <https://doi.org/10.48550/arXiv.1909.05858>, with the rule for
    /// negative logits that all implementations have.
    pub fn penalise(&mut self, recent: &[u32], penalty: f64) {
        if penalty == 1.0 {
            return;
        }
        let recent: std::collections::BTreeSet<u32> = recent.iter().copied().collect();
        for token in recent {
            if let Ok(place) = self.0.binary_search_by_key(&token, |candidate| candidate.token) {
                let logit = &mut self.0[place].logit;
                *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
            }
        }
    }

    /// Keeps the `count` likeliest, in order; 0 keeps all.
    pub fn keep_top_k(&mut self, count: usize) {
        if count > 0 {
            self.bring_forward(count);
            self.0.truncate(count);
        }
    }

    /// Keeps the likeliest that together reach `share` of the probability, in order; 1 keeps all.
    pub fn keep_top_p(&mut self, share: f64) {
        let Some(best) = self.best().filter(|_| share < 1.0) else { return };
        let weight = |candidate: &Candidate| libm::exp(candidate.logit - best.logit);
        let wanted = share * self.0.iter().map(weight).sum::<f64>();
        let mut looked_at = FIRST_LOOK;
        loop {
            self.bring_forward(looked_at);
            let mut reached = 0.0;
            let last = self.0.iter().take(looked_at).position(|candidate| {
                reached += weight(candidate);
                reached >= wanted
            });
            if last.is_some() || looked_at >= self.0.len() {
                self.0.truncate(last.map_or(self.0.len(), |last| last + 1));
                return;
            }
            looked_at *= 8;
        }
    }

    /// Keeps those with at least `share` of the likeliest one's probability; 0 keeps all.
    pub fn keep_min_p(&mut self, share: f64) {
        if let Some(best) = self.best().filter(|_| share > 0.0) {
            let least = best.logit + libm::log(share);
            self.0.retain(|candidate| candidate.logit >= least);
        }
    }

    /// Puts the `count` likeliest first, in order.
    fn bring_forward(&mut self, count: usize) {
        if count < self.0.len() {
            self.0.select_nth_unstable_by(count, Candidate::order);
        }
        let end = count.min(self.0.len());
        self.0[..end].sort_unstable_by(Candidate::order);
    }
}

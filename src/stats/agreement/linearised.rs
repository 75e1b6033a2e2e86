//! Observed agreement and prevalence of each item, and the linearised variance of (observed - chance) / (1 - chance).

use super::counts::Pattern;
use super::numbers::real;
use super::student::student;
use super::{Coefficient, Counts, Estimate, Undefined, WeightTable};

/// What the chance-corrected coefficients of Brennan and Prediger, Fleiss and Gwet share.
pub(super) struct Linearised<'a> {
    counts: &'a Counts,
    /// Weighted share of pairs that agree, for each pattern; 0 for those with one judgement.
    agreement: Vec<f64>,
    /// Their mean over the items that can be paired.
    observed: f64,
    /// Mean over items of the share of judgements that name a class.
    prevalence: Vec<f64>,
}

impl<'a> Linearised<'a> {
    pub(super) fn new(counts: &'a Counts, table: &WeightTable) -> Result<Self, Undefined> {
        counts.varied()?;
        if table.classes() < counts.classes() {
            return Err(Undefined::TooManyClasses { limit: table.classes() });
        }
        let agreement: Vec<f64> = counts.patterns().map(|pattern| agreeing(&pattern, table)).collect();
        let sum: f64 = counts.patterns().zip(&agreement).map(|(pattern, share)| f64::from(pattern.items) * share).sum();
        let observed = sum / real(counts.pairable_items());
        let mut prevalence = vec![0.0; counts.classes()];
        for pattern in counts.patterns() {
            let unit = f64::from(pattern.items) / real(pattern.judgements);
            for &(class, count) in pattern.counts {
                prevalence[class as usize] += unit * f64::from(count);
            }
        }
        let items = real(counts.items());
        prevalence.iter_mut().for_each(|share| *share /= items);
        Ok(Self { counts, agreement, observed, prevalence })
    }

    pub(super) fn prevalence(&self) -> &[f64] {
        &self.prevalence
    }

    /// The coefficient for a chance agreement that is the mean over items of `by_class`, averaged over the item's
    /// judgements; `order` is the degree of chance as a polynomial of the prevalence (0 if it is constant).
    ///
    /// With x = n/n' (p_i - p_e) / (1 - p_e) - order (1 - c) (e_i - p_e) / (1 - p_e) for each of n items, of which n'
    /// can be paired, the variance is sum (x - c)^2 / (n (n - 1)), and the interval Student's t with n - 1 degrees.
    ///
    /// Source: Gwet 2008, doi:10.1348/000711006X126600; for missing judgements Gwet 2014, section 5.4.
    pub(super) fn coefficient(&self, chance: f64, by_class: &[f64], order: f64) -> Coefficient {
        let rest = 1.0 - chance;
        let value = (self.observed - chance) / rest;
        let items = self.counts.items();
        let missing = real(items) / real(self.counts.pairable_items());
        let mut squares = 0.0;
        for (pattern, share) in self.counts.patterns().zip(&self.agreement) {
            let named = pattern.counts.iter().map(|&(class, count)| f64::from(count) * by_class[class as usize]);
            let own_chance = named.sum::<f64>() / real(pattern.judgements);
            let gain = if pattern.is_pairable() { missing * (share - chance) / rest } else { 0.0 };
            let apart = gain - order * (1.0 - value) * (own_chance - chance) / rest - value;
            squares += f64::from(pattern.items) * apart * apart;
        }
        let error = (squares / (real(items) * real(items - 1))).sqrt();
        Ok(Estimate::symmetric(value, student(items - 1) * error, -1.0))
    }
}

fn agreeing(pattern: &Pattern<'_>, table: &WeightTable) -> f64 {
    if !pattern.is_pairable() {
        return 0.0;
    }
    let mut sum = real(pattern.agreeing_pairs());
    for (place, &(one, count)) in pattern.counts.iter().enumerate() {
        for &(other, times) in &pattern.counts[place + 1..] {
            sum += 2.0 * f64::from(count) * f64::from(times) * table.of(one as usize, other as usize);
        }
    }
    sum / real(pattern.pairs())
}

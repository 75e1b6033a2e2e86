//! Gwet's AC1 and AC2: agreement corrected for the chance of agreeing on items that are hard to judge.

use super::linearised::Linearised;
use super::numbers::size;
use super::{Coefficient, Counts, Undefined, WeightTable, Weights};

/// AC1: (p_a - p_e) / (1 - p_e) with p_e = sum prevalence (1 - prevalence) / (classes - 1).
///
/// Stays near the percent agreement if one class is rare or common, where kappa and alpha fall towards 0. The scale's
/// class count matters, so say it ([`Counts::with_classes`]) if some class was never given.
///
/// Errors: nothing to compare, or unanimous.
///
/// Source: Gwet 2008, doi:10.1348/000711006X126600 (value and variance).
pub fn gwet_ac1(counts: &Counts) -> Coefficient {
    gwet_ac2(counts, &WeightTable::new(Weights::Identity, counts.classes(), None)?)
}

/// AC2: AC1 with partial agreement: p_e = (sum of weights) sum prevalence (1 - prevalence) / (classes (classes - 1)).
///
/// Errors: nothing to compare, or unanimous; a table for fewer classes than the counts have.
///
/// Source: Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., sections 4.4 and 5.4.
pub fn gwet_ac2(counts: &Counts, table: &WeightTable) -> Coefficient {
    let parts = Linearised::new(counts, table)?;
    let classes = size(table.classes());
    let unit = table.sum() / (classes * (classes - 1.0));
    let by_class: Vec<f64> = parts.prevalence().iter().map(|share| unit * (1.0 - share)).collect();
    let chance: f64 = parts.prevalence().iter().zip(&by_class).map(|(share, own)| share * own).sum();
    if chance >= 1.0 {
        return Err(Undefined::NoVariation); // weights under which any two classes agree
    }
    parts.coefficient(chance, &by_class, 2.0)
}

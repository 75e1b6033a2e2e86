//! Fleiss' kappa: agreement beyond that of raters who draw classes by their shares, for any number of raters an item.

use super::linearised::Linearised;
use super::{Coefficient, Counts, Undefined, WeightTable};

/// (p_a - p_e) / (1 - p_e) with p_e = sum over k, l of w_kl prevalence_k prevalence_l. With identity weights and as
/// many judgements for each item this is the kappa of 1971; other weights and missing judgements are Gwet's extension.
///
/// Errors: nothing to compare, or unanimous; a table for fewer classes than the counts have.
///
/// Source: Fleiss 1971, doi:10.1037/h0031619; variance linearised by Gwet 2008, doi:10.1348/000711006X126600.
pub fn fleiss_kappa(counts: &Counts, table: &WeightTable) -> Coefficient {
    let parts = Linearised::new(counts, table)?;
    let mut shares = parts.prevalence().to_vec();
    shares.resize(table.classes(), 0.0);
    let by_class = table.expected(&shares);
    let chance: f64 = shares.iter().zip(&by_class).map(|(share, own)| share * own).sum();
    if chance >= 1.0 {
        return Err(Undefined::NoVariation); // weights under which any two classes agree
    }
    parts.coefficient(chance, &by_class, 2.0)
}

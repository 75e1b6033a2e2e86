//! Percent agreement: how often two judgements of an item name one class, with no correction for chance.

use super::numbers::real;
use super::student::{NORMAL, student};
use super::{Coefficient, Counts, Estimate};

/// Mean over items of the share of their pairs of judgements that agree: every item counts alike.
///
/// Range: 0 to 1. The interval is Student's t over items. Errors: nothing to compare.
///
/// Source: Fleiss 1971, doi:10.1037/h0031619 (his P-bar).
pub fn percent_agreement(counts: &Counts) -> Coefficient {
    counts.comparable()?;
    let items = counts.pairable_items();
    let pairable = || counts.patterns().filter(|pattern| pattern.is_pairable());
    let shares = || pairable().map(|one| (f64::from(one.items), real(one.agreeing_pairs()) / real(one.pairs())));
    let value = shares().map(|(times, share)| times * share).sum::<f64>() / real(items);
    let squares: f64 = shares().map(|(times, share)| times * (share - value) * (share - value)).sum();
    let error = (squares / (real(items) * real(items - 1))).sqrt();
    Ok(Estimate::symmetric(value, student(items - 1) * error, 0.0))
}

/// Share of all pairs of judgements of an item that agree: an item with many judgements counts more.
///
/// Range: 0 to 1. The interval is that of a ratio of sums over items. Errors: nothing to compare.
///
/// Source: Cochran 1977, Sampling Techniques, section 2.11 (ratio estimate).
pub fn pairwise_agreement(counts: &Counts) -> Coefficient {
    counts.comparable()?;
    let items = real(counts.pairable_items());
    let pairable = || counts.patterns().filter(|pattern| pattern.is_pairable());
    let agreeing: u64 = pairable().map(|one| u64::from(one.items) * one.agreeing_pairs()).sum();
    let all: u64 = pairable().map(|one| u64::from(one.items) * one.pairs()).sum();
    let value = real(agreeing) / real(all);
    let apart = pairable().map(|one| (one.items, real(one.agreeing_pairs()) - value * real(one.pairs())));
    let squares: f64 = apart.map(|(times, apart)| f64::from(times) * apart * apart).sum();
    let error = (squares * items / (items - 1.0)).sqrt() / real(all);
    Ok(Estimate::symmetric(value, NORMAL * error, 0.0))
}

//! Raters two by two: how far they agree, on what they part, and who agrees with nobody.

use std::collections::BTreeMap;

use crate::stats::{CohenKappas, cohen_kappas};

use super::coefficients::{Places, judgements};
use super::gathered::Unit;
use super::rows::{Found, PairAgreement, Parting};
use super::scale::Scale;

/// Partings kept of a pair.
const KEPT: usize = 300;

/// A rater whose kappas' mean is below this, while the others' is above, is told.
const LOW: f64 = 0.4;

/// What two raters said, and of which unit.
type Apart = (u32, u32, usize);

/// Every pair that shares enough, the one that agrees least first.
pub(super) fn pairs(
    units: &[&Unit],
    (scale, places): (&Scale, &Places),
    (letters, shared_at_least): (&[String], u32),
) -> Vec<PairAgreement> {
    let rows = judgements(units, scale, places);
    let CohenKappas { pairs, .. } = cohen_kappas(&rows, scale.distance(), shared_at_least);
    let mut apart: BTreeMap<(u32, u32), Vec<Apart>> = BTreeMap::new();
    for item in 0..rows.items() {
        let of = rows.of(item);
        for (place, one) in of.iter().enumerate() {
            for other in of[place + 1..].iter().filter(|other| other.class != one.class) {
                apart.entry((one.rater, other.rater)).or_default().push((one.class, other.class, item));
            }
        }
    }
    let mut all: Vec<PairAgreement> = pairs
        .into_iter()
        .map(|pair| {
            let mut parted = apart.remove(&(pair.first, pair.second)).unwrap_or_default();
            // what the viewer may not read moves the kappa alone
            parted.retain(|(.., item)| units[*item].reads);
            let mut newest: Vec<&Apart> = parted.iter().collect();
            newest.sort_by_key(|(.., item)| (std::cmp::Reverse(units[*item].at), *item));
            let parting = |&&(first, second, item): &&Apart| Parting {
                item: units[item].item.clone(),
                output: units[item].output,
                first: scale.names[first as usize].clone(),
                second: scale.names[second as usize].clone(),
            };
            PairAgreement {
                first: letters[pair.first as usize].clone(),
                second: letters[pair.second as usize].clone(),
                shared: pair.shared,
                agreed: pair.agreed,
                kappa: pair.kappa.into(),
                mostly: mostly(scale, parted.iter().map(|(first, second, _)| (*first, *second))),
                partings: newest.iter().take(KEPT).map(parting).collect(),
            }
        })
        .collect();
    let value = |pair: &PairAgreement| pair.kappa.value().unwrap_or(f64::INFINITY);
    all.sort_by(|one, other| value(one).total_cmp(&value(other)));
    all
}

/// The two classes that are confused most.
fn mostly(scale: &Scale, partings: impl Iterator<Item = (u32, u32)>) -> Option<String> {
    let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let mut all = 0_u32;
    for (first, second) in partings {
        *counts.entry((first.min(second), first.max(second))).or_default() += 1;
        all += 1;
    }
    // of equals the first in the scale's order
    let (classes, most) = counts.into_iter().max_by_key(|(classes, count)| (*count, std::cmp::Reverse(*classes)))?;
    let noun = if all == 1 { "disagreement is" } else { "disagreements are" };
    Some(format!("{most} of {all} {noun} {} against {}", scale.word(classes.0), scale.word(classes.1)))
}

/// A rater who agrees with everybody less than the others do among themselves, and on what.
pub(super) fn low_rater(pairs: &[PairAgreement]) -> Option<String> {
    let mut by_rater: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for pair in pairs {
        let Found::Value(kappa) = pair.kappa else { continue };
        by_rater.entry(&pair.first).or_default().push(kappa.value);
        by_rater.entry(&pair.second).or_default().push(kappa.value);
    }
    let (lowest, kappas) = by_rater
        .iter()
        .filter(|(_, kappas)| kappas.len() >= 2)
        .min_by(|one, other| mean(one.1).total_cmp(&mean(other.1)))?;
    let among: Vec<f64> = pairs
        .iter()
        .filter(|pair| pair.first != *lowest && pair.second != *lowest)
        .filter_map(|pair| pair.kappa.value())
        .collect();
    let highest_of_theirs = kappas.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if mean(kappas) >= LOW || among.is_empty() || mean(&among) <= highest_of_theirs {
        return None;
    }
    let worst = pairs.iter().find(|pair| pair.first == *lowest || pair.second == *lowest)?;
    let what = worst.mostly.as_ref().map(|mostly| format!("; with {} {mostly}", other(worst, lowest)));
    Some(format!("{lowest} is low with everyone{}", what.unwrap_or_default()))
}

fn other<'a>(pair: &'a PairAgreement, rater: &str) -> &'a str {
    if pair.first == rater { &pair.second } else { &pair.first }
}

fn mean(values: &[f64]) -> f64 {
    let count = u32::try_from(values.len()).map_or(f64::NAN, f64::from);
    values.iter().sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Estimate;

    fn pair(first: &str, second: &str, kappa: f64) -> PairAgreement {
        let found = Found::Value(Estimate { value: kappa, low: -1.0, high: 1.0 });
        let mostly = Some("9 of 12 disagreements are \"partly\" against \"no\"".to_owned());
        let (first, second) = (first.to_owned(), second.to_owned());
        PairAgreement { first, second, shared: 20, agreed: 8, kappa: found, mostly, partings: Vec::new() }
    }

    #[test]
    fn a_rater_who_parts_with_everyone_is_told_with_what_they_part_on() {
        let mut pairs = vec![pair("A", "D", 0.22), pair("C", "D", 0.27), pair("B", "D", 0.31), pair("A", "B", 0.71)];
        pairs.push(pair("B", "C", 0.69));
        let told = low_rater(&pairs).unwrap();
        assert_eq!(told, "D is low with everyone; with A 9 of 12 disagreements are \"partly\" against \"no\"");
        // where all are alike low, nobody stands out
        assert_eq!(low_rater(&[pair("A", "B", 0.2), pair("A", "C", 0.2), pair("B", "C", 0.2)]), None);
        assert_eq!(low_rater(&[pair("A", "B", 0.1)]), None);
    }

    #[test]
    fn what_is_confused_most_is_counted_both_ways() {
        let names = ["yes", "partly", "no"].map(str::to_owned).to_vec();
        let scale = Scale { names, is_ordered: false };
        let told = mostly(&scale, [(1, 2), (2, 1), (0, 2)].into_iter()).unwrap();
        assert_eq!(told, "2 of 3 disagreements are \"partly\" against \"no\"");
        assert_eq!(mostly(&scale, std::iter::empty()), None);
    }
}

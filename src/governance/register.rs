//! SR-1, rules 3 and 4: a guild's register, which sums to a million, and the caps, which only reduce.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{MemberId, Number, State};

use super::apportion::apportion;
use super::split::{Contributed, Part};

/// What a register sums to.
pub const REGISTER: u64 = 1_000_000;

/// The constitution's numbers for stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StakeRule {
    /// Units of a label.
    pub label_units: u64,
    /// Most that a member has, millionths of the register.
    pub member_cap: u64,
    /// Most that an institution has, millionths of the register.
    pub institution_cap: u64,
    /// The same in equal shares, millionths of one; the larger counts.
    pub cap_of_equal_share: u64,
}

impl StakeRule {
    /// The numbers of the constitution in force.
    pub fn of(state: &State) -> Self {
        let number = |number| u64::try_from(state.number(number)).unwrap_or(0);
        Self {
            label_units: number(Number::LabelUnits),
            member_cap: number(Number::MemberCap),
            institution_cap: number(Number::InstitutionCap),
            cap_of_equal_share: number(Number::CapOfEqualShare),
        }
    }

    /// The larger of `cap` and so many equal shares of `holders`.
    fn cap(&self, cap: u64, holders: usize) -> u64 {
        let holders = u64::try_from(holders).unwrap_or(u64::MAX).max(1);
        cap.max(self.cap_of_equal_share / holders).min(REGISTER)
    }
}

/// A member's line in a register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// What they count as now.
    pub institution: String,
    /// Units for each [`Part`], in its order, over all labels.
    pub units: [u64; 4],
    /// Labels that they had a part in.
    pub labels: u64,
    /// Their share by weight and split, millionths.
    pub share: u64,
    /// What is left of it under the caps, millionths.
    pub claim: u64,
}

/// A guild's register: claims and commons sum to [`REGISTER`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Labels counted.
    pub labels: u64,
    /// Members with units, by id.
    pub claims: BTreeMap<MemberId, Claim>,
    /// What is nobody's: over the caps, or of a register without labels. It has no vote.
    pub commons: u64,
    /// The cap on a member here, millionths.
    pub member_cap: u64,
    /// The cap on an institution here, millionths.
    pub institution_cap: u64,
}

/// The register over these labels, in any order; `institution` tells what a member counts as.
///
/// Complexity: linear in contributions.
pub fn register(labels: &[Contributed], rule: &StakeRule, institution: impl Fn(&MemberId) -> String) -> Register {
    let mut claims: BTreeMap<MemberId, Claim> = BTreeMap::new();
    let mut weighed: BTreeMap<MemberId, u128> = BTreeMap::new();
    let mut nobodys: u128 = 0;
    for label in labels {
        let units = label.units(rule.label_units);
        if units.values().all(|(_, units)| *units == 0) {
            nobodys += u128::from(label.weight) * u128::from(rule.label_units);
        }
        for (member, (part, units)) in units {
            let claim = claims.entry(member.clone()).or_default();
            claim.units[part as usize] += units;
            claim.labels += 1;
            *weighed.entry(member).or_default() += u128::from(label.weight) * u128::from(units);
        }
    }
    // the commons stands last, so that it loses every tie
    let weights: Vec<u128> = weighed.into_values().chain([nobodys]).collect();
    for ((member, claim), share) in claims.iter_mut().zip(apportion(REGISTER, &weights)) {
        claim.institution = institution(member);
        (claim.share, claim.claim) = (share, share);
    }
    let member_cap = rule.cap(rule.member_cap, claims.len());
    claims.values_mut().for_each(|claim| claim.claim = claim.claim.min(member_cap));
    let institutions: BTreeSet<String> = claims.values().map(|claim| claim.institution.clone()).collect();
    let institution_cap = rule.cap(rule.institution_cap, institutions.len());
    institutions.iter().for_each(|house| reduce(&mut claims, house, institution_cap));
    let held: u64 = claims.values().map(|claim| claim.claim).sum();
    let labels = u64::try_from(labels.len()).unwrap_or(u64::MAX);
    Register { labels, claims, commons: REGISTER - held, member_cap, institution_cap }
}

/// Reduces the claims of an institution's members in proportion, so that they sum to no more than `cap`.
fn reduce(claims: &mut BTreeMap<MemberId, Claim>, institution: &str, cap: u64) {
    let mut of_house: Vec<&mut Claim> = claims.values_mut().filter(|claim| claim.institution == institution).collect();
    let weights: Vec<u128> = of_house.iter().map(|claim| u128::from(claim.claim)).collect();
    if weights.iter().sum::<u128>() <= u128::from(cap) {
        return;
    }
    for (claim, reduced) in of_house.iter_mut().zip(apportion(cap, &weights)) {
        claim.claim = reduced;
    }
}

impl Register {
    /// What institutions' members claim together.
    pub fn institutions(&self) -> BTreeMap<&str, u64> {
        let mut held = BTreeMap::new();
        for claim in self.claims.values() {
            *held.entry(claim.institution.as_str()).or_default() += claim.claim;
        }
        held
    }

    /// Units of all labels for a part.
    pub fn units_of(&self, part: Part) -> u64 {
        self.claims.values().map(|claim| claim.units[part as usize]).sum()
    }
}

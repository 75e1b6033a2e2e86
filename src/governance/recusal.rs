//! Recusal: who stands to gain from a decision doesn't vote on it. It is computed from what they did and where they work,
//! never declared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Why somebody stands to gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// Brought what is decided on.
    Submitter,
    /// Trained the model.
    Trainer,
    /// Vouched for whom it is about.
    Attester,
    /// It is about them.
    Candidate,
    /// Works where the vendor is.
    Vendor,
}

impl Ground {
    const ALL: [Self; 5] = [Self::Submitter, Self::Trainer, Self::Attester, Self::Candidate, Self::Vendor];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitter => "submitter",
            Self::Trainer => "trainer",
            Self::Attester => "attester",
            Self::Candidate => "candidate",
            Self::Vendor => "vendor",
        }
    }
}

/// Somebody's interest in a decision: of a voter, or for [`Ground::Vendor`] of an institution.
///
/// It is written `trainer=NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interest {
    /// Why.
    pub ground: Ground,
    /// Whose.
    pub name: String,
}

/// What an interest is written as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no interest: submitter, trainer, attester or candidate with =VOTER, or vendor=INSTITUTION")]
pub struct InterestError(String);

impl FromStr for Interest {
    type Err = InterestError;

    fn from_str(text: &str) -> Result<Self, InterestError> {
        let wrong = || InterestError(text.to_owned());
        let (ground, name) = text.split_once('=').filter(|(_, name)| !name.is_empty()).ok_or_else(wrong)?;
        let ground = Ground::ALL.into_iter().find(|known| known.name() == ground).ok_or_else(wrong)?;
        Ok(Self { ground, name: name.to_owned() })
    }
}

impl fmt::Display for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.ground.name(), self.name)
    }
}

/// Who is recused, by name, and on which grounds; `houses` says where voters work.
pub fn recused(interests: &[Interest], houses: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<Ground>> {
    let mut recused: BTreeMap<String, BTreeSet<Ground>> = BTreeMap::new();
    for Interest { ground, name } in interests {
        let mut add = |voter: &str| {
            recused.entry(voter.to_owned()).or_default().insert(*ground);
        };
        match ground {
            Ground::Vendor => houses.iter().filter(|(_, house)| *house == name).for_each(|(voter, _)| add(voter)),
            _ => add(name),
        }
    }
    recused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_stands_to_gain_is_recused_on_every_ground_they_have() {
        let houses = [("a", "here"), ("b", "there"), ("c", "there")];
        let houses = houses.map(|(voter, house)| (voter.to_owned(), house.to_owned())).into();
        let interests = ["trainer=a", "submitter=a", "vendor=there", "candidate=d"].map(|text| text.parse().unwrap());
        let found = recused(&interests, &houses);
        let told: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|(voter, grounds)| (voter.as_str(), grounds.iter().map(|ground| ground.name()).collect()))
            .collect();
        let expected = [
            ("a", vec!["submitter", "trainer"]),
            ("b", vec!["vendor"]),
            ("c", vec!["vendor"]),
            ("d", vec!["candidate"]),
        ];
        assert_eq!(told, expected);
        assert_eq!(recused(&["vendor=nowhere".parse().unwrap()], &houses), BTreeMap::new());
    }

    #[test]
    fn an_interest_is_a_ground_and_a_name() {
        assert_eq!("vendor=A=B".parse::<Interest>().unwrap().to_string(), "vendor=A=B");
        for text in ["trainer", "trainer=", "friend=a", "=a"] {
            assert!(text.parse::<Interest>().is_err(), "{text}");
        }
    }
}

//! How concentrated claims are: Herfindahl index, Nakamoto count at one half, largest share; and the constitution's alarms.
//! Shares are of what members hold together: a large commons hides nobody.

use serde::Serialize;

use crate::domain::{Number, State};

/// Measures of one distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Concentration {
    /// How many hold anything.
    pub holders: u64,
    /// Sum of the squared shares, millionths, rounded down; 1,000,000 if one holds all, 0 if nobody holds anything.
    pub herfindahl: u64,
    /// The fewest who together hold more than half; 0 if nobody holds anything.
    pub nakamoto: u64,
    /// The largest share, millionths, rounded down.
    pub largest: u64,
}

impl Concentration {
    /// Measures amounts, in any order; together they must stay below 2^53.
    pub fn of(amounts: impl IntoIterator<Item = u64>) -> Self {
        let mut held: Vec<u128> = amounts.into_iter().filter(|amount| *amount > 0).map(u128::from).collect();
        held.sort_unstable_by(|a, b| b.cmp(a));
        let sum: u128 = held.iter().sum();
        let Some(largest) = held.first().copied() else { return Self::default() };
        let small = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        let mut together = 0;
        let reached = held.iter().position(|amount| {
            together += amount;
            together * 2 > sum
        });
        Self {
            holders: u64::try_from(held.len()).unwrap_or(u64::MAX),
            herfindahl: small(held.iter().map(|amount| amount * amount).sum::<u128>() * 1_000_000 / (sum * sum)),
            nakamoto: reached.and_then(|place| u64::try_from(place + 1).ok()).unwrap_or(0),
            largest: small(largest * 1_000_000 / sum),
        }
    }

    /// What the constitution says of this, for holders in the plural such as `members`.
    pub fn alarms(&self, limits: &Alarms, holders: &str) -> Vec<String> {
        let mut alarms = Vec::new();
        if self.holders == 0 {
            return alarms;
        }
        if self.herfindahl > limits.herfindahl {
            let (index, limit) = (decimal(self.herfindahl), decimal(limits.herfindahl));
            alarms.push(format!("by {holders}, the Herfindahl index is {index}, over {limit}"));
        }
        if self.nakamoto < limits.nakamoto {
            let (count, limit) = (self.nakamoto, limits.nakamoto);
            alarms.push(format!("by {holders}, {count} hold more than half; it should take {limit}"));
        }
        if self.largest > limits.largest {
            let (share, limit) = (percent(self.largest), percent(limits.largest));
            alarms.push(format!("by {holders}, the largest share is {share}, over {limit}"));
        }
        alarms
    }
}

/// The limits at which the constitution wants it said that stake is concentrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Alarms {
    /// Above this Herfindahl index, millionths.
    pub herfindahl: u64,
    /// Below this Nakamoto count.
    pub nakamoto: u64,
    /// Above this largest share, millionths.
    pub largest: u64,
}

impl Alarms {
    /// The numbers of the constitution in force.
    pub fn of(state: &State) -> Self {
        let number = |number| u64::try_from(state.number(number)).unwrap_or(0);
        Self {
            herfindahl: number(Number::HerfindahlAlarm),
            nakamoto: number(Number::NakamotoAlarm),
            largest: number(Number::LargestShareAlarm),
        }
    }
}

/// Millionths as a decimal with three places, rounded to the nearest.
pub fn decimal(millionths: u64) -> String {
    let thousandths = (millionths + 500) / 1_000;
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

/// Millionths as a percentage with one place, rounded to the nearest.
pub fn percent(millionths: u64) -> String {
    let tenths = (millionths + 500) / 1_000;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_those_of_the_books() {
        let of = |amounts: &[u64]| Concentration::of(amounts.iter().copied());
        assert_eq!(of(&[]), Concentration::default());
        let one = Concentration { holders: 1, herfindahl: 1_000_000, nakamoto: 1, largest: 1_000_000 };
        assert_eq!(of(&[0, 7]), one);
        let four = of(&[25, 25, 25, 25]);
        assert_eq!((four.herfindahl, four.nakamoto, four.largest), (250_000, 3, 250_000), "half is not more than half");
        let skewed = of(&[10, 60, 30]);
        assert_eq!((skewed.herfindahl, skewed.nakamoto, skewed.largest), (460_000, 1, 600_000));
    }

    #[test]
    fn alarms_ring_past_their_limits_only() {
        let limits = Alarms { herfindahl: 250_000, nakamoto: 3, largest: 250_000 };
        assert_eq!(Concentration::of([25; 4]).alarms(&limits, "members"), [""; 0]);
        assert_eq!(Concentration::of([24, 19, 19, 19, 19]).alarms(&limits, "members"), [""; 0]);
        let one = Concentration::of([26, 19, 19, 18, 18]).alarms(&limits, "members");
        assert_eq!(one, ["by members, the largest share is 26.0 %, over 25.0 %"]);
        assert_eq!(Concentration::of([60, 30, 10]).alarms(&limits, "members").len(), 3);
        assert_eq!(Concentration::default().alarms(&limits, "members"), [""; 0], "nothing is held");
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(
            (decimal(1_000_000), decimal(179_999), percent(134_167), percent(1_000_000)),
            ("1.000".to_owned(), "0.180".to_owned(), "13.4 %".to_owned(), "100.0 %".to_owned())
        );
    }
}

//! How many ballots must prefer an option to the default, compared exactly.
//!
//! With n electors Q is half the square root of n, and K the smaller of Q and 5; neither is rounded.
//!
//! Source: constitution of the Debian project, version 1.9, 4.2.7 and A.5.2.

use std::str::FromStr;

/// Parts of a ballot that a quorum given as a decimal may have.
const PARTS: u64 = 1_000_000;

/// A text that is no quorum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no quorum: a number of ballots such as 7.5, or with --electors a multiple of Q or K such as 3Q")]
pub struct QuorumError(String);

/// See the module's first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// So many ballots, in millionths.
    Ballots(u64),
    /// So many times Q.
    Times(u64),
    /// So many times K.
    Sponsors(u64),
    /// So many times Q, but no more than all of them.
    AtMostAll(u64),
}

/// Who may vote, less the recused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Electorate(pub u64);

impl FromStr for Quorum {
    type Err = QuorumError;

    fn from_str(text: &str) -> Result<Self, QuorumError> {
        let wrong = || QuorumError(text.to_owned());
        for (unit, of) in [('Q', Self::Times as fn(u64) -> Self), ('K', Self::Sponsors)] {
            if let Some(times) = text.strip_suffix(unit) {
                let times = if times.is_empty() { Ok(1) } else { times.parse() };
                return times.ok().filter(|times| *times <= 1000).map(of).ok_or_else(wrong);
            }
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 9 || !digits(whole) || !digits(part) {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let (kept, rest) = part.split_at(part.len().min(6));
        let kept: u64 = format!("{kept:0<6}").parse().map_err(|_| wrong())?;
        // rounded up: whole ballots reach it or don't, so this changes no count
        let more = u64::from(rest.bytes().any(|digit| digit != b'0'));
        Ok(Self::Ballots(whole * PARTS + kept + more))
    }
}

impl Quorum {
    /// Whether so many ballots reach it.
    pub fn is_met(self, ballots: u64, electorate: Electorate) -> bool {
        match self.resolved(electorate) {
            Self::Ballots(millionths) => u128::from(ballots) * u128::from(PARTS) >= u128::from(millionths),
            // ballots >= times × sqrt(n) / 2, squared
            Self::Times(times) | Self::Sponsors(times) | Self::AtMostAll(times) => {
                4 * u128::from(ballots).pow(2) >= u128::from(times).pow(2) * u128::from(electorate.0)
            }
        }
    }

    /// As ballots, or as times Q: K is Q up to a hundred electors, and 5 from there on.
    fn resolved(self, electorate: Electorate) -> Self {
        match self {
            Self::Sponsors(times) if electorate.0 >= 100 => Self::Ballots(times.saturating_mul(5 * PARTS)),
            // times × sqrt(n) / 2 > n, squared
            Self::AtMostAll(times) if u128::from(times).pow(2) > 4 * u128::from(electorate.0) => {
                Self::Ballots(electorate.0.saturating_mul(PARTS))
            }
            Self::Sponsors(times) | Self::AtMostAll(times) => Self::Times(times),
            other => other,
        }
    }

    /// What it asks for, with two decimals rounded up so that nobody believes to have reached it too early.
    pub fn in_words(self, electorate: Electorate) -> String {
        let hundredths = match self.resolved(electorate) {
            Self::Ballots(millionths) => u128::from(millionths.div_ceil(PARTS / 100)),
            // 100 × times × sqrt(n) / 2
            Self::Times(times) | Self::Sponsors(times) | Self::AtMostAll(times) => {
                root_up(2_500 * u128::from(times).pow(2) * u128::from(electorate.0))
            }
        };
        let (whole, part) = (hundredths / 100, hundredths % 100);
        if part == 0 { whole.to_string() } else { format!("{whole}.{part:02}").trim_end_matches('0').to_owned() }
    }
}

/// The smallest whole number whose square reaches this.
fn root_up(square: u128) -> u128 {
    let root = square.isqrt();
    root + u128::from(root * root < square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorums_of_the_reference_page() {
        let words = |text: &str, n| text.parse::<Quorum>().unwrap().in_words(Electorate(n));
        assert_eq!([words("Q", 25), words("3Q", 25), words("7.5", 0)], ["2.5", "7.5", "7.5"]);
        assert_eq!([words("K", 25), words("K", 1000), words("2K", 99), words("2K", 100)], ["2.5", "5", "9.95", "10"]);
        assert_eq!([words("Q", 1000), words("3Q", 1000)], ["15.82", "47.44"], "15.811, 47.434, rounded up");
        assert_eq!(words("1000Q", u64::MAX), "2147483648000", "no electorate is too large");
        assert_eq!(words("7.905694150420948", 0), "7.91", "as many decimals as a program prints");
        // compared exactly: 7 is below 7.5, 8 isn't; a square is reached by its root
        let met = |text: &str, ballots, n| text.parse::<Quorum>().unwrap().is_met(ballots, Electorate(n));
        assert_eq!([met("3Q", 7, 25), met("3Q", 8, 25)], [false, true]);
        assert_eq!([met("2Q", 5, 25), met("2Q", 5, 26)], [true, false]);
        assert_eq!([met("7.5", 7, 0), met("7.5", 8, 0), met("8", 8, 0), met("0", 0, 0)], [false, true, true, true]);
    }

    #[test]
    fn in_a_small_hall_no_more_than_all_are_asked_for() {
        let words = |n| Quorum::AtMostAll(3).in_words(Electorate(n));
        assert_eq!([words(1), words(2), words(3), words(25)], ["1", "2", "2.6", "7.5"], "3 Q of two is 2.12");
    }

    #[test]
    fn what_is_no_quorum_is_refused() {
        for text in ["", "x", "-1", "1.2345678x", "Q3", "9999Q", "1e3", "."] {
            assert!(text.parse::<Quorum>().is_err(), "{text}");
        }
    }
}

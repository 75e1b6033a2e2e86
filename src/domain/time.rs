//! Points in time as the ledger writes them: UTC milliseconds; nothing here asks a clock.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Text that is not a timestamp in the ledger's one form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time of the form 2026-11-22T08:00:00.000Z")]
pub struct TimestampError(String);

/// Milliseconds since 1970-01-01T00:00:00Z; written as `2026-11-22T08:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

const FORM: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";
const LAST_MS: i64 = 253_402_300_799_999; // 9999-12-31

impl Timestamp {
    /// The time `ms` milliseconds after the epoch, kept within the years 1970 to 9999.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(0, LAST_MS))
    }

    /// Milliseconds since the epoch.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// This time plus `ms` milliseconds.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// The day alone, `2026-11-22`.
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time: DateTime<Utc> = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        write!(f, "{}", time.format(FORM))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Accepts a day (`2026-11-22`, its first moment) or the full form.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let full = if text.len() == 10 { format!("{text}T00:00:00.000Z") } else { text.to_owned() };
        Self::try_from(full).map_err(|_| TimestampError(text.to_owned()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        let parsed = DateTime::parse_from_rfc3339(&text).map(|time| Self::from_ms(time.timestamp_millis()));
        match parsed {
            Ok(time) if time.to_string() == text => Ok(time),
            _ => Err(TimestampError(text)),
        }
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_only() {
        let text = "2026-11-22T08:00:00.000Z";
        assert_eq!(text.parse::<Timestamp>().map(|t| t.to_string()).as_deref(), Ok(text));
        assert_eq!("2026-11-22".parse::<Timestamp>().map(|t| t.day()).as_deref(), Ok("2026-11-22"));
        for wrong in ["2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000+00:00", "2026-11-22t08:00:00.000z", "2026-13-01"]
        {
            assert!(wrong.parse::<Timestamp>().is_err(), "{wrong}");
        }
    }
}

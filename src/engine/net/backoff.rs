//! How long to wait before a request is tried again.

use std::time::Duration;

use chrono::DateTime;

use super::drawn::drawn;

/// How often a request is tried, and how long is waited in between: each time twice as long, less a random part of up to
/// half, so that many who were sent away don't come back at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    /// How often at most; 1 is without another try.
    pub tries: u32,
    /// The first wait.
    pub first: Duration,
    /// The longest wait of our own choice.
    pub most: Duration,
    /// The longest wait that a peer may ask for; what it asks beyond is cut.
    pub most_told: Duration,
    /// Seeds the random parts.
    pub seed: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            tries: 4,
            first: Duration::from_millis(500),
            most: Duration::from_secs(20),
            most_told: Duration::from_secs(60),
            seed: 0,
        }
    }
}

impl Backoff {
    /// The wait of a request, by its number, after it was `tried` so many times; `told` is what the peer asked for.
    ///
    /// The same numbers give the same wait.
    pub fn wait(&self, request: u64, tried: u32, told: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(tried.saturating_sub(1));
        let full = self.first.saturating_mul(doubled).min(self.most);
        let share = u32::try_from(drawn("wait", &[self.seed, request, u64::from(tried)]) >> 48).unwrap_or_default();
        let own = full / 2 + full.mul_f64(f64::from(share) / 131_072.0);
        told.map_or(own, |told| told.min(self.most_told).max(own))
    }
}

/// What `Retry-After` asks for: seconds, or a date, which is compared with the peer's own `date` so that no clock matters.
///
/// Source: RFC 9110, 10.2.3.
pub fn told(retry_after: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let asked = retry_after?.trim();
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // more than a number holds is longer than anyone waits
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let then = DateTime::parse_from_rfc2822(asked).ok()?;
    let now = DateTime::parse_from_rfc2822(date?.trim()).ok()?;
    Some((then - now).to_std().unwrap_or_default())
}

/// Statuses that may be another the next time.
pub fn is_passing(status: u16) -> bool {
    // 501 and 505 are about what a server is
    matches!(status, 429 | 500 | 502..=504 | 506..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_limit() {
        let backoff = Backoff { most: Duration::from_secs(3), ..Backoff::default() };
        for request in 0..200 {
            for (tried, full) in [(1, 500), (2, 1000), (3, 2000), (4, 3000), (40, 3000), (u32::MAX, 3000)] {
                let wait = backoff.wait(request, tried, None);
                let full = Duration::from_millis(full);
                assert!(wait >= full / 2 && wait <= full, "{tried}: {wait:?}");
                assert_eq!(wait, backoff.wait(request, tried, None));
            }
        }
        let waits: Vec<Duration> = (0..50).map(|request| backoff.wait(request, 1, None)).collect();
        let distinct: std::collections::BTreeSet<_> = waits.iter().collect();
        assert_eq!(distinct.len(), 50, "all would come back at once");
    }

    #[test]
    fn a_peer_may_ask_for_more_but_not_for_ever() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(0, 1, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.wait(0, 1, Some(Duration::from_secs(u64::MAX))), Duration::from_secs(60));
        assert_eq!(backoff.wait(0, 1, Some(Duration::ZERO)), backoff.wait(0, 1, None));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let seconds = |text: &str| told(Some(text), Some("Sun, 06 Nov 1994 08:49:37 GMT")).map(|told| told.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0), "already past");
        assert_eq!(seconds("99999999999999999999999"), Some(u64::from(u32::MAX)));
        for bad in ["", "soon", "-1", "1.5", "+5"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!(told(Some("Sun, 06 Nov 1994 08:49:37 GMT"), None), None);
        assert_eq!(told(None, None), None);
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let again: Vec<u16> = (100..=600).filter(|status| is_passing(*status)).collect();
        assert!(again.starts_with(&[429, 500, 502, 503, 504, 506]) && again.ends_with(&[599]));
    }
}

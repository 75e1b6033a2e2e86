//! How often one address may knock: a token bucket each, kept for few addresses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Buckets kept at most; beyond them full ones are forgotten, then everybody shares one.
const KEPT: usize = 10_000;

/// See the module's first line.
#[derive(Debug)]
pub struct Buckets {
    at_once: u32,
    every: Duration,
    buckets: HashMap<IpAddr, (f64, Instant)>,
}

impl Buckets {
    /// Lets an address knock `at_once` times, then `a_minute` times a minute.
    pub fn new(at_once: u32, a_minute: u32) -> Self {
        Self { at_once, every: Duration::from_secs(60) / a_minute.max(1), buckets: HashMap::new() }
    }

    /// Whether `from` may knock at `now`; a yes is counted.
    pub fn allows(&mut self, from: IpAddr, now: Instant) -> bool {
        let from = of_network(from);
        if self.buckets.len() >= KEPT && !self.buckets.contains_key(&from) {
            let (most, every) = (f64::from(self.at_once), self.every);
            self.buckets.retain(|_, (left, at)| *left + refilled(*at, now, every) < most);
            if self.buckets.len() >= KEPT {
                return false;
            }
        }
        let most = f64::from(self.at_once);
        let (left, at) = self.buckets.entry(from).or_insert((most, now));
        *left = (*left + refilled(*at, now, self.every)).min(most);
        *at = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

/// Whoever has one IPv6 address has its whole /64.
fn of_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(long) => match long.to_ipv4_mapped() {
            Some(short) => IpAddr::V4(short),
            None => {
                let [a, b, c, d, ..] = long.segments();
                IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
        short => short,
    }
}

fn refilled(at: Instant, now: Instant, every: Duration) -> f64 {
    now.saturating_duration_since(at).as_secs_f64() / every.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_once_its_bucket_is_empty() {
        let mut buckets = Buckets::new(2, 60);
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let start = Instant::now();
        assert!(buckets.allows(here, start) && buckets.allows(here, start) && !buckets.allows(here, start));
        assert!(buckets.allows(there, start), "another isn't held up");
        assert!(buckets.allows(here, start + Duration::from_millis(1_001)));
        assert!(!buckets.allows(here, start + Duration::from_millis(1_002)));
    }

    #[test]
    fn a_network_of_ipv6_shares_one() {
        let mut buckets = Buckets::new(1, 1);
        let now = Instant::now();
        let address = |last| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        assert!(buckets.allows(address(1), now) && !buckets.allows(address(2), now));
    }
}

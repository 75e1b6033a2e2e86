//! How often one address may knock: a token bucket each, kept for few addresses; and how many of its connections may wait.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets kept at most; beyond them full ones are forgotten, and where that frees none a new address waits.
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

/// Connections that haven't said who they are, by address.
#[derive(Debug)]
pub struct Waiting {
    most: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// A place among them, until it is dropped.
#[derive(Debug)]
pub struct WaitingPlace {
    of: Arc<Waiting>,
    from: IpAddr,
}

impl Waiting {
    /// So many of one address at a time.
    pub fn new(most: usize) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// A place, if the address has one left.
    pub fn place(self: &Arc<Self>, from: IpAddr) -> Option<WaitingPlace> {
        let from = of_network(from);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(WaitingPlace { of: Arc::clone(self), from })
    }
}

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let left = counts.get_mut(&self.from).map_or(0, |count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == 0 {
            counts.remove(&self.from);
        }
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
    fn an_address_fills_no_more_than_its_places() {
        let waiting = Arc::new(Waiting::new(2));
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let held = [waiting.place(here), waiting.place(here)];
        assert!(held.iter().all(Option::is_some) && waiting.place(here).is_none());
        assert!(waiting.place(there).is_some(), "another isn't held up");
        drop(held);
        assert!(waiting.place(here).is_some());
        assert!(waiting.counts.lock().unwrap().is_empty(), "who has gone isn't kept");
    }

    #[test]
    fn a_network_of_ipv6_shares_one() {
        let mut buckets = Buckets::new(1, 1);
        let now = Instant::now();
        let address = |last| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        assert!(buckets.allows(address(1), now) && !buckets.allows(address(2), now));
    }
}

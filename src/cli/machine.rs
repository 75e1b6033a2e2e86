//! The machine's clock and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::TryRng;

use crate::domain::{Timestamp, TimestampError};
use crate::hall::{Clock, Random};

/// The system clock; `GUILDHALL_CLOCK` fixes it, for runs that must repeat.
pub struct SystemClock {
    fixed: Option<Timestamp>,
}

impl SystemClock {
    /// From the environment's text, if there is one; it must be a time.
    pub fn new(fixed: Option<&str>) -> Result<Self, TimestampError> {
        Ok(Self { fixed: fixed.map(str::parse).transpose()? })
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        })
    }
}

/// The system's generator.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if rand::rngs::SysRng.try_fill_bytes(bytes).is_err() {
            // without randomness every key and salt would be worthless
            std::process::abort();
        }
    }
}

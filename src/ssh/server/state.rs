//! What all connections share: the hall, the settings, who is in, and the word that ends sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::keys::ssh_key::PublicKey;
use tokio::sync::watch;

use crate::commands::Serving;
use crate::domain::State;
use crate::hall::{Clock, Hall, Random};

use super::bucket::Buckets;
use super::metrics::Metrics;
use super::who::{Who, may_stay};

/// Why a session ends that its member didn't end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The server stops.
    Stops,
    /// The key was revoked, or its certificate has ended.
    Revoked,
    /// Nobody typed for long.
    Idle,
    /// It lasted as long as one may.
    TooLong,
    /// More came than anybody types.
    TooMuch,
    /// The connection is gone.
    Gone,
}

impl Ending {
    /// What is told after the screen is given back.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stops => "guildhall stops for now; what you typed is kept, come back in a moment",
            Self::Revoked => "the key you came in with was revoked, or its certificate has ended",
            Self::Idle => "nothing was typed for a while; what you typed before is kept",
            Self::TooLong => "the session lasted as long as one may; what you typed is kept",
            Self::TooMuch => "more came at once than can be taken in; what was typed before it is kept",
            Self::Gone => "",
        }
    }
}

/// See the module's first line.
pub struct Shared {
    /// The hall.
    pub hall: Arc<Hall>,
    /// The clock, for commands.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for commands.
    pub random: Arc<dyn Random>,
    /// How it is served.
    pub settings: Serving,
    /// Whose certificates count.
    pub authorities: Vec<PublicKey>,
    /// Counters.
    pub metrics: Metrics,
    /// How often an address may file petitions.
    pub petitioners: Mutex<Buckets>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    next: u64,
    live: HashMap<u64, (Who, watch::Sender<Option<Ending>>)>,
    stopping: bool,
}

/// A session's place; it is free again when this is dropped.
pub struct Place {
    shared: Arc<Shared>,
    number: u64,
    /// Says when and why the session is to end.
    pub ending: watch::Receiver<Option<Ending>>,
}

/// Strangers who may fill in the form at a time.
const STRANGERS: usize = 32;
/// Petitions that one address may file at once, and a minute.
const PETITIONS: (u32, u32) = (3, 1);

impl Shared {
    /// For a hall served so.
    pub fn new(
        hall: Arc<Hall>,
        settings: Serving,
        authorities: Vec<PublicKey>,
        (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
    ) -> Self {
        Self {
            hall,
            clock,
            random,
            settings,
            authorities,
            metrics: Metrics::default(),
            petitioners: Mutex::new(Buckets::new(PETITIONS.0, PETITIONS.1)),
            sessions: Mutex::default(),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more session.
    ///
    /// Errors: in words, why there is none.
    pub fn enter(self: &Arc<Self>, who: &Who) -> Result<Place, &'static str> {
        let mut sessions = self.sessions();
        let same = |other: &Who| match (who, other) {
            (Who::Member { id, .. }, Who::Member { id: other, .. }) => id == other,
            (Who::Stranger(key), Who::Stranger(other)) => key == other,
            _ => false,
        };
        let own = sessions.live.values().filter(|(other, _)| same(other)).count();
        let most = if matches!(who, Who::Member { .. }) { self.settings.sessions_of_a_member } else { 1 };
        if sessions.stopping {
            return Err("guildhall is stopping; come back in a moment");
        }
        if sessions.live.len() >= self.settings.sessions {
            return Err("the hall is full; try again later");
        }
        let strangers = || sessions.live.values().filter(|(other, _)| matches!(other, Who::Stranger(_))).count();
        if matches!(who, Who::Stranger(_)) && strangers() >= STRANGERS {
            return Err("too many ask for admission just now; try again later");
        }
        if own >= most {
            return Err("you have too many sessions open; end one first");
        }
        let (sender, ending) = watch::channel(None);
        sessions.next += 1;
        let number = sessions.next;
        sessions.live.insert(number, (who.clone(), sender));
        self.metrics.sessions.set(u64::try_from(sessions.live.len()).unwrap_or(u64::MAX));
        Ok(Place { shared: Arc::clone(self), number, ending })
    }

    /// Ends the sessions of whoever may not stay in this state of the hall.
    pub fn turn_out(&self, state: &State) {
        let now = self.hall.now();
        for (who, ending) in self.sessions().live.values() {
            if !may_stay(state, who, now) {
                ending.send_replace(Some(Ending::Revoked));
            }
        }
    }

    /// Ends all sessions and takes no more; how many there are.
    pub fn stop(&self) -> usize {
        let mut sessions = self.sessions();
        sessions.stopping = true;
        for (_, ending) in sessions.live.values() {
            ending.send_replace(Some(Ending::Stops));
        }
        sessions.live.len()
    }

    /// How many sessions there are.
    pub fn count(&self) -> usize {
        self.sessions().live.len()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sessions = self.shared.sessions();
        sessions.live.remove(&self.number);
        self.shared.metrics.sessions.set(u64::try_from(sessions.live.len()).unwrap_or(u64::MAX));
    }
}

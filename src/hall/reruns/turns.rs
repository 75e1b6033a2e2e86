//! Whose turn it is: one computes at a time, and who was served longest ago is next, so that nobody's many jobs keep
//! another's one waiting.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::domain::MemberId;

/// See the module's first line.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    is_taken: bool,
    waiting: Vec<(MemberId, oneshot::Sender<Turn>)>,
    /// When somebody was served last, counted in turns.
    served: BTreeMap<MemberId, u64>,
    count: u64,
}

/// A turn; it goes on to the next when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Turns);

impl Turns {
    /// Waits for a turn; `ahead` is told how many wait or compute before it. Given up, the wait leaves no trace.
    pub async fn take(&self, who: &MemberId, ahead: impl FnOnce(usize)) -> Turn {
        let waiting = {
            let mut line = self.line();
            if line.is_taken {
                let (sender, receiver) = oneshot::channel();
                line.waiting.retain(|(_, sender)| !sender.is_closed());
                ahead(line.waiting.len() + 1);
                line.waiting.push((who.clone(), sender));
                receiver
            } else {
                line.is_taken = true;
                line.serve(who);
                return Turn(self.clone());
            }
        };
        match waiting.await {
            Ok(turn) => turn,
            // a line never drops those who wait; if it did, a turn of one's own is the honest answer
            Err(_) => Turn(self.clone()),
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass_on(&self) {
        let next = self.line().next();
        if let Some(sender) = next {
            // who has gone meanwhile drops the turn, which passes it on again
            let _ = sender.send(Turn(self.clone()));
        }
    }
}

impl Line {
    fn serve(&mut self, who: &MemberId) {
        self.count += 1;
        self.served.insert(who.clone(), self.count);
    }

    /// Takes out who is next; the line is free if nobody is.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        self.waiting.retain(|(_, sender)| !sender.is_closed());
        let served = |who: &MemberId| self.served.get(who).copied().unwrap_or(0);
        let first = self.waiting.iter().enumerate().min_by_key(|(place, (who, _))| (served(who), *place));
        let Some(place) = first.map(|(place, _)| place) else {
            self.is_taken = false;
            return None;
        };
        let (who, sender) = self.waiting.remove(place);
        self.serve(&who);
        Some(sender)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u8) -> MemberId {
        format!("m_{}", char::from(b'a' + n).to_string().repeat(26)).parse().unwrap()
    }

    #[tokio::test]
    async fn who_asks_often_waits_for_who_asks_once() {
        let (turns, order) = (Turns::default(), Arc::new(Mutex::new(Vec::new())));
        let first = turns.take(&member(0), |_| ()).await;
        let mut jobs = Vec::new();
        for (number, who) in [0, 0, 0, 1].into_iter().enumerate() {
            let (turns, order) = (turns.clone(), Arc::clone(&order));
            jobs.push(tokio::spawn(async move {
                let _turn = turns.take(&member(who), |_| ()).await;
                order.lock().unwrap().push(number);
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for job in jobs {
            job.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [3, 0, 1, 2]);
    }

    #[tokio::test]
    async fn who_gives_up_keeps_nobody_waiting() {
        let turns = Turns::default();
        let first = turns.take(&member(0), |_| ()).await;
        let waits = turns.clone();
        let gone = tokio::spawn(async move { waits.take(&member(1), |_| ()).await });
        tokio::task::yield_now().await;
        gone.abort();
        let _ = gone.await;
        drop(first);
        let mut told = None;
        let _second = turns.take(&member(2), |ahead| told = Some(ahead)).await;
        assert_eq!(told, None, "the line is free");
    }
}

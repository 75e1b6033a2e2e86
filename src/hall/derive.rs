//! What the hall signs after an act, as events; the same when appending and when verifying.

use crate::consensus::{Following, RULE, Snapshot, follow};
use crate::domain::{Digest, Event, ItemId, State};
use crate::ledger::Hash;

/// The consequences of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Derived {
    /// Exactly these follow, in order.
    Events(Vec<Event>),
    /// They rest on answers that are erased or not disclosed.
    NotDerivable,
}

/// What follows from entry `seq`, which says `event` on `item` and has been applied; `root` is the tree's with it.
pub(super) fn derive(state: &State, item: Option<&ItemId>, event: &Event, (seq, root): (u64, Hash)) -> Derived {
    let Some(item) = item.and_then(|id| state.items.get(id)) else { return Derived::Events(Vec::new()) };
    // skills are a constant of the rule until a snapshot is in force
    match follow(state, item, event, &Snapshot::default()) {
        Following::Nothing => Derived::Events(Vec::new()),
        Following::NotDerivable => Derived::NotDerivable,
        Following::Routed(routing) => {
            let opened = Event::BodiesOpened { root: Digest::from_bytes(root), size: seq + 1 };
            let routed =
                Event::ItemRouted { cause: seq, labels: routing.labels, rule: RULE.to_owned(), to: routing.to };
            Derived::Events(routing.opens.then_some(opened).into_iter().chain([routed]).collect())
        }
    }
}

//! Where an item goes after an act (step 5): another rater, agreed, disputed; adjudicated, gold; upheld, superseded.

use crate::domain::{Event, Item, ItemState, LabelKey, Route, Separation, State};

use super::label::{Read, labels};
use super::skill::Snapshot;

/// The rule's name in entries and releases.
pub const RULE: &str = "consensus/1";

/// What the hall derives from an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Where the item goes.
    pub to: Route,
    /// What a ruling must answer, if disputed.
    pub labels: Vec<LabelKey>,
    /// Its answers may be read from now on.
    pub opens: bool,
}

/// Whether an act of this kind has a consequence at all, whatever the answers.
pub enum Following {
    /// Nothing follows.
    Nothing,
    /// This follows.
    Routed(Routing),
    /// It rests on answers that are erased or not disclosed.
    NotDerivable,
}

/// What follows from `event`, which has been applied to the item.
pub fn follow(state: &State, item: &Item, event: &Event, snapshot: &Snapshot) -> Following {
    let to = |to: Route| Following::Routed(Routing { to, labels: Vec::new(), opens: false });
    match event {
        Event::JudgementSubmitted {} | Event::JudgementRevised { .. } => by_judgements(state, item, snapshot),
        Event::JudgementWithdrawn { .. } => by_judgements(state, item, snapshot),
        Event::BodyErased { part, .. } if part == "answers" => match item.state {
            ItemState::Gold if item.lost_answer && !item.challenged => to(Route::Challenged),
            ItemState::Open => by_judgements(state, item, snapshot),
            _ => Following::Nothing,
        },
        Event::RulingGiven {} if item.challenged => challenge_ruled(state, item, snapshot),
        Event::RulingGiven {} => to(Route::Adjudicated),
        Event::ReviewSigned {} if is_gold(state, item) => to(Route::Gold),
        _ => Following::Nothing,
    }
}

fn by_judgements(state: &State, item: &Item, snapshot: &Snapshot) -> Following {
    let routed = |to: Route, labels: Vec<LabelKey>, opens: bool| Following::Routed(Routing { to, labels, opens });
    let Some(charter) = state.charter_of(item) else { return Following::NotDerivable };
    if item.live().any(|judgement| judgement.answers.is_none()) || item.shape.outputs() == 0 {
        return Following::NotDerivable;
    }
    let Some(read) = Read::of(state, charter, item) else { return Following::NotDerivable };
    if read.judgements() < charter.overlap.min as usize {
        return routed(Route::AnotherRater, Vec::new(), false);
    }
    let unsettled: Vec<LabelKey> = charter
        .deciding(&item.shape)
        .into_iter()
        .filter(|key| item.unsafe_flag || !read.verdict(snapshot, key).is_some_and(|(verdict, ..)| verdict.settled))
        .collect();
    if unsettled.is_empty() {
        return routed(Route::Agreed, Vec::new(), true);
    }
    let maximum = charter.overlap.max as usize + usize::from(item.extra_rater);
    if read.judgements() < maximum && !item.unsafe_flag {
        return routed(Route::AnotherRater, Vec::new(), false);
    }
    routed(Route::Disputed, unsettled, true)
}

/// A challenge's ruling against the values that stood: the ruling is the last, and doesn't count among them yet.
fn challenge_ruled(state: &State, item: &Item, snapshot: &Snapshot) -> Following {
    let Some(ruling) = item.rulings.last() else { return Following::Nothing };
    let Some(ruled) = ruling.answers.as_ref() else { return Following::NotDerivable };
    if state.charter_of(item).and_then(|charter| Read::of(state, charter, item)).is_none() {
        return Following::NotDerivable;
    }
    let standing = labels(state, item, snapshot);
    let stood = |key: &String, value: &String| {
        standing.iter().any(|label| label.key.to_string() == *key && label.verdict.value.to_string() == *value)
    };
    let upheld = ruled.iter().all(|(key, value)| stood(key, value));
    let to = if upheld { Route::Upheld } else { Route::Superseded };
    Following::Routed(Routing { to, labels: Vec::new(), opens: false })
}

fn is_gold(state: &State, item: &Item) -> bool {
    let Some(charter) = state.charter_of(item).filter(|charter| charter.separation == Separation::Strict) else {
        return false;
    };
    item.sign_offs().count() >= charter.sign_offs as usize
}

//! What an event changes in the rows; the same for a store and for `verify`. It decides nothing.

use std::collections::BTreeSet;

use super::decide_members::is_of_members;
use super::project_members::{members_event, name_text, note_terms, put_in_force};
use super::{
    Act, Batch, BatchId, Dispute, DisputeCause, Event, FlagReason, Guild, HallFacts, HallId, Item, ItemId, ItemState,
    Judgement, LabelKey, Member, Note, Review, Route, Ruling, Standing, State, Timestamp,
};

/// Applies the act of entry `seq`, made at `at` in `hall`, to the rows.
pub fn project(state: &mut State, hall: &HallId, act: &Act, (seq, at): (u64, Timestamp)) {
    end_founding(state, (seq, at));
    if act.item.is_none()
        && let (Some(actor), false) = (&act.actor, act.parts.is_empty())
    {
        state.authors.insert(seq, actor.clone());
    }
    match &act.event {
        Event::HallFounded { constitution, demo, founders, hall_key, licence, name } => {
            state.hall = Some(HallFacts {
                id: hall.clone(),
                name: name.clone(),
                licence: licence.clone(),
                key: hall_key.clone(),
                constitution: constitution.clone(),
                demo: *demo,
                founded: at,
                founding_over: None,
                signing: Vec::new(),
                named: BTreeSet::from([constitution.clone()]),
            });
            put_in_force(state, constitution);
            for founder in founders {
                let member = Member::new(founder.member.clone(), &founder.key, at);
                let member = Member { founder: true, steward: founder.steward, ..member };
                state.members.insert(founder.member.clone(), member);
            }
        }
        Event::GuildAdded { .. } | Event::ItemsImported { .. } | Event::ReleaseCut { .. } => {
            guild_event(state, act, seq)
        }
        Event::BodyErased { entry, .. } if act.item.is_none() => {
            // a name to be listed by that is gone is asked for again
            for member in state.members.values_mut().filter(|member| member.named == Some(*entry)) {
                member.named = None;
            }
        }
        event if event.is_due() || is_of_members(event) => members_event(state, act, (seq, at)),
        Event::PetitionFiled { .. } | Event::CredentialAttested { .. } => members_event(state, act, (seq, at)),
        _ => item_event(state, act, (seq, at)),
    }
}

/// The founding ends when its condition is met, and doesn't begin again.
fn end_founding(state: &mut State, (seq, at): (u64, Timestamp)) {
    let over = !state.is_founding(at);
    if let Some(hall) = state.hall.as_mut().filter(|hall| over && hall.founding_over.is_none()) {
        hall.founding_over = Some(seq);
    }
}

fn guild_event(state: &mut State, act: &Act, seq: u64) {
    let Some(id) = act.guild.clone() else { return };
    if let Event::GuildAdded { charter } = &act.event {
        let guild = Guild {
            id: id.clone(),
            charter: charter.clone(),
            batches: Default::default(),
            releases: Default::default(),
        };
        state.guilds.insert(id, guild);
        name_text(state, charter);
        note_terms(state, charter);
        return;
    }
    let Some(guild) = state.guilds.get_mut(&id) else { return };
    match (&act.event, &act.actor) {
        (Event::ItemsImported { count, root, .. }, Some(importer)) => {
            if let Ok(batch) = BatchId::try_from(root.to_string()) {
                guild.batches.insert(batch, Batch { seq, importer: importer.clone(), count: *count });
            }
        }
        (Event::ReleaseCut { version, .. }, _) => {
            guild.releases.insert(version.clone());
        }
        _ => {}
    }
}

fn item_event(state: &mut State, act: &Act, (seq, at): (u64, Timestamp)) {
    let Some(id) = act.item.as_ref() else { return };
    let all_labels = deciding(state, id);
    let standing = act
        .guild
        .as_ref()
        .zip(act.actor.as_ref())
        .and_then(|(guild, actor)| Some(state.standing(state.members.get(actor)?, guild, at)));
    let attested = state.is_attested(act);
    let Some(item) = state.items.get_mut(id) else { return };
    item.touched = Some((seq, at));
    item.steered |= attested && matches!(act.event, Event::RaterRequested {} | Event::AdjudicatorRecused {});
    if let (Some(actor), false) = (&act.actor, act.parts.is_empty()) {
        item.authors.insert(seq, actor.clone());
    }
    match (&act.event, standing) {
        (Event::ItemRouted { .. }, _) => routed(item, act, (seq, at), all_labels),
        (_, Some(standing)) => acted(item, act, Place { seq, at, standing, attested, all_labels }),
        _ => {}
    }
}

fn deciding(state: &State, id: &ItemId) -> Vec<LabelKey> {
    let item = state.items.get(id);
    let charter = item.and_then(|item| state.charter_of(item));
    charter.zip(item).map(|(charter, item)| charter.deciding(&item.shape)).unwrap_or_default()
}

struct Place {
    seq: u64,
    at: Timestamp,
    standing: Standing,
    attested: bool,
    all_labels: Vec<LabelKey>,
}

fn acted(item: &mut Item, act: &Act, place: Place) {
    let Some(actor) = act.actor.clone() else { return };
    let Place { seq, at, standing, attested, all_labels } = place;
    match &act.event {
        Event::JudgementSubmitted {} | Event::JudgementRevised { .. } => {
            let (answers, terms, replaced) = (act.answers(), act.terms.clone(), Vec::new());
            judged(
                item,
                act,
                Judgement { seq, actor, standing, at, answers, withdrawn: false, attested, terms, replaced },
            );
        }
        Event::JudgementWithdrawn { judgement } => take_back(item, *judgement),
        Event::ItemSkipped {} => {
            item.skipped.insert(actor);
        }
        Event::ItemFlagged { flag } => {
            item.paused = true;
            item.unsafe_flag |= *flag == FlagReason::Unsafe;
        }
        Event::FlagResolved {} => item.paused = false,
        Event::ItemNoted {} => item.notes.push(Note { seq, actor, at }),
        Event::ItemRerun { .. } => item.reruns.push(Note { seq, actor, at }),
        Event::RulingGiven {} => {
            let labels = item.dispute.as_ref().map(|dispute| dispute.labels.clone()).unwrap_or_default();
            let (stands, answers, terms) = (!item.challenged, act.answers(), act.terms.clone());
            item.rulings.push(Ruling { seq, actor, standing, answers, labels, stands, attested, terms });
        }
        Event::RaterRequested {} => {
            item.extra_rater = true;
            item.requester = Some(actor);
            item.state = ItemState::Open;
            item.dispute = None;
        }
        Event::AdjudicatorRecused {} => {
            item.recused.insert(actor);
        }
        Event::ReviewSigned {} => {
            let terms = act.terms.clone();
            item.reviews.push(Review { seq, actor, standing, signed: true, stands: true, terms });
        }
        Event::ReviewReturned {} => {
            returned(item, Review { seq, actor, standing, signed: false, stands: false, terms: None });
            item.dispute = Some(Dispute { seq, at, cause: DisputeCause::Return, labels: all_labels });
        }
        Event::GoldChallenged {} => {
            item.challenged = true;
            item.challenger = Some(actor);
            item.dispute = Some(Dispute { seq, at, cause: DisputeCause::Challenge, labels: all_labels });
        }
        Event::ItemWithdrawn { .. } => {
            item.state = ItemState::Withdrawn;
            item.dispute = None;
            item.challenged = false;
            item.paused = false;
        }
        Event::BodyErased { entry, part, .. } if part == "answers" => erased(item, *entry),
        _ => {}
    }
}

/// A judgement that is new, or stands in for the one it revises.
fn judged(item: &mut Item, act: &Act, given: Judgement) {
    let Event::JudgementRevised { replaces } = &act.event else {
        item.charter = item.charter.take().or_else(|| act.charter.clone());
        return item.judgements.push(given);
    };
    if let Some(judgement) = item.judgements.iter_mut().find(|judgement| judgement.seq == *replaces) {
        let replaced = [judgement.replaced.as_slice(), &[judgement.seq]].concat();
        *judgement = Judgement { replaced, ..given };
    }
}

fn returned(item: &mut Item, review: Review) {
    reopen_values(item);
    item.reviews.push(review);
    item.returns += 1;
    item.state = ItemState::Disputed;
}

/// Values that were settled are open again: rulings and sign-offs about them stand no more.
fn reopen_values(item: &mut Item) {
    item.rulings.iter_mut().for_each(|ruling| ruling.stands = false);
    item.reviews.iter_mut().for_each(|review| review.stands = false);
}

/// A judgement that doesn't count any more; before gold the item opens again.
fn take_back(item: &mut Item, seq: u64) {
    let Some(judgement) = item.judgements.iter_mut().find(|judgement| judgement.seq == seq) else { return };
    judgement.answers = None;
    let counted = !std::mem::replace(&mut judgement.withdrawn, true);
    if counted && !matches!(item.state, ItemState::Gold | ItemState::Withdrawn) {
        reopen_values(item);
        item.state = ItemState::Open;
        item.dispute = None;
    }
}

/// An erased judgement is taken back; an erased ruling reopens what it ruled on. Gold that rested on either lost an answer.
fn erased(item: &mut Item, entry: u64) {
    let rested = item.live().any(|judgement| judgement.seq == entry)
        || item.standing_rulings().any(|ruling| ruling.seq == entry);
    item.lost_answer |= rested && item.state == ItemState::Gold;
    take_back(item, entry);
    let Some(ruling) = item.rulings.iter_mut().find(|ruling| ruling.seq == entry) else { return };
    (ruling.answers, ruling.terms) = (None, None);
    if std::mem::replace(&mut ruling.stands, false) && item.state == ItemState::Adjudicated {
        reopen_values(item);
        item.state = ItemState::Open;
    }
}

fn routed(item: &mut Item, act: &Act, (seq, at): (u64, Timestamp), all_labels: Vec<LabelKey>) {
    let Event::ItemRouted { to, labels, .. } = &act.event else { return };
    if matches!(to, Route::Agreed | Route::Adjudicated | Route::Superseded) {
        item.verdict = Some(seq);
    }
    let mut settle = |state: ItemState| {
        item.state = state;
        item.dispute = None;
    };
    match to {
        Route::AnotherRater => settle(ItemState::Open),
        Route::Agreed => settle(ItemState::Agreed),
        Route::Adjudicated => settle(ItemState::Adjudicated),
        Route::Gold => settle(ItemState::Gold),
        Route::Disputed => {
            item.state = ItemState::Disputed;
            item.dispute = Some(Dispute { seq, at, cause: DisputeCause::Disagreement, labels: labels.clone() });
        }
        Route::Upheld => end_challenge(item),
        Route::Superseded => {
            reopen_values(item);
            if let Some(ruling) = item.rulings.last_mut() {
                ruling.stands = true;
            }
            item.state = ItemState::Adjudicated;
            end_challenge(item);
        }
        Route::Challenged => {
            item.challenged = true;
            item.dispute = Some(Dispute { seq, at, cause: DisputeCause::Challenge, labels: all_labels });
        }
    }
}

fn end_challenge(item: &mut Item) {
    item.lost_answer = false;
    item.challenged = false;
    item.challenger = None;
    item.dispute = None;
}

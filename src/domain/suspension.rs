//! Suspension: who takes a member's part away, what is left to them, and who gives it back.

use super::state::member;
use super::{Act, DAY_MS, Event, Member, MemberId, Number, Refusal, Rule, State, Timestamp};

/// Whether the act is one that a suspended member may still do.
pub(super) fn may_act(state: &State, act: &Act, who: &Member, at: Timestamp) -> Result<(), Refusal> {
    let Some(until) = who.suspended_until(at) else { return Ok(()) };
    let left = match &act.event {
        Event::JudgementWithdrawn { .. }
        | Event::AttestationRevoked { .. }
        | Event::RecoveryStopped { .. }
        | Event::SuspensionAppealed {}
        | Event::TermsSet { .. } => true,
        Event::BodyErased { article, .. } => article.is_none(),
        Event::KeyAdded { member, .. } | Event::KeyRevoked { member, .. } => *member == who.id,
        _ => false,
    };
    let why = format!("you are suspended until {}; you may appeal, take back and erase what is yours", until.day());
    state.require(left, Rule::Suspended, &why)
}

/// Whether a steward may suspend this member.
pub(super) fn may_suspend(state: &State, who: &MemberId, whom: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let subject = member(state, whom)?;
    state.require(who != whom, Rule::Suspension, "nobody suspends themselves")?;
    let Some(last) = &subject.suspension else { return Ok(()) };
    let days = state.number(Number::SuspensionAgainDays);
    let again = last.at.plus_ms(days * DAY_MS);
    let why =
        format!("they were suspended within {days} days; to do so again before {} takes the members", again.day());
    state.require(again <= at, Rule::Suspension, &why)
}

/// Whether somebody may appeal.
pub(super) fn may_appeal(state: &State, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let member = member(state, who)?;
    state.require(member.suspended_until(at).is_some(), Rule::Suspension, "you are not suspended")?;
    let first = member.suspension.as_ref().is_some_and(|held| held.appeal.is_none());
    state.require(first, Rule::Suspension, "you appealed already; another steward may lift the suspension")
}

/// Whether a steward may lift a suspension.
pub(super) fn may_lift(state: &State, who: &MemberId, whom: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let subject = member(state, whom)?;
    state.require(subject.suspended_until(at).is_some(), Rule::Suspension, "they are not suspended")?;
    let other = subject.suspension.as_ref().is_some_and(|held| held.by != *who);
    state.require(other, Rule::Suspension, "another steward than the one who suspended lifts it")
}

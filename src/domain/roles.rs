//! Who may do what on an item: eligibility, blindness and separation of roles, and who is missing when nobody may.

use std::collections::BTreeSet;

use super::institutions::{declared, without_interest};
use super::state::{item, member};
use super::{
    Attested, Charter, Item, ItemId, ItemState, Member, MemberId, Refusal, Role, Rule, Separation, Standing, State,
    Timestamp,
};

/// The charter an item is under and the member's standing there.
fn standing_on<'a>(
    state: &'a State,
    item: &Item,
    who: &MemberId,
    at: Timestamp,
) -> Result<(&'a Charter, Standing), Refusal> {
    let member = member(state, who)?;
    let suspended = member.suspended_until(at).is_some();
    state.require(!suspended, Rule::Suspended, "whoever is suspended has no role on an item; they may appeal")?;
    let standing = state.standing(member, &item.guild, at);
    let charter = state.charter_of(item);
    let missing = || state.refusal(Rule::Role, format!("no guild `{}` is in this hall", item.guild));
    Ok((charter.ok_or_else(missing)?, standing))
}

/// Whether the charter admits the standing to `role`.
fn admit(state: &State, item: &Item, role: Role, on: (&Charter, &Standing)) -> Result<(), Refusal> {
    let (charter, standing) = on;
    if role.admits(charter, &standing.class) {
        return Ok(());
    }
    let reason =
        format!("the charter of {} admits no `{}` as {role}; a credential may be attested", item.guild, standing.class);
    Err(state.refusal(Rule::Role, reason))
}

/// How many judgements the item wants in all, given those it has.
fn wanted(item: &Item, charter: &Charter) -> usize {
    let (min, max) = (charter.overlap.min as usize, charter.overlap.max as usize + usize::from(item.extra_rater));
    (item.live_count() + 1).max(min).min(max)
}

/// How many more judgements the item takes now; 0 unless it is open.
pub fn open_places(state: &State, item: &Item) -> usize {
    match state.charter_of(item) {
        Some(charter) if item.state == ItemState::Open => wanted(item, charter).saturating_sub(item.live_count()),
        _ => 0,
    }
}

/// Whether `who` may judge the item now; leases are not asked here.
pub fn may_rate(state: &State, id: &ItemId, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let item = item(state, id)?;
    let (charter, standing) = standing_on(state, item, who, at)?;
    let own_import = state.importer(item) == Some(who);
    state.require(!own_import, Rule::OwnImport, "you imported this item, so others judge it")?;
    admit(state, item, Role::Rater, (charter, &standing))?;
    without_interest(state, item, Role::Rater, (who, at))?;
    let judged = item.judgements.iter().any(|judgement| judgement.actor == *who);
    state.require(!judged, Rule::JudgedAlready, "you judged this item; revise it while it is open")?;
    let acted = item.rulings.iter().any(|ruling| ruling.actor == *who) || item.reviews.iter().any(|r| r.actor == *who);
    state.require(!acted, Rule::ItemClosed, "you ruled on this item or reviewed it, so others judge it")?;
    let stepped_in = item.recused.contains(who) || item.requester.as_ref() == Some(who);
    state.require(!stepped_in, Rule::ItemClosed, "you acted on this item as adjudicator, so others judge it")?;
    state.require(!item.paused, Rule::Paused, "a flag stands; a steward resolves it first")?;
    state.require(
        item.state != ItemState::Gold,
        Rule::GoldByChallengeOnly,
        "this item is gold; challenge it instead",
    )?;
    if item.state != ItemState::Open {
        let full = item.live_count() >= charter.overlap.max as usize + usize::from(item.extra_rater);
        let rule = if full { Rule::OverlapFull } else { Rule::ItemClosed };
        return Err(state.refusal(rule, format!("the item is {}, and takes no more judgements", item.state)));
    }
    state.require(wanted(item, charter) > item.live_count(), Rule::OverlapFull, "the item has all its raters")?;
    leaves_an_adjudicator(state, item, (who, &standing), at)
}

/// Under strict separation somebody must be able to rule after `rater` has judged.
fn leaves_an_adjudicator(
    state: &State,
    item: &Item,
    rater: (&MemberId, &Standing),
    at: Timestamp,
) -> Result<(), Refusal> {
    let Some(charter) = state.charter_of(item).filter(|charter| charter.separation == Separation::Strict) else {
        return Ok(());
    };
    let mut institutions: BTreeSet<&str> =
        item.live().map(|judgement| state.institution(&judgement.standing.institution, None)).collect();
    institutions.insert(&rater.1.institution);
    let brought = state.importer(item).and_then(|id| state.members.get(id));
    let brought = brought.map(|member| state.homes(member, at)).unwrap_or_default();
    let could_rule = |member: &Member| {
        if member.suspended_until(at).is_some() {
            return false;
        }
        let standing = state.standing(member, &item.guild, at);
        Role::Adjudicator.admits(charter, &standing.class)
            && !institutions.contains(standing.institution.as_str())
            && !declared(state, member)
                .iter()
                .any(|house| institutions.contains(house.as_str()) || brought.contains(house))
            && member.id != *rater.0
            && !has_acted(item, &member.id)
            && state.importer(item) != Some(&member.id)
    };
    state.require(
        state.members.values().any(could_rule),
        Rule::NobodyToAdjudicate,
        "after your judgement nobody of another institution could rule on a dispute; another rater is needed",
    )
}

fn has_acted(item: &Item, who: &MemberId) -> bool {
    item.judgements.iter().any(|judgement| judgement.actor == *who)
        || item.rulings.iter().any(|ruling| ruling.actor == *who)
        || item.reviews.iter().any(|review| review.actor == *who)
        || item.recused.contains(who)
        || item.challenger.as_ref() == Some(who)
}

/// Whether `who` may rule on the item's open dispute.
pub fn may_adjudicate(state: &State, id: &ItemId, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let item = item(state, id)?;
    let (charter, standing) = standing_on(state, item, who, at)?;
    let rated = item.judgements.iter().any(|judgement| judgement.actor == *who);
    let alone = charter.separation == Separation::Solo;
    state.require(!rated || alone, Rule::AdjudicatorRated, "you judged this item, so another rules on it")?;
    let own_import = state.importer(item) == Some(who);
    state.require(!own_import || alone, Rule::OwnImport, "you imported this item, so another rules on it")?;
    let gold = item.state == ItemState::Gold && item.dispute.is_none();
    state.require(!gold, Rule::GoldByChallengeOnly, "this item is gold; challenge it first")?;
    state.require(
        item.dispute.is_some(),
        Rule::NotDisputed,
        &format!("no dispute is open; the item is {}", item.state),
    )?;
    state.require(!item.paused, Rule::Paused, "a flag stands; a steward resolves it first")?;
    let ruled = item.rulings.iter().any(|ruling| ruling.actor == *who);
    state.require(!ruled, Rule::AdjudicatorRuled, "you ruled on this item before, so another does now")?;
    let reviewed = item.reviews.iter().any(|review| review.actor == *who) || item.challenger.as_ref() == Some(who);
    state.require(
        !reviewed,
        Rule::AdjudicatorReviewed,
        "you reviewed or challenged this item, so another rules on it",
    )?;
    state.require(!item.recused.contains(who), Rule::Recused, "you recused yourself from this dispute")?;
    let mut institutions = item.live().map(|judgement| state.institution(&judgement.standing.institution, None));
    let shared = charter.separation == Separation::Strict && institutions.any(|name| *name == standing.institution);
    state.require(
        !shared,
        Rule::AdjudicatorInstitution,
        "a rater of this item is of your institution, so another rules",
    )?;
    without_interest(state, item, Role::Adjudicator, (who, at))?;
    admit(state, item, Role::Adjudicator, (charter, &standing))?;
    let panel = item.returns < 2 || member(state, who)?.steward;
    state.require(panel, Rule::Panel, "the item was returned twice, so a steward rules on it or withdraws it")
}

/// Whether `who` may review the item.
pub fn may_review(state: &State, id: &ItemId, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let item = item(state, id)?;
    let (charter, standing) = standing_on(state, item, who, at)?;
    let rated = item.judgements.iter().any(|judgement| judgement.actor == *who);
    state.require(!rated, Rule::ReviewerRated, "you judged this item, so others review it")?;
    let ruled = item.rulings.iter().any(|ruling| ruling.actor == *who);
    state.require(!ruled, Rule::ReviewerRuled, "you ruled on this item, so others review it")?;
    let own_import = state.importer(item) == Some(who);
    state.require(!own_import, Rule::OwnImport, "you imported this item, so others review it")?;
    state.require(
        !item.recused.contains(who),
        Rule::Recused,
        "you stepped aside from this item, so others review it",
    )?;
    let reviewed = item.reviews.iter().any(|review| review.actor == *who);
    state.require(!reviewed, Rule::ReviewedAlready, "you reviewed this item")?;
    state.require(
        item.state != ItemState::Gold,
        Rule::GoldByChallengeOnly,
        "this item is gold; challenge it instead",
    )?;
    state.require(item.is_settled(), Rule::NotReviewable, &format!("the item is {}, not settled", item.state))?;
    state.require(!item.paused, Rule::Paused, "a flag stands; a steward resolves it first")?;
    state.require(
        !barred_from_gold(charter, item),
        Rule::Attested,
        "a judgement or ruling here was attested by the hall, not signed by its author, and the charter makes no gold of it",
    )?;
    without_interest(state, item, Role::Reviewer, (who, at))?;
    admit(state, item, Role::Reviewer, (charter, &standing))?;
    let solo = charter.separation == Separation::Solo;
    state.require(!solo, Rule::NotReviewable, "without separation of roles nothing is reviewed")
}

/// Whether the item rests on acts that only the hall attests, under a charter that makes no gold of such.
fn barred_from_gold(charter: &Charter, item: &Item) -> bool {
    charter.attested != Attested::Gold && item.rests_on_attested()
}

/// Whether `who` may read what is said of the item, and say something: nobody while it is rated, so that no judgement is
/// swayed; in a dispute its raters and who may rule; anybody once it is settled.
pub fn may_discuss(state: &State, id: &ItemId, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let item = item(state, id)?;
    member(state, who)?;
    state.require(
        item.state != ItemState::Open,
        Rule::Discussion,
        "this item is being rated, so nobody talks about it yet; a flag or a skip takes a reason",
    )?;
    let rated = item.judgements.iter().any(|judgement| judgement.actor == *who);
    state.require(
        item.is_settled() || rated || has_acted(item, who) || may_adjudicate(state, id, who, at).is_ok(),
        Rule::Discussion,
        "a dispute is discussed by its raters and by those who may rule on it, until it is settled",
    )
}

/// Whether `who`'s sign-off would complete the count with nobody from outside the ruler's institution.
pub(super) fn may_sign(state: &State, id: &ItemId, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    may_review(state, id, who, at)?;
    let item = item(state, id)?;
    let (charter, standing) = standing_on(state, item, who, at)?;
    let Some(ruler) = item.standing_rulings().last().filter(|_| charter.separation == Separation::Strict) else {
        return Ok(());
    };
    let rulers = state.institution(&ruler.standing.institution, None);
    let outside = |institution: &str| state.institution(institution, None) != rulers;
    let completes = item.sign_offs().count() + 1 >= charter.sign_offs as usize;
    let has_outsider = outside(&standing.institution) || item.sign_offs().any(|r| outside(&r.standing.institution));
    state.require(
        !completes || has_outsider,
        Rule::ReviewerInstitution,
        "you are of the ruler's institution, and the last sign-off needed must come from outside it",
    )
}

/// Why nobody can act next on the item: the role that is missing and the rule; none if somebody can.
pub fn missing_for(state: &State, item: &Item, at: Timestamp) -> Option<(Role, Refusal)> {
    type Check = fn(&State, &ItemId, &MemberId, Timestamp) -> Result<(), Refusal>;
    let charter = state.charter_of(item)?;
    let (role, rule, check): (Role, Rule, Check) = match item.state {
        _ if item.paused || (item.is_settled() && barred_from_gold(charter, item)) => return None,
        _ if item.dispute.is_some() => (Role::Adjudicator, Rule::AdjudicatorInstitution, may_adjudicate),
        ItemState::Open => (Role::Rater, Rule::NobodyToAdjudicate, may_rate),
        ItemState::Agreed | ItemState::Adjudicated if charter.separation == Separation::Strict => {
            (Role::Reviewer, Rule::ReviewerInstitution, may_sign)
        }
        _ => return None,
    };
    if state.members.keys().any(|who| check(state, &item.id, who, at).is_ok()) {
        return None;
    }
    let classes = match role {
        Role::Rater => &charter.eligibility.rater,
        Role::Adjudicator => &charter.eligibility.adjudicator,
        _ => &charter.eligibility.reviewer,
    };
    let reason = format!(
        "no member can act as {role}: it takes one of class {} who hasn't acted on it, of a free institution",
        classes.join(" or ")
    );
    Some((role, state.refusal(rule, reason)))
}

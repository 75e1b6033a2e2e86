//! The rules: whether an act may stand, decided on the rows alone; used before signing, again when appending, and by
//! `verify`. What follows from an act is `consensus`; what it changes is `project`.

use std::collections::BTreeMap;

use super::decide_members::{is_of_members, members_act, names_article, needs_text};
use super::membership::{may_found, may_petition, may_sign_with};
use super::roles::{may_discuss, may_sign};
use super::sheet::{missing, required_rationale};
use super::state::{item, member};
use super::suspension::may_act;
use super::{
    Act, Charter, Digest, Event, Founder, GuildId, Item, ItemId, ItemState, MemberId, Refusal, Role, Rule, Sheet,
    State, Timestamp, may_adjudicate, may_rate, may_review, read_sheet, shown_digest, shown_order,
};

/// Decides whether `act` may stand at `at`.
///
/// Parts whose content isn't known (erased, not disclosed) are taken as declared.
pub fn decide(state: &State, act: &Act, at: Timestamp) -> Result<(), Refusal> {
    let Some(who) = act.actor.as_ref() else {
        if let Event::PetitionFiled { key, member } = &act.event {
            return may_petition(state, act, (key, member));
        }
        return state.require(act.event.is_derived(), Rule::Sender, "the hall signs consequences only");
    };
    let halls = act.event.is_derived() || matches!(act.event, Event::PetitionFiled { .. });
    state.require(!halls, Rule::Sender, "only the hall signs this")?;
    if let Event::HallFounded { founders, hall_key, .. } = &act.event {
        found(state, who, founders)?;
        return may_found(state, founders, hall_key);
    }
    may_sign_with(state, act, member(state, who)?)?;
    may_act(state, act, member(state, who)?, at)?;
    match &act.event {
        event if is_of_members(event) => members_act(state, act, who, at),
        Event::GuildAdded { .. }
        | Event::CredentialAttested { .. }
        | Event::ItemsImported { .. }
        | Event::ReleaseCut { .. } => steward_act(state, act, who, at),
        Event::BodyErased { article, entry, .. } if act.item.is_none() => {
            erasure(state, &state.authors, who, (*entry, *article))
        }
        _ => item_act(state, act, who, at),
    }
}

fn found(state: &State, who: &MemberId, founders: &[Founder]) -> Result<(), Refusal> {
    let first = state.hall.is_none() && founders.iter().any(|founder| founder.member == *who);
    state.require(first, Rule::Sender, "a hall is founded once, by one of its founders")
}

/// Acts of stewards on the hall and its guilds.
fn steward_act(state: &State, act: &Act, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let actor = member(state, who)?;
    let attests = matches!(act.event, Event::CredentialAttested { .. }) && actor.founder && state.is_founding(at);
    state.require(actor.steward || attests, Rule::StewardOnly, "a steward does this")?;
    match &act.event {
        Event::GuildAdded { charter } => {
            let guild = guild_named(state, act)?;
            state.require(!state.guilds.contains_key(guild), Rule::GuildExists, "the guild is in this hall already")?;
            let fits = state.charters.get(charter).is_some_and(|charter| charter.id == *guild);
            state.require(fits, Rule::GuildExists, "the charter's text is not here, or is another guild's")
        }
        Event::CredentialAttested { class, expires, member: subject, .. } => {
            state.require(subject != who, Rule::OwnCredential, "nobody attests their own credential")?;
            member(state, subject)?;
            let (_, charter) = charter_in(state, guild_named(state, act)?)?;
            let known = charter.class(class).is_some();
            state.require(known, Rule::Credential, &format!("the charter knows no class `{class}`"))?;
            state.require(*expires > at, Rule::Credential, "the expiry has passed")
        }
        Event::ItemsImported { count, root, .. } => {
            let guild = state.guilds.get(guild_named(state, act)?);
            let known = guild.is_some_and(|guild| guild.batches.keys().any(|batch| batch.as_str() == root.as_str()));
            charter_in(state, guild_named(state, act)?)?;
            state.require(!known && *count > 0, Rule::BatchExists, "these items are in the guild already")
        }
        Event::ReleaseCut { labels, version, .. } => {
            let guild = guild_named(state, act)?;
            charter_in(state, guild)?;
            let taken = state.guilds.get(guild).is_some_and(|guild| guild.releases.contains(version));
            state.require(
                !taken,
                Rule::ReleaseVersion,
                &format!("version {version} of {guild} is released already"),
            )?;
            state.require(is_version(version), Rule::ReleaseVersion, "a version is three numbers, such as 1.0.0")?;
            state.require(*labels > 0, Rule::ReleaseEmpty, "no label of this guild is settled at this tier")
        }
        _ => Ok(()),
    }
}

fn guild_named<'a>(state: &State, act: &'a Act) -> Result<&'a GuildId, Refusal> {
    act.guild.as_ref().ok_or_else(|| state.refusal(Rule::Sender, "the act names no guild"))
}

fn charter_in<'a>(state: &'a State, guild: &GuildId) -> Result<(&'a Digest, &'a Charter), Refusal> {
    let found = state.charter_in_force(guild).map(|(digest, charter)| (digest, charter.as_ref()));
    found.ok_or_else(|| state.refusal(Rule::Role, format!("no guild `{guild}` is in this hall")))
}

fn is_version(version: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    let number = |part: &&str| part.parse::<u32>().is_ok_and(|number| number.to_string() == **part);
    parts.len() == 3 && parts.iter().all(number)
}

/// Notes that an item takes.
const MAX_NOTES: usize = 500;

/// Reruns that an item takes.
const MAX_RERUNS: usize = 200;

/// Acts on one item.
fn item_act(state: &State, act: &Act, who: &MemberId, at: Timestamp) -> Result<(), Refusal> {
    let Some(id) = act.item.as_ref() else {
        return Err(state.refusal(Rule::Sender, "the act names no item"));
    };
    let item = item(state, id)?;
    state.require(act.guild.as_ref() == Some(&item.guild), Rule::Sender, "the item is of another guild")?;
    let withdrawn = item.state == ItemState::Withdrawn && !matches!(act.event, Event::BodyErased { .. });
    state.require(!withdrawn, Rule::ItemClosed, "the item was withdrawn")?;
    match &act.event {
        Event::JudgementSubmitted {}
        | Event::JudgementRevised { .. }
        | Event::JudgementWithdrawn { .. }
        | Event::ItemSkipped {} => raters_act(state, act, item, (who, at)),
        Event::ItemFlagged { .. } => {
            let gold = item.state == ItemState::Gold;
            state.require(!gold, Rule::GoldByChallengeOnly, "this item is gold; challenge it instead")?;
            state.require(!item.paused, Rule::Paused, "a flag stands already")?;
            needs_text(state, act, "reason", Rule::ReasonRequired)
        }
        Event::FlagResolved {} => {
            state.require(member(state, who)?.steward, Rule::StewardOnly, "a steward resolves a flag")?;
            state.require(item.paused, Rule::NotFlagged, "no flag stands")
        }
        Event::ItemNoted {} | Event::ItemRerun { .. } => discussion(state, act, item, (who, at)),
        Event::RulingGiven {} | Event::RaterRequested {} | Event::AdjudicatorRecused {} => {
            may_adjudicate(state, id, who, at)?;
            adjudicators_act(state, act, item, who)
        }
        Event::ReviewSigned {} => {
            may_sign(state, id, who, at)?;
            under_own_terms(state, act, item, who)
        }
        Event::ReviewReturned {} => {
            may_review(state, id, who, at)?;
            needs_text(state, act, "reason", Rule::ReasonRequired)
        }
        Event::GoldChallenged {} => {
            state.require(item.state == ItemState::Gold, Rule::NotGold, &format!("the item is {}", item.state))?;
            state.require(!item.challenged, Rule::ChallengedAlready, "a challenge is open already")?;
            needs_text(state, act, "reason", Rule::ReasonRequired)
        }
        Event::ItemWithdrawn { article } => {
            state.require(member(state, who)?.steward, Rule::StewardOnly, "a steward withdraws an item")?;
            names_article(state, *article)?;
            needs_text(state, act, "reason", Rule::ReasonRequired)
        }
        Event::BodyErased { article, entry, .. } => erasure(state, &item.authors, who, (*entry, *article)),
        _ => Err(state.refusal(Rule::Sender, "this is no act on an item")),
    }
}

/// What is said, or run, about an item.
fn discussion(state: &State, act: &Act, item: &Item, (who, at): (&MemberId, Timestamp)) -> Result<(), Refusal> {
    may_discuss(state, &item.id, who, at)?;
    if matches!(act.event, Event::ItemNoted {}) {
        let full = format!("{MAX_NOTES} notes stand on this item, and it takes no more");
        state.require(item.notes.len() < MAX_NOTES, Rule::Discussion, &full)?;
        return needs_text(state, act, "note", Rule::ReasonRequired);
    }
    let full = format!("{MAX_RERUNS} reruns stand on this item, and it takes no more");
    state.require(item.reruns.len() < MAX_RERUNS, Rule::Discussion, &full)?;
    let given = act.parts.get("transcript").is_some_and(|part| part.as_ref().is_none_or(serde_json::Value::is_object));
    state.require(given, Rule::ReasonRequired, "a rerun has its transcript")
}

/// Acts of raters on what they judge.
fn raters_act(state: &State, act: &Act, item: &Item, (who, at): (&MemberId, Timestamp)) -> Result<(), Refusal> {
    match &act.event {
        Event::JudgementSubmitted {} => {
            may_rate(state, &item.id, who, at)?;
            judgement(state, act, item, who)
        }
        Event::JudgementRevised { replaces } => {
            own_live(state, item, who, *replaces)?;
            state.require(
                item.is_unread(),
                Rule::ItemClosed,
                "answers are opened, so they are not revised any more",
            )?;
            judgement(state, act, item, who)
        }
        Event::JudgementWithdrawn { judgement } => {
            own_live(state, item, who, *judgement)?;
            let gold = item.state == ItemState::Gold;
            state.require(!gold, Rule::GoldByChallengeOnly, "this item is gold; challenge it instead")
        }
        Event::ItemSkipped {} => {
            may_rate(state, &item.id, who, at)?;
            state.require(!item.skipped.contains(who), Rule::SkippedAlready, "you skipped this item")?;
            needs_text(state, act, "reason", Rule::ReasonRequired)
        }
        _ => Ok(()),
    }
}

fn erasure(
    state: &State,
    authors: &BTreeMap<u64, MemberId>,
    who: &MemberId,
    (entry, article): (u64, Option<u32>),
) -> Result<(), Refusal> {
    let author = authors.get(&entry);
    state.require(author.is_some(), Rule::Erasure, &format!("entry {entry} holds no text here"))?;
    if author == Some(who) {
        return Ok(());
    }
    state.require(member(state, who)?.steward, Rule::Erasure, "only its author, or a steward, erases a text")?;
    let number = article.ok_or_else(|| state.refusal(Rule::ArticleRequired, "a steward names the article"))?;
    names_article(state, number)
}

fn own_live(state: &State, item: &Item, who: &MemberId, seq: u64) -> Result<(), Refusal> {
    let own = item.live().any(|judgement| judgement.seq == seq && judgement.actor == *who);
    state.require(own, Rule::NotOwn, &format!("entry {seq} is no judgement of yours that stands on this item"))
}

fn judgement(state: &State, act: &Act, item: &Item, who: &MemberId) -> Result<(), Refusal> {
    let charter = answered_under(state, act, item)?;
    shown_as(state, act, item, who)?;
    under_own_terms(state, act, item, who)?;
    let known = ["answers", "rationale", "effort"];
    let foreign = act.parts.keys().find(|part| !known.contains(&part.as_str()));
    state.require(foreign.is_none(), Rule::Answers, "a judgement has answers, a rationale and effort only")?;
    let Some(sheet) = sheet_of(state, act, item, charter)? else { return Ok(()) };
    if let Some(label) = missing(charter, &item.shape, &sheet).first() {
        return Err(state.refusal(Rule::Answers, format!("`{label}` is required and has no answer")));
    }
    match required_rationale(charter, &sheet) {
        Some((label, question)) if needs_text(state, act, "rationale", Rule::RationaleRequired).is_err() => {
            let reason = format!("your answer to `{label}` ({}) asks for a rationale", question.title);
            Err(state.refusal(Rule::RationaleRequired, reason))
        }
        _ => Ok(()),
    }
}

/// A contribution is signed under the terms that are in force for its author.
fn under_own_terms(state: &State, act: &Act, item: &Item, who: &MemberId) -> Result<(), Refusal> {
    let terms = state.charter_of(item).map(|charter| state.terms_in(&item.guild, who, charter));
    let terms = terms.and_then(|terms| state.digest_of_terms(terms));
    let why = "this is not signed under the terms in force for its author; `guildhall terms show`";
    state.require(act.terms == terms, Rule::Terms, why)
}

/// The charter revision the act's answers are under, which must be the item's.
fn answered_under<'a>(state: &'a State, act: &Act, item: &Item) -> Result<&'a Charter, Refusal> {
    let (in_force, _) = charter_in(state, &item.guild)?;
    let expected = item.charter.as_ref().unwrap_or(in_force);
    let same = act.charter.as_ref() == Some(expected);
    state.require(
        same,
        Rule::CharterSuperseded,
        "the answers are under another revision of the charter than the item",
    )?;
    let charter = state.charter_of(item).map(AsRef::as_ref);
    charter.ok_or_else(|| state.refusal(Rule::CharterSuperseded, "the charter's text is not here"))
}

fn shown_as(state: &State, act: &Act, item: &Item, who: &MemberId) -> Result<(), Refusal> {
    if item.shape.outputs() == 0 {
        return Ok(()); // the texts are not disclosed
    }
    let expected = shown_digest(&item.id, &shown_order(&item.id, who, item.shape.outputs())).ok();
    state.require(act.shown == expected, Rule::Answers, "the item was shown otherwise than its texts and order are")
}

/// The act's answers, if disclosed: of the grammar and in their one spelling.
fn sheet_of(state: &State, act: &Act, item: &Item, charter: &Charter) -> Result<Option<Sheet>, Refusal> {
    match act.parts.get("answers") {
        None => return Err(state.refusal(Rule::Answers, "there are no answers")),
        Some(None) => return Ok(None),
        Some(Some(_)) => {}
    }
    let Some(answers): Option<BTreeMap<String, String>> = act.answers() else {
        return Err(state.refusal(Rule::Answers, "the answers are not texts by key"));
    };
    let sheet =
        read_sheet(charter, &item.shape, &answers).map_err(|fault| state.refusal(Rule::Answers, fault.to_string()))?;
    let spelled = sheet.iter().all(|(label, answer)| answers.get(&label.to_string()) == Some(&answer.to_string()));
    state.require(spelled, Rule::Answers, "the answers are not in their canonical spelling")?;
    Ok(Some(sheet))
}

fn adjudicators_act(state: &State, act: &Act, item: &Item, who: &MemberId) -> Result<(), Refusal> {
    if matches!(act.event, Event::AdjudicatorRecused {}) {
        return needs_text(state, act, "reason", Rule::ReasonRequired);
    }
    if matches!(act.event, Event::RaterRequested {}) {
        let reason = "one more rater is asked once, when the raters part";
        let first = !item.extra_rater && item.state == ItemState::Disputed && item.rulings.is_empty();
        return state.require(first && item.returns == 0, Rule::ExtraRaterOnce, reason);
    }
    let charter = answered_under(state, act, item)?;
    shown_as(state, act, item, who)?;
    under_own_terms(state, act, item, who)?;
    needs_text(state, act, "opinion", Rule::OpinionRequired)?;
    let Some(sheet) = sheet_of(state, act, item, charter)? else { return Ok(()) };
    let disputed = item.dispute.as_ref().map(|dispute| dispute.labels.as_slice()).unwrap_or_default();
    let exact = sheet.len() == disputed.len() && disputed.iter().all(|label| sheet.contains_key(label));
    let words: Vec<String> = disputed.iter().map(ToString::to_string).collect();
    state.require(exact, Rule::Answers, &format!("a ruling answers the disputed questions: {}", words.join(", ")))
}

impl Role {
    /// The roles open to `who` in a guild.
    pub fn of(state: &State, guild: &GuildId, who: &MemberId, at: Timestamp) -> Vec<Self> {
        let (Some((_, charter)), Some(member)) = (state.charter_in_force(guild), state.members.get(who)) else {
            return Vec::new();
        };
        if member.suspended_until(at).is_some() {
            return Vec::new();
        }
        let class = state.standing(member, guild, at).class;
        let all = [Self::Rater, Self::Adjudicator, Self::Reviewer];
        let admitted = all.into_iter().filter(|role| role.admits(charter, &class));
        admitted.chain(member.steward.then_some(Self::Steward)).collect()
    }
}

/// The digest of the item as `who` is shown it.
pub fn shown_to(item: &Item, id: &ItemId, who: &MemberId) -> Option<Digest> {
    shown_digest(id, &shown_order(id, who, item.shape.outputs())).ok()
}

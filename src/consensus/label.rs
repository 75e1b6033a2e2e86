//! An item's labels with tier, quality, training weight and flip probability (steps 6 to 9).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::{
    Answer, Charter, Item, ItemId, ItemState, LabelId, LabelKey, Question, Review, Ruling, Separation, Sheet, State,
    TierRule, read_sheet,
};

use super::evidence::MILLION;
use super::skill::Snapshot;
use super::verdict::{Verdict, Vote, categories_of, share, verdict};

/// How far a label has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// One rater, or no separation of roles.
    Single,
    /// Its raters agree; under strict separation they are of two institutions.
    Agreed,
    /// A ruling decided the item.
    Adjudicated,
    /// Peers signed it off.
    Gold,
}

/// How its value came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelRoute {
    /// By the raters.
    Agreement,
    /// By a ruling.
    Adjudication,
}

/// A settled label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// Of which item.
    pub item: ItemId,
    /// What it is about.
    pub key: LabelKey,
    /// Its tier.
    pub tier: Tier,
    /// Its route.
    pub route: LabelRoute,
    /// Value, posterior, support and what they rest on.
    pub verdict: Verdict,
    /// Entries of the judgements that voted, in the verdict's order.
    pub votes: Vec<u64>,
    /// The tier's floor and multiplier.
    pub rule: TierRule,
    /// `floor + (1 - floor) x support`, millionths.
    pub quality: i64,
    /// `multiplier x quality`, millionths.
    pub weight: i64,
    /// `1 - posterior`, kept within .01 and .5, millionths.
    pub flip_probability: i64,
    /// Share of its raters that give the value, millionths.
    pub agreement: i64,
}

/// An item's answers read for the rule: what its raters said and what was ruled.
pub(super) struct Read<'a> {
    state: &'a State,
    item: &'a Item,
    charter: &'a Charter,
    sheets: Vec<(u64, &'a crate::domain::Judgement, Sheet)>,
    rulings: Vec<(&'a Ruling, Sheet)>,
    sign_offs: BTreeSet<String>,
}

impl<'a> Read<'a> {
    /// None unless every live judgement and standing ruling is disclosed.
    pub fn of(state: &'a State, charter: &'a Charter, item: &'a Item) -> Option<Self> {
        let read =
            |answers: &Option<BTreeMap<String, String>>| read_sheet(charter, &item.shape, answers.as_ref()?).ok();
        let judged = item.live().map(|judgement| Some((judgement.seq, judgement, read(&judgement.answers)?)));
        let ruled = item.standing_rulings().map(|ruling| Some((ruling, read(&ruling.answers)?)));
        let house = |review: &Review| state.institution(&review.standing.institution, item.judged_before()).to_owned();
        Some(Self {
            state,
            item,
            charter,
            sheets: judged.collect::<Option<_>>()?,
            rulings: ruled.collect::<Option<_>>()?,
            sign_offs: item.sign_offs().map(house).collect(),
        })
    }

    /// The verdict on one label, with the entries that voted and whether a ruling decided.
    pub fn verdict(&self, snapshot: &Snapshot, key: &LabelKey) -> Option<(Verdict, Vec<u64>, LabelRoute)> {
        let question = self.charter.question(&key.question)?;
        let (seqs, votes) = self.votes(snapshot, key, question);
        let ruling: Option<&Answer> = self.rulings.iter().rev().find_map(|(_, sheet)| sheet.get(key));
        let route = if ruling.is_some() { LabelRoute::Adjudication } else { LabelRoute::Agreement };
        let verdict = verdict(self.charter, question, &votes, ruling, &self.sign_offs)?;
        Some((verdict, seqs, route))
    }

    fn votes(&self, snapshot: &Snapshot, key: &LabelKey, question: &Question) -> (Vec<u64>, Vec<Vote>) {
        let categories = categories_of(question);
        let before = self.item.judged_before();
        let answered = self.sheets.iter().filter_map(|(seq, judgement, sheet)| {
            let class = self.charter.class(&judgement.standing.class).or_else(|| self.charter.class("unattested"));
            let prior = class.map_or(0, |class| class.prior);
            let vote = Vote {
                institution: self.state.institution(&judgement.standing.institution, before).to_owned(),
                accuracy: snapshot.accuracy(&judgement.actor, &key.question, categories, prior),
                answer: sheet.get(key)?.clone(),
            };
            Some((*seq, vote))
        });
        answered.unzip()
    }

    /// How many judgements were read.
    pub fn judgements(&self) -> usize {
        self.sheets.len()
    }
}

/// The labels of a settled item; empty unless it is settled and its answers are here.
pub fn labels(state: &State, item: &Item, snapshot: &Snapshot) -> Vec<Label> {
    let Some(charter) = state.charter_of(item).filter(|_| item.is_settled()) else { return Vec::new() };
    let Some(read) = Read::of(state, charter, item) else { return Vec::new() };
    let tier = tier(charter, item);
    let label = |key: LabelKey| {
        let (verdict, votes, route) = read.verdict(snapshot, &key)?;
        let rule = rule_of(charter, tier);
        let quality = i64::from(rule.floor) + (MILLION - i64::from(rule.floor)) * verdict.support / MILLION;
        let given = i64::try_from(verdict.gives.iter().filter(|gives| **gives).count()).unwrap_or(0);
        Some(Label {
            id: key.id(&item.id),
            item: item.id.clone(),
            tier,
            route,
            votes,
            rule,
            quality,
            weight: i64::from(rule.multiplier) * quality / MILLION,
            flip_probability: (MILLION - verdict.posterior).clamp(10_000, 500_000),
            agreement: share(given, i64::try_from(verdict.gives.len()).unwrap_or(0)),
            verdict,
            key,
        })
    };
    charter.deciding(&item.shape).into_iter().filter_map(label).collect()
}

/// A label as it stands: its verdict, if there is one, and who voted what.
pub type Standing = (LabelKey, Option<Verdict>, Vec<(u64, Answer)>);

/// The verdict on every deciding label as it stands, with who voted what; empty unless the answers are here.
pub fn verdicts(state: &State, item: &Item, snapshot: &Snapshot) -> Vec<Standing> {
    let Some(charter) = state.charter_of(item) else { return Vec::new() };
    let Some(read) = Read::of(state, charter, item) else { return Vec::new() };
    let verdict = |key: LabelKey| {
        let votes = read.sheets.iter().filter_map(|(seq, _, sheet)| Some((*seq, sheet.get(&key)?.clone())));
        let votes = votes.collect();
        (key.clone(), read.verdict(snapshot, &key).map(|(verdict, ..)| verdict), votes)
    };
    charter.deciding(&item.shape).into_iter().map(verdict).collect()
}

/// The tier of a settled item's labels.
pub fn tier(charter: &Charter, item: &Item) -> Tier {
    match item.state {
        _ if charter.separation == Separation::Solo => Tier::Single,
        ItemState::Gold => Tier::Gold,
        ItemState::Adjudicated => Tier::Adjudicated,
        _ if item.live_count() < 2 => Tier::Single,
        _ => Tier::Agreed,
    }
}

fn rule_of(charter: &Charter, tier: Tier) -> TierRule {
    match tier {
        Tier::Single => charter.tiers.single,
        Tier::Agreed => charter.tiers.agreed,
        Tier::Adjudicated => charter.tiers.adjudicated,
        Tier::Gold => charter.tiers.gold,
    }
}

//! What members see of one item: its texts, and of judgements what blindness doesn't hide.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::consensus::{Label, Snapshot, labels};
use crate::domain::{
    Digest, GuildId, Item, ItemId, ItemShape, ItemState, LabelKey, Mark, MemberId, Refusal, Role, Ruling, Separation,
    State, Turn, may_adjudicate, may_discuss, may_rate, may_review, shown_order, shown_to,
};

use super::error::HallError;
use super::letters::letters;
use super::lists::{Missing, marks};
use super::notes::NoteView;
use super::opened::{Hall, corrupt};
use super::reruns::RerunView;

/// A judgement as shown to those who may see it.
#[derive(Debug, Clone, Serialize)]
pub struct JudgementView {
    /// `A`, `B`, `C`: shuffled, so that nobody is known by their place.
    pub rater: char,
    /// Its entry.
    pub entry: u64,
    /// Whether it is the viewer's own.
    pub own: bool,
    /// Its answers; none if erased.
    pub answers: Option<BTreeMap<String, String>>,
    /// Its rationale, if written and not erased.
    pub rationale: Option<String>,
}

/// A ruling as shown.
#[derive(Debug, Clone, Serialize)]
pub struct RulingView {
    /// Its entry.
    pub entry: u64,
    /// What it answers.
    pub answers: Option<BTreeMap<String, String>>,
    /// Its opinion, if not erased.
    pub opinion: Option<String>,
    /// Whether it stands.
    pub stands: bool,
}

/// Everything about one item that the viewer may see.
#[derive(Debug, Clone, Serialize)]
pub struct ItemView {
    /// Its id.
    pub id: ItemId,
    /// Its guild.
    pub guild: GuildId,
    /// Its state.
    pub state: ItemState,
    /// What holds beside the state.
    pub marks: Vec<Mark>,
    /// What was asked.
    pub prompt: Vec<Turn>,
    /// What models answered, by 1-based number, in the order this viewer is shown them.
    pub outputs: Vec<(u32, Vec<Turn>)>,
    /// Words of caution about the texts.
    pub cautions: Vec<String>,
    /// What is asked of it.
    pub asked: Vec<LabelKey>,
    /// Judgements; until it is settled only one's own, unless one may rule on it.
    pub judgements: Vec<JudgementView>,
    /// What a ruling must answer.
    pub disputed: Vec<LabelKey>,
    /// Rulings.
    pub rulings: Vec<RulingView>,
    /// What was said of it, for those who may read it.
    pub notes: Vec<NoteView>,
    /// What models said of it, for those who may read it.
    pub reruns: Vec<RerunView>,
    /// Whether the viewer may say something of it.
    pub may_note: bool,
    /// How many others are at work on it.
    pub at_work: usize,
    /// Sign-offs that stand.
    pub sign_offs: usize,
    /// Sign-offs that make gold; 0 where nothing becomes gold.
    pub needed_sign_offs: u32,
    /// Lengths of its outputs, in the item's own order.
    pub shape: ItemShape,
    /// Digest of the item as this viewer is shown it.
    pub shown: Option<Digest>,
    /// Why the viewer can't act in the other roles.
    #[serde(skip)]
    pub why_not: Vec<(Role, Refusal)>,
    /// What the viewer may do with it.
    pub may: Vec<Role>,
    /// The labels and what they rest on, once settled.
    pub labels: Vec<WhyLabel>,
}

/// A label as a product of stored factors; amounts in millionths.
#[derive(Debug, Clone, Serialize)]
pub struct WhyLabel {
    /// What it is about.
    pub label: LabelKey,
    /// Its value.
    pub value: String,
    /// Its tier.
    pub tier: crate::consensus::Tier,
    /// Its route.
    pub route: crate::consensus::LabelRoute,
    /// One factor for each judgement: rater, answer, evidence, evidence as counted after the institution cap.
    pub evidence: Vec<WhyVote>,
    /// Posterior of the value.
    pub posterior: i64,
    /// Evidence over the alternatives, m.
    pub m: i64,
    /// Largest evidence of one judgement, `v_max`.
    pub v_max: i64,
    /// `m / (m + v_max)`.
    pub support: i64,
    /// The tier's floor.
    pub floor: u32,
    /// `floor + (1 - floor) x support`.
    pub quality: i64,
    /// The tier's multiplier.
    pub multiplier: u32,
    /// `multiplier x quality`.
    pub weight: i64,
    /// `1 - posterior`, within .01 and .5.
    pub flip_probability: i64,
    /// No judgement had evidence; a capped majority decided.
    pub unweighed: bool,
}

/// One judgement's share in a label.
#[derive(Debug, Clone, Serialize)]
pub struct WhyVote {
    /// `A`, `B`, `C`.
    pub rater: char,
    /// Whether it gives the value.
    pub gives: bool,
    /// Its evidence.
    pub evidence: i64,
    /// As counted.
    pub counted: i64,
}

impl Hall {
    /// One item, as `viewer` may see it.
    pub async fn item(&self, viewer: &MemberId, id: &ItemId) -> Result<ItemView, HallError> {
        let (state, item) = self.state_with(id).await?;
        let content = self.store.content(id.clone()).await?;
        let content = content.ok_or_else(|| corrupt(format!("items {id}"), "its texts are gone"))?;
        let letters = letters(&item);
        let may = self.may(&state, &item, viewer);
        // while a dispute is open only those who could rule on it read what others said
        let reads = item.is_settled() || may.contains(&Role::Adjudicator);
        let mut judgements = Vec::new();
        for judgement in item.live() {
            let own = judgement.actor == *viewer;
            if own || reads {
                judgements.push(JudgementView {
                    rater: letters.get(&judgement.seq).copied().unwrap_or('?'),
                    entry: judgement.seq,
                    own,
                    answers: judgement.answers.clone(),
                    rationale: self.text_part(judgement.seq, "rationale").await?,
                });
            }
        }
        judgements.sort_by_key(|judgement| judgement.rater);
        let rulings = self.rulings(&item, |ruling| reads || ruling.actor == *viewer).await?;
        let order = shown_order(id, viewer, content.outputs.len());
        let cautions = cautions(&content.outputs);
        let texts: Vec<Vec<Turn>> = content.outputs.into_iter().map(|output| output.text).collect();
        let output = |number: u32| texts.get((number - 1) as usize).cloned().map(|text| (number, text));
        let charter = state.charter_of(&item);
        Ok(ItemView {
            id: id.clone(),
            guild: item.guild.clone(),
            state: item.state,
            marks: marks(&mut Missing::default(), &state, &item, self.now()),
            prompt: content.prompt,
            outputs: order.into_iter().filter_map(output).collect(),
            cautions,
            asked: charter
                .map(|charter| charter.asked_of(&item.shape).map(|(key, _)| key).collect())
                .unwrap_or_default(),
            judgements,
            disputed: item.dispute.as_ref().map(|dispute| dispute.labels.clone()).unwrap_or_default(),
            rulings,
            notes: self.notes(viewer, id).await?,
            reruns: self.reruns(viewer, id).await?,
            may_note: may_discuss(&state, id, viewer, self.now()).is_ok(),
            at_work: self.at_work(viewer)?.get(id).copied().unwrap_or(0),
            sign_offs: item.sign_offs().count(),
            needed_sign_offs: charter
                .filter(|charter| charter.separation == Separation::Strict)
                .map_or(0, |charter| charter.sign_offs),
            shape: item.shape.clone(),
            shown: shown_to(&item, id, viewer),
            why_not: self.why_not(&state, &item, viewer),
            may,
            labels: labels(&state, &item, &Snapshot::default()).iter().map(|label| why(label, &letters)).collect(),
        })
    }

    async fn rulings(&self, item: &Item, shown: impl Fn(&Ruling) -> bool) -> Result<Vec<RulingView>, HallError> {
        let mut rulings = Vec::new();
        for ruling in item.rulings.iter().filter(|ruling| shown(ruling)) {
            let opinion = self.text_part(ruling.seq, "opinion").await?;
            let answers = ruling.answers.clone();
            rulings.push(RulingView { entry: ruling.seq, answers, opinion, stands: ruling.stands });
        }
        Ok(rulings)
    }

    pub(super) fn may(&self, state: &State, item: &Item, who: &MemberId) -> Vec<Role> {
        self.roles(state, item, who).into_iter().filter(|(_, allowed)| allowed.is_ok()).map(|(role, _)| role).collect()
    }

    fn why_not(&self, state: &State, item: &Item, who: &MemberId) -> Vec<(Role, Refusal)> {
        self.roles(state, item, who).into_iter().filter_map(|(role, allowed)| Some((role, allowed.err()?))).collect()
    }

    fn roles(&self, state: &State, item: &Item, who: &MemberId) -> [(Role, Result<(), Refusal>); 3] {
        let now = self.now();
        [
            (Role::Rater, may_rate(state, &item.id, who, now)),
            (Role::Adjudicator, may_adjudicate(state, &item.id, who, now)),
            (Role::Reviewer, may_review(state, &item.id, who, now)),
        ]
    }

    /// A text part of an entry's body, if it survives.
    pub(super) async fn text_part(&self, seq: u64, part: &str) -> Result<Option<String>, HallError> {
        let bodies = self.store.bodies(seq, seq + 1).await?;
        let found = bodies.into_iter().find(|body| body.part == part);
        let Some(body) = found else { return Ok(None) };
        let value: Value =
            serde_json::from_slice(&body.content).map_err(|error| corrupt(format!("bodies {seq} {part}"), error))?;
        Ok(value.as_str().map(ToOwned::to_owned))
    }
}

fn why(label: &Label, letters: &BTreeMap<u64, char>) -> WhyLabel {
    let verdict = &label.verdict;
    let evidence = label.votes.iter().zip(&verdict.gives).zip(verdict.raw.iter().zip(&verdict.counted));
    WhyLabel {
        label: label.key.clone(),
        value: verdict.value.to_string(),
        tier: label.tier,
        route: label.route,
        evidence: evidence
            .map(|((seq, gives), (evidence, counted))| WhyVote {
                rater: letters.get(seq).copied().unwrap_or('?'),
                gives: *gives,
                evidence: *evidence,
                counted: *counted,
            })
            .collect(),
        posterior: verdict.posterior,
        m: verdict.evidence,
        v_max: verdict.evidence_cap,
        support: verdict.support,
        floor: label.rule.floor,
        quality: label.quality,
        multiplier: label.rule.multiplier,
        weight: label.weight,
        flip_probability: label.flip_probability,
        unweighed: verdict.unweighed,
    }
}

/// Outputs in which a model is named, which a rater should read past.
fn cautions(outputs: &[crate::domain::Output]) -> Vec<String> {
    let names: Vec<String> = outputs
        .iter()
        .filter_map(|output| output.model.as_ref())
        .filter_map(|model| model.split(|c: char| !c.is_alphanumeric()).next().map(str::to_lowercase))
        .filter(|name| name.len() > 3)
        .collect();
    let named = |text: &str| names.iter().any(|name| text.to_lowercase().contains(name));
    outputs
        .iter()
        .enumerate()
        .filter(|(_, output)| named(&output.flat()))
        .map(|(index, _)| format!("output {} names a model; judge what it says, not who says it", index + 1))
        .collect()
}

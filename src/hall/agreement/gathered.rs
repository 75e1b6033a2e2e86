//! Answers of items whose rating is over, by question; nothing of an item that is still rated.

use std::collections::BTreeMap;

use crate::domain::{
    Answer, Charter, GuildId, Item, ItemId, ItemState, MemberId, Question, Timestamp, read_sheet, sha256,
};

/// One output, or one item, with what its raters answered.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub item: ItemId,
    pub output: Option<u32>,
    /// Characters of the output.
    pub length: u32,
    /// Outputs of the item.
    pub outputs: usize,
    /// When the last of the answers was given.
    pub at: Timestamp,
    /// Whether the viewer may read who said what: of an open dispute only those who could rule on it.
    pub reads: bool,
    /// By rater.
    pub answers: Vec<(MemberId, Answer)>,
}

/// A question with all that was answered to it.
#[derive(Debug)]
pub(super) struct Gathered {
    pub question: Question,
    pub units: Vec<Unit>,
}

/// What a guild's raters said.
#[derive(Debug)]
pub(super) struct Collected {
    pub items: usize,
    pub judgements: usize,
    pub left_out: usize,
    pub questions: Vec<Gathered>,
}

impl Collected {
    /// Nothing yet, for the questions of the charter in force.
    pub fn of(charter: &Charter) -> Self {
        let questions = charter.questions.iter().map(|one| Gathered { question: one.clone(), units: Vec::new() });
        Self { items: 0, judgements: 0, left_out: 0, questions: questions.collect() }
    }

    /// Takes an item in; its answers are read by the charter they were given under. `reads` says of a viewer whether who said
    /// what is theirs to know.
    pub fn add(&mut self, item: &Item, charter: &Charter, reads: impl FnOnce(&Item) -> bool) {
        match item.state {
            ItemState::Open => self.left_out += item.live_count(),
            ItemState::Withdrawn => {}
            ItemState::Agreed | ItemState::Disputed | ItemState::Adjudicated | ItemState::Gold => {
                self.items += 1;
                self.judgements += item.live_count();
                let reads = reads(item);
                self.add_answers((item, reads), charter);
            }
        }
    }

    fn add_answers(&mut self, (item, reads): (&Item, bool), charter: &Charter) {
        let mut units: BTreeMap<(usize, Option<u32>), Unit> = BTreeMap::new();
        for judgement in item.live() {
            let Some(sheet) = judgement.answers.as_ref().and_then(|all| read_sheet(charter, &item.shape, all).ok())
            else {
                continue;
            };
            for (label, answer) in sheet {
                let asked = self.questions.iter().position(|known| known.question.key == label.question);
                // a question that the charter in force doesn't ask, or asks otherwise, is not compared
                let same =
                    |place: &usize| Some(self.questions[*place].question.kind) == kind_in(charter, &label.question);
                let Some(place) = asked.filter(same) else { continue };
                let unit = units.entry((place, label.output)).or_insert_with(|| Unit {
                    item: item.id.clone(),
                    output: label.output,
                    length: label.output.and_then(|output| item.shape.length_of(output)).unwrap_or(0),
                    outputs: item.shape.outputs(),
                    at: judgement.at,
                    reads,
                    answers: Vec::new(),
                });
                unit.at = unit.at.max(judgement.at);
                unit.answers.push((judgement.actor.clone(), answer));
            }
        }
        for ((place, _), unit) in units {
            self.questions[place].units.push(unit);
        }
    }

    /// Everyone who answered something, in an order that tells nothing.
    pub fn raters(&self, guild: &GuildId) -> Vec<MemberId> {
        let answers = self.questions.iter().flat_map(|question| &question.units).flat_map(|unit| &unit.answers);
        let mut raters: Vec<&MemberId> = answers.map(|(rater, _)| rater).collect();
        raters.sort_unstable();
        raters.dedup();
        let mut keyed: Vec<([u8; 32], &MemberId)> =
            raters.into_iter().map(|rater| (key(guild, rater), rater)).collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, rater)| rater.clone()).collect()
    }
}

fn key(guild: &GuildId, rater: &MemberId) -> [u8; 32] {
    sha256(&[b"guildhall/agreement/v1\0", guild.as_str().as_bytes(), rater.as_str().as_bytes()])
}

fn kind_in(charter: &Charter, key: &str) -> Option<crate::domain::QuestionKind> {
    charter.question(key).map(|question| question.kind)
}

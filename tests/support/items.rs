//! Items with their judgements, rulings and sign-offs, made straight in a `State` for tests of the rule.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use guildhall::consensus::{Following, Label, Routing, Snapshot, follow, labels};
use guildhall::domain::{
    Charter, Digest, Event, Guild, GuildId, Item, ItemId, ItemShape, ItemState, Judgement, MemberId, Review, Ruling,
    Standing, State, Timestamp,
};

/// The default constants under `[head]`; the questions follow.
const CHARTER: &str = r#"
guidelines = "Judge what is written."
id = "trial"
sign_offs = 2
summary = "A guild for tests"
title = "Trial"
version = 1
eligibility = { rater = ["novice", "unattested", "professional", "board"], adjudicator = ["professional", "board"], reviewer = ["professional"] }
evidence = { accuracy_cap = 950000, ruling = 1500000, sign_off = 500000 }
stake = { author = 100000, raters = 500000, adjudicator = 200000, reviewers = 200000 }
terms = { uses = ["train"], attribution = "pseudonym", models = "any_open_weight" }
error_categories = [{ key = "x", title = "X" }, { key = "y", title = "Y" }, { key = "z", title = "Z" }]
classes = [
  { key = "novice", title = "Chance", prior = 0, stake = 1 },
  { key = "unattested", title = "Unattested", prior = 550000, stake = 1 },
  { key = "professional", title = "Professional", prior = 700000, stake = 2 },
  { key = "board", title = "Board level", prior = 750000, stake = 3 },
  { key = "oracle", title = "At the cap", prior = 990000, stake = 3 },
]
[tiers]
single = { multiplier = 250000, floor = 0 }
agreed = { multiplier = 1000000, floor = 200000 }
adjudicated = { multiplier = 2000000, floor = 400000 }
gold = { multiplier = 4000000, floor = 600000 }
"#;

/// Classes of the charter, from no evidence to the most.
pub const CLASSES: [&str; 5] = ["novice", "unattested", "professional", "board", "oracle"];

/// What a test sets of the charter.
pub struct Terms<'a> {
    pub separation: &'a str,
    pub overlap: (u32, u32),
    pub question: &'a str,
}

impl Terms<'_> {
    /// The charter with one deciding question `q`, given by its remaining TOML lines.
    pub fn charter(&self) -> Charter {
        let Self { separation, overlap: (min, max), question } = self;
        let head = format!(
            "separation = \"{separation}\"\noverlap = {{ min = {min}, max = {max} }}\n\
             routing = {{ settle_at = 990000, span_overlap = 500000 }}\n"
        );
        let asked = format!("[[questions]]\nkey = \"q\"\ntitle = \"Q\"\nrequired = true\ndecides = true\n{question}\n");
        Charter::read(&format!("{head}{CHARTER}{asked}")).expect("the trial charter fits together")
    }
}

/// A hall with one item.
#[derive(Clone)]
pub struct Trial {
    pub state: State,
    pub item: Item,
    key: String,
}

impl Trial {
    /// An open item with three outputs of 40 characters where outputs are compared in rank, two in pairs, else one.
    pub fn new(charter: Charter) -> Self {
        let question = &charter.questions[0];
        let outputs = match question.kind {
            guildhall::domain::QuestionKind::Ranking => 3,
            guildhall::domain::QuestionKind::Preference => 2,
            _ => 1,
        };
        let key = if outputs == 1 { "q@1" } else { "q" }.to_owned();
        let guild: GuildId = "trial".parse().unwrap();
        let digest = Digest::of(b"charter");
        let mut state = State::default();
        state.charters.insert(digest.clone(), Arc::new(charter));
        let facts =
            Guild { id: guild.clone(), charter: digest, batches: BTreeMap::new(), releases: Default::default() };
        state.guilds.insert(guild.clone(), facts);
        let item = Item::untouched(ItemId::from_hash([7; 32]), guild, ItemShape(vec![40; outputs]), None);
        Self { state, item, key }
    }

    /// The member of entry `seq`.
    pub fn member(seq: u64) -> MemberId {
        MemberId::from_entropy(u128::from(seq).to_be_bytes())
    }

    fn next(&self, class: &str, institution: &str) -> (u64, MemberId, Standing) {
        let seq = 1 + (self.item.judgements.len() + self.item.rulings.len() + self.item.reviews.len()) as u64;
        (seq, Self::member(seq), Standing { class: class.to_owned(), institution: institution.to_owned() })
    }

    fn answers(&self, answer: &str) -> Option<BTreeMap<String, String>> {
        Some(BTreeMap::from([(self.key.clone(), answer.to_owned())]))
    }

    /// With one more judgement.
    pub fn rated(mut self, institution: &str, class: &str, answer: &str) -> Self {
        let (seq, actor, standing) = self.next(class, institution);
        let (at, answers) = (Timestamp::from_ms(0), self.answers(answer));
        self.item.judgements.push(Judgement {
            seq,
            actor,
            standing,
            at,
            answers,
            withdrawn: false,
            attested: false,
            terms: None,
            replaced: Vec::new(),
        });
        self
    }

    /// With a judgement of a professional of each institution `1`, `2`, ... in turn.
    pub fn rated_apart(self, answers: &[&str]) -> Self {
        let numbered = answers.iter().enumerate();
        numbered.fold(self, |trial, (index, answer)| trial.rated(&(index + 1).to_string(), "professional", answer))
    }

    /// Ruled, as adjudicated.
    pub fn ruled(mut self, answer: &str) -> Self {
        let (seq, actor, standing) = self.next("professional", "ruler");
        let answers = self.answers(answer);
        self.item.rulings.push(Ruling {
            seq,
            actor,
            standing,
            answers,
            labels: Vec::new(),
            stands: true,
            attested: false,
            terms: None,
        });
        self.in_state(ItemState::Adjudicated)
    }

    /// With one sign-off.
    pub fn signed(mut self, institution: &str) -> Self {
        let (seq, actor, standing) = self.next("professional", institution);
        self.item.reviews.push(Review { seq, actor, standing, signed: true, stands: true, terms: None });
        self
    }

    /// In this state.
    pub fn in_state(mut self, state: ItemState) -> Self {
        self.item.state = state;
        self
    }

    /// Its one label as an agreed item, or in the state it has if that is settled; none if there is no value.
    pub fn label_under(&self, snapshot: &Snapshot) -> Option<Label> {
        let settled = if self.item.is_settled() { self.clone() } else { self.clone().in_state(ItemState::Agreed) };
        labels(&settled.state, &settled.item, snapshot).into_iter().next()
    }

    /// The same without any record.
    pub fn label(&self) -> Option<Label> {
        self.label_under(&Snapshot::default())
    }

    /// What follows from `event`.
    pub fn after(&self, event: &Event) -> Option<Routing> {
        match follow(&self.state, &self.item, event, &Snapshot::default()) {
            Following::Routed(routing) => Some(routing),
            Following::Nothing => None,
            Following::NotDerivable => panic!("every answer is here"),
        }
    }

    /// Where its last judgement sends it.
    pub fn route(&self) -> Routing {
        self.after(&Event::JudgementSubmitted {}).expect("a judgement always has a consequence")
    }
}

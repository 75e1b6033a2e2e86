//! Seeded draws: numbers, answers to whatever a charter asks, variants of a charter; a clock and randomness for a hall.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use guildhall::domain::{Charter, ItemShape, LabelKey, Question, QuestionKind, Timestamp};
use guildhall::hall::{Clock, Random};

/// SplitMix64: the same sequence from the same seed on every machine.
pub struct Rng(pub u64);

impl Rng {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, if there are any.
    pub fn pick_of<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { Some(self.pick(from)) }
    }
}

/// A clock that stands until it is set, milliseconds.
pub struct TestClock(pub AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness that a seed repeats.
pub struct TestRandom(pub Mutex<Rng>);

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut rng = self.0.lock().unwrap();
        bytes.iter_mut().for_each(|byte| *byte = rng.next().to_le_bytes()[3]);
    }
}

/// The charter's text with other separation, overlap and sign-offs; half the time as it is.
pub fn charter(text: &str, rng: &mut Rng) -> String {
    let variants =
        [("strict", 1, 2, 2), ("strict", 2, 2, 1), ("reduced", 2, 3, 1), ("reduced", 1, 2, 2), ("solo", 1, 1, 1)];
    if rng.chance(50) {
        return text.to_owned();
    }
    let (separation, min, max, sign_offs) = *rng.pick(&variants);
    let mut table: toml::Table = text.parse().unwrap();
    table.insert("separation".to_owned(), toml::Value::from(separation));
    table.insert("sign_offs".to_owned(), toml::Value::from(sign_offs));
    let overlap = toml::Table::from_iter([("min".to_owned(), min.into()), ("max".to_owned(), max.into())]);
    table.insert("overlap".to_owned(), toml::Value::Table(overlap));
    let text = toml::to_string(&table).unwrap();
    Charter::read(&text).unwrap();
    text
}

/// What a rater thinks of an item: mostly what most think of it.
pub fn mode(rng: &mut Rng, item: usize) -> usize {
    if rng.chance(65) { item % 3 } else { rng.below(3) }
}

/// Answers to all that must be answered and to some of what may be; or to just these labels.
pub fn answers(
    rng: &mut Rng,
    (charter, shape): (&Charter, &ItemShape),
    mode: usize,
    labels: Option<&[LabelKey]>,
) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for (label, question) in charter.asked_of(shape) {
        let needed = question.required || question.decides;
        let given = match labels {
            Some(labels) => labels.contains(&label) && !rng.chance(2),
            None => rng.chance(if needed { 99 } else { 30 }),
        };
        if given {
            let value = answer(rng, (question, charter), (shape, label.output), mode);
            answers.insert(label.to_string(), value);
        }
    }
    answers
}

fn answer(
    rng: &mut Rng,
    (question, charter): (&Question, &Charter),
    (shape, output): (&ItemShape, Option<u32>),
    mode: usize,
) -> String {
    let mode = if rng.chance(10) { rng.below(6) } else { mode };
    match question.kind {
        QuestionKind::Label => question.options[mode % question.options.len()].key.clone(),
        QuestionKind::Labels => {
            let chosen: Vec<&str> =
                question.options.iter().filter(|_| rng.chance(30)).map(|choice| choice.key.as_str()).collect();
            chosen.join(",")
        }
        QuestionKind::Rating => question.anchors[mode % question.anchors.len()].value.to_string(),
        QuestionKind::Preference => ["2", "-2", "tie", "none", "1", "-3"][mode % 6].to_owned(),
        QuestionKind::Ranking => {
            let numbers: Vec<String> = (1..=shape.outputs()).map(|number| number.to_string()).collect();
            numbers.join(if mode % 2 == 0 { ">" } else { "=" })
        }
        QuestionKind::Span => {
            let length = output.and_then(|output| shape.length_of(output)).unwrap_or(0);
            let mut spans = Vec::new();
            for start in 0..length.min(2) {
                let category = &rng.pick(&charter.error_categories).key;
                let severity = rng.pick(&question.severities);
                spans.push(format!("{start}-{}:{category}:{severity}", start + 1));
            }
            spans.join(";")
        }
        QuestionKind::Text => "What I would say: ± 5 %, \"as is\"\u{200b}.\n".to_owned(),
    }
}

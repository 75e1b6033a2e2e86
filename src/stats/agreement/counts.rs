//! How many raters gave each class to each item, with equal items taken together: all that the coefficients which
//! do not care who judged (all but Cohen's) are computed from.

use super::numbers::{index, low_bits};
use super::{Judgements, Undefined};

/// Items that share one set of class counts, and that set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pattern<'a> {
    /// How many items.
    pub items: u32,
    /// Judgements of each of them.
    pub judgements: u64,
    /// Class and how many gave it, by class; none is zero.
    pub counts: &'a [(u32, u32)],
}

impl Pattern<'_> {
    /// Can its judgements be paired?
    pub fn is_pairable(&self) -> bool {
        self.judgements >= 2
    }

    /// Ordered pairs of judgements of one such item.
    pub fn pairs(&self) -> u64 {
        self.judgements * (self.judgements - 1)
    }

    /// Those of the pairs that name one class.
    pub fn agreeing_pairs(&self) -> u64 {
        self.counts.iter().map(|&(_, count)| u64::from(count) * u64::from(count - 1)).sum()
    }
}

/// Distinct sets of class counts in a fixed order, each with the number of items that have it.
///
/// The order depends on the sets alone, so that sums over them have the same bits however rows, raters or items are
/// ordered. Few sets stand for many items: five raters and five classes make at most 126 of any number of items. So
/// they are also what a bootstrap redraws.
///
/// Limitations: weights of judgements are not used; items that nobody judged are not counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    classes: usize,
    raters: usize,
    items: Vec<u32>,
    starts: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

impl Counts {
    /// Counts judgements; the scale has the classes up to the largest index.
    ///
    /// Complexity: O(judgements + items log patterns) while the counts of an item fit in 64 bits, else O(judgements
    /// log items).
    pub fn of(judgements: &Judgements) -> Self {
        let most = (0..judgements.items()).map(|item| judgements.range(item).len()).max().unwrap_or(0);
        let bits = usize::BITS - most.leading_zeros();
        let mut counts = Self {
            classes: judgements.classes(),
            raters: judges(judgements),
            items: Vec::new(),
            starts: vec![0],
            entries: Vec::new(),
        };
        if (bits as usize).saturating_mul(judgements.classes()) <= 64 {
            counts.add_packed(judgements, bits);
        } else {
            counts.add_sorted(judgements);
        }
        counts
    }

    /// On a scale of this many classes, if some at its end were never given. Fewer than occur are not taken.
    #[must_use]
    pub fn with_classes(mut self, classes: usize) -> Self {
        self.classes = self.classes.max(classes);
        self
    }

    /// One key an item: `bits` for the count of each class.
    fn add_packed(&mut self, judgements: &Judgements, bits: u32) {
        let rows = judgements.rows();
        let mut keys = Vec::with_capacity(judgements.items());
        for item in 0..judgements.items() {
            let mut key = 0_u64;
            for row in &rows[judgements.range(item)] {
                key += 1 << (bits * row.class);
            }
            if key != 0 {
                keys.push(key);
            }
        }
        keys.sort_unstable();
        for equal in keys.chunk_by(|one, other| one == other) {
            let mask = u64::MAX >> (64 - bits);
            let count = |class: u32| low_bits((equal[0] >> (bits * class)) & mask);
            let classes = 0..index(self.classes);
            self.entries.extend(classes.map(|class| (class, count(class))).filter(|&(_, count)| count > 0));
            self.close(index(equal.len()));
        }
    }

    /// Sorts items by their classes, for counts that don't fit in a key.
    fn add_sorted(&mut self, judgements: &Judgements) {
        let mut classes: Vec<u32> = judgements.rows().iter().map(|row| row.class).collect();
        for item in 0..judgements.items() {
            classes[judgements.range(item)].sort_unstable();
        }
        let of = |item: usize| &classes[judgements.range(item)];
        let mut order: Vec<usize> = (0..judgements.items()).filter(|&item| !of(item).is_empty()).collect();
        order.sort_unstable_by(|&one, &other| of(one).cmp(of(other)));
        for equal in order.chunk_by(|&one, &other| of(one) == of(other)) {
            let runs = of(equal[0]).chunk_by(|one, other| one == other);
            self.entries.extend(runs.map(|run| (run[0], index(run.len()))));
            self.close(index(equal.len()));
        }
    }

    fn close(&mut self, items: u32) {
        self.items.push(items);
        self.starts.push(index(self.entries.len()));
    }

    /// How many classes the scale has.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many raters judged anything.
    pub fn raters(&self) -> usize {
        self.raters
    }

    /// How many items were judged.
    pub fn items(&self) -> u64 {
        self.patterns().map(|pattern| u64::from(pattern.items)).sum()
    }

    /// How many items were judged at least twice.
    pub fn pairable_items(&self) -> u64 {
        self.patterns().filter(Pattern::is_pairable).map(|pattern| u64::from(pattern.items)).sum()
    }

    /// How many judgements there are.
    pub fn judgements(&self) -> u64 {
        self.patterns().map(|pattern| u64::from(pattern.items) * pattern.judgements).sum()
    }

    /// How many judgements have another of the same item beside them: Krippendorff's pairable values.
    pub fn pairable(&self) -> u64 {
        let pairable = self.patterns().filter(Pattern::is_pairable);
        pairable.map(|pattern| u64::from(pattern.items) * pattern.judgements).sum()
    }

    /// Each distinct set of counts.
    pub(super) fn patterns(&self) -> impl Iterator<Item = Pattern<'_>> {
        (0..self.items.len()).map(|index| {
            let counts = &self.entries[self.starts[index] as usize..self.starts[index + 1] as usize];
            let judgements = counts.iter().map(|&(_, count)| u64::from(count)).sum();
            Pattern { items: self.items[index], judgements, counts }
        })
    }

    /// Is there anything to compare?
    pub(super) fn comparable(&self) -> Result<(), Undefined> {
        match (self.items.len(), self.raters, self.pairable_items()) {
            (0, _, _) => Err(Undefined::NoJudgements),
            (_, 1, _) => Err(Undefined::OneRater),
            (_, _, 0) => Err(Undefined::NoOverlap),
            (_, _, 1) => Err(Undefined::OneItem),
            _ => Ok(()),
        }
    }

    /// Is there anything to compare, and more than one class among what is compared? A coefficient that corrects for
    /// chance needs both.
    pub(super) fn varied(&self) -> Result<(), Undefined> {
        self.comparable()?;
        if self.classes < 2 {
            return Err(Undefined::OneClass);
        }
        let mut classes = self.patterns().filter(Pattern::is_pairable).flat_map(|pattern| pattern.counts);
        match classes.next() {
            Some(&(class, _)) if classes.all(|&(other, _)| other == class) => Err(Undefined::Unanimous { class }),
            _ => Ok(()),
        }
    }
}

/// How many raters occur: an index may be one that nobody has.
fn judges(judgements: &Judgements) -> usize {
    let mut seen = vec![false; judgements.raters()];
    for row in judgements.rows() {
        seen[row.rater as usize] = true;
    }
    seen.into_iter().filter(|&seen| seen).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Judgement;

    fn of(rows: &[(u32, u32, u32)]) -> Judgements {
        Judgements::new(rows.iter().map(|&(item, rater, class)| Judgement { item, rater, class }).collect())
    }

    #[test]
    fn equal_items_are_counted_together() {
        let counts = Counts::of(&of(&[(0, 0, 1), (0, 1, 0), (2, 0, 0), (2, 5, 1), (3, 0, 1)]));
        let patterns: Vec<_> = counts.patterns().map(|pattern| (pattern.items, pattern.counts.to_vec())).collect();
        assert_eq!(patterns, [(1, vec![(1, 1)]), (2, vec![(0, 1), (1, 1)])]);
        assert_eq!((counts.items(), counts.pairable_items(), counts.pairable(), counts.raters()), (3, 2, 4, 3));
    }

    #[test]
    fn both_ways_of_counting_find_the_same() {
        let rows: Vec<_> = (0..400_u32).map(|row| (row / 4, row % 4, row * row * 31 % 97 % 7)).collect();
        let judgements = of(&rows);
        let counts = Counts::of(&judgements);
        let mut sorted = Counts { items: Vec::new(), starts: vec![0], entries: Vec::new(), ..counts.clone() };
        sorted.add_sorted(&judgements);
        let listed = |counts: &Counts| {
            let mut all: Vec<_> = counts.patterns().map(|pattern| (pattern.counts.to_vec(), pattern.items)).collect();
            all.sort();
            all
        };
        assert_eq!(listed(&counts), listed(&sorted));
    }

    #[test]
    fn reasons_are_told() {
        assert_eq!(Counts::of(&of(&[])).varied(), Err(Undefined::NoJudgements));
        assert_eq!(Counts::of(&of(&[(0, 3, 1), (1, 3, 0)])).varied(), Err(Undefined::OneRater));
        assert_eq!(Counts::of(&of(&[(0, 0, 1), (1, 1, 0)])).varied(), Err(Undefined::NoOverlap));
        assert_eq!(Counts::of(&of(&[(0, 0, 1), (0, 1, 0)])).varied(), Err(Undefined::OneItem));
        let alike = of(&[(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)]);
        assert_eq!(Counts::of(&alike).varied(), Err(Undefined::Unanimous { class: 1 }));
        let single = of(&[(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)]);
        assert_eq!(Counts::of(&single).varied(), Err(Undefined::OneClass));
    }
}

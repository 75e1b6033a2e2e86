//! Numbers for classes and raters that do not depend on their names, so that renaming changes no bit of a result.
//!
//! Items keep their numbers. Classes are ordered by their numbers of judgements, then by their votes item for item; raters
//! by their judgements item for item. Raters with the same judgements are interchangeable: whichever comes first, the same
//! numbers are computed.
//!
//! Classes with the same votes on every item are told apart by who gave them: of all their orders the one with the smallest
//! list of raters' judgements is taken. If several orders give that list, a symmetry of the data exchanges these classes
//! and their posteriors are equal; they are averaged at the end so that they are equal to the last bit.
//!
//! Limitation: with more than [`MOST_ORDERS`] such orders only the exchange of neighbours is looked at. If it is no
//! symmetry, the order of the names stays and [`Canonical::by_name`] says so.

use std::cmp::Ordering;

use crate::stats::Judgements;
use crate::stats::aggregation::posterior::Posterior;
use crate::stats::aggregation::rows::{Row, Rows, RowsBuilder};

/// Most orders of classes with equal votes that are tried.
const MOST_ORDERS: usize = 720;

/// One judgement as raters are compared by: item, class, weight's bits.
type Entry = (u32, u32, u64);

/// Judgements with canonical numbers, and the way back.
pub(crate) struct Canonical {
    pub rows: Rows,
    /// Canonical class of each class.
    class: Vec<u32>,
    /// Sets of canonical classes that a symmetry exchanges.
    orbits: Vec<Vec<u32>>,
    /// Whether names decided between classes that could not be told apart.
    pub by_name: bool,
}

impl Canonical {
    /// **Complexity**: O(judgements log judgements) unless classes have equal votes on every item.
    pub fn new(judgements: &Judgements) -> Self {
        let (mut order, ties) = class_order(judgements);
        let choice = break_ties(judgements, &mut order, &ties);
        let mut class = vec![0; order.len()];
        for (number, old) in (0..).zip(&order) {
            class[*old as usize] = number;
        }
        let rater = rater_numbers(judgements, &class);
        let mut builder = RowsBuilder::new(judgements.raters(), judgements.classes(), judgements.rows().len());
        let mut of_item: Vec<(Row, f64)> = Vec::new();
        for item in 0..judgements.items() {
            of_item.clear();
            of_item.extend(judgements.range(item).map(|index| {
                let row = judgements.rows()[index];
                let row = Row { rater: rater[row.rater as usize], class: class[row.class as usize] };
                (row, judgements.weight(index))
            }));
            of_item.sort_unstable_by_key(|(row, _)| *row);
            of_item.iter().for_each(|(row, weight)| builder.push(*row, *weight));
            builder.end_item();
        }
        let number = |old: &u32| class[*old as usize];
        let orbits = choice.orbits.iter().map(|orbit| orbit.iter().map(number).collect()).collect();
        Self { rows: builder.finish(), class, orbits, by_name: choice.by_name }
    }

    /// The canonical number of a class.
    pub fn class(&self, class: u32) -> Option<u32> {
        self.class.get(class as usize).copied()
    }

    /// The old numbers of canonical classes.
    pub fn old(&self, classes: &[u32]) -> Vec<u32> {
        (0..).zip(&self.class).filter(|(_, class)| classes.contains(class)).map(|(old, _)| old).collect()
    }

    /// Makes the posteriors of exchangeable classes equal, then numbers the classes as they were. Items in `known` keep
    /// theirs.
    pub fn restore(&self, mut posterior: Posterior, known: &[Option<u32>]) -> Posterior {
        let mut canonical = vec![0.0; self.class.len()];
        let mut shared: Vec<f64> = Vec::new();
        for item in 0..posterior.items() {
            let values = posterior.of_mut(item);
            if known.get(item).copied().flatten().is_none() {
                for orbit in &self.orbits {
                    shared.clear();
                    shared.extend(orbit.iter().map(|class| values[*class as usize]));
                    shared.sort_unstable_by(f64::total_cmp);
                    let mean = shared.iter().sum::<f64>() / super::super::rows::to_float(shared.len());
                    orbit.iter().for_each(|class| values[*class as usize] = mean);
                }
            }
            canonical.copy_from_slice(values);
            for (value, class) in values.iter_mut().zip(&self.class) {
                *value = canonical[*class as usize];
            }
        }
        posterior
    }
}

/// Classes by votes, and the ranges of the order whose classes have equal votes on every item.
fn class_order(judgements: &Judgements) -> (Vec<u32>, Vec<std::ops::Range<usize>>) {
    let classes = judgements.classes();
    let mut counts = vec![0_u32; classes];
    judgements.rows().iter().for_each(|row| counts[row.class as usize] += 1);
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    let shared = |count: u32| {
        sorted.partition_point(|other| *other <= count) - sorted.partition_point(|other| *other < count) > 1
    };
    // of classes with equal counts, the votes by item
    let mut votes: Vec<Vec<(u32, Vec<u64>)>> = vec![Vec::new(); classes];
    for item in 0..judgements.items() {
        for index in judgements.range(item) {
            let row = judgements.rows()[index];
            if shared(counts[row.class as usize]) {
                let of_class = &mut votes[row.class as usize];
                match of_class.last_mut() {
                    Some((last, weights)) if *last == row.item => weights.push(judgements.weight(index).to_bits()),
                    _ => of_class.push((row.item, vec![judgements.weight(index).to_bits()])),
                }
            }
        }
    }
    votes.iter_mut().flatten().for_each(|(_, weights)| weights.sort_unstable());
    let compare = |left: u32, right: u32| -> Ordering {
        let (left, right) = (left as usize, right as usize);
        counts[right].cmp(&counts[left]).then_with(|| votes[left].cmp(&votes[right]))
    };
    let mut order: Vec<u32> = (0..).zip(&counts).map(|(class, _)| class).collect();
    order.sort_by(|left, right| compare(*left, *right));
    let mut ties = Vec::new();
    let mut start = 0;
    for end in 1..=classes {
        if end == classes || compare(order[start], order[end]) != Ordering::Equal {
            if end - start > 1 {
                ties.push(start..end);
            }
            start = end;
        }
    }
    (order, ties)
}

/// How ties were broken; classes by their old numbers.
struct Choice {
    orbits: Vec<Vec<u32>>,
    by_name: bool,
}

fn break_ties(judgements: &Judgements, order: &mut Vec<u32>, ties: &[std::ops::Range<usize>]) -> Choice {
    let mut same = Sets::new(order.len());
    let judged: Vec<bool> = {
        let mut judged = vec![false; order.len()];
        judgements.rows().iter().for_each(|row| judged[row.class as usize] = true);
        judged
    };
    let (idle, open): (Vec<_>, Vec<_>) = ties.iter().cloned().partition(|tie| !judged[order[tie.start] as usize]);
    for tie in idle {
        order[tie].windows(2).for_each(|pair| same.join(pair[0], pair[1]));
    }
    let factorial = |length: usize| (2..=length).fold(1_usize, usize::saturating_mul);
    let orders = open.iter().fold(1_usize, |all, tie| all.saturating_mul(factorial(tie.len())));
    let mut by_name = false;
    if orders > MOST_ORDERS {
        let given = form(judgements, order);
        for at in open.iter().flat_map(|tie| tie.start..tie.end - 1) {
            let mut exchanged = order.clone();
            exchanged.swap(at, at + 1);
            if form(judgements, &exchanged) == given {
                same.join(order[at], order[at + 1]);
            } else {
                by_name = true;
            }
        }
    } else if orders > 1 {
        let mut best: Vec<(Vec<Entry>, Vec<u32>)> = Vec::new();
        for candidate in permutations(order, &open) {
            let found = form(judgements, &candidate);
            match best.first().map_or(Ordering::Less, |(smallest, _)| found.cmp(smallest)) {
                Ordering::Less => best = vec![(found, candidate)],
                Ordering::Equal => best.push((Vec::new(), candidate)),
                Ordering::Greater => {}
            }
        }
        if let Some((_, first)) = best.first() {
            for (_, other) in &best[1..] {
                first.iter().zip(other).for_each(|(one, two)| same.join(*one, *two));
            }
            order.clone_from(first);
        }
    }
    Choice { orbits: same.larger_than_one(), by_name }
}

/// All orders that keep each class within its tie.
fn permutations(order: &[u32], ties: &[std::ops::Range<usize>]) -> Vec<Vec<u32>> {
    let mut all = vec![order.to_vec()];
    for at in ties.iter().flat_map(|tie| tie.clone().map(move |at| (at, tie.end))) {
        let (at, end) = at;
        all = all
            .iter()
            .flat_map(|order| {
                (at..end).map(move |other| {
                    let mut order = order.clone();
                    order.swap(at, other);
                    order
                })
            })
            .collect();
    }
    all
}

/// The raters' judgements under an order of classes, sorted: equal for two orders if a symmetry turns one into the other.
fn form(judgements: &Judgements, order: &[u32]) -> Vec<Entry> {
    let mut class = vec![0; order.len()];
    for (number, old) in (0..).zip(order) {
        class[*old as usize] = number;
    }
    let (mut entries, starts) = by_rater(judgements, &class);
    let mut raters: Vec<usize> = (0..judgements.raters()).collect();
    raters.sort_by(|left, right| compare_raters(&entries, &starts, *left, *right));
    let end = (u32::MAX, u32::MAX, u64::MAX);
    let sorted = raters.iter().flat_map(|rater| entries[span(&starts, *rater)].iter().copied().chain([end])).collect();
    entries.clear();
    sorted
}

fn span(starts: &[u32], rater: usize) -> std::ops::Range<usize> {
    starts[rater] as usize..starts[rater + 1] as usize
}

fn compare_raters(entries: &[Entry], starts: &[u32], left: usize, right: usize) -> Ordering {
    entries[span(starts, left)].cmp(&entries[span(starts, right)])
}

/// Judgements by rater, then item.
fn by_rater(judgements: &Judgements, class: &[u32]) -> (Vec<Entry>, Vec<u32>) {
    let mut starts = vec![0_u32; judgements.raters() + 1];
    judgements.rows().iter().for_each(|row| starts[row.rater as usize + 1] += 1);
    for rater in 0..judgements.raters() {
        starts[rater + 1] += starts[rater];
    }
    let mut next = starts.clone();
    let mut entries = vec![(0, 0, 0); judgements.rows().len()];
    for (index, row) in judgements.rows().iter().enumerate() {
        let at = &mut next[row.rater as usize];
        entries[*at as usize] = (row.item, class[row.class as usize], judgements.weight(index).to_bits());
        *at += 1;
    }
    (entries, starts)
}

/// Canonical number of each rater.
fn rater_numbers(judgements: &Judgements, class: &[u32]) -> Vec<u32> {
    let (entries, starts) = by_rater(judgements, class);
    let mut raters: Vec<usize> = (0..judgements.raters()).collect();
    raters.sort_by(|left, right| compare_raters(&entries, &starts, *left, *right));
    let mut numbers = vec![0; raters.len()];
    for (number, old) in (0..).zip(raters) {
        numbers[old] = number;
    }
    numbers
}

/// Disjoint sets of classes.
struct Sets(Vec<u32>);

impl Sets {
    fn new(length: usize) -> Self {
        Self((0..).take(length).collect())
    }

    fn root(&self, mut class: u32) -> u32 {
        while self.0[class as usize] != class {
            class = self.0[class as usize];
        }
        class
    }

    fn join(&mut self, left: u32, right: u32) {
        let (left, right) = (self.root(left), self.root(right));
        self.0[left.max(right) as usize] = left.min(right);
    }

    fn larger_than_one(&self) -> Vec<Vec<u32>> {
        let mut sets = vec![Vec::new(); self.0.len()];
        (0..).zip(&self.0).for_each(|(class, _)| sets[self.root(class) as usize].push(class));
        sets.retain(|set: &Vec<u32>| set.len() > 1);
        sets
    }
}

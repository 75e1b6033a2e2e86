//! Accounts of one institution that answer well elsewhere and lie together: what each method makes of it.

use guildhall::stats::{Auto, DawidSkene, Judgement, Judgements, majority};

const CLASSES: u64 = 5;
const HONEST: u64 = 30;
/// Honest judgements an item.
const EACH: u64 = 5;
const ITEMS: u64 = 1000;
/// Every tenth item is a target.
const TARGET_STEP: u64 = 10;
const SEEDS: u64 = 24;

/// A splitmix64 stream.
struct Stream(u64);

impl Stream {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }

    fn answer(&mut self, truth: u64, accuracy: u64) -> u64 {
        let right = self.below(1000) < accuracy;
        if right { truth } else { (truth + 1 + self.below(CLASSES - 1)) % CLASSES }
    }
}

fn row(item: u64, rater: u64, class: u64) -> Judgement {
    let small = |value: u64| u32::try_from(value).unwrap();
    Judgement { item: small(item), rater: small(rater), class: small(class) }
}

/// Truths and judgements; raters from `HONEST` on collude.
fn hall(colluders: u64, seed: u64) -> (Vec<u64>, Vec<Judgement>) {
    let mut stream = Stream(seed);
    // 30 accuracies from .56 to .90
    let accuracy: Vec<u64> = (0..HONEST).map(|_| 560 + stream.below(341)).collect();
    let mut truths = Vec::new();
    let mut rows = Vec::new();
    for item in 0..ITEMS {
        let is_target = item % TARGET_STEP == 0;
        // a tie on a target goes to the truth, which is the smallest class there
        let truth = if is_target { 0 } else { stream.below(CLASSES) };
        truths.push(truth);
        let mut raters: Vec<u64> = (0..HONEST).collect();
        for _ in 0..EACH {
            let rater = raters.swap_remove(usize::try_from(stream.below(raters.len() as u64)).unwrap());
            rows.push(row(item, rater, stream.answer(truth, accuracy[usize::try_from(rater).unwrap()])));
        }
        let lie = (truth + 1 + stream.below(CLASSES - 1)) % CLASSES;
        for colluder in 0..colluders {
            let class = if is_target { lie } else { truth };
            rows.push(row(item, HONEST + colluder, class));
        }
    }
    (truths, rows)
}

/// Share of the targets decided wrongly, and of the others.
fn wrong(truths: &[u64], labels: &[Option<u32>]) -> (f64, f64) {
    let share = |target: bool| {
        let of_kind = (0_u64..).zip(truths.iter().zip(labels)).filter(|(item, _)| (item % TARGET_STEP == 0) == target);
        let wrong: Vec<bool> = of_kind.map(|(_, (truth, label))| label.map(u64::from) != Some(*truth)).collect();
        f64::from(u32::try_from(wrong.iter().filter(|wrong| **wrong).count()).unwrap()) / wrong.len() as f64
    };
    (share(true), share(false))
}

fn mean(colluders: u64, labels: fn(&Judgements) -> Vec<Option<u32>>, capped: bool) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for seed in 0..SEEDS {
        let (truths, rows) = hall(colluders, 1 + seed);
        let mut judgements = Judgements::new(rows);
        if capped {
            let share = 1.0 / colluders as f64;
            judgements = judgements.weighted(|row| if u64::from(row.rater) >= HONEST { share } else { 1.0 });
        }
        let (target, other) = wrong(&truths, &labels(&judgements));
        sums = (sums.0 + target / SEEDS as f64, sums.1 + other / SEEDS as f64);
    }
    sums
}

/// Printed shares of targets decided wrongly for 3, 5 and 12 accounts; the simulation's own parameters are not printed, so
/// these were chosen to give the majority's row.
#[test]
fn three_who_agree_certify_each_other_and_a_cap_stops_them() {
    for (colluders, printed) in [(3, 0.26), (5, 0.79), (12, 1.0)] {
        let (votes, _) = mean(colluders, by_majority, false);
        assert!((votes - printed).abs() < 0.04, "{colluders}: {votes}");
        let (models, elsewhere) = mean(colluders, by_dawid_skene, false);
        assert!(models > 0.98 && elsewhere < 0.02, "{colluders}: {models} {elsewhere}");
        for capped in [by_majority, by_dawid_skene, by_auto] {
            let (wrong, _) = mean(colluders, capped, true);
            assert!(wrong < 0.17, "{colluders}: {wrong}");
        }
        let (undefended, _) = mean(colluders, by_auto, false);
        assert!(undefended > 0.9, "{colluders}: {undefended}");
    }
}

fn by_majority(judgements: &Judgements) -> Vec<Option<u32>> {
    majority(judgements).unwrap().labels
}

fn by_dawid_skene(judgements: &Judgements) -> Vec<Option<u32>> {
    DawidSkene::maximum_a_posteriori(1).fit(judgements).unwrap().aggregation.labels
}

fn by_auto(judgements: &Judgements) -> Vec<Option<u32>> {
    Auto { gold: &[], threads: 1 }.fit(judgements).unwrap().aggregation.labels
}

//! Do the intervals hold the true value about 95 times in 100? Raters of known skill judge, over and over.

use guildhall::stats::{
    Bootstrap, Coefficient, Counts, Distance, Judgement, Judgements, Metric, WeightTable, Weights, cohen_kappas,
    fleiss_kappa, gwet_ac1, krippendorff_alpha, percent_agreement,
};

const STUDIES: u32 = 400;
const SHARES: [f64; 3] = [0.5, 0.3, 0.2];
const SKILL: f64 = 0.6;

/// A linear congruential generator: 0 to 1.
struct Draws(u64);

impl Draws {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn class(&mut self) -> u32 {
        let place = self.unit();
        if place < SHARES[0] { 0 } else { u32::from(place >= SHARES[0] + SHARES[1]) + 1 }
    }
}

/// Each rater knows the item's class with probability `SKILL`, else draws one.
fn study(draws: &mut Draws, items: u32, raters: u32) -> Judgements {
    let mut rows = Vec::new();
    for item in 0..items {
        let truth = draws.class();
        for rater in 0..raters {
            let class = if draws.unit() < SKILL { truth } else { draws.class() };
            if draws.unit() < 0.9 {
                rows.push(Judgement { item, rater, class });
            }
        }
    }
    Judgements::new(rows)
}

/// How many studies' intervals hold the value.
fn holding(raters: u32, value: f64, estimate: impl Fn(&Judgements) -> Coefficient) -> u32 {
    let mut draws = Draws(99);
    let holds = |_: &u32| {
        let estimate = estimate(&study(&mut draws, 80, raters)).unwrap();
        estimate.low <= value && value <= estimate.high
    };
    (0..STUDIES).filter(holds).count() as u32
}

/// Two judgements of an item agree by knowing (`SKILL`^2) or by chance.
fn agreement() -> (f64, f64) {
    let chance: f64 = SHARES.iter().map(|share| share * share).sum();
    (SKILL * SKILL + (1.0 - SKILL * SKILL) * chance, chance)
}

#[test]
fn intervals_hold_the_true_value() {
    let (observed, chance) = agreement();
    // kappa and alpha are SKILL^2 whatever the shares
    let kappa = SKILL * SKILL;
    let gwets_chance = (1.0 - chance) / 2.0;
    let ac1 = (observed - gwets_chance) / (1.0 - gwets_chance);
    let identity = WeightTable::new(Weights::Identity, 3, None).unwrap();
    let bootstrap = Bootstrap { seed: 5, replicates: 400 };
    let alpha =
        |judgements: &Judgements| krippendorff_alpha(&Counts::of(judgements), Metric::Nominal, None, &bootstrap);
    let held = [
        ("percent", holding(4, observed, |judgements| percent_agreement(&Counts::of(judgements)))),
        ("AC1", holding(4, ac1, |judgements| gwet_ac1(&Counts::of(judgements)))),
        ("Fleiss", holding(4, kappa, |judgements| fleiss_kappa(&Counts::of(judgements), &identity))),
        ("alpha", holding(4, kappa, alpha)),
        ("Cohen, a pair", holding(2, kappa, |judgements| cohen_kappas(judgements, Distance::Plain, 2).mean)),
        ("Cohen, six pairs", holding(4, kappa, |judgements| cohen_kappas(judgements, Distance::Plain, 2).mean)),
    ];
    println!("of {STUDIES}: {held:?}");
    for (name, held) in held {
        // 95 % of 400 is 380, with a standard error of 4.4; a little less is usual at 80 items
        assert!((364..=394).contains(&held), "{name}: {held}");
    }
}

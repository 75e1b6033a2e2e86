//! Kemeny's ranking: the order that contradicts the fewest pairwise preferences.
//!
//! Exact up to [`MOST_EXACT`] options, by dynamic programming over sets; beyond, Borda's order improved by moving one option
//! at a time until no move helps, and [`Kemeny::exact`] is false. Of equally good orders the exact search takes the one
//! with the smallest numbers first.
//!
//! Source: Kemeny 1959, <https://www.jstor.org/stable/20026529>; Young 1988, <https://doi.org/10.2307/1961757>.

use super::borda::borda_ranking;

/// Most options for an exact answer.
pub const MOST_EXACT: usize = 14;

/// An order and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kemeny {
    /// Options from the best.
    pub ranking: Vec<u32>,
    /// Preferences that the order contradicts, over all rankings.
    pub contradicted: u64,
    /// Whether no order costs less.
    pub exact: bool,
}

/// Orders `options` options. A ranking lists options from the best; one that it leaves out is below those named and not
/// compared with others left out. Repeats and numbers of `options` or more are skipped.
///
/// **Complexity**: O(rankings × options² + 2^options × options²) if exact, else O(options³) a round of moves.
pub fn kemeny(options: usize, rankings: &[Vec<u32>]) -> Kemeny {
    let prefer = preferences(options, rankings);
    let exact = options <= MOST_EXACT;
    let ranking = if exact { search(options, &prefer) } else { improve(borda_ranking(options, rankings), &prefer) };
    let contradicted = cost(&ranking, &prefer);
    Kemeny { ranking, contradicted, exact }
}

/// How many rankings put one option above another.
struct Preferences {
    options: usize,
    above: Vec<u64>,
}

impl Preferences {
    fn above(&self, better: u32, worse: u32) -> u64 {
        self.above[better as usize * self.options + worse as usize]
    }
}

fn preferences(options: usize, rankings: &[Vec<u32>]) -> Preferences {
    let mut above = vec![0; options * options];
    for ranking in rankings {
        let mut below = vec![true; options];
        for better in ranking.iter().map(|option| *option as usize).filter(|option| *option < options) {
            if std::mem::replace(&mut below[better], false) {
                let row = &mut above[better * options..(better + 1) * options];
                row.iter_mut().zip(&below).for_each(|(count, below)| *count += u64::from(*below));
            }
        }
    }
    Preferences { options, above }
}

fn cost(ranking: &[u32], prefer: &Preferences) -> u64 {
    let pairs =
        ranking.iter().enumerate().flat_map(|(at, better)| ranking[at + 1..].iter().map(move |worse| (better, worse)));
    pairs.map(|(better, worse)| prefer.above(*worse, *better)).sum()
}

/// The cheapest order of every set of options that come last, from the empty set on.
fn search(options: usize, prefer: &Preferences) -> Vec<u32> {
    let sets = 1_usize << options;
    let mut cheapest = vec![u64::MAX; sets];
    let mut first = vec![0_u32; sets];
    cheapest[0] = 0;
    for set in 1..sets {
        for option in (0_u32..).take(options).filter(|option| set >> option & 1 == 1) {
            let rest = set & !(1 << option);
            let against = (0_u32..).take(options).filter(|other| rest >> other & 1 == 1);
            let total = cheapest[rest] + against.map(|other| prefer.above(other, option)).sum::<u64>();
            if total < cheapest[set] {
                (cheapest[set], first[set]) = (total, option);
            }
        }
    }
    let mut set = sets - 1;
    let mut ranking = Vec::with_capacity(options);
    while set != 0 {
        ranking.push(first[set]);
        set &= !(1 << first[set]);
    }
    ranking
}

/// Moves one option at a time to where it costs least, until nothing helps.
fn improve(mut ranking: Vec<u32>, prefer: &Preferences) -> Vec<u32> {
    loop {
        let before = ranking.clone();
        for option in before.iter().copied() {
            let Some(from) = ranking.iter().position(|other| *other == option) else { continue };
            ranking.remove(from);
            // cost of standing first, then of passing one option after another
            let mut total: u64 = ranking.iter().map(|other| prefer.above(*other, option)).sum();
            let mut costs = vec![total];
            for other in &ranking {
                total = total - prefer.above(*other, option) + prefer.above(option, *other);
                costs.push(total);
            }
            let least = costs.iter().min().copied().unwrap_or(0);
            let stays = costs[from] == least;
            let to = if stays { from } else { costs.iter().position(|cost| *cost == least).unwrap_or(from) };
            ranking.insert(to, option);
        }
        if ranking == before {
            return ranking;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregation::sample::uniform;

    #[test]
    fn a_majority_cycle_is_cut_where_it_is_weakest() {
        // 0 over 1 by 2 to 1, 1 over 2 by 2 to 1, 2 over 0 by 2 to 1, then one more for 0 over 1 over 2
        let rankings = [vec![0, 1, 2], vec![1, 2, 0], vec![2, 0, 1], vec![0, 1, 2]];
        let found = kemeny(3, &rankings);
        assert_eq!(found, Kemeny { ranking: vec![0, 1, 2], contradicted: 4, exact: true });
    }

    #[test]
    fn moves_never_cost_more_than_borda_nor_less_than_the_optimum() {
        let mut state = 3;
        for _ in 0..20 {
            let rankings: Vec<Vec<u32>> = (0..5)
                .map(|_| {
                    let mut keys: Vec<(f64, u32)> = (0..7).map(|option| (uniform(&mut state), option)).collect();
                    keys.sort_by(|left, right| left.0.total_cmp(&right.0));
                    keys.into_iter().map(|key| key.1).collect()
                })
                .collect();
            let prefer = preferences(7, &rankings);
            let borda = borda_ranking(7, &rankings);
            let moved = cost(&improve(borda.clone(), &prefer), &prefer);
            let best = kemeny(7, &rankings);
            assert!(best.contradicted <= moved && moved <= cost(&borda, &prefer));
        }
        assert!(!kemeny(MOST_EXACT + 1, &[vec![3, 1]]).exact);
        assert_eq!(kemeny(0, &[]).ranking, Vec::<u32>::new());
    }
}

//! Bradley-Terry: strengths of options from comparisons of two, with a ridge prior.
//!
//! `P(i beats j) = sigma(s(i) - s(j))`, `s ~ Normal(0, 1 / ridge)`. The log posterior is concave and, thanks to the prior,
//! has one top even where an option never lost or groups never met. Each iteration takes one guarded Newton step for each
//! option in turn.
//!
//! Source: Bradley and Terry 1952, <https://doi.org/10.2307/2334029>.

use super::climb::{Model, Stop, climb};

/// One option was preferred to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The preferred option.
    pub winner: u32,
    /// The other.
    pub loser: u32,
    /// How much it counts, above 0; a tie is one half each way.
    pub weight: f64,
}

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BradleyTerry {
    /// Precision of the prior, above 0.
    pub ridge: f64,
    /// When to stop.
    pub stop: Stop,
}

impl Default for BradleyTerry {
    fn default() -> Self {
        Self { ridge: 0.1, stop: Stop { tolerance: 1e-13, iterations: 1000 } }
    }
}

/// What was estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct BradleyTerryFit {
    /// By option, on the scale of log odds; 0 where nothing is known.
    pub strength: Vec<f64>,
    /// One an iteration, up to a constant; never falls.
    pub log_posterior: Vec<f64>,
    /// Whether the iterations ended by standing still.
    pub converged: bool,
}

impl BradleyTerryFit {
    /// Options from the strongest to the weakest; equal ones by number.
    pub fn ranking(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..).zip(&self.strength).map(|(option, _)| option).collect();
        order.sort_by(|left, right| self.strength[*right as usize].total_cmp(&self.strength[*left as usize]));
        order
    }
}

impl BradleyTerry {
    /// Fits strengths of `options` options. Comparisons of an option with itself or with one beyond `options` are left out.
    ///
    /// **Complexity**: O(comparisons) an iteration. The order of comparisons changes no bit.
    pub fn fit(&self, options: usize, comparisons: &[Comparison]) -> BradleyTerryFit {
        let mut met: Vec<Vec<(u32, f64, f64)>> = vec![Vec::new(); options];
        let in_range = |option: u32| (option as usize) < options;
        for game in comparisons {
            if game.winner != game.loser && in_range(game.winner) && in_range(game.loser) {
                met[game.winner as usize].push((game.loser, game.weight, 0.0));
                met[game.loser as usize].push((game.winner, 0.0, game.weight));
            }
        }
        met.iter_mut().for_each(gather);
        let mut state = State { ridge: self.ridge, met, strength: vec![0.0; options] };
        let climbed = climb(&mut state, self.stop);
        BradleyTerryFit { strength: state.strength, log_posterior: climbed.log_posterior, converged: climbed.converged }
    }
}

/// One entry an opponent, by number; sums in the order of weights.
fn gather(met: &mut Vec<(u32, f64, f64)>) {
    met.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.total_cmp(&right.2)));
    met.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
            kept.2 += next.2;
        }
        same
    });
}

struct State {
    ridge: f64,
    /// By option: opponent, weight won, weight lost.
    met: Vec<Vec<(u32, f64, f64)>>,
    strength: Vec<f64>,
}

impl State {
    /// Log posterior as far as one option's strength matters, its slope and its curvature.
    fn shape(&self, option: usize, strength: f64) -> (f64, f64, f64) {
        let mut value = -0.5 * self.ridge * strength * strength;
        let (mut slope, mut curvature) = (-self.ridge * strength, -self.ridge);
        for (opponent, won, lost) in &self.met[option] {
            let ahead = strength - self.strength[*opponent as usize];
            value += won * log_sigmoid(ahead) + lost * log_sigmoid(-ahead);
            let wins = libm::exp(log_sigmoid(ahead));
            slope += won * (1.0 - wins) - lost * wins;
            curvature -= (won + lost) * wins * (1.0 - wins);
        }
        (value, slope, curvature)
    }
}

fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - libm::log1p(libm::exp(-x.abs()))
}

impl Model for State {
    fn maximise(&mut self) {
        for option in 0..self.strength.len() {
            let from = self.strength[option];
            let (value, slope, curvature) = self.shape(option, from);
            let mut step = -slope / curvature;
            while step.abs() > 1e-15 && self.shape(option, from + step).0 < value {
                step *= 0.5;
            }
            if step.abs() > 1e-15 {
                self.strength[option] = from + step;
            }
        }
    }

    fn expect(&mut self) -> f64 {
        let mut sum = 0.0;
        for (option, strength) in self.strength.iter().enumerate() {
            sum -= 0.5 * self.ridge * strength * strength;
            for (opponent, won, _) in &self.met[option] {
                sum += won * log_sigmoid(strength - self.strength[*opponent as usize]);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn game(winner: u32, loser: u32, weight: f64) -> Comparison {
        Comparison { winner, loser, weight }
    }

    #[test]
    fn two_options_have_the_closed_form_of_the_likelihood() {
        // 3 of 4 games: log odds log 3 as the ridge goes to 0
        let fit = BradleyTerry { ridge: 1e-9, ..BradleyTerry::default() }.fit(2, &[game(0, 1, 3.0), game(1, 0, 1.0)]);
        assert!((fit.strength[0] - fit.strength[1] - libm::log(3.0)).abs() < 1e-5, "{fit:?}");
        assert!(fit.converged && fit.log_posterior.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn the_ridge_holds_an_option_that_never_lost() {
        let games = [game(0, 1, 5.0), game(1, 2, 5.0), game(3, 4, 1.0), game(9, 9, 1.0), game(0, 77, 1.0)];
        let fit = BradleyTerry::default().fit(6, &games);
        assert_eq!(fit.ranking()[..2], [0, 3]);
        assert!(fit.strength.iter().all(|strength| strength.is_finite()) && fit.strength[5] == 0.0);
        // slopes vanish at the top
        let mut backwards = games;
        backwards.reverse();
        assert_eq!(BradleyTerry::default().fit(6, &backwards), fit);
    }
}

//! Which experts a token gets, and with what shares.
//!
//! Source: Mixtral, <https://doi.org/10.48550/arXiv.2401.04088>; DeepSeek-V2 (groups by their best expert) and
//! DeepSeek-V3, <https://doi.org/10.48550/arXiv.2412.19437>, section 2.1.2 (groups by their two best, corrected choice).

use super::hyperparameters::{Gate, Routing};
use super::math::{sigmoid, softmax};

/// Keeps a sum of shares from being zero.
const TINY: f32 = 1e-20;

/// The experts of a token, in the order of their numbers, with their shares.
pub fn choose(routing: &Routing, logits: &[f32], correction: Option<&[f32]>) -> Vec<(usize, f32)> {
    let mut shares = logits.to_vec();
    match routing.gate {
        Gate::Softmax => softmax(&mut shares, 1.0, 0),
        Gate::Sigmoid | Gate::SigmoidInput => shares.iter_mut().for_each(|share| *share = sigmoid(*share)),
    }
    let mut ranked = shares.clone();
    for (rank, correction) in ranked.iter_mut().zip(correction.unwrap_or_default()) {
        *rank += correction;
    }
    if routing.groups.0 > 1 {
        mask_groups(routing, &mut ranked);
    }
    let mut chosen = largest(&ranked, routing.used);
    chosen.sort_unstable();
    let total = chosen.iter().map(|expert| shares[*expert]).sum::<f32>();
    let factor = if routing.normalised { routing.scale / (total + TINY) } else { routing.scale };
    chosen.into_iter().map(|expert| (expert, shares[expert] * factor)).collect()
}

/// Takes the experts outside the best groups out of the choice.
fn mask_groups(routing: &Routing, ranked: &mut [f32]) {
    let size = routing.experts / routing.groups.0;
    // softmax models judge a group by its best expert, the later ones by its two best
    let judges = if routing.gate == Gate::Softmax { 1 } else { 2 };
    let worth = |group: &[f32]| largest(group, judges).into_iter().map(|expert| group[expert]).sum::<f32>();
    let worths: Vec<f32> = ranked.chunks_exact(size).map(worth).collect();
    let kept = largest(&worths, routing.groups.1);
    for (index, group) in ranked.chunks_exact_mut(size).enumerate() {
        if !kept.contains(&index) {
            group.fill(f32::NEG_INFINITY);
        }
    }
}

/// The places of the largest values; of equal ones the first.
fn largest(values: &[f32], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|left, right| values[*right].total_cmp(&values[*left]));
    places.truncate(count);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routing(gate: Gate, groups: (usize, usize)) -> Routing {
        Routing { experts: 4, used: 2, gate, normalised: true, scale: 1.0, groups, corrected: false }
    }

    #[test]
    fn shares_of_the_chosen_sum_to_one_and_ties_go_to_the_first() {
        let chosen = choose(&routing(Gate::Softmax, (1, 1)), &[1.0, 2.0, 1.0, 1.0], None);
        assert_eq!(chosen.iter().map(|chosen| chosen.0).collect::<Vec<_>>(), [0, 1]);
        assert!((chosen[0].1 + chosen[1].1 - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_group_is_judged_by_its_best_or_its_two_best() {
        let logits = [3.0, -3.0, 2.0, 2.0];
        let experts = |gate| -> Vec<usize> {
            choose(&routing(gate, (2, 1)), &logits, None).into_iter().map(|chosen| chosen.0).collect()
        };
        assert_eq!(experts(Gate::Softmax), [0, 1]);
        assert_eq!(experts(Gate::Sigmoid), [2, 3]);
    }

    #[test]
    fn a_correction_moves_the_choice_and_not_the_shares() {
        let plain = Routing { normalised: false, ..routing(Gate::Sigmoid, (1, 1)) };
        let chosen = choose(&plain, &[0.0, 1.0, 2.0, 3.0], Some(&[9.0, 0.0, 0.0, 0.0]));
        assert_eq!(chosen, [(0, sigmoid(0.0)), (3, sigmoid(3.0))]);
    }
}

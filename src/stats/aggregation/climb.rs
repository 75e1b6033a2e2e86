//! Expectation-maximisation: two steps in turn until the log posterior stands still.
//!
//! Every round ends with the log posterior at its new parameters, so the list of values never falls. A fall by rounding,
//! at the top, ends the climb and is not listed.
//!
//! Source: Dempster, Laird and Rubin 1977, <https://doi.org/10.1111/j.2517-6161.1977.tb01600.x>.

/// When a climb ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Largest change, as a share of the value, that counts as standing still.
    pub tolerance: f64,
    /// Most rounds.
    pub iterations: usize,
}

/// A model that can be climbed.
pub(crate) trait Model {
    /// New parameters from the expected counts.
    fn maximise(&mut self);
    /// New expected counts from the parameters, and the log posterior at them.
    fn expect(&mut self) -> f64;
}

/// How a climb went.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Climb {
    pub log_posterior: Vec<f64>,
    pub converged: bool,
}

/// A fall by more than this share of the value is no rounding; near 0, where terms cancel, by more than this itself.
const ROUNDING: f64 = 1e-9;

/// Climbs from the expected counts that the model holds.
pub(crate) fn climb(model: &mut impl Model, stop: Stop) -> Climb {
    let mut done = Climb::default();
    while done.log_posterior.len() < stop.iterations {
        model.maximise();
        let value = model.expect();
        if let Some(&last) = done.log_posterior.last() {
            if value < last {
                done.converged = last - value <= ROUNDING * last.abs().max(1.0);
                return done;
            }
            done.converged = value - last <= stop.tolerance * value.abs();
        }
        done.log_posterior.push(value);
        if done.converged {
            break;
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives these values, one a round.
    struct Given<'a>(std::slice::Iter<'a, f64>);

    impl Model for Given<'_> {
        fn maximise(&mut self) {}

        fn expect(&mut self) -> f64 {
            *self.0.next().unwrap()
        }
    }

    fn climbed(values: &[f64]) -> Climb {
        climb(&mut Given(values.iter()), Stop { tolerance: 1e-12, iterations: 3 })
    }

    #[test]
    fn a_fall_by_rounding_is_standing_still_even_at_zero() {
        assert!(climbed(&[-2.0, 0.0, -1e-16]).converged);
        assert!(climbed(&[-2.0, -1.0, -1.0 - 1e-16]).converged);
        assert!(!climbed(&[-2.0, -1.0, -1.1]).converged);
    }
}

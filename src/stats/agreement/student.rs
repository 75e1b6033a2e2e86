//! How many standard errors a 95 % interval reaches: the normal's and Student's t quantile at .975.

use super::numbers::real;

/// The normal quantile at .975.
pub(super) const NORMAL: f64 = 1.959_963_984_540_054;
/// From here on the expansion in 1/degrees is exact to the last digits.
const MANY: u64 = 200;

/// Student's t quantile at .975 for this many degrees of freedom (at least 1).
///
/// Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4 (finite sums, inverted by bisection), 26.7.5 (expansion).
pub(super) fn student(degrees: u64) -> f64 {
    let count = real(degrees);
    if degrees >= MANY {
        return expansion(count);
    }
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if central_share(degrees, middle) < 0.95 { low = middle } else { high = middle }
    }
    count.sqrt() * libm::tan(0.5 * (low + high))
}

/// P(|T| <= sqrt(degrees) tan(angle)).
fn central_share(degrees: u64, angle: f64) -> f64 {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let odd = degrees % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    let mut power = if odd { 1 } else { 0 };
    while power + 2 <= degrees {
        sum += term;
        term *= cosine * cosine * real(power + 1) / real(power + 2);
        power += 2;
    }
    if odd { (angle + sine * sum) * std::f64::consts::FRAC_2_PI } else { sine * sum }
}

fn expansion(count: f64) -> f64 {
    let z = NORMAL;
    let s = z * z;
    let first = (s + 1.0) * z / 4.0;
    let second = ((5.0 * s + 16.0) * s + 3.0) * z / 96.0;
    let third = (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) * z / 384.0;
    let fourth = ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) * z / 92_160.0;
    z + (first + (second + (third + fourth / count) / count) / count) / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_the_inverse_of_the_incomplete_beta() {
        let printed = [
            (1, 12.706_204_736_174_7),
            (2, 4.302_652_729_749_464),
            (3, 3.182_446_305_283_71),
            (11, 2.200_985_160_091_64),
            (39, 2.022_690_920_036_761),
            (107, 1.982_383_370_175_691),
            (200, 1.971_896_223_633_909),
            (1_000, 1.962_339_080_826_408),
        ];
        for (degrees, value) in printed {
            assert!((student(degrees) - value).abs() < 1e-11, "{degrees}: {}", student(degrees));
        }
        assert!((student(MANY - 1) - expansion(real(MANY - 1))).abs() < 1e-10);
    }
}

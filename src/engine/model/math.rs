//! Elementary functions over f32 with the same bits on every machine; bodies that the compiler can vectorise.
//!
//! Every sum has a fixed order: sixteen running sums by index modulo sixteen, added up from the first.

/// How many running sums a reduction keeps.
pub const LANES: usize = 16;

/// Queries that share the keys loaded.
pub const SHARING: usize = 4;

/// `e^x` within 2 ulp, with the bits of GGML's `ggml_v_expf`.
///
/// Source: ggml, `vec.h`, after ARM's optimized routines; rounding to the nearest power of two by adding 1.5 * 2^23.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUNDING: f32 = 12_582_912.0;
    const LOG2_E: f32 = f32::from_bits(0x3fb8aa3b);
    const LN_2: [f32; 2] = [f32::from_bits(0x3f317200), f32::from_bits(0x35bfbe8e)];
    const SERIES: [f32; 5] = [
        f32::from_bits(0x3f7ffff6),
        f32::from_bits(0x3efffedb),
        f32::from_bits(0x3e2aaf33),
        f32::from_bits(0x3d2b9f17),
        f32::from_bits(0x3c072010),
    ];
    let x = x.clamp(-150.0, 130.0);
    let shifted = x.mul_add(LOG2_E, ROUNDING);
    let power = shifted - ROUNDING;
    let rest = (-power).mul_add(LN_2[1], (-power).mul_add(LN_2[0], x));
    let square = rest * rest;
    let high = SERIES[4].mul_add(rest, SERIES[3]).mul_add(square, SERIES[2].mul_add(rest, SERIES[1]));
    let value = high.mul_add(square, SERIES[0].mul_add(rest, 1.0));
    // in two steps, since the power may lie outside what an exponent holds
    let whole = shifted.to_bits().wrapping_sub(ROUNDING.to_bits()).cast_signed();
    let half = whole >> 1;
    let power_of_two = |power: i32| f32::from_bits(power.wrapping_add(127).cast_unsigned() << 23);
    value * power_of_two(half) * power_of_two(whole.wrapping_sub(half))
}

/// The logistic function.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `gate <- gate / (1 + exp(-gate)) * up`, the gated linear unit of the Llama family.
#[inline(always)]
pub fn silu_times(gate: &mut [f32], up: &[f32]) {
    for (gate, up) in gate.iter_mut().zip(up) {
        *gate = *gate / (1.0 + exp(-*gate)) * up;
    }
}

/// The exact GELU, `x Phi(x)`; its tanh form differs by up to 1e-3.
pub fn gelu(x: f32) -> f32 {
    let x = f64::from(x);
    (0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2))) as f32
}

/// Sum in sixteen lanes of `term` over the values.
#[inline(always)]
pub fn sum_of(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += term(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += term(*value);
    }
    lanes.iter().sum()
}

/// The sum of sixteen lanes: halves are added onto each other.
#[inline(always)]
pub fn fold(mut lanes: [f32; LANES]) -> f32 {
    for half in [LANES / 2, LANES / 4] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

/// `scores <- softmax(scores * scale)`. `first` is the place of the first in the whole row, whose sixteens are summed one
/// by one.
#[inline(always)]
pub fn softmax(scores: &mut [f32], scale: f32, first: usize) {
    let mut largest = f32::NEG_INFINITY;
    for score in &mut *scores {
        *score *= scale;
        largest = if *score > largest { *score } else { largest };
    }
    for score in &mut *scores {
        *score = exp(*score - largest);
    }
    let (head, whole) = scores.split_at(scores.len().min((LANES - first % LANES) % LANES));
    let mut sum = 0.0_f64;
    let mut lanes = [0.0; LANES];
    lanes[first % LANES..][..head.len()].copy_from_slice(head);
    sum += f64::from(fold(lanes));
    for chunk in whole.chunks(LANES) {
        let mut lanes = [0.0; LANES];
        lanes[..chunk.len()].copy_from_slice(chunk);
        sum += f64::from(fold(lanes));
    }
    let inverse = (1.0 / sum) as f32;
    for score in &mut *scores {
        *score *= inverse;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_everywhere() {
        for step in -8600..8700 {
            let x = step as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 2.5e-7, "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1000.0) < 1e-37 && exp(1000.0) > 1e38);
    }

    #[test]
    fn gelu_is_the_exact_one() {
        assert!((gelu(1.0) - 0.841_344_7).abs() < 1e-7);
        assert!((gelu(-2.0) + 0.045_500_3).abs() < 1e-7);
    }

    #[test]
    fn softmax_sums_to_one() {
        let mut scores: Vec<f32> = (0..37).map(|index| (index as f32 * 0.7).sin() * 9.0).collect();
        softmax(&mut scores, 0.5, 3);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}

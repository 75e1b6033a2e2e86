//! Elementary functions over f32 with the same bits on every machine; bodies that the compiler can vectorise.
//!
//! Every sum has a fixed order: sixteen running sums by index modulo sixteen, added up from the first.

/// How many running sums a reduction keeps.
pub const LANES: usize = 16;

/// `e^x` within 2 ulp, for x clamped to [-87, 88].
///
/// Source: the Cephes library's `expf`; rounding to the nearest power of two by adding 1.5 * 2^23.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUNDING: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUNDING);
    let power = shifted - ROUNDING;
    let rest = power.mul_add(-0.693_359_4, x);
    let rest = power.mul_add(2.121_944_4e-4, rest);
    let mut series = 1.987_569_1e-4_f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        series = series.mul_add(rest, coefficient);
    }
    let value = series.mul_add(rest * rest, rest) + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUNDING.to_bits()).wrapping_add(127);
    value * f32::from_bits(exponent << 23)
}

/// The logistic function.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `gate <- gate * sigmoid(gate) * up`, the gated linear unit of the Llama family.
#[inline(always)]
pub fn silu_times(gate: &mut [f32], up: &[f32]) {
    for (gate, up) in gate.iter_mut().zip(up) {
        *gate = *gate * sigmoid(*gate) * up;
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

/// `scores <- softmax(scores * scale)`.
#[inline(always)]
pub fn softmax(scores: &mut [f32], scale: f32) {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (whole, rest) = scores.as_chunks::<LANES>();
    for chunk in whole.iter().map(|chunk| chunk.as_slice()).chain([rest]) {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    let largest = lanes.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in &mut *scores {
        *score = exp((*score - largest) * scale);
    }
    let sum = sum_of(scores, |score| score);
    for score in &mut *scores {
        *score /= sum;
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
        softmax(&mut scores, 0.5);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
